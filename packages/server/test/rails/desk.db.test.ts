// The desk beside providers that answer when a test lets them: who works on a payment, what a crash leaves, what comes in between.
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readId } from '@holdfast/kernel/ids.ts'
import { flowRegistryOf } from '@holdfast/kernel/engine/product.ts'
import { products } from '../../src/modules.ts'
import { PaymentProcessor } from '../../src/payments/processor/processor.ts'
import { newPayment } from '../../src/payments/processor/new-payment.ts'
import type { ProviderPayment } from '../../src/payments/processor/provider-payment.ts'
import { askNow, findPayment, insertPayments } from '../../src/payments/processor/rows.ts'
import type { ProviderBinding } from '../../src/payments/processor/binding.ts'
import type { Payment, Provider, Reply, WantedPayIn } from '../../src/payments/providers/port.ts'
import { startEngine, type Engine } from '../fixtures/engine.ts'
import { wed } from '../fixtures/service-booking.ts'
import { patience_ms } from '../fixtures/patience.ts'

const hour_ms = 3_600_000
const name = 'scripted'

/** Says what the test says; by default that it is pending. */
let answers: (Reply<Payment> | Promise<Reply<Payment>>)[]
let calls: { readonly act: 'create' | 'find'; readonly token: string }[]
let now_ms: number
let engine: Engine

beforeAll(async () => {
  engine = await startEngine()
})
beforeEach(async () => {
  // What other tests left is nobody's concern.
  await engine.running.db.run('update provider_payments set next_at = null')
  answers = []
  calls = []
  now_ms = await engineNow()
})
afterAll(() => engine.stop())

/** What these desks go by is never behind the clock of the engine, whose timers and own desk see the same rows. */
const engineNow = async () => Date.parse((await engine.must(200, '/v1/test-clock'))['now'])

const failure = (outcome: 'unknown' | 'not_found' | 'unavailable'): Reply<Payment> => ({
  outcome,
  code: outcome,
  reason: 'as the test wants it',
})

function pending(our_reference: string): Reply<Payment> {
  const value: Payment = {
    kind: 'pay_in',
    provider_id: `id-of-${our_reference}`,
    our_reference,
    state: 'pending',
    amount: 5_000_000n,
    currency: 'PHP',
    fee: null,
    status: 'pending',
    reason: null,
    checkout_url: null,
    settled_id: null,
    created_ms: null,
    settled_ms: null,
  }
  return { outcome: 'told', value }
}

function scripted(): Provider {
  const said = async (act: 'create' | 'find', token: string, our_reference: string) => {
    calls.push({ act, token })
    return (await answers.shift()) ?? pending(our_reference)
  }
  const never = () => Promise.reject(new Error('nobody asks for this here'))
  return {
    name,
    places: [{ address: 'scripted', account: 'ours' }],
    services: [],
    lists: [],
    changes_alone: true,
    tokens_kept_ms: 24 * hour_ms,
    createPayIn: ({ token, our_reference }: WantedPayIn) => said('create', token, our_reference),
    expirePayIn: ({ token, our_reference }) => said('find', token, our_reference),
    find: (_, { token, our_reference }) => said('find', token, our_reference),
    createRefund: never,
    createPayOut: ({ token, our_reference }) => said('create', token, our_reference),
    list: never,
    institutions: never,
    verify: () => ({ refused: 'forged' }),
  }
}

const use: ProviderBinding = {
  flow: 'payment',
  kind: 'pay_in',
  on: { flow: 'payment', transitions: [] },
  wants: () => Promise.resolve([]),
  while: ['pending'],
  says: {},
}

function openDesk(): PaymentProcessor {
  return new PaymentProcessor({
    db: engine.running.db,
    engine: engine.running.engine,
    registry: flowRegistryOf(products),
    clock: { now: () => now_ms },
    log: pino({ level: 'silent' }),
    providers: new Map([[name, scripted()]]),
    uses: [use, { ...use, kind: 'pay_out' }],
  })
}

/** For an agreement that waits, and that nobody has called a provider for. */
async function wanted(
  kind: 'pay_in' | 'pay_out' = 'pay_in',
): Promise<ProviderPayment & { readonly agreement: string }> {
  const { id } = await (await wed(engine)).checkout()
  const agreement = readId('pay', id)
  if (agreement === null) throw new Error(`no payment ${id}`)
  const destination = { number: '09171234567', name: 'Ana', institution: null }
  const facts = { provider: name, kind, flow: 'payment', agreement, method: 'gcash' } as const
  const money = {
    amount: 5_000_000n,
    currency: 'PHP',
    details: { description: 'x', destination },
    state: 'wanted',
  } as const
  const row = newPayment({ ...facts, ...money }, now_ms)
  await engine.running.db.transaction((tx) => insertPayments(tx, [row]))
  return { ...row, agreement }
}

async function read({ id }: { readonly id: string }): Promise<ProviderPayment> {
  const found = await findPayment(engine.running.db, id)
  if (found === null) throw new Error(`no row ${id}`)
  return found
}

