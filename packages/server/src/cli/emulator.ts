/** Commands: `emulator`, the payment providers of a sandbox in a process of their own. */

import { Command, InvalidArgumentError } from 'commander'
import { SandboxClock, type Clock } from '../platform/clock.ts'
import { ConfigError, type Config } from '../platform/config/config.ts'
import { connect, type Database } from '../platform/postgres/database.ts'
import { startEmbedded } from '../platform/embedded/embedded.ts'
import { createLog } from '../platform/log.ts'
import { startEmulator } from '@holdfast/payment-emulator/emulator.ts'
import { default_settings, type EmulatorSettings } from '@holdfast/payment-emulator/context.ts'
import { fail, print } from './print.ts'
import { configOf } from './start.ts'

interface EmulatorFlags {
  readonly data?: string
  readonly port?: string
  readonly host?: string
  readonly requestsPerSecond: number
  readonly momoStrict?: boolean
  readonly json?: boolean
}

export function emulatorCommand(): Command {
  return new Command('emulator')
    .description('emulated payment providers alone, for a sandbox; `start` runs them by itself')
    .option('--data <folder>', 'folder of the embedded PostgreSQL, unless DATABASE_URL is set')
    .option(
      '--port <number>',
      'port; 0 takes a free one (HOLDFAST_EMULATOR_PORT, default one above HOLDFAST_PORT)',
    )
    .option('--host <address>', 'address to listen on (HOLDFAST_HOST, default 127.0.0.1)')
    .option(
      '--requests-per-second <n>',
      "PayMongo's limit; 0 for none",
      whole,
      default_settings.requests_per_second_max,
    )
    .option('--momo-strict', "as MTN's newer platform: tokens are asked for with X-Target-Environment")
    .option('--json', 'print one JSON line when ready')
    .action(serve)
}

function whole(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It is a whole number.')
  return Number.parseInt(text, 10)
}

async function serve({
  port,
  json,
  requestsPerSecond,
  momoStrict = false,
  ...flags
}: EmulatorFlags): Promise<void> {
  try {
    if (port !== undefined) process.env['HOLDFAST_EMULATOR_PORT'] = port
    const config = configOf(flags)
    if (config.mode === 'live') throw new ConfigError('There is no emulator in live mode.')
    const settings = { requests_per_second_max: requestsPerSecond, momo_strict: momoStrict }
    const emulator = await startOn(config, settings)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => void emulator.stop().then(() => process.exit(0)))
    }
    if (json === true) print(JSON.stringify({ emulator_address: emulator.address, pid: process.pid }))
    else print(`Payment providers are emulated on ${emulator.address}/__emulator`)
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error))
  }
}

async function startOn(
  config: Config,
  settings: Partial<EmulatorSettings>,
): Promise<{ address: string; stop(): Promise<void> }> {
  const embedded = config.database_url === null ? await startEmbedded({ folder: config.data_folder }) : null
  const db_url = config.database_url ?? embedded?.url ?? ''
  const db = connect(db_url, { name: 'holdfast emulator clock', max: 1 })
  const close = async () => {
    await db.close()
    await embedded?.stop()
  }
  try {
    const emulator = await startEmulator({
      db_url,
      clock: clockOf(db),
      port: config.emulator_port,
      host: config.host,
      log: createLog(config.log_level),
      settings,
    })
    const stop = () => emulator.stop().then(close)
    return { address: emulator.address, stop }
  } catch (error) {
    await close()
    throw error
  }
}

/** The engine's clock; before an engine was ever here, the time is simply the time. */
function clockOf(db: Database): Clock {
  const clock = new SandboxClock(db)
  const refresh = async () => {
    const { here } = await db.one<{ here: boolean }>(`select to_regclass('settings') is not null as here`)
    if (here) await clock.refresh()
  }
  return { now: () => clock.now(), refresh }
}
