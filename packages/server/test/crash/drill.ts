/** Crash drill: load, kill -9, restart, again and again; then the client's record against the database. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { realClock } from '../../src/platform/clock.ts'
import type { Database } from '../../src/platform/postgres/database.ts'
import { Random } from '@holdfast/kernel/test/simulation/random.ts'
import { compare } from './compare.ts'
import { Customer } from './customer.ts'
import { readDatabase, type Evidence } from './evidence.ts'
import type { Door, Tally } from './messages.ts'
import { fee } from './model.ts'
import { Plant, type Owner } from './plant.ts'
import { isAccepted, readRecord, type Entry, type Acknowledged } from './record.ts'

export interface DrillOptions {
  readonly seed: number
  readonly rounds: number
  readonly seconds: number
  readonly progress?: (line: string) => void
}

export interface Round extends Tally {
  readonly killed: string
  /** Seconds of load before the kill. */
  readonly at_s: number
  /** From the start of the new engine process until it was ready; null where the engine lived on. */
  readonly restart_ms: number | null
}

export interface DrillReport {
  readonly seed: number
  readonly rounds: Round[]
  readonly differences: readonly string[]
  readonly evidence: Evidence
  readonly failed_starts: readonly string[]
}

export class DrillFailure extends Error {}

interface Kill {
  readonly name: string
  readonly owner: Owner
  readonly strike: (plant: Plant, random: Random) => Promise<void>
  /** Gives the milliseconds that the new engine took, or null. */
  readonly mend: (plant: Plant) => Promise<number | null>
}

const restarted = (plant: Plant) => plant.startEngine()

/** Every first three are of three kinds, so that a short drill has seen them. */
const kills: readonly Kill[] = [
  { name: 'engine', owner: 'drill', strike: async (plant) => plant.killEngine(), mend: restarted },
  {
    name: 'a backend',
    owner: 'drill',
    strike: (plant, random) => plant.killBackend(random),
    mend: () => Promise.resolve(null),
  },
  {
    name: 'engine and its PostgreSQL',
    owner: 'engine',
    strike: async (plant) => (plant.killEngine(), plant.killPostmaster()),
    mend: restarted,
  },
  {
    name: 'postmaster',
    owner: 'drill',
    strike: async (plant) => plant.killPostmaster(),
    mend: async (plant) => (await plant.startPostgres(), null),
  },
  {
    name: 'engine, its PostgreSQL left alone',
    owner: 'engine',
    strike: async (plant) => plant.killEngine(),
    mend: restarted,
  },
  {
    name: "the engine's own postmaster",
    owner: 'engine',
    strike: async (plant) => plant.killPostmaster(),
    mend: async (plant) => (await plant.engineExits('after its PostgreSQL died'), plant.startEngine()),
  },
  {
    name: 'engine and postmaster',
    owner: 'drill',
    strike: async (plant) => (plant.killPostmaster(), plant.killEngine()),
    mend: async (plant) => (await plant.startPostgres(), plant.startEngine()),
  },
  {
    name: 'engine, and again while it starts',
    owner: 'drill',
    strike: async (plant, random) => (plant.killEngine(), plant.killStartingEngine(random.between(50, 600))),
    mend: restarted,
  },
]

const first_kills = 3
const repeats_max = 200
/** The clock moves so far after each round: past what is unpaid and unshipped. */
const days_per_round = 8
const day_ms = 86_400_000
const alive_ms_max = 20_000
const poll_ms = 50

