// The database goes away and comes back, and an engine stops under load: refused in time, nothing half done, no restart needed.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as dial, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmbedded, type Embedded } from '../../src/platform/embedded/embedded.ts'
import { products } from '../../src/modules.ts'
import { freshDatabase } from '../fixtures/database.ts'
import { startEngine, type Answer, type Asking, type Engine, type Json } from '../fixtures/engine.ts'
import { paymongoAt } from '../payments/settings.ts'
import { paymongoEvent } from '../payments/signed-event.ts'
import { trade } from '@holdfast/kernel/test/specimens/trade.ts'
import { patience_ms } from '../fixtures/patience.ts'

const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', shared_buffers: '32MB' }
/** Refused at once would be 0; the driver gives up a connection after 5 s. */
const answer_ms_max = 6_000
const recovery_ms_max = patience_ms

let folder: string
let postgres: Embedded
let door: Door
let engine: Engine
let id: string
let moved_ms = 0
const order = { buyer: 'ayesha', seller: 'bilal', amount: 500, currency: 'PKR' }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-outage-'))
  postgres = await startEmbedded({ folder, settings })
  door = await openDoor()
  const url = new URL(postgres.url)
  url.port = String(door.port)
  engine = await startEngine({
    url: url.href,
    products: [...products, trade],
    config: { paymongo: paymongoAt(new URL('http://127.0.0.1:9')) },
  })
  id = await engine.order(order, 'pay', 'ship')
})
afterAll(async () => {
  await engine?.stop()
  await door?.close()
  await postgres?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** By the clock of this sandbox, which the test moves. */
function event(): Asking {
  const { body, headers } = paymongoEvent({ id: 'evt_away', at_ms: Date.now() + moved_ms })
  return { key: null, body, headers }
}

const posts: readonly [path: string, asking: () => Asking][] = [
  ['/orders', () => ({ body: order })],
  ['/orders?dry_run=true', () => ({ body: order })],
  ['/orders/{id}/confirm-delivery', () => ({ party: order.buyer, body: {} })],
  ['/orders/{id}/confirm-delivery', () => ({ party: order.buyer, body: {}, idempotency: 'while-away' })],
  ['/v1/agreements', () => ({ body: { flow: 'marketplace-order', ...order } })],
  ['/v1/agreements/{id}/transitions/confirm_delivery', () => ({ party: order.buyer, body: {} })],
  [
    '/v1/wallets/ayesha/PKR/top-ups',
    () => ({ key: engine.admin, body: { amount: 5, reference: 'away', reason: 'x' } }),
  ],
  ['/v1/wallets/ayesha/PKR/freezes', () => ({ key: engine.admin, body: { direction: 'in', reason: 'x' } })],
  [
    '/v1/fee-schedules',
    () => ({ key: engine.admin, body: { flow: 'marketplace-order', terms: {}, reason: 'x' } }),
  ],
  ['/v1/test-clock/advance', () => ({ body: { seconds: 1 } })],
  // The provider sends it again.
  ['/v1/providers/paymongo/events', event],
]
const reads = [
  '/orders',
  '/orders/{id}',
  '/v1/agreements',
  '/v1/wallets/ayesha',
  '/v1/wallets/ayesha/PKR',
  '/v1/wallets/ayesha/transactions',
  '/v1/events',
  '/v1/integrity',
  '/v1/fee-schedules',
  '/readyz',
]

test.each(['is stopped', 'is killed'])('the database %s and comes back', async (how) => {
  await engine.ask('/metrics')
  const lines_before = engine.log.length
  const away_since_ms = performance.now()
  // Some are on their way when it happens.
  const keys = Array.from({ length: 150 }, (_, i) => `${how.replaceAll(' ', '-')}-${i}`)
  const create = (key: string) =>
    settled(engine.ask('/orders', { body: { ...order, buyer: `b-${key}` }, idempotency: key }))
  const before = keys.slice(0, 50).map(create)
  await sleep(8)
  const gone = how === 'is killed' ? kill(postgres) : postgres.stop()
  const during = keys.slice(50).map(create)
  await gone
  await door.shut()
  for (const answer of await Promise.all([...before, ...during])) expect([201, 503]).toContain(answer.status)

  for (const [path, asking] of posts) {
    const started_ms = performance.now()
    const answer = await engine.ask(path.replace('{id}', id), asking())
    isAway(path, answer, started_ms)
  }
  for (const path of reads) {
    const started_ms = performance.now()
    isAway(path, await engine.ask(path.replace('{id}', id)), started_ms)
  }
  // C9: what the process knows is answered, also when it has forgotten for how long it believes its keys.
  await sleep(known_ms_max)
  const started_ms = performance.now()
  const metrics = await engine.ask('/metrics')
  expect(performance.now() - started_ms).toBeLessThan(answer_ms_max)
  expect([metrics.status, metrics.status === 200 ? metrics.text : engine.log.at(-1)]).toEqual([
    200,
    expect.stringMatching(/^holdfast_database_up 0$/m),
  ])
  expect(metrics.text).toMatch(/^# TYPE holdfast_asks_total counter\nholdfast_asks_total [1-9]/m)
  expect(metrics.text).toContain('process_resident_memory_bytes')
  expect(metrics.text).not.toMatch(/^holdfast_jobs_exhausted\b/m)
  isAway('/metrics', await engine.ask('/metrics', { key: 'hf_service_never_seen_here' }), performance.now())
  const away_s = (performance.now() - away_since_ms) / 1_000
  for (const [what, count] of countBy(engine.log.slice(lines_before)))
    expect([what, count]).toEqual([what, expect.toBeOneOf(range(1, Math.ceil(Math.log2(away_s + 1)) + 2))])
  // A key that nobody can look up now is not a wrong key.
  isAway('unknown key', await engine.ask('/orders', { key: 'hf_service_unknown_unknown' }), performance.now())
  expect((await engine.ask('/healthz', { key: null })).status).toBe(200)

  const [restarted] = await Promise.all([startEmbedded({ folder, settings }), sleep(1_500)])
  postgres = restarted
  await door.open()
  const back_ms = performance.now()
  while ((await engine.ask('/readyz', { key: null })).status !== 200) {
    expect(performance.now() - back_ms).toBeLessThan(recovery_ms_max)
    await sleep(50)
  }
  // Every lane of the engine is usable, at once.
  for (const { status } of await Promise.all(
    Array.from({ length: 20 }, () => engine.ask('/orders', { body: order })),
  ))
    expect(status).toBe(201)

  for (let time = 0; time < 2; time += 1)
    expect((await engine.ask('/v1/providers/paymongo/events', event())).status).toBe(200)
  const kept = await engine.running.db.any(`select id from provider_events where event_id = 'evt_away'`)
  expect(kept).toHaveLength(1)

  // Repeated with their keys, all are done, and none twice.
  const again = await Promise.all(keys.map(create))
  expect(again.map(({ status }) => status)).toEqual(keys.map(() => 201))
  for (const key of keys) expect((await engine.must(200, `/orders?party=b-${key}`))['data']).toHaveLength(1)
  expect(await engine.must(200, `/orders/${id}`)).toMatchObject({ state: 'shipped', money: 'held' })
  expect(await engine.integrity()).toMatchObject({ clean: true })

  // Timers and jobs go on too.
  const payer = `payer-${how.replaceAll(' ', '-')}`
  await engine.topUp(payer, 100)
  const { id: traded } = await engine.must(201, '/trades', {
    party: payer,
    body: { payee: 'paul', amount: 100, currency: 'PKR' },
  })
  await engine.must(200, `/trades/${traded}/pay`, { party: 'paul', body: { proof: 'x' } })
  await engine.must(200, `/trades/${traded}/confirm`, { party: payer, body: {} })
  const confirmed_ms = performance.now()
  while ((await engine.must(200, `/trades/${traded}`))['money'] !== 'released') {
    expect(performance.now() - confirmed_ms).toBeLessThan(recovery_ms_max)
    await sleep(50)
  }
  const unpaid = await engine.must(201, '/orders', { body: order })
  // Behind its back, so that its own loop must find out.
  await engine.running.db.run(
    `insert into settings (name, value) values ('clock_ahead_ms', '90000000')
     on conflict (name) do update set value = to_jsonb((settings.value #>> '{}')::bigint + 90000000)`,
  )
  moved_ms += 90_000_000
  const moved_at_ms = performance.now()
  while ((await engine.must(200, `/orders/${unpaid['id']}`))['state'] !== 'cancelled') {
    expect(performance.now() - moved_at_ms).toBeLessThan(recovery_ms_max)
    await sleep(100)
  }
})

test('stopped under load, every request is answered or never taken, and what was answered is there', async () => {
  const fresh = await freshDatabase()
  const stopping = await startEngine({ url: fresh.url })
  const references = Array.from({ length: 200 }, (_, i) => `r-${i}`)
  const asked = references.map((reference) =>
    settled(stopping.ask('/orders', { body: { ...order, reference } })),
  )
  // Some have answers, some are being written, some have not arrived.
  await Promise.race(asked)
  const stopped = stopping.stop()
  const late = settled(stopping.ask('/orders', { body: { ...order, reference: 'late' } }))
  const answers = await Promise.all(asked)
  await stopped
  const last = await late
  expect([201, 503, 0]).toContain(last.status)
  const others = answers.filter(({ status }) => status !== 201 && status !== 503)
  // A connection whose request was not read yet is reset, which the comparison below shows to be a refusal.
  for (const { text } of others) expect(['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET']).toContain(text)
  const done = [...references, 'late'].filter((_reference, i) => [...answers, last][i]?.status === 201)
  const kept = await fresh.db.any<{ reference: string }>('select reference from agreements order by id')
  expect(kept.map(({ reference }) => reference).toSorted()).toEqual(done.toSorted())
  expect(done.length).toBeGreaterThan(0)

  const next = await startEngine({
    url: fresh.url,
    keys: { service_key: stopping.service, operator_key: stopping.admin },
  })
  expect(await next.integrity()).toMatchObject({ clean: true })
  await next.stop()
  await fresh.drop()
})

test('stops while the database is away', async () => {
  const { port } = door
  const away = await startEngine({
    url: postgres.url.replace(/:\d+\//, `:${port}/`),
    keys: { service_key: engine.service, operator_key: engine.admin },
  })
  await door.shut()
  const started_ms = performance.now()
  await away.stop()
  expect(performance.now() - started_ms).toBeLessThan(answer_ms_max)
  await door.open()
})

/** How long a key is believed, and a little more. */
const known_ms_max = 5_200

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}

/** By what was said and by what loop. */
function countBy(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const line of lines) {
    const { msg, follower = '', provider = '' } = JSON.parse(line) as Json
    const key = [msg, follower, provider].join(' ')
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** An answer, or status 0 and why where none came. */
function settled(asked: Promise<Answer>): Promise<Answer> {
  return asked.catch((error: Error) => ({
    status: 0,
    headers: new Headers(),
    text: String((error.cause as Json)?.['code'] ?? error),
    body: {} as Json,
  }))
}

function isAway(path: string, answer: Answer, started_ms: number): void {
  expect([path, answer.status, answer.body['code']]).toEqual([path, 503, 'database_unavailable'])
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(performance.now() - started_ms).toBeLessThan(answer_ms_max)
}

/** As a crash would end it: no goodbye to its sessions. */
async function kill(killed: Embedded): Promise<void> {
  process.kill(killed.pid, 'SIGQUIT')
  await sleep(300)
  await killed.stop()
}

/** Stands before PostgreSQL on one port, since an embedded one takes another at each start. */
interface Door {
  readonly port: number
  shut(): Promise<void>
  open(): Promise<void>
  close(): Promise<void>
}

async function openDoor(): Promise<Door> {
  const sockets = new Set<Socket>()
  const pass = (socket: Socket) => {
    const inner = dial(postgres.port, '127.0.0.1')
    for (const [one, two] of [
      [socket, inner],
      [inner, socket],
    ] as const) {
      sockets.add(one)
      one.setNoDelay(true)
      one.pipe(two)
      one.on('error', () => two.destroy())
      one.on('close', () => (sockets.delete(one), two.destroy()))
    }
  }
  let server: Server = await listen(0)
  async function listen(port: number): Promise<Server> {
    const listening = createServer(pass).listen(port, '127.0.0.1')
    await once(listening, 'listening')
    return listening
  }
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  async function shut(): Promise<void> {
    const closed = server.listening ? once(server, 'close') : null
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return { port, shut, close: shut, open: async () => void (server = await listen(port)) }
}
