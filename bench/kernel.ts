/** How fast is the kernel against the usual designs, on the same PostgreSQL, in turns? */
import { hasPgbench, prepare, startTextbook, transfersPerSecond } from './tools/baselines.ts'
import { type Engine, assertIntegrity, furnish, keysOf, peakMemory, startEngine } from './tools/engine.ts'
import { temporaryFolder } from './tools/folder.ts'
import { type Summary, runLoad, uniqueRun } from './tools/load.ts'
import { assertDurable, describe, machine } from './tools/machine.ts'
import type { Order } from './tools/plans.ts'
import { type Postgres, startPostgres } from './tools/postgres.ts'
import { type Figure, median, progress } from './tools/report.ts'
import { say, watch } from './tools/usage.ts'

export interface KernelOptions {
  seconds: number
  rounds: number
  parties: number
  database_url?: string
  /** The usual designs alone, to see what there is to beat. */
  baselines_only?: boolean
}
type Target = Pick<Engine, 'address' | 'pid' | 'service_key' | 'operator_key'>
type Turns = Record<string, Summary[]>

const warmup_seconds = 2
const lone_seconds = 3
const lone_orders = 8000
const accounts = 100_000

export async function kernel(options: KernelOptions): Promise<Figure[]> {
  const starts = options.baselines_only ? [] : await startTimes()
  const postgres = await startPostgres(options.database_url)
  await using folder = await temporaryFolder()
  try {
    const found = await machine(postgres.url)
    assertDurable(found)
    // A process of `pg` is about half as fast as pgbench, so the reader must know which it was.
    const by = (await hasPgbench()) ? 'pgbench' : 'a process with pg'
    process.stdout.write(`${describe(found)}\nA and B     by ${by}\n`)
    return [...(await contest(postgres, folder.path, options)), ...starts]
  } finally {
    await postgres.stop()
  }
}

async function contest(postgres: Postgres, folder: string, options: KernelOptions): Promise<Figure[]> {
  const { seconds, rounds, parties } = options
  const transfers_url = await postgres.createDatabase('bench_transfers')
  await prepare(transfers_url, 'baselines.sql')
  const textbook_url = await postgres.createDatabase('bench_textbook')
  await prepare(textbook_url, 'textbook.sql')
  const textbook = await startTextbook(textbook_url)
  const usual: Target = { ...textbook, service_key: 'none', operator_key: 'none' }
  const engine = options.baselines_only
    ? undefined
    : await startEngine({ folder, url: await postgres.createDatabase('bench_holdfast') })
  const spread: number[] = []
  const hot: number[] = []
  const turns: Turns = {}
  try {
    if (engine) await furnish(engine, parties)
    for (let round = 1; round <= rounds; round += 1) {
      progress(`round ${round} of ${rounds}`)
      spread.push(await transfers('A spread accounts', false))
      hot.push(await transfers('B one hot account', true))
      await life('C life', usual, 64)
      await lonePay('C lone pay', usual)
      if (!engine) continue
      for (const connections of [64, 256]) {
        await pay('pay', engine, connections)
        await life('life', engine, connections)
      }
      await lonePay('lone pay', engine)
    }
    if (engine) await assertIntegrity(engine)
    return figures(turns, median(spread), median(hot), engine && (await peakMemory(engine)))
  } finally {
    await engine?.stop()
    await textbook.stop()
  }

  async function transfers(name: string, is_hot: boolean): Promise<number> {
    const load = { url: transfers_url, connections: 16, accounts, hot: is_hot }
    await postgres.settle()
    await transfersPerSecond({ ...load, seconds: warmup_seconds })
    const per_s = await transfersPerSecond({ ...load, seconds })
    progress(`  ${name}: ${per_s.toFixed(0)}/s`)
    return per_s
  }

  async function life(name: string, target: Target, connections: number): Promise<void> {
    const plan = { kind: 'life', ...common(target) } as const
    await turn(`${name} ${connections}`, target, () =>
      runLoad({ address: target.address, connections, seconds, warmup_seconds, plan }),
    )
  }

  /** Creating is lighter than paying, so creating for as long makes orders enough. */
  async function pay(name: string, target: Target, connections: number): Promise<void> {
    const { address } = target
    const create = { kind: 'create', ...common(target) } as const
    const { orders } = await runLoad({
      address,
      connections,
      seconds: seconds + warmup_seconds,
      plan: create,
    })
    const plan = { kind: 'pay', orders, ...common(target) } as const
    await turn(`${name} ${connections}`, target, () =>
      runLoad({ address, connections, seconds, warmup_seconds, plan }),
    )
  }

  async function lonePay(name: string, target: Target): Promise<void> {
    const { address } = target
    const create = { kind: 'create', requests: lone_orders, ...common(target) } as const
    const made = await runLoad({ address, connections: 64, plan: create })
    const orders: Order[] = made.orders
    const plan = { kind: 'pay', orders, ...common(target) } as const
    await turn(name, target, () =>
      runLoad({ address, connections: 1, seconds: lone_seconds, warmup_seconds: 1, plan }),
    )
  }

  async function turn(name: string, target: Target, load: () => Promise<Summary>): Promise<void> {
    await postgres.settle()
    const { result, usage } = await watch({ server: target.pid, postgres: postgres.pid }, load)
    ;(turns[name] ??= []).push(result)
    const { per_s, p50_ms, p99_ms, max_ms } = result
    const times = `p50 ${p50_ms.toFixed(2)}, p99 ${p99_ms.toFixed(1)}, max ${max_ms.toFixed(0)} ms`
    progress(`  ${name}: ${per_s.toFixed(0)}/s, ${times}; ${say(usage)}`)
  }

  function common(target: Target) {
    return { parties, run: uniqueRun(), ...keysOf(target) }
  }
}

