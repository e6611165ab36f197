/** How fast is each product's full life beside the marketplace order's, on one engine, in turns? */
import { join } from 'node:path'
import { Client } from 'pg'
import { assertIntegrity, type Engine, keysOf, startEngine } from './tools/engine.ts'
import { temporaryFolder } from './tools/folder.ts'
import type { Life } from './tools/life.ts'
import { lives } from './tools/lives.ts'
import { runLoad, uniqueRun } from './tools/load.ts'
import { assertDurable, describe, machine } from './tools/machine.ts'
import { startPostgres } from './tools/postgres.ts'
import { type Figure, median, progress } from './tools/report.ts'
import { say, watch } from './tools/usage.ts'

export interface LivesOptions {
  seconds: number
  rounds: number
  parties: number
  database_url?: string
}

const connections = 64
const drain_max_ms = 120_000
const drain_pause_ms = 20

export async function livesQuestion(options: LivesOptions): Promise<Figure[]> {
  const { seconds, rounds, parties } = options
  const postgres = await startPostgres(options.database_url)
  await using folder = await temporaryFolder()
  const url = await postgres.createDatabase('bench_lives')
  const engine = await startEngine({ folder: join(folder.path, 'lives'), url })
  const db = new Client({ connectionString: url })
  const rates: Record<string, number[]> = {}
  try {
    await db.connect()
    const found = await machine(postgres.url)
    assertDurable(found)
    process.stdout.write(`${describe(found)}\n`)
    for (const life of lives) await prepare(life)
    for (let round = 1; round <= rounds; round += 1) {
      progress(`round ${round} of ${rounds}`)
      for (const life of lives) (rates[life.name] ??= []).push(await live(life))
    }
    await assertIntegrity(engine)
    return figures(rates)
  } finally {
    await db.end()
    await engine.stop()
    await postgres.stop()
  }

  async function prepare(life: Life): Promise<void> {
    if (life.prepare === undefined) return
    progress(`prepares ${life.name}`)
    const plan = { kind: 'prepare', life: life.name, ...common(engine) } as const
    await runLoad({ address: engine.address, connections: 1, plan })
  }

  /** Transitions of the life's flow in the log, until nothing waits for a job: an answer alone is no release. */
  async function live(life: Life): Promise<number> {
    await postgres.settle()
    const before = await eventsOf(life)
    const began = performance.now()
    const plan = { kind: 'live', life: life.name, ...common(engine) } as const
    const { result, usage } = await watch({ server: engine.pid, postgres: postgres.pid }, () =>
      runLoad({ address: engine.address, connections, seconds, plan }),
    )
    const answered = performance.now()
    await drained()
    const elapsed_s = (performance.now() - began) / 1000
    const per_s = ((await eventsOf(life)) - before) / elapsed_s
    const waited = ((performance.now() - answered) / 1000).toFixed(1)
    progress(
      `  ${life.name}: ${per_s.toFixed(0)} transitions/s, ${result.per_s.toFixed(0)} requests/s, p99 ${result.p99_ms.toFixed(1)} ms, jobs done ${waited} s later; ${say(usage)}`,
    )
    return per_s
  }

  async function eventsOf({ name, flows = [name] }: Life): Promise<number> {
    const { rows } = await db.query<{ count: string }>(
      `select count(*) from events where flow = any($1) and kind in ('transition', 'mark', 'later')`,
      [flows],
    )
    return Number(rows[0]?.count)
  }

  async function drained(): Promise<void> {
    const until = performance.now() + drain_max_ms
    for (;;) {
      const { rows } = await db.query('select 1 from agreements where later is not null limit 1')
      if (rows.length === 0) return
      if (performance.now() > until) throw new Error('jobs were left after two minutes')
      await new Promise((resolve) => setTimeout(resolve, drain_pause_ms))
    }
  }

  function common(target: Engine) {
    return { parties, run: uniqueRun(), ...keysOf(target) }
  }
}

function figures(rates: Record<string, number[]>): Figure[] {
  const base = median(rates['marketplace-order'] ?? [])
  return lives.flatMap(({ name, says }) => {
    const per_s = median(rates[name] ?? [])
    const key = name.replaceAll('-', '_')
    const rate = { key: `${key}_per_s`, says: `${name}: ${says}`, value: per_s, unit: '/s' }
    if (name === 'marketplace-order') return [rate]
    return [
      rate,
      {
        key: `ratio_${key}`,
        says: `${name} against the order`,
        value: per_s / base,
        unit: '×',
        at_least: 0.6,
      },
    ]
  })
}
