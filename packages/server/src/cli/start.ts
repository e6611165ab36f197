/** Commands: `start` (API and worker in one process), `api`, `worker`. */

import { Command, Option } from 'commander'
import { ConfigError, readConfig, type Config, type Mode } from '../platform/config/config.ts'
import { createLog } from '../platform/log.ts'
import { start, type Part, type Running } from '../assemble.ts'
import { fail, print } from './print.ts'

export interface StartFlags {
  readonly data?: string
  readonly port?: string
  readonly host?: string
  readonly mode?: Mode
  readonly json?: boolean
}

export function startCommand(): Command {
  return command('start', 'API and worker in one process, in the sandbox with emulated payment providers', [
    'api',
    'worker',
    'emulator',
  ])
}

export function apiCommand(): Command {
  return command('api', 'the API alone; another process runs the worker', ['api'])
}

export function workerCommand(): Command {
  return command('worker', 'timers and jobs alone', ['worker'])
}

function command(name: string, says: string, parts: readonly Part[]): Command {
  return new Command(name)
    .description(says)
    .option(
      '--data <folder>',
      'folder of the embedded PostgreSQL, unless DATABASE_URL is set (HOLDFAST_DATA, default data)',
    )
    .option('--port <number>', 'port; 0 takes a free one (HOLDFAST_PORT, default 4600)')
    .option('--host <address>', 'address to listen on (HOLDFAST_HOST, default 127.0.0.1)')
    .addOption(
      new Option('--mode <mode>', 'sandbox or live (HOLDFAST_MODE, default sandbox)').choices([
        'sandbox',
        'live',
      ]),
    )
    .option('--json', 'print one JSON line when ready')
    .action((flags: StartFlags) => serve(flags, parts))
}

/** Flags stand over the environment. */
export function configOf(flags: StartFlags): Config {
  const over = { ...process.env }
  if (flags.data !== undefined) over['HOLDFAST_DATA'] = flags.data
  if (flags.port !== undefined) over['HOLDFAST_PORT'] = flags.port
  if (flags.host !== undefined) over['HOLDFAST_HOST'] = flags.host
  if (flags.mode !== undefined) over['HOLDFAST_MODE'] = flags.mode
  return readConfig(over)
}

async function serve(flags: StartFlags, parts: readonly Part[]): Promise<void> {
  let running: Running | null = null
  let stopping: Promise<void> | null = null
  const shutDown = async (code: number) => {
    stopping ??= running?.stop() ?? Promise.resolve()
    await stopping
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void shutDown(0))
  try {
    const config = configOf(flags)
    const log = createLog(config.log_level)
    const onDatabaseExit = (why: string) => {
      log.fatal(why)
      void shutDown(1)
    }
    running = await start(config, log, { parts, onDatabaseExit })
    announce(running, config, flags.json === true)
  } catch (error) {
    fail(error instanceof ConfigError || error instanceof Error ? error.message : String(error))
  }
}

function announce(
  { address, database_url, emulator_address, keys }: Running,
  config: Config,
  json: boolean,
): void {
  if (json) {
    print(
      JSON.stringify({
        address,
        database_url,
        emulator_address,
        ...keys,
        mode: config.mode,
        zone_data: config.zone_data.version,
        pid: process.pid,
      }),
    )
    return
  }
  print(
    `Holdfast (${config.mode}) ${address === null ? 'works on jobs and timers' : `listens on ${address}`}`,
  )
  print(
    config.database_url === null
      ? `PostgreSQL: embedded, in ${config.data_folder}`
      : 'PostgreSQL: as DATABASE_URL says',
  )
  print(`Zone data: ${config.zone_data.version} (${config.zone_data.source})`)
  if (emulator_address !== null) print(`Payment providers are emulated on ${emulator_address}/__emulator`)
  if (keys === null) {
    if (config.mode === 'sandbox')
      print('Keys were printed at the first start. New ones: npm run holdfast -- keys create --help')
    return
  }
  print('')
  print('Keys, shown this once:')
  print(`  export SERVICE_KEY=${keys.service_key}`)
  print(`  export OPERATOR_KEY=${keys.operator_key}`)
}