function figures(turns: Turns, a: number, b: number, rss_mb: number | undefined): Figure[] {
  const of = (name: string, key: 'per_s' | 'p50_ms' | 'p99_ms'): number =>
    median((turns[name] ?? []).map((summary) => summary[key]))
  const c = of('C life 64', 'per_s')
  const usual: Figure[] = [
    { key: 'a_per_s', says: 'A: one function per transfer, spread accounts', value: a, unit: '/s' },
    { key: 'b_per_s', says: 'B: the same, one hot account', value: b, unit: '/s' },
    { key: 'c_per_s', says: 'C: textbook handler, transitions of the life', value: c, unit: '/s' },
    { says: 'C: one lone pay', value: of('C lone pay', 'p50_ms'), unit: 'ms' },
  ]
  if (rss_mb === undefined) return usual
  const better = (name: string) =>
    of(`${name} 64`, 'per_s') >= of(`${name} 256`, 'per_s') ? (64 as const) : (256 as const)
  const [pay_at, life_at] = [better('pay'), better('life')]
  const [pay, life] = [of(`pay ${pay_at}`, 'per_s'), of(`life ${life_at}`, 'per_s')]
  const lone = of('lone pay', 'p50_ms') / of('C lone pay', 'p50_ms')
  const p99 = Math.max(of('pay 64', 'p99_ms'), of('life 64', 'p99_ms'))
  return [
    ...usual,
    ...[64, 256].flatMap((connections) => [
      { says: `pay at ${connections} connections`, value: of(`pay ${connections}`, 'per_s'), unit: '/s' },
      { says: `life at ${connections} connections`, value: of(`life ${connections}`, 'per_s'), unit: '/s' },
    ]),
    { key: 'pay_per_s', says: `pay, the better: ${pay_at} connections`, value: pay, unit: '/s' },
    {
      key: 'life_transitions_per_s',
      says: `life, the better: ${life_at} connections`,
      value: life,
      unit: '/s',
    },
    { key: 'ratio_pay_a', says: 'pay against A', value: pay / a, unit: '×', at_least: 1 },
    { key: 'ratio_life_b', says: 'life, hot revenue, against B', value: life / b, unit: '×', at_least: 5 },
    { key: 'ratio_life_c', says: 'life against C', value: life / c, unit: '×', at_least: 4 },
    { key: 'p99_ms_64', says: 'p99 at 64 connections, pay or life', value: p99, unit: 'ms', at_most: 60 },
    { key: 'ratio_lone_c', says: "one lone pay against C's", value: lone, unit: '×', at_most: 2.5 },
    { key: 'rss_mb', says: "peak memory of the engine's process", value: rss_mb, unit: 'MB', at_most: 300 },
  ]
}

/** From the command to the ready line, on an empty folder and on one that exists, with the embedded PostgreSQL. */
async function startTimes(): Promise<Figure[]> {
  await using folder = await temporaryFolder()
  const first = await startEngine({ folder: folder.path })
  await first.stop()
  const later = await startEngine({ folder: folder.path, keys: first })
  await later.stop()
  return [
    { key: 'first_start_s', says: 'first start', value: first.started_ms / 1000, unit: 's', at_most: 6 },
    { key: 'later_start_s', says: 'later start', value: later.started_ms / 1000, unit: 's', at_most: 3 },
  ]
}
