/** Base: where the payment providers are and how we are known to them. Nothing else ever names their hosts. */

import { readFileSync } from 'node:fs'
import { Secret } from './secret.ts'

export type Env = Readonly<Record<string, string | undefined>>

export interface PaymongoSettings {
  readonly url: URL
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
  const url = address(env, 'HOLDFAST_PAYMONGO_URL', live)
  if (url === null) return null
  const secret_key = secret(env, 'HOLDFAST_PAYMONGO_SECRET_KEY')
  if (live !== secret_key.reveal().startsWith('sk_live_')) {
    throw new SettingError('HOLDFAST_PAYMONGO_SECRET_KEY begins with sk_live_ in live mode, and only there')
  }
  return {
    url,
    secret_key,
    webhook_secrets: secrets(env, 'HOLDFAST_PAYMONGO_WEBHOOK_SECRETS'),
    wallet: env['HOLDFAST_PAYMONGO_WALLET'] ?? null,
    live,
  }
}

export function readMomo(env: Env, live: boolean): MomoSettings | null {
  const url = address(env, 'HOLDFAST_MOMO_URL', live)
  if (url === null) return null
  const callback_url = address(env, 'HOLDFAST_MOMO_CALLBACK_URL', live)
  const target_environment = env['HOLDFAST_MOMO_TARGET_ENVIRONMENT'] ?? 'sandbox'
  if (live && target_environment === 'sandbox') {
    throw new SettingError('HOLDFAST_MOMO_TARGET_ENVIRONMENT names a country in live mode, such as mtnrwanda')
  }
  return {
    url,
    api_user: required(env, 'HOLDFAST_MOMO_API_USER'),
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