export async function drill({
  seed,
  rounds,
  seconds,
  progress = () => undefined,
}: DrillOptions): Promise<DrillReport> {
  const random = new Random(seed)
  const plant = new Plant()
  const customer = new Customer(join(plant.folder, 'record.jsonl'), seed)
  const atExit = () => (plant.abandon(), customer.kill())
  process.once('exit', atExit)
  let keep = true
  try {
    const report: DrillReport = await run(plant, customer, random, { seed, rounds, seconds, progress })
    keep = report.differences.length > 0
    return report
  } catch (error) {
    throw new DrillFailure(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  } finally {
    if (keep) progress(`what is left lies in ${plant.folder}`)
    process.off('exit', atExit)
    customer.kill()
    await plant.destroy(keep)
  }
}

async function run(
  plant: Plant,
  customer: Customer,
  random: Random,
  { seed, rounds, seconds, progress }: Required<DrillOptions>,
): Promise<DrillReport> {
  const done: Round[] = []
  const faults: string[] = []
  let started = false
  for (const [i, killed] of planned(random, rounds).entries()) {
    if (!started || plant.owner !== killed.owner) {
      if (started) await plant.stop()
      await plant.start(killed.owner)
      if (!started) await publishFee(plant.door)
      started = true
    }
    const round = await playRound(plant, customer, random, killed, seconds, faults)
    done.push(round)
    progress(
      `round ${i + 1} of ${rounds}: ${killed.name} after ${round.at_s.toFixed(1)} s, back in ${Math.round(round.silence_ms)} ms, ${round.acknowledged} acknowledged`,
    )
  }
  await customer.end()
  const record = readRecord(customer.record)
  const repeats = await repeatSome(plant.door, record, random)
  const read = await withDatabase(plant, (db) => readDatabase(db, realClock.now()))
  const evidence = { record, repeats, faults, ...read }
  await plant.stop()
  return { seed, rounds: done, differences: compare(evidence), evidence, failed_starts: plant.failed_starts }
}

function planned(random: Random, rounds: number): Kill[] {
  const plan = kills.slice(0, first_kills)
  while (plan.length < rounds) {
    const rest = plan.length < kills.length ? kills.filter((kill) => !plan.includes(kill)) : kills
    plan.push(random.pick(rest))
  }
  return plan.slice(0, rounds)
}

async function playRound(
  plant: Plant,
  customer: Customer,
  random: Random,
  kill: Kill,
  seconds: number,
  faults: string[],
): Promise<Round> {
  const began = performance.now()
  const at_ms = random.between(300, 900) * seconds
  customer.go(plant.door)
  await sleep(at_ms)
  await kill.strike(plant, random)
  const answered = customer.watch()
  // Heard of below; until then a rejection has nobody to go to.
  answered.catch(() => undefined)
  const restart_ms = await kill.mend(plant)
  customer.moved(plant.door)
  await answered
  await sleep(Math.max(seconds * 200, seconds * 1_000 - (performance.now() - began)))
  const { tally, faults: found } = await customer.rest()
  faults.splice(0, faults.length, ...found)
  await withDatabase(plant, assertAlive)
  return { ...tally, killed: kill.name, at_s: at_ms / 1_000, restart_ms }
}

async function withDatabase<T>(plant: Plant, work: (db: Database) => Promise<T>): Promise<T> {
  const db = plant.connect()
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

/** The clock moves as if another process had moved it: what is due then is taken by the engine itself, and so is a job. */
async function assertAlive(db: Database): Promise<void> {
  const ahead = await db.maybeOne<{ value: number }>(
    `select value from settings where name = 'clock_ahead_ms'`,
  )
  const ahead_ms = (ahead?.value ?? 0) + days_per_round * day_ms
  const due_sql = 'select count(*) as due from agreements where due_at <= $1'
  const now = () => new Date(realClock.now() + ahead_ms)
  const before = await db.one<{ due: bigint }>(due_sql, [now()])
  assert(before.due > 0n, 'nothing was left for the clock')
  await db.run(
    `insert into settings (name, value) values ('clock_ahead_ms', to_jsonb($1::bigint))
     on conflict (name) do update set value = excluded.value`,
    [ahead_ms],
  )
  await db.one(`select (graphile_worker.add_job('sweep', job_key => 'drill')).id`)
  const began = performance.now()
  for (;;) {
    const { due } = await db.one<{ due: bigint }>(due_sql, [now()])
    const jobs = await db.any(`select from graphile_worker.jobs where key = 'drill'`)
    if (due === 0n && jobs.length === 0) return
    const waited_ms = performance.now() - began
    assert(
      waited_ms < alive_ms_max,
      `after ${alive_ms_max} ms ${due} timers are still due, and ${jobs.length} jobs wait`,
    )
    await sleep(poll_ms)
  }
}

async function publishFee(door: Door): Promise<void> {
  const body = JSON.stringify({ flow: 'marketplace-order', terms: { fee }, reason: 'drill' })
  const answer = await post(door, '/v1/fee-schedules', body, { authorization: `Bearer ${door.operator_key}` })
  assert.equal(answer.status, 201, await answer.text())
}

/** Keys from all over the record, once more. */
async function repeatSome(door: Door, record: readonly Entry[], random: Random): Promise<Acknowledged[]> {
  const accepted = record.filter(({ told }) => told.some(isAccepted))
  const sample = new Set(
    Array.from({ length: Math.min(repeats_max, accepted.length) }, () => random.pick(accepted)),
  )
  const repeats: Acknowledged[] = []
  for (const { asked } of sample) {
    const answer = await post(door, asked.path, asked.body, {
      authorization: `Bearer ${asked.by === 'service' ? door.service_key : door.operator_key}`,
      'idempotency-key': asked.key,
      ...(asked.party === null ? {} : { 'holdfast-party': asked.party }),
    })
    const replayed = answer.headers.get('idempotent-replayed') === 'true'
    repeats.push({ n: asked.n, status: answer.status, replayed, body: await answer.text() })
  }
  return repeats
}

function post(door: Door, path: string, body: string, headers: Record<string, string>): Promise<Response> {
  return fetch(`${door.address}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
    signal: AbortSignal.timeout(alive_ms_max),
  })
}
