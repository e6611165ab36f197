// C2: a backup is restored under providers that go on living, and what was paid since then is asked for again. Tokens
// derive from what wants a payment, so the provider has it already, and nobody is paid twice.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FreshDatabase } from '../fixtures/database.ts'
import type { Json } from '../fixtures/engine.ts'
import { wed } from '../fixtures/service-booking.ts'
import {
  amountsAt,
  at,
  day_s,
  hour_s,
  openHouse,
  startProviders,
  type Emulated,
  type House,
} from './house.ts'

let providers: Emulated
let house: House

beforeEach(async () => {
  providers = await startProviders()
  house = await openHouse(at(providers))
})
afterEach(async () => {
  expect(await house.engine().integrity()).toMatchObject({ clean: true })
  await house.stop()
  await providers.stop()
})

const operate = (path: string, body: Json = {}) => house.engine().operate(path, body)
const advance = (seconds: number) => house.engine().advance(seconds)

async function read(path: string): Promise<Json> {
  return house.engine().must(200, path, { key: house.engine().admin })
}

/** Both clocks go on by as long. */
async function pass(seconds: number): Promise<void> {
  await providers.pass(seconds * 1_000)
  await advance(seconds)
}

/** Until the banks have paid: in test mode PayMongo waits for somebody who says so. */
async function banksPay(): Promise<void> {
  const { paymongo } = await providers.admin('/books')
  for (const { id, status } of paymongo['transfers'] as Json[])
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    if (status === 'pending')
      await providers.admin(`/paymongo/transfers/${id}/settle`, { status: 'succeeded' })
}

/** What an operator does once, and does again after the restore. */
interface Paying {
  readonly title: string
  readonly provider: 'paymongo' | 'momo'
  readonly kind: 'refund' | 'pay_out'
  readonly book: string
  readonly amount: number
  /** What was there when the backup was made; answers what is done after it. */
  readonly begin: () => Promise<Act>
}

interface Act {
  /** The same in every copy of the database. */
  readonly pay: () => Promise<unknown>
  /** What became of it, in the words of its agreement. */
  readonly end: () => Promise<string>
  readonly ends: string
}

const mobile = {
  method: 'mobile_money',
  account_details: { mobile_number: '0781234567', account_name: 'Jean' },
}
const gcash = { method: 'gcash', account_details: { mobile_number: '09171234567' } }

async function requested(party: string, currency: string, body: Json): Promise<string> {
  await house.engine().topUp(party, 50_000, currency)
  const asked = { amount: 50_000, currency, ...body }
  const { id } = await house.engine().must(201, `/api/wallet/${party}/withdraw`, { party, body: asked })
  await advance(day_s)
  return id
}

const withdrawal = (party: string, currency: string, body: Json) => async (): Promise<Act> => {
  const id = await requested(party, currency, body)
  return {
    pay: () => operate(`/admin/withdrawals/${id}/approve`, { pay_by: 'provider' }),
    end: async () => (await read(`/v1/withdrawals/${id}`))['state'],
    ends: 'completed',
  }
}

async function checkoutOf(id: string): Promise<string> {
  const [row] = await house.until(
    () => house.payments(`agreement=${id}`),
    ([one]) => one?.['provider_id'] != null,
    'the checkout',
  )
  return row?.['provider_id']
}

const cases: readonly Paying[] = [
  {
    title: 'a withdrawal by mobile money',
    provider: 'momo',
    kind: 'pay_out',
    book: 'momo_transfers',
    amount: 50_000,
    begin: withdrawal('jean', 'RWF', mobile),
  },
  {
    title: 'a withdrawal by GCash',
    provider: 'paymongo',
    kind: 'pay_out',
    book: 'transfers',
    amount: 50_000,
    begin: withdrawal('ana', 'PHP', gcash),
  },
  {
    title: 'a refund of a booking',
    provider: 'paymongo',
    kind: 'refund',
    book: 'refunds',
    amount: 5_000_000,
    async begin() {
      const wedding = await wed(house.engine())
      const { id } = await wedding.checkout()
      await providers.admin('/paymongo/pay', { id: await checkoutOf(id), method: 'gcash' })
      await advance(hour_s)
      return {
        // Cancelled at another instant after the restore, so the refund is another agreement.
        pay: () =>
          house.engine().must(200, `/bookings/${wedding.id}/cancel`, { party: wedding.vendor, body: {} }),
        end: async () => (await read(`/v1/refunds?limit=1`))['data'][0]['state'],
        ends: 'completed',
      }
    },
  },
  {
    title: 'a refund of money that was set aside only after the backup',
    provider: 'paymongo',
    kind: 'refund',
    book: 'refunds',
    amount: 40_000,
    async begin() {
      const body = { amount: 50_000, method: 'gcash' }
      const { id } = await house.engine().must(201, '/v1/wallets/ana/PHP/top-ups', { party: 'ana', body })
      const checkout = await checkoutOf(id)
      let paid = false
      return {
        async pay() {
          if (!paid) await providers.admin('/paymongo/pay', { id: checkout, method: 'gcash', amount: 40_000 })
          paid = true
          await advance(hour_s)
          const { data } = await read('/v1/suspense')
          await operate(`/v1/suspense/${data[0].id}/refund`)
        },
        end: async () => (await read('/v1/suspense?state=any'))['data'][0]['state'],
        ends: 'refunded',
      }
    },
  },
]

