/** Base: where e-mail is handed over, and who we are in it. */

import { isEmailAddress } from '../email-address.ts'
import { isLoopback, required, secret, SettingError, type Env } from './provider-settings.ts'
import type { Secret } from './secret.ts'

export interface MailSettings {
  readonly host: string
  readonly port: number
  /** `first`: TLS from the first byte. The others begin in the open and then ask for it, insist on it, or leave it. */
  readonly tls: 'first' | 'if_offered' | 'required' | 'never'
  readonly login: { readonly user: string; readonly password: Secret } | null
  readonly from: string
  /** Beside the address: "Holdfast" <no-reply@…>. */
  readonly name: string
  /** Where that goes which is told to operators; null for nowhere. */
  readonly operator: string | null
}

const default_ports: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 }
const name_pattern = /^[^\p{Cc}]{1,100}$/u

/** Null where there is no address: then no e-mail is written at all. */
export function readMail(env: Env, live: boolean): MailSettings | null {
  const text = env['HOLDFAST_SMTP_URL']
  if (text === undefined || text === '') return null
  const url = serverOf(text)
  const login = loginOf(env)
  const { HOLDFAST_MAIL_NAME: name = 'Holdfast', HOLDFAST_OPERATOR_EMAIL: operator = '' } = env
  if (!name_pattern.test(name))
    throw new SettingError('HOLDFAST_MAIL_NAME is 1 to 100 characters of one line')
  return {
    host: url.hostname.replaceAll(/[[\]]/g, ''),
    port: url.port === '' ? (default_ports[url.protocol] ?? 0) : Number(url.port),
    tls: tlsOf(url, live || login !== null),
    login,
    from: email('HOLDFAST_MAIL_FROM', required(env, 'HOLDFAST_MAIL_FROM')),
    name,
    operator: operator === '' ? null : email('HOLDFAST_OPERATOR_EMAIL', operator),
  }
}

function serverOf(text: string): URL {
  const url = URL.parse(text)
  const bare = url !== null && /^smtps?:\/\/([\w.-]+|\[[\da-f:.]+\])(:\d+)?\/?$/i.test(text)
  if (!bare || !(url.protocol in default_ports) || url.port === '0')
    throw new SettingError('HOLDFAST_SMTP_URL is not smtp://host:port or smtps://host:port, without a user')
  return url
}

/** A password, and in live mode any e-mail, crosses no network in the open. */
function tlsOf(url: URL, needed: boolean): MailSettings['tls'] {
  if (url.protocol === 'smtps:') return 'first'
  if (isLoopback(url)) return 'never'
  return needed ? 'required' : 'if_offered'
}

function loginOf(env: Env): MailSettings['login'] {
  const named = 'HOLDFAST_SMTP_PASSWORD'
  if (!env['HOLDFAST_SMTP_USER'] && !env[named] && !env[`${named}_FILE`]) return null
  return { user: required(env, 'HOLDFAST_SMTP_USER'), password: secret(env, named) }
}

function email(name: string, text: string): string {
  if (!isEmailAddress(text))
    throw new SettingError(`${name} is not an address of e-mail such as pay@shop.example`)
  return text
}
