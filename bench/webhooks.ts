/** How many events of a payment provider are verified, stored and answered in a second, while those stored are looked at? */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { paymongo_webhook_secret } from '../packages/emulator/src/keys.ts'
import { assertIntegrity, keysOf, peakMemory, startEngine } from './tools/engine.ts'
import { paymentId } from './tools/events.ts'
import { temporaryFolder } from './tools/folder.ts'
import { runLoad, type Summary, uniqueRun } from './tools/load.ts'
import { assertDurable, describe, machine } from './tools/machine.ts'
import { startPostgres } from './tools/postgres.ts'
import { type Figure, median, progress } from './tools/report.ts'
import { say, watch } from './tools/usage.ts'

export interface WebhooksOptions {
  seconds: number
  rounds: number
  database_url?: string
}

const warmup_seconds = 2
const connections = 64
const payments = 10_000
const backlog_s_max = 60

export async function webhooks(options: WebhooksOptions): Promise<Figure[]> {
  const { seconds, rounds } = options
  const postgres = await startPostgres(options.database_url)
  await using folder = await temporaryFolder()
  const url = await postgres.createDatabase('bench_webhooks')
  const engine = await startEngine({ folder: join(folder.path, 'webhooks'), url })
  const db = new Client({ connectionString: url })
  const turns: Summary[] = []
  const backlogs: number[] = []
  try {
    await db.connect()
    const found = await machine(postgres.url)
    assertDurable(found)
    process.stdout.write(`${describe(found)}\n`)
    await settlePayments(db)
    for (let round = 1; round <= rounds; round += 1) {
      await postgres.settle()
      const plan = {
        kind: 'events',
        secret: paymongo_webhook_secret,
        payments,
        parties: 0,
        run: uniqueRun(),
        ...keysOf(engine),
      } as const
      const { result, usage } = await watch({ server: engine.pid, postgres: postgres.pid }, () =>
        runLoad({ address: engine.address, connections, seconds, warmup_seconds, plan }),
      )
      turns.push(result)
      backlogs.push(await backlogSeconds(db))
      await assertKept(db, plan.run, result.requests)
      const { per_s, p50_ms, p99_ms, max_ms } = result
      const times = `p50 ${p50_ms.toFixed(2)}, p99 ${p99_ms.toFixed(1)}, max ${max_ms.toFixed(0)} ms`
      progress(`round ${round} of ${rounds}: ${per_s.toFixed(0)}/s, ${times}; ${say(usage)}`)
    }
    await assertIntegrity(engine)
    return figures(turns, backlogs, await peakMemory(engine))
  } finally {
    await db.end()
    await engine.stop()
    await postgres.stop()
  }
}

/** Payments as they rest once they are booked: telling of them again has nobody asked. */
async function settlePayments(db: Client): Promise<void> {
  await db.query(
    `insert into provider_payments (id, provider, kind, token, our_reference, amount, currency, details, state,
       provider_id, settled_id, attempts, closing, created_at)
     select gen_random_uuid(), 'paymongo', 'pay_in', gen_random_uuid(), 'pp_' || id, 150000, 'PHP', '{}', 'succeeded',
       'cs_' || id, id, 1, false, now()
     from unnest($1::text[]) as id`,
    [Array.from({ length: payments }, (_, n) => paymentId(n))],
  )
  await db.query('analyze provider_payments')
}

/** How long after the last answer the last event was looked at. */
async function backlogSeconds(db: Client): Promise<number> {
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  while (seconds() < backlog_s_max) {
    const { rowCount } = await db.query('select 1 from provider_events where handled_at is null limit 1')
    if (rowCount === 0) return seconds()
    await sleep(5)
  }
  throw new Error(`after ${backlog_s_max} s events still lie there unread`)
}

/** What was answered is there, and asked nobody. */
async function assertKept(db: Client, run: string, answered: number): Promise<void> {
  const { rows } = await db.query<{ kept: number; others: number }>(
    `select count(*)::int as kept, count(*) filter (where outcome <> 'nothing')::int as others
     from provider_events
     where event_id like $1`,
    [`evt_${run}%`],
  )
  const { kept = 0, others = 0 } = rows[0] ?? {}
  if (kept < answered || others > 0)
    throw new Error(`${answered} answered, ${kept} kept, ${others} not at rest`)
}

function figures(turns: Summary[], backlogs: number[], rss_mb: number): Figure[] {
  const of = (key: 'per_s' | 'p50_ms' | 'p99_ms') => median(turns.map((turn) => turn[key]))
  return [
    {
      key: 'webhooks_per_s',
      says: 'events verified, stored and answered',
      value: of('per_s'),
      unit: '/s',
      at_least: 1_500,
    },
    { says: 'an event, median', value: of('p50_ms'), unit: 'ms' },
    { key: 'webhooks_p99_ms', says: 'an event, p99', value: of('p99_ms'), unit: 'ms', at_most: 100 },
    {
      key: 'webhooks_backlog_s',
      says: 'until all were looked at',
      value: median(backlogs),
      unit: 's',
      at_most: 1,
    },
    { key: 'webhooks_rss_mb', says: "peak memory of the engine's process", value: rss_mb, unit: 'MB' },
  ]
}