/** As far as its provider has it, and has carried it out. */
async function carriedOut({ kind, provider }: Paying, { pay, end, ends }: Act): Promise<void> {
  await pay()
  await house.until(
    () => house.payments(`kind=${kind}&provider=${provider}`),
    ([row]) => row?.['state'] === 'pending' || row?.['state'] === 'succeeded',
    'the payment',
  )
  await banksPay()
  await pass(2 * hour_s)
  await house.until(end, (state) => state === ends, ends)
}

describe.each(cases)('C2: $title', (one) => {
  test('C2: paid, restored to before that, asked for again: paid once, and booked once', async () => {
    const act = await one.begin()
    const before = await house.backup()
    await house.reopen(at(providers))
    await carriedOut(one, act)
    expect((await amountsAt(providers))[one.book]).toEqual([one.amount])
    // Longer than PayMongo keeps idempotency keys.
    await providers.pass(3 * day_s * 1_000)

    await house.reopen(at(providers), before)
    expect(await house.payments(`kind=${one.kind}`)).toEqual([])
    await carriedOut(one, act)
    expect((await amountsAt(providers))[one.book]).toEqual([one.amount])
    expect(await house.payments(`kind=${one.kind}`)).toMatchObject([
      { state: 'succeeded', told_engine: 'succeeded', try: 1 },
    ])
    expect((await reconciled())['found']).toEqual({ missing_here: 0, missing_there: 0, different: 0 })
  }, 120_000)

  test('C2: a row that was written and not yet called for when the backup was made is not called for again', async () => {
    const act = await one.begin()
    // Held: what is wanted waits.
    await house.reopen({ ...at(providers), payments: 'held' })
    await act.pay()
    const [row] = await house.until(
      () => house.payments(`kind=${one.kind}`),
      ([found]) => found !== undefined,
      'the row',
    )
    await advance(hour_s)
    expect(await house.payments(`kind=${one.kind}`)).toMatchObject([
      { state: 'wanted', called_at: null, reason: expect.stringContaining('held') },
    ])
    expect((await amountsAt(providers))[one.book]).toEqual([])
    const before = await house.backup()
    for (const database of [undefined, before]) {
      // oxlint-disable no-await-in-loop -- first the one that is lost, then the backup
      await house.reopen(at(providers), database)
      await carriedOut(one, { ...act, pay: () => advance(hour_s) })
      await providers.pass(3 * day_s * 1_000)
      // oxlint-enable no-await-in-loop
    }
    expect((await amountsAt(providers))[one.book]).toEqual([one.amount])
    expect(await house.payments(`kind=${one.kind}`)).toMatchObject([
      { id: row?.['id'], state: 'succeeded', told_engine: 'succeeded' },
    ])
  }, 120_000)
})

/** Of whatever may have gone on in the database that was lost. */
async function reconciled(): Promise<Json> {
  const { runs } = await operate('/v1/reconciliations', { provider: 'paymongo', after_restore: true })
  return runs[0]['summary']
}

const exceptions = async () =>
  (await read('/v1/reconciliation-exceptions?limit=100'))['data'] as readonly Json[]

