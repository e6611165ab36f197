/** Does it slow down when it is full: the life of an order on an empty database and beside a million others, in turns. */
import { join } from 'node:path'
import { type Keys, ask, assertIntegrity, furnish, keysOf, startEngine } from './tools/engine.ts'
import { fill } from './tools/fill.ts'
import { temporaryFolder } from './tools/folder.ts'
import { runLoad, uniqueRun } from './tools/load.ts'
import { assertDurable, describe, machine } from './tools/machine.ts'
import { type Postgres, startPostgres } from './tools/postgres.ts'
import { type Figure, median, progress } from './tools/report.ts'
import { say, watch } from './tools/usage.ts'

export interface SizeOptions {
  seconds: number
  rounds: number
  parties: number
  agreements: number
  database_url?: string
}
interface House {
  name: string
  url: string
  keys: Keys
  rates: number[]
}

const warmup_seconds = 3
const connections = 64

export async function size(options: SizeOptions): Promise<Figure[]> {
  const postgres = await startPostgres(options.database_url)
  await using folder = await temporaryFolder()
  try {
    const found = await machine(postgres.url)
    assertDurable(found)
    process.stdout.write(`${describe(found)}\n`)
    const empty = await furnished('empty', postgres, folder.path, options)
    const full = await furnished('full', postgres, folder.path, options)
    await fill(full.url, options.agreements, progress)
    for (let round = 1; round <= options.rounds; round += 1) {
      progress(`round ${round} of ${options.rounds}`)
      // The order changes each round, so that warm caches favour neither.
      for (const house of round % 2 ? [empty, full] : [full, empty]) {
        house.rates.push(await rate(house, postgres, folder.path, options))
      }
    }
    return [...figures(empty, full, options.agreements), ...(await readTimes(full, folder.path))]
  } finally {
    await postgres.stop()
  }
}

async function furnished(
  name: string,
  postgres: Postgres,
  folder: string,
  options: SizeOptions,
): Promise<House> {
  const url = await postgres.createDatabase(`bench_${name}`)
  const engine = await startEngine({ folder: join(folder, name), url })
  await furnish(engine, options.parties)
  // A few orders that ended, for the filling to copy; both databases have them.
  const plan = { kind: 'life', parties: options.parties, run: uniqueRun(), ...keysOf(engine) } as const
  await runLoad({ address: engine.address, connections: 4, seconds: 1, plan })
  await engine.stop()
  return { name, url, keys: keysOf(engine), rates: [] }
}

/** One engine at a time: an idle neighbour would take its share of the cores. */
async function rate(house: House, postgres: Postgres, folder: string, options: SizeOptions): Promise<number> {
  const engine = await startEngine({ folder: join(folder, house.name), url: house.url, keys: house.keys })
  try {
    await postgres.settle()
    const plan = { kind: 'life', parties: options.parties, run: uniqueRun(), ...house.keys } as const
    const { address, pid } = engine
    const { result, usage } = await watch({ server: pid, postgres: postgres.pid }, () =>
      runLoad({ address, connections, seconds: options.seconds, warmup_seconds, plan }),
    )
    progress(
      `  ${house.name}: ${result.per_s.toFixed(0)}/s, p99 ${result.p99_ms.toFixed(1)} ms; ${say(usage)}`,
    )
    if (house.rates.length === options.rounds - 1) await assertIntegrity(engine)
    return result.per_s
  } finally {
    await engine.stop()
  }
}

const reads_each = 300

/** What a person's page asks for, one request after the other, where a million agreements are. */
async function readTimes(full: House, folder: string): Promise<Figure[]> {
  const engine = await startEngine({ folder: join(folder, full.name), url: full.url, keys: full.keys })
  try {
    const company = { amount: 1_000_000, reference: uniqueRun(), reason: 'bench' }
    await ask(engine, 'POST', '/v1/wallets/company/RWF/top-ups', company)
    const order = {
      order_id: uniqueRun(),
      retailer: 'usr_1',
      wholesaler: 'usr_2',
      amount: 1_000,
      reason: 'bench',
    }
    await ask(engine, 'POST', '/company/escrow', order)
    const pages = {
      wallet: '/v1/wallets/usr_1/PKR',
      'vendor wallet': '/api/wallet/usr_1?currency=PKR',
      statement: '/v1/wallets/usr_1/transactions',
      'retailer summary': '/retailer/escrow/summary?retailer=usr_1',
    }
    const figures: Figure[] = []
    for (const [name, path] of Object.entries(pages)) {
      const times: number[] = []
      for (let i = 0; i < reads_each; i += 1) {
        const began = performance.now()
        await ask(engine, 'GET', path)
        times.push(performance.now() - began)
      }
      const key = `read_${name.replaceAll(' ', '_')}_ms`
      figures.push({ key, says: `${name}, read`, value: median(times), unit: 'ms', at_most: 5 })
    }
    return figures
  } finally {
    await engine.stop()
  }
}

function figures(empty: House, full: House, agreements: number): Figure[] {
  const [before, after] = [median(empty.rates), median(full.rates)]
  return [
    { says: 'life on an empty database', value: before, unit: '/s' },
    { says: `life beside ${agreements.toLocaleString('en')} agreements`, value: after, unit: '/s' },
    { key: 'size_ratio', says: 'full against empty', value: after / before, unit: '×', at_least: 0.85 },
  ]
}
