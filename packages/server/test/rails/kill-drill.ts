/** Kill drill on the rails: load, kill -9, restart, again and again; then the ledger against the providers' own books. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { PaymentKind } from '../../src/payments/providers/port.ts'
import { Random } from '@holdfast/kernel/test/simulation/random.ts'
import { Client } from './kill-client.ts'
import { compare } from './kill-compare.ts'
import { readEvidence, type Evidence } from './kill-evidence.ts'
import { People } from './kill-people.ts'
import { Plant } from './kill-plant.ts'

export interface DrillOptions {
  /** Of an empty database, or one that is only migrated. */
  readonly database_url: string
  readonly seed: number
  readonly rounds: number
  readonly seconds: number
  readonly progress?: (line: string) => void
}

export interface Round {
  readonly killed: string
  /** Of what kinds payments were asked for and done at the provider, when the engine died before it heard of it. */
  readonly cut: Record<PaymentKind, number>
  readonly acknowledged: number
  readonly unanswered: number
}

export interface DrillReport {
  readonly seed: number
  readonly rounds: readonly Round[]
  readonly differences: readonly string[]
  readonly evidence: Evidence
}

interface Drill {
  readonly plant: Plant
  readonly client: Client
  readonly people: People
  readonly random: Random
  readonly seconds: number
}

interface Kill {
  readonly name: string
  /** Comes back when the engine is to die. */
  readonly moment: (drill: Drill) => Promise<void>
}

const minute_s = 60
const hour_s = 3_600
const day_s = 86_400
const last_days = 4
const look_ms = 10
/** However slow the machine is. What takes longer hangs, and ends. */
const start_ms_max = 90_000
const round_ms_max = 20_000
/** In which phones have rung; the clock brings the rest of the time that people need to say yes. */
const phones_ms = 1_000
const under_way_ms_max = 15_000
const known_ms_max = 10_000
/** Between what the provider does and what it answers. */
const slow_ms = 300
const very_slow_ms = 3_000
const very_slow_calls = 6

const creates: Readonly<Record<PaymentKind, readonly (readonly ['paymongo' | 'momo', string])[]>> = {
  pay_in: [
    ['paymongo', 'checkout_sessions.create'],
    ['momo', 'requesttopay.create'],
  ],
  refund: [['paymongo', 'refunds.create']],
  pay_out: [
    ['paymongo', 'transfers.create'],
    ['momo', 'transfer.create'],
  ],
}

/** Every first four are of four kinds, so that a short drill has seen them. */
const kills: readonly Kill[] = [
  { name: 'while pay-ins are asked for', moment: (drill) => underWay(drill, 'pay_in') },
  { name: 'while refunds are asked for', moment: (drill) => underWay(drill, 'refund') },
  { name: 'while pay-outs are asked for', moment: (drill) => underWay(drill, 'pay_out') },
  { name: 'at any moment', moment: atAnyMoment },
  {
    name: 'while time goes by',
    moment: async ({ plant, random }) => {
      await jump(plant, hour_s)
      await sleep(random.between(10, 1_500))
    },
  },
  {
    name: 'at any moment, and again while it starts',
    moment: async (drill) => {
      await atAnyMoment(drill)
      await drill.plant.killEngine()
      drill.plant.launch()
      await sleep(drill.random.between(50, 1_000))
    },
  },
]
const first_kills = 4

export async function drill({
  database_url,
  seed,
  rounds,
  seconds,
  progress,
}: DrillOptions): Promise<DrillReport> {
  const plant = await Plant.open(database_url)
  const random = new Random(seed)
  const client = new Client(plant, seed)
  const people = new People(plant, client, random)
  const end = () => (people.end(), client.end())
  const most_ms = start_ms_max + rounds * (round_ms_max + seconds * 1_000)
  const isLate = setTimeout(end, most_ms)
  try {
    const drilling = { plant, client, people, random, seconds }
    await begin(drilling)
    const done: Round[] = []
    for (let n = 0; n < rounds; n += 1) {
      const kill = kills[n < first_kills ? n : random.below(kills.length)] as Kill
      // oxlint-disable-next-line no-await-in-loop -- one after another
      const round = await play(drilling, kill)
      done.push(round)
      const cut = Object.entries(round.cut).map(([kind, count]) => `${count} ${kind}`)
      progress?.(
        `round ${n + 1} of ${rounds}: killed ${kill.name}; not heard of: ${cut.join(', ')}; ${round.acknowledged} acknowledged`,
      )
    }
    await settle(drilling)
    const evidence = await readEvidence(plant, client, people)
    await plant.stopEngine()
    return { seed, rounds: done, differences: compare(evidence), evidence }
  } finally {
    clearTimeout(isLate)
    end()
    await plant.close()
  }
}

/** Where money goes for the first time, somebody looks at it for a day: that is over before anything is killed. */
async function begin({ plant, client, people }: Drill): Promise<void> {
  const coming = people.come()
  await sleep(phones_ms)
  await jump(plant, minute_s)
  await coming
  await advance(client, day_s + hour_s)
  // The providers' clock follows the engine's, but not at once: they would take what they are asked for as of yesterday.
  await plant.emulator('/advance', {})
  await people.begin()
}

async function play(drilling: Drill, { name, moment }: Kill): Promise<Round> {
  const { plant, client } = drilling
  const before = tally(client)
  await jump(plant, hour_s)
  await banksPay(plant)
  await makeSlow(drilling)
  await moment(drilling)
  await plant.killEngine()
  const cut = await countCut(plant)
  await wasWritten(drilling)
  await letGo(plant)
  await plant.startEngine()
  await becomesKnown(drilling)
  const after = tally(client)
  return {
    killed: name,
    cut,
    acknowledged: after.acknowledged - before.acknowledged,
    unanswered: after.unanswered - before.unanswered,
  }
}

