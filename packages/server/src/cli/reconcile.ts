/** Commands: `reconcile`: the providers' own books, or a bank statement, held against ours. */

import { readFile, stat } from 'node:fs/promises'
import { Command } from 'commander'
import { realClock, SandboxClock, type Clock } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import { connect, type Database } from '../platform/postgres/database.ts'
import { createLog } from '../platform/log.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { isProblem, type Problem } from '@holdfast/kernel/problem.ts'
import { provider_bindings } from '../module-bindings.ts'
import { currencies } from '@holdfast/kernel/money/currency.ts'
import { openProviders } from '../payments/providers/index.ts'
import { tableBook } from '../payments/providers/manual/book-table.ts'
import { reconcileBank } from '../payments/reconciliation/bank.ts'
import { isOff, readBooks } from '../payments/reconciliation/clearing.ts'
import { listExceptions } from '../payments/reconciliation/exceptions.ts'
import { reconcile, usualWindow, type ReconcileNeeds } from '../payments/reconciliation/reconcile.ts'
import type { Reconciliation } from '../payments/reconciliation/runs.ts'
import { readStatement, statement_bytes_max } from '../payments/reconciliation/statement.ts'
import { windowAfterRestore, windowGiven } from '../payments/reconciliation/window.ts'
import { providerRuntime } from '../payments/providers/runtime.ts'
import { withDatabase } from './database.ts'
import { hint, print } from './print.ts'
import { exceptions_shown_max, printReport, reportJson } from './reconcile-report.ts'
import { configOf } from './start.ts'

interface Flags {
  readonly data?: string
  readonly provider?: string
  readonly from?: string
  readonly to?: string
  readonly bank?: string
  readonly currency?: string
  readonly afterRestore?: boolean
  readonly json?: boolean
}

const asking = { by: 'holdfast reconcile', reason: 'on the command line' }

export function reconcileCommand(): Command {
  return new Command('reconcile')
    .description(
      "compare the providers' own books, or a bank statement, with ours; exits 1 if something differs or could not be compared",
    )
    .option('--data <folder>', 'folder of the embedded PostgreSQL, unless DATABASE_URL is set')
    .option('--provider <name>', 'this provider alone; all that are set up by default')
    .option(
      '--from <instant>',
      'from this day or instant on, such as 2026-03-01; by default since the last run',
    )
    .option('--to <instant>', 'before this day or instant; by default today')
    .option(
      '--bank <file>',
      'a bank statement as CSV: date, amount (or credit, debit), reference, description',
    )
    .option('--currency <code>', 'of the bank statement')
    .option(
      '--after-restore',
      'a backup was restored: look up to now, and ask also about all that is here and may have gone on since',
    )
    .option('--json', 'print the report as one JSON object')
    .action((flags: Flags) =>
      withDatabase(flags, async (url) => {
        const config = configOf(flags.data === undefined ? {} : { data: flags.data })
        const db = connect(url, { name: 'holdfast reconcile', max: 6 })
        try {
          await report(db, config, flags)
        } finally {
          await db.close()
        }
      }),
    )
}

async function report(db: Database, config: Config, flags: Flags): Promise<void> {
  const clock: Clock = config.mode === 'sandbox' ? new SandboxClock(db) : realClock
  await clock.refresh?.()
  const runs =
    flags.bank === undefined
      ? await overProviders(db, config, clock, flags)
      : [await overBank(db, config, clock, flags)]
  const open = await listExceptions(db, { provider: null, state: 'open' }, null, exceptions_shown_max)
  const books = await readBooks(db)
  if (flags.json === true) print(JSON.stringify(reportJson(runs, open, books)))
  else printReport(runs, open, books)
  if (open.length > 0 || isOff(books) || runs.some(({ state }) => state !== 'done')) process.exitCode = 1
}

async function overProviders(
  db: Database,
  config: Config,
  clock: Clock,
  { provider, from, to, afterRestore: after_restore = false }: Flags,
): Promise<Reconciliation[]> {
  const log = createLog('silent')
  const providers = openProviders({
    config: await emulatedToo(config),
    surroundings: providerRuntime(clock),
    manual_book: tableBook(db),
  })
  const needs: ReconcileNeeds = { db, providers, uses: provider_bindings, clock, log }
  const names = provider === undefined ? [...providers.keys()] : [provider]
  const unknown = names.find((name) => !providers.has(name))
  if (unknown !== undefined)
    throw new Error(`no provider is called ${unknown}; set up are ${[...providers.keys()].join(', ')}`)
  const given = {
    ...(from === undefined ? {} : { from_ms: Date.parse(from) }),
    ...(to === undefined ? {} : { to_ms: Date.parse(to) }),
  }
  const runs: Reconciliation[] = []
  for (const name of names) {
    // oxlint-disable no-await-in-loop -- one provider after another
    const window = must(
      after_restore
        ? windowAfterRestore(given, clock.now())
        : windowGiven(given, await usualWindow(db, name, clock.now()), clock.now()),
    )
    hint(`${name}: from ${instant(window.from_ms)} to ${instant(window.to_ms)}`)
    runs.push(must(await reconcile(needs, name, window, { ...asking, after_restore })))
    // oxlint-enable no-await-in-loop
  }
  return runs
}

async function overBank(
  db: Database,
  config: Config,
  clock: Clock,
  { bank = '', currency }: Flags,
): Promise<Reconciliation> {
  if (currency === undefined || !currencies.has(currency))
    throw new Error(`--bank needs --currency, one of ${[...currencies.keys()].join(', ')}`)
  const { size } = await stat(bank)
  if (size > statement_bytes_max) throw new Error(`${bank} has more than ${statement_bytes_max} bytes`)
  const lines = must(readStatement(await readFile(bank), currency))
  hint(`${bank}: ${lines.length} lines`)
  return must(await reconcileBank({ db, clock, log: createLog(config.log_level) }, lines, currency, asking))
}

/** In the sandbox providers that are not set up are emulated, as they are for the engine, where the emulator runs. */
async function emulatedToo(config: Config): Promise<Pick<Config, 'paymongo' | 'momo'>> {
  const { paymongo, momo, mode, host, emulator_port } = config
  if (mode === 'live' || emulator_port === 0 || (paymongo !== null && momo !== null)) return config
  const address = `http://${host}:${emulator_port}`
  const answers = await fetch(`${address}/__emulator`, { signal: AbortSignal.timeout(emulator_ms_max) }).then(
    ({ ok }) => ok,
    () => false,
  )
  if (!answers) return config
  const { engineSettings } = await import('../payments/emulated.ts')
  const emulated = engineSettings(address, () => `http://${host}:${config.port}`)
  return { paymongo: paymongo ?? emulated.paymongo, momo: momo ?? emulated.momo }
}

const emulator_ms_max = 2_000

function must<T extends object>(value: T | Problem): T {
  if (!isProblem(value)) return value
  const facts = Object.entries(value.details).map(([name, fact]) => `${name} ${String(fact)}`)
  throw new Error([value.code, ...facts].join(', '))
}
