/** Base: where the payment providers are and how we are known to them. Nothing else ever names their hosts. */

import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Secret } from './secret.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** Where a provider keeps what we ask of it: what one place knows, another does not. */
export interface Place {
  /** As payments keep it: stays the same where only the way there changes. */
  readonly address: string
  readonly account: string
}

export interface PaymongoSettings {
  readonly url: URL
  readonly place: Place
  /** Places that were used before: payments made there are asked about there, and nothing new is made there. */
  readonly old: readonly PaymongoSettings[]
  readonly secret_key: Secret
  /** Two are valid at once while a webhook's secret is changed. */
  readonly webhook_secrets: readonly Secret[]
  /** The wallet that pay-outs leave from; null for the default one. */
  readonly wallet: string | null
  /** Of money that is real, as the key says. */
  readonly live: boolean
}

export interface MomoSettings {
  readonly url: URL
  readonly place: Place
  readonly old: readonly MomoSettings[]
  readonly api_user: string
  readonly api_key: Secret
  readonly collection_key: Secret
  readonly disbursement_key: Secret
  readonly target_environment: string
  readonly currency: string
  /** Where callbacks are sent; null for none, then only asking tells. */
  readonly callback_url: URL | null
  /** Part of the callback's path: callbacks are not signed. The first is given out; two are valid while it is changed. */
  readonly callback_tokens: readonly Secret[]
  readonly live: boolean
}

/** Of what a provider proves itself with: the new one and the one before. */
export const valid_secrets_max = 2

/** What a wrong setting came to; the configuration turns it into its own error. */
export class SettingError extends Error {
  override name = 'SettingError'
}

/** Null where there is no address: then the provider serves nobody. */
export function readPaymongo(env: Env, live: boolean): PaymongoSettings | null {
  return withOld(env, 'HOLDFAST_PAYMONGO_', (one) => readOnePaymongo(one, live))
}

export function readMomo(env: Env, live: boolean): MomoSettings | null {
  return withOld(env, 'HOLDFAST_MOMO_', (one) => readOneMomo(one, live))
}

function readOnePaymongo(env: Env, live: boolean): PaymongoSettings | null {
  const url = address(env, 'HOLDFAST_PAYMONGO_URL', live)
  if (url === null) return null
  const secret_key = secret(env, 'HOLDFAST_PAYMONGO_SECRET_KEY')
  if (live !== secret_key.reveal().startsWith('sk_live_')) {
    throw new SettingError('HOLDFAST_PAYMONGO_SECRET_KEY begins with sk_live_ in live mode, and only there')
  }
  return {
    url,
    // PayMongo's keys name no account: where it is not named, another key is taken for another account.
    place: placeOf(env, url, 'HOLDFAST_PAYMONGO_ACCOUNT', fingerprint(secret_key)),
    old: [],
    secret_key,
    webhook_secrets: secrets(env, 'HOLDFAST_PAYMONGO_WEBHOOK_SECRETS'),
    wallet: env['HOLDFAST_PAYMONGO_WALLET'] ?? null,
    live,
  }
}

function readOneMomo(env: Env, live: boolean): MomoSettings | null {
  const url = address(env, 'HOLDFAST_MOMO_URL', live)
  if (url === null) return null
  const callback_url = address(env, 'HOLDFAST_MOMO_CALLBACK_URL', live)
  const target_environment = env['HOLDFAST_MOMO_TARGET_ENVIRONMENT'] ?? 'sandbox'
  if (live && target_environment === 'sandbox') {
    throw new SettingError('HOLDFAST_MOMO_TARGET_ENVIRONMENT names a country in live mode, such as mtnrwanda')
  }
  const api_user = required(env, 'HOLDFAST_MOMO_API_USER')
  return {
    url,
    place: placeOf(env, url, 'HOLDFAST_MOMO_ACCOUNT', `${target_environment} ${api_user}`),
    old: [],
    api_user,
    api_key: secret(env, 'HOLDFAST_MOMO_API_KEY'),
    collection_key: secret(env, 'HOLDFAST_MOMO_COLLECTION_KEY'),
    disbursement_key: secret(env, 'HOLDFAST_MOMO_DISBURSEMENT_KEY'),
    target_environment,
    // MTN's sandbox knows no other currency than EUR.
    currency: env['HOLDFAST_MOMO_CURRENCY'] ?? (target_environment === 'sandbox' ? 'EUR' : 'RWF'),
    callback_url,
    callback_tokens: callback_url === null ? [] : words(env, 'HOLDFAST_MOMO_CALLBACK_TOKEN'),
    live,
  }
}