function tally({ record }: Client): { acknowledged: number; unanswered: number } {
  return {
    acknowledged: record.filter(({ told }) => told.length > 0).length,
    unanswered: record.filter(({ lost }) => lost.length > 0).length,
  }
}

async function makeSlow({ plant, random }: Drill): Promise<void> {
  for (const [provider, operation] of Object.values(creates).flat())
    // oxlint-disable-next-line no-await-in-loop -- rules strike in their order
    await plant.emulator('/faults', {
      provider,
      operation,
      fault: `slow:${slow_ms}`,
      probability: 0.3,
      seed: String(random.next()),
    })
  for (const provider of ['paymongo', 'momo'])
    // oxlint-disable-next-line no-await-in-loop -- rules strike in their order
    await plant.emulator('/faults', {
      provider,
      fault: 'drop_webhook',
      probability: 0.3,
      seed: String(random.next()),
    })
}

/** A call of this kind has been done at the provider, and is not answered yet. */
async function underWay({ plant }: Drill, kind: PaymentKind): Promise<void> {
  for (const [provider, operation] of creates[kind])
    // oxlint-disable-next-line no-await-in-loop -- rules strike in their order
    await plant.emulator('/faults', {
      provider,
      operation,
      fault: `slow:${very_slow_ms}`,
      times: very_slow_calls,
    })
  const until_ms = performance.now() + under_way_ms_max
  // oxlint-disable-next-line no-await-in-loop -- that is what waiting is
  while (performance.now() < until_ms && (await countCut(plant))[kind] === 0) await sleep(look_ms)
}

async function atAnyMoment({ random, seconds }: Drill): Promise<void> {
  await sleep(random.between(100, 1_000) * seconds)
}

async function countCut({ db }: Plant, state = 'unknown'): Promise<Record<PaymentKind, number>> {
  const rows = await db.any<{ kind: PaymentKind; count: bigint }>(
    `select p.kind, count(*) as count
     from provider_payments p
     where p.state = $1
     and p.taken_until is not null
     and exists (
       select from emulator.resources r
       where r.kind in ('checkout_session', 'refund', 'transfer', 'momo_requesttopay', 'momo_refund', 'momo_transfer')
       and p.token::text in (r.body -> 'metadata' ->> 'holdfast_token', r.hidden ->> 'reference')
     )
     group by p.kind`,
    [state],
  )
  const found = Object.fromEntries(rows.map(({ kind, count }) => [kind, Number(count)]))
  return { pay_in: 0, refund: 0, pay_out: 0, ...found }
}

/** That it is asked for is written before: else whoever comes next takes it for something that never was. */
async function wasWritten({ plant, people }: Drill): Promise<void> {
  for (const [kind, count] of Object.entries(await countCut(plant, 'wanted')))
    if (count > 0) people.faults.push(`${count} ${kind} had been asked for, and it was not written down`)
}

/** What the dead one had taken is free again after some minutes, for which nobody waits here. */
async function letGo({ db }: Plant): Promise<void> {
  await db.run('update provider_payments set taken_until = null where taken_until is not null')
}

/**
 * As if another process had moved the clock: under load there is always something due soon, so that an advance that takes
 * all of it in order would not come to its end.
 */
async function jump({ db }: Plant, seconds: number): Promise<void> {
  await db.run(
    `insert into settings (name, value) values ('clock_ahead_ms', to_jsonb($1::bigint))
     on conflict (name) do update set value = to_jsonb(settings.value::text::bigint + $1::bigint)`,
    [seconds * 1_000],
  )
}

/** Asked for, and nobody knows: that is a short time, after a restart too, and over before providers forget our tokens. */
async function becomesKnown({ plant, people }: Drill): Promise<void> {
  await plant.emulator('/faults', undefined, 'DELETE')
  const until_ms = performance.now() + known_ms_max
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- that is what waiting is
    const { unknown } = await plant.db.one<{ unknown: bigint }>(
      `select count(*) as unknown from provider_payments where state = 'unknown'`,
    )
    if (unknown === 0n) return
    if (performance.now() > until_ms) {
      people.faults.push(`${unknown} payments are unknown ${known_ms_max} ms after a restart`)
      return
    }
    // oxlint-disable-next-line no-await-in-loop -- that is what waiting is
    await sleep(look_ms)
  }
}

/** Until nothing is left to be told, with days of patience for what nobody told. */
async function settle({ plant, client, people }: Drill): Promise<void> {
  await jump(plant, hour_s)
  await people.rest()
  for (let n = 0; n < last_days; n += 1) {
    await advance(client, day_s)
    await plant.emulator('/advance', {})
    await banksPay(plant)
  }
}

/** What PayMongo has on its way: in test mode only a few numbers end by themselves. */
async function banksPay(plant: Plant): Promise<void> {
  const { paymongo } = await plant.emulator('/books')
  for (const { id, status } of paymongo['transfers'])
    if (status === 'pending')
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await plant.emulator(`/paymongo/transfers/${id}/settle`, { status: 'succeeded' })
}

async function advance(client: Client, seconds: number): Promise<void> {
  const wish = { transition: 'advance', path: '/v1/test-clock/advance', by: 'service' } as const
  await client.must({ ...wish, body: { seconds } })
}