/** An answer that comes when the test says so. */
function later(): { readonly reply: Promise<Reply<Payment>>; readonly say: (reply: Reply<Payment>) => void } {
  const { promise, resolve } = Promise.withResolvers<Reply<Payment>>()
  return { reply: promise, say: resolve }
}

async function untilCalled(count: number): Promise<void> {
  await expect.poll(() => calls.length, { timeout: patience_ms }).toBe(count)
}

test('ten desks at once call for a payment once', async () => {
  const row = await wanted()
  await Promise.all(Array.from({ length: 10 }, () => openDesk().fireDue(now_ms)))
  expect(calls).toEqual([{ act: 'create', token: row.token }])
  expect(await read(row)).toMatchObject({ state: 'pending', attempts: 1 })
})

test('while the call is under way it is unknown, and so it stays if the process dies then', async () => {
  const row = await wanted()
  const slow = later()
  answers = [slow.reply]
  const dying = openDesk().fireDue(now_ms)
  await untilCalled(1)
  expect(await read(row)).toMatchObject({ state: 'unknown', called_ms: now_ms })
  // Another process finds it taken, as long as the first may still be alive.
  now_ms += hour_ms
  await openDesk().fireDue(now_ms)
  expect(calls).toHaveLength(1)
  await engine.running.db.run(`update provider_payments set taken_until = '2000-01-01' where id = $1`, [
    row.id,
  ])
  answers = [failure('not_found')]
  await openDesk().fireDue(now_ms)
  expect(calls).toEqual([
    { act: 'create', token: row.token },
    { act: 'find', token: row.token },
    { act: 'create', token: row.token },
  ])
  expect((await read(row)).state).toBe('pending')
  slow.say(failure('unknown'))
  await dying
})

test('a pay-out of which the provider knows nothing is not asked for again once it has forgotten our token', async () => {
  const row = await wanted('pay_out')
  // Whoever forgets tokens is asked first: a database from before may not know what it had asked for.
  answers = [failure('not_found'), failure('unknown')]
  await openDesk().fireDue(now_ms)
  expect((await read(row)).state).toBe('unknown')
  now_ms += 24 * hour_ms
  answers = [failure('not_found')]
  await openDesk().fireDue(now_ms)
  expect(calls.map(({ act }) => act)).toEqual(['find', 'create', 'find'])
  expect(await read(row)).toMatchObject({ state: 'lost', next_ms: now_ms + 24 * hour_ms })
  // An operator may have it asked about once more; it is still not created a second time.
  await askNow(engine.running.db, row.id, now_ms)
  answers = [failure('not_found')]
  await openDesk().fireDue(now_ms)
  expect(calls.map(({ act }) => act)).toEqual(['find', 'create', 'find', 'find'])
})

test('a provider that could not be reached is called later, with the time of the call that reached it', async () => {
  const row = await wanted()
  answers = [failure('unavailable')]
  await openDesk().fireDue(now_ms)
  expect((await read(row)).state).toBe('wanted')
  now_ms += 30 * hour_ms
  answers = [failure('unknown')]
  await openDesk().fireDue(now_ms)
  expect(await read(row)).toMatchObject({ state: 'unknown', called_ms: now_ms })
  now_ms += hour_ms
  answers = [failure('not_found')]
  await openDesk().fireDue(now_ms)
  expect(calls.map(({ act }) => act)).toEqual(['create', 'create', 'find', 'create'])
})

test('an event that comes in while the provider is being asked is not forgotten', async () => {
  const row = await wanted()
  await openDesk().fireDue(now_ms)
  now_ms += hour_ms
  const slow = later()
  answers = [slow.reply]
  const asking = openDesk().fireDue(now_ms)
  await untilCalled(2)
  now_ms += 1
  await askNow(engine.running.db, row.id, now_ms)
  slow.say(pending(row.our_reference))
  await asking
  expect(await read(row)).toMatchObject({ next_ms: now_ms, attempts: 0 })
  await openDesk().fireDue(now_ms)
  expect(calls).toHaveLength(3)
})

test('an operator’s word waits while the provider is being called, and the provider is not called while it is said', async () => {
  const row = await wanted()
  const slow = later()
  answers = [slow.reply]
  const calling = openDesk().fireDue(now_ms)
  await untilCalled(1)
  expect(await openDesk().hold(row.agreement, () => Promise.resolve('said'))).toBeNull()
  slow.say(failure('unknown'))
  await calling
  now_ms += hour_ms
  const said = await openDesk().hold(row.agreement, async () => {
    await openDesk().fireDue(now_ms)
    return calls.length
  })
  expect(said).toBe(1)
  await openDesk().fireDue(now_ms)
  expect(calls).toHaveLength(2)
})

test('what its agreement does not want any more is not called for', async () => {
  const row = await wanted()
  await engine.advance(25 * 3_600)
  // The engine's own desk, where this provider is not set up, has put it off.
  now_ms = (await engineNow()) + 100 * hour_ms
  await openDesk().fireDue(now_ms)
  expect(calls.filter(({ token }) => token === row.token)).toEqual([])
  expect(await read(row)).toMatchObject({ state: 'not_wanted', next_ms: null })
})
