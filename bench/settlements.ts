/** How long do ten thousand payments take from the provider's first event to the last wallet, each asked about before it counts? */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import {
  momo_api_key,
  momo_api_user,
  momo_subscription_keys,
  paymongo_secret_key,
  paymongo_webhook_secret,
} from '../packages/emulator/src/keys.ts'
import { assertIntegrity, keysOf, startEngine } from './tools/engine.ts'
import type { Told } from './tools/events.ts'
import { temporaryFolder } from './tools/folder.ts'
import { runLoad, uniqueRun } from './tools/load.ts'
import { assertDurable, machine } from './tools/machine.ts'
import { startPostgres } from './tools/postgres.ts'
import { type Figure, progress } from './tools/report.ts'

export interface SettlementsOptions {
  payments: number
  database_url?: string
}

const connections = 64
const payers_at_once = 16
const wait_s_max = 600

export async function settlements({ payments, database_url }: SettlementsOptions): Promise<Figure[]> {
  const postgres = await startPostgres(database_url)
  await using folder = await temporaryFolder()
  const url = await postgres.createDatabase('bench_settlements')
  const emulator = await startEmulator(url)
  const engine = await startEngine({
    folder: join(folder.path, 'engine'),
    url,
    env: settingsFor(emulator.address),
  })
  const db = new Client({ connectionString: url })
  try {
    await db.connect()
    assertDurable(await machine(postgres.url))
    const callers = { parties: payments, run: uniqueRun(), ...keysOf(engine) }
    progress(`  ${payments} checkouts are opened at the provider`)
    const plan = { kind: 'checkouts', count: payments, ...callers } as const
    const opened = await runLoad({ address: engine.address, connections, plan })
    progress(`  ${opened.per_s.toFixed(0)}/s opened; all are paid, and nobody tells`)
    // Nothing but the events wakes the desk, so that their way alone is measured.
    await db.query(`update provider_payments set next_at = '2100-01-01' where state = 'pending'`)
    const told = await payAll(db, emulator.address)
    if (told.length < payments) {
      const { rows } = await db.query('select state, reason, count(*) from provider_payments group by 1, 2')
      throw new Error(`of ${payments} checkouts ${told.length} are there: ${JSON.stringify(rows)}`)
    }
    await postgres.settle()
    const began = performance.now()
    const tell = { kind: 'tell', secret: paymongo_webhook_secret, told, ...callers } as const
    const taken = await runLoad({ address: engine.address, connections, plan: tell })
    const answered_s = (performance.now() - began) / 1000
    const seconds = await untilSettled(db, payments, began)
    progress(`  answered after ${answered_s.toFixed(1)} s, settled after ${seconds.toFixed(1)} s`)
    await assertCounted(db, payments)
    await assertIntegrity(engine)
    return [
      {
        key: 'settled_s',
        says: `${payments.toLocaleString('en')} payments: told, asked about, in their wallets`,
        value: seconds,
        unit: 's',
      },
      { key: 'settled_per_s', says: 'payments settled', value: payments / seconds, unit: '/s' },
      { says: 'until their last event was answered', value: answered_s, unit: 's' },
      { says: 'an event meanwhile, p99', value: taken.p99_ms, unit: 'ms' },
      { says: 'checkouts opened, provider called', value: opened.per_s, unit: '/s' },
    ]
  } finally {
    await db.end()
    await engine.stop()
    await emulator.stop()
    await postgres.stop()
  }
}

/** In a process of its own, as a provider is, and without its limit of requests. */
async function startEmulator(url: string): Promise<{ address: string; stop(): Promise<void> }> {
  const words = [
    'packages/server/src/main.ts',
    'emulator',
    '--json',
    '--port',
    '0',
    '--requests-per-second',
    '0',
  ]
  const child = spawn(process.execPath, words, {
    cwd: fileURLToPath(new URL('../', import.meta.url)),
    env: { ...process.env, DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"emulator_address"')) continue
    const { emulator_address: address } = JSON.parse(line) as { emulator_address: string }
    const stop = async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    return { address, stop }
  }
  throw new Error('the emulator ended before it was ready')
}

function settingsFor(emulator: string): Record<string, string> {
  const settings = {
    PAYMONGO_URL: `${emulator}/paymongo`,
    PAYMONGO_SECRET_KEY: paymongo_secret_key,
    PAYMONGO_WEBHOOK_SECRETS: paymongo_webhook_secret,
    MOMO_URL: `${emulator}/momo`,
    MOMO_API_USER: momo_api_user,
    MOMO_API_KEY: momo_api_key,
    MOMO_COLLECTION_KEY: momo_subscription_keys.collection,
    MOMO_DISBURSEMENT_KEY: momo_subscription_keys.disbursement,
  }
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`HOLDFAST_${name}`, value]))
}

/** No webhook is registered with the emulator: the events are ours to send. */
async function payAll(db: Client, emulator: string): Promise<Told[]> {
  const { rows } = await db.query<{ session: string; reference: string }>(
    `select provider_id as session, our_reference as reference
     from provider_payments
     where state = 'pending'`,
  )
  const told: Told[] = []
  const next = rows[Symbol.iterator]()
  const payer = async () => {
    for (const { session, reference } of next) {
      const response = await fetch(`${emulator}/__emulator/paymongo/pay`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id: session, method: 'gcash' }),
      })
      const { data } = (await response.json()) as { data: { payment: string } }
      told.push({ id: data.payment, reference })
    }
  }
  await Promise.all(Array.from({ length: payers_at_once }, payer))
  return told
}

/** Every event looked at, every payment asked about and told to its agreement. */
async function untilSettled(db: Client, payments: number, began: number): Promise<number> {
  for (;;) {
    const { rows } = await db.query<{ settled: number; waiting: number }>(
      `select (select count(*)::int from provider_payments where heard = 'succeeded' and next_at is null) as settled,
         (select count(*)::int from provider_events where handled_at is null) as waiting`,
    )
    const { settled = 0, waiting = 0 } = rows[0] ?? {}
    const seconds = (performance.now() - began) / 1000
    if (settled === payments && waiting === 0) return seconds
    if (seconds > wait_s_max)
      throw new Error(`${settled} settled, ${waiting} events wait after ${wait_s_max} s`)
    await sleep(50)
  }
}

/** Each once. */
async function assertCounted(db: Client, payments: number): Promise<void> {
  const { rows } = await db.query<{ wallets: number; other: number }>(
    `select count(*)::int as wallets, count(*) filter (where balance <> 150000)::int as other
     from accounts
     where owner like 'usr\\_%'
     and purpose = 'available'
     and currency = 'PHP'`,
  )
  const { wallets, other } = rows[0] ?? {}
  if (wallets !== payments || other !== 0)
    throw new Error(`${wallets} wallets, ${other} with another balance`)
}