/** How many places that were used before may be named, numbered from 1. */
export const old_places_max = 9

/**
 * The place that is used now, with those of before: `…_OLD_1_URL` and, where they differ from what is used now, the
 * other settings with `OLD_1_` in their names.
 */
function withOld<Settings extends { readonly place: Place; readonly old: readonly Settings[] }>(
  env: Env,
  prefix: string,
  read: (env: Env) => Settings | null,
): Settings | null {
  const current = read(env)
  const old: Settings[] = []
  for (let n = 1; n <= old_places_max; n += 1) {
    const own = settingsUnder(env, `${prefix}OLD_${n}_`)
    if (own.length === 0) continue
    const isNamed = current !== null && own.some(([name]) => name === 'URL')
    const settings = isNamed ? read(asCurrent(env, prefix, own)) : null
    if (current === null || settings === null)
      throw new SettingError(`${prefix}OLD_${n}_URL and ${prefix}URL are both needed for a place of before`)
    if ([current, ...old].some(({ place }) => isSamePlace(place, settings.place)))
      throw new SettingError(`${prefix}OLD_${n}_URL names a place that is named already`)
    old.push(settings)
  }
  return current === null ? null : { ...current, old }
}

function settingsUnder(env: Env, prefix: string): [name: string, value: string][] {
  return Object.entries(env).flatMap(([name, value]) =>
    name.startsWith(prefix) && value !== undefined && value !== ''
      ? [[name.slice(prefix.length), value] as [string, string]]
      : [],
  )
}

/** What is said of the old place stands for what is said of the current one, be it a value or a file. */
function asCurrent(env: Env, prefix: string, own: readonly [name: string, value: string][]): Env {
  const instead: Record<string, string | undefined> = { ...env }
  for (const [name] of own) {
    const plain = name.replace(/_FILE$/, '')
    instead[`${prefix}${plain}`] = undefined
    instead[`${prefix}${plain}_FILE`] = undefined
  }
  for (const [name, value] of own) instead[`${prefix}${name}`] = value
  return instead
}

export function isSamePlace(one: Place, other: Place): boolean {
  return one.address === other.address && one.account === other.account
}

function placeOf(env: Env, url: URL, setting: string, otherwise: string): Place {
  return { address: url.href.replace(/\/$/, ''), account: env[setting] || otherwise }
}

const fingerprint_length = 16

/** Tells keys apart, and tells nothing of them. */
function fingerprint(key: Secret): string {
  return `key ${hash('sha256', `holdfast account ${key.reveal()}`, 'hex').slice(0, fingerprint_length)}`
}

/** Secrets that are each one part of a path, and nothing that a path would read otherwise. */
function words(env: Env, name: string): readonly Secret[] {
  const found = secrets(env, name)
  if (found.every((word) => /^[A-Za-z0-9_-]+$/.test(word.reveal()))) return found
  throw new SettingError(`${name} is made of letters, digits, - and _, since it is part of a path`)
}

function secrets(env: Env, name: string): readonly Secret[] {
  const texts = secret(env, name)
    .reveal()
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
  if (texts.length > 0 && texts.length <= valid_secrets_max) return texts.map((text) => new Secret(text))
  throw new SettingError(`${name} is one secret, or two with a comma between them`)
}

/** A secret stands in its setting, or in the file that the setting with `_FILE` behind its name points to. */
export function secret(env: Env, name: string): Secret {
  const path = env[`${name}_FILE`]
  if (path === undefined || path === '') return new Secret(required(env, name))
  if (env[name] !== undefined) throw new SettingError(`${name} and ${name}_FILE are both set; one is enough`)
  const text = contentOf(path, name).trim()
  if (text === '') throw new SettingError(`the file of ${name}_FILE is empty`)
  return new Secret(text)
}

function contentOf(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new SettingError(`the file of ${name}_FILE cannot be read`)
  }
}

export function required(env: Env, name: string): string {
  const text = env[name]
  if (text === undefined || text === '') throw new SettingError(`${name} is missing`)
  return text
}

/** Keys never cross a network in the open: HTTPS, or this machine itself as long as no money is real. */
function address(env: Env, name: string, live: boolean): URL | null {
  const text = env[name]
  if (text === undefined || text === '') return null
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new SettingError(`${name} is not an address without user, query and fragment`)
  }
  if (url.protocol === 'https:' || (!live && url.protocol === 'http:' && isLoopback(url))) return url
  throw new SettingError(`${name} is not https${live ? '' : ' and not on this machine'}`)
}

/** This machine, and nothing that a name server may say is this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