describe('C2: what the providers have and the restored database does not', () => {
  let before: FreshDatabase

  /** Both paid after the backup; on the books of the providers, and unknown here. */
  async function restored(): Promise<{ momo: string; paymongo: string }> {
    const acts: Act[] = []
    const ids = { momo: '', paymongo: '' }
    for (const one of cases.slice(0, 2)) {
      // oxlint-disable-next-line no-await-in-loop -- one after another
      acts.push(await one.begin())
      // oxlint-disable-next-line no-await-in-loop -- one after another
      ids[one.provider] = (await read('/admin/withdrawals'))['data'].at(-1).id
    }
    before = await house.backup()
    await house.reopen(at(providers))
    for (const [n, one] of cases.slice(0, 2).entries())
      // oxlint-disable-next-line no-await-in-loop -- one after another
      await carriedOut(one, acts[n] as Act)
    // And one that was asked for after the backup: here nobody knows of it at all.
    const lost = await requested('carla', 'PHP', gcash)
    await operate(`/admin/withdrawals/${lost}/approve`, { pay_by: 'provider' })
    await house.until(
      () => amountsAt(providers),
      ({ transfers }) => transfers?.length === 2,
      'the second transfer',
    )
    await house.reopen({ ...at(providers), payments: 'held' }, before)
    return ids
  }

  test('C2: are listed, with the agreement that each was for, also where the provider has no list', async () => {
    const ids = await restored()
    const { runs } = await operate('/v1/reconciliations', { after_restore: true })
    expect(runs).toMatchObject([
      { provider: 'paymongo', summary: { found: { missing_here: 2 } } },
      { provider: 'momo', summary: { found: { missing_here: 1 } } },
      { provider: 'manual' },
    ])
    const found = await exceptions()
    expect(
      found.map(({ provider, kind, what, agreement, there }) => [provider, kind, what, agreement, there]),
    ).toEqual(
      expect.arrayContaining([
        [
          'momo',
          'pay_out',
          'missing_here',
          ids.momo,
          { amount: 50_000, currency: 'RWF', state: 'succeeded' },
        ],
        [
          'paymongo',
          'pay_out',
          'missing_here',
          ids.paymongo,
          { amount: 50_000, currency: 'PHP', state: 'succeeded' },
        ],
        // Still on its way, and nobody here had asked for it.
        ['paymongo', 'pay_out', 'missing_here', null, { amount: 50_000, currency: 'PHP', state: 'pending' }],
      ]),
    )
    expect(found).toHaveLength(3)

    // Approved again, each is found and not paid again; then nothing of it differs.
    await house.reopen(at(providers))
    for (const id of Object.values(ids))
      // oxlint-disable-next-line no-await-in-loop -- one after another
      await operate(`/admin/withdrawals/${id}/approve`, { pay_by: 'provider' })
    await advance(hour_s)
    await operate('/v1/reconciliations', { after_restore: true })
    expect(await exceptions()).toMatchObject([{ agreement: null }])
    expect(await amountsAt(providers)).toMatchObject({
      transfers: [50_000, 50_000],
      momo_transfers: [50_000],
    })
  }, 120_000)

  test('C2: the command lists the same and says so by its exit code', async () => {
    const ids = await restored()
    const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
    const env = {
      ...process.env,
      DATABASE_URL: before.url,
      HOLDFAST_EMULATOR_PORT: '0',
      ...settingsOf(providers),
    }
    const ran = await promisify(execFile)(
      process.execPath,
      [main, 'reconcile', '--after-restore', '--json'],
      {
        env,
      },
    ).catch((error: { code: number; stdout: string }) => error)
    expect('code' in ran ? ran.code : 0).toBe(1)
    const { exceptions: listed } = JSON.parse(ran.stdout) as { exceptions: Json[] }
    expect(listed).toHaveLength(3)
    expect(listed.filter(({ agreement }) => agreement !== null)).toHaveLength(2)
    expect(Object.values(ids)).not.toContain('')
  }, 120_000)

  test('C2: what a provider tells of it by itself is an alarm, and moves nothing', async () => {
    await restored()
    const [transfer] = (await providers.admin('/books'))['paymongo']['transfers'] as Json[]
    const { db } = house.engine().running
    const { available } = await house.engine().wallet('ana', 'PHP')
    const { insertUnsolicited } = await import('../../src/payments/webhooks/match.ts')
    const { openPaymongo } = await import('../../src/payments/providers/paymongo/provider.ts')
    const provider = openPaymongo(at(providers).paymongo, providers.place)
    await db.transaction((tx) =>
      insertUnsolicited(tx, [{ provider, kind: 'pay_out', provider_id: transfer?.['id'] }], Date.now()),
    )
    await advance(hour_s)
    expect(await house.payments('state=not_taken')).toMatchObject([
      { kind: 'pay_out', flow: null, provider_id: transfer?.['id'], state: 'succeeded' },
    ])
    expect(house.engine().log.join('')).toContain('money that nobody here asked it to move')
    expect((await house.engine().wallet('ana', 'PHP'))['available']).toBe(available)
  }, 120_000)
})

/** As the environment says it. */
function settingsOf({ paymongo, momo }: Emulated): Record<string, string> {
  const settings = {
    PAYMONGO_URL: paymongo.href,
    PAYMONGO_SECRET_KEY: 'sk_test_emulator',
    PAYMONGO_WEBHOOK_SECRETS: 'whsk_old',
    MOMO_URL: momo.href,
    MOMO_API_USER: 'e0000000-0000-4000-8000-000000004601',
    MOMO_API_KEY: 'emulatorapikey000000000000000001',
    MOMO_COLLECTION_KEY: 'emulator-collection-key',
    MOMO_DISBURSEMENT_KEY: 'emulator-disbursement-key',
    MOMO_TARGET_ENVIRONMENT: 'mtnrwanda',
  }
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`HOLDFAST_${name}`, value]))
}
