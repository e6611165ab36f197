/** How long does one evening's run of deductions take, for a hundred thousand retailers who sold and owe? */
import { join } from 'node:path'
import { Client } from 'pg'
import { assertIntegrity, ask, keysOf, peakMemory, startEngine, type Engine } from './tools/engine.ts'
import { temporaryFolder } from './tools/folder.ts'
import { runLoad, uniqueRun } from './tools/load.ts'
import { assertDurable, describe, machine } from './tools/machine.ts'
import { startPostgres } from './tools/postgres.ts'
import { type Figure, progress } from './tools/report.ts'

export interface DeductionsOptions {
  retailers: number
  database_url?: string
}

/** 23:00 in Kigali, which is two hours ahead of UTC all year. */
const evening_utc = 'T21:00:00.000Z'
const day_ms = 86_400_000

export async function deductions(options: DeductionsOptions): Promise<Figure[]> {
  const { retailers } = options
  const postgres = await startPostgres(options.database_url)
  await using folder = await temporaryFolder()
  const url = await postgres.createDatabase('bench_deductions')
  const engine = await startEngine({ folder: join(folder.path, 'deductions'), url })
  const db = new Client({ connectionString: url })
  try {
    await db.connect()
    const found = await machine(postgres.url)
    assertDurable(found)
    process.stdout.write(`${describe(found)}\n`)
    // The day begins an hour after an evening, so that no sale falls before it or after its end.
    const evening = await nextEvening(engine)
    await advance(engine, new Date(evening + 3_600_000))
    progress(`  ${retailers} retailers order on credit, are delivered to, and sell`)
    const plan = {
      kind: 'live',
      life: 'retailers',
      parties: retailers,
      run: uniqueRun(),
      ...keysOf(engine),
    } as const
    await prepareCompany(engine)
    await runLoad({ address: engine.address, connections: 64, plan })
    await postgres.settle()
    const memory_before = await peakMemory(engine)
    const began = performance.now()
    await advance(engine, new Date(evening + day_ms))
    const seconds = (performance.now() - began) / 1000
    const { rows } = await db.query<{ summary: Record<string, number> }>(
      `select summary from schedule_runs where name = 'escrow-auto-deductions' order by due_at desc limit 1`,
    )
    const done = rows[0]?.summary ?? {}
    progress(`  ${JSON.stringify(done)}`)
    if (done['deducted'] !== retailers) throw new Error(`not all were deducted: ${JSON.stringify(done)}`)
    await assertIntegrity(engine)
    const memory = await peakMemory(engine)
    return [
      {
        key: 'deductions_s',
        says: `deductions of ${retailers.toLocaleString('en')} retailers`,
        value: seconds,
        unit: 's',
        at_most: 60,
      },
      { says: 'deductions per second', value: retailers / seconds, unit: '/s' },
      {
        key: 'deductions_rss_mb',
        says: `peak memory, ${memory_before.toFixed(0)} MB before the run`,
        value: memory,
        unit: 'MB',
      },
    ]
  } finally {
    await db.end()
    await engine.stop()
    await postgres.stop()
  }
}

async function nextEvening(engine: Engine): Promise<number> {
  const { now } = await ask<{ now: string }>(engine, 'GET', '/v1/test-clock')
  const today = Date.parse(`${now.slice(0, 10)}${evening_utc}`)
  return today > Date.parse(now) ? today : today + day_ms
}

async function advance(engine: Engine, to: Date): Promise<void> {
  await ask(engine, 'POST', '/v1/test-clock/advance', { to: to.toISOString() })
}

async function prepareCompany(engine: Engine): Promise<void> {
  const body = { amount: 1_000_000_000_000, reference: uniqueRun(), reason: 'bench' }
  await ask(engine, 'POST', '/v1/wallets/company/RWF/top-ups', body)
}
