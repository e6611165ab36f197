/** Base: the configuration, from the environment and the command line. Every setting has a default that works. */

import { availableParallelism } from 'node:os'
import { isZone, useZoneData, type ZoneData } from '../zones/zone-data.ts'
import { readMail, type MailSettings } from './mail-settings.ts'
import {
  readMomo,
  readPaymongo,
  SettingError,
  type MomoSettings,
  type PaymongoSettings,
} from './provider-settings.ts'

export type Mode = 'sandbox' | 'live'

export interface Config {
  readonly mode: Mode
  readonly host: string
  readonly port: number
  /** Of the emulator of payment providers, in the sandbox. */
  readonly emulator_port: number
  /** A given PostgreSQL; null for the embedded one in `data_folder`. */
  readonly database_url: string | null
  readonly data_folder: string
  /** Lanes of the engine: connections that write batches side by side. */
  readonly lanes: number
  /** Connections for reading. */
  readonly readers: number
  readonly log_level: string
  /** What this process knows of time zones. */
  readonly zone_data: ZoneData
  /** IANA zone in which sentences to people name a time. */
  readonly time_zone: string
  /** The party that lends in trade credit. */
  readonly company: string
  /** An outside issuer of party tokens. */
  readonly jwks_url: string | null
  readonly token_issuer: string | null
  readonly token_audience: string | null
  /** Payment providers; null for one that is not set up. */
  readonly paymongo: PaymongoSettings | null
  readonly momo: MomoSettings | null
  /** `held`: nothing new is asked of providers, as after a restore; what was asked is asked about. */
  readonly payments: 'on' | 'held'
  /** E-mail; null for none. */
  readonly mail: MailSettings | null
}

export class ConfigError extends Error {
  override name = 'ConfigError'
}

export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  given: Partial<Config> = {},
): Config {
  const mode = env['HOLDFAST_MODE'] ?? 'sandbox'
  if (mode !== 'sandbox' && mode !== 'live')
    throw new ConfigError(`HOLDFAST_MODE is "${mode}"; it is sandbox or live`)
  const port = integer(env, 'HOLDFAST_PORT', 4600, 0, 65_535)
  return {
    mode,
    host: env['HOLDFAST_HOST'] ?? '127.0.0.1',
    port,
    emulator_port: integer(env, 'HOLDFAST_EMULATOR_PORT', nextTo(port), 0, 65_535),
    database_url: env['DATABASE_URL'] ?? null,
    data_folder: env['HOLDFAST_DATA'] ?? 'data',
    lanes: integer(env, 'HOLDFAST_LANES', Math.max(2, Math.min(4, availableParallelism())), 1, 32),
    readers: integer(env, 'HOLDFAST_READERS', 4, 1, 100),
    log_level: env['HOLDFAST_LOG_LEVEL'] ?? 'info',
    zone_data: zones(env['HOLDFAST_ZONE_DATA']),
    time_zone: zone(env['HOLDFAST_TIME_ZONE'] ?? 'UTC'),
    company: party(env['HOLDFAST_COMPANY'] ?? 'company'),
    jwks_url: env['HOLDFAST_JWKS_URL'] ?? null,
    token_issuer: env['HOLDFAST_TOKEN_ISSUER'] ?? null,
    token_audience: env['HOLDFAST_TOKEN_AUDIENCE'] ?? null,
    paymongo: configured(() => readPaymongo(env, mode === 'live')),
    momo: configured(() => readMomo(env, mode === 'live')),
    payments: payments(env['HOLDFAST_PAYMENTS'] ?? 'on'),
    mail: configured(() => readMail(env, mode === 'live')),
    ...given,
  }
}

function configured<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof SettingError ? new ConfigError(error.message) : error
  }
}

function integer(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  otherwise: number,
  min: number,
  max: number,
): number {
  const text = env[name]
  if (text === undefined || text === '') return otherwise
  const value = Number(text)
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ConfigError(`${name} is "${text}"; it is a whole number from ${min} to ${max}`)
  }
  return value
}

/** Two sandboxes side by side have two emulators; whoever takes a free port takes two. */
function nextTo(port: number): number {
  return port === 0 || port === 65_535 ? 0 : port + 1
}

function payments(word: string): Config['payments'] {
  if (word === 'on' || word === 'held') return word
  throw new ConfigError(`HOLDFAST_PAYMENTS is "${word}"; it is on or held`)
}

function party(name: string): string {
  if (!/^[\w.:@-]{1,64}$/.test(name) || name === 'platform' || name === 'outside')
    throw new ConfigError(`HOLDFAST_COMPANY is "${name}", which is not the id of a party`)
  return name
}

function zone(name: string): string {
  if (isZone(name)) return name
  throw new ConfigError(`HOLDFAST_TIME_ZONE is "${name}", which is not an IANA zone such as Africa/Kigali`)
}

/** For this whole process, and before any zone is asked about. */
function zones(folder: string | undefined): ZoneData {
  try {
    return useZoneData(folder === undefined || folder === '' || folder === 'package' ? null : folder)
  } catch (error) {
    throw new ConfigError(`HOLDFAST_ZONE_DATA: ${error instanceof Error ? error.message : String(error)}`)
  }
}
