// C1: a provider moves to another address while the outcome of a payment is not known. What was made at the old one is
// asked about there, and is never made again at the new one.
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Json } from '../fixtures/engine.ts'
import { wed } from '../fixtures/service-booking.ts'
import {
  amountsAt,
  at,
  day_s,
  hour_s,
  movedFrom,
  openHouse,
  startProviders,
  type Emulated,
  type House,
} from './house.ts'

let old: Emulated
let now: Emulated
let house: House

beforeEach(async () => {
  old = await startProviders()
  now = await startProviders()
  house = await openHouse(at(old))
})
afterEach(async () => {
  expect(await house.engine().integrity()).toMatchObject({ clean: true })
  await house.stop()
  await old.stop()
  await now.stop()
})

const nobody_asked = {
  payments: [],
  refunds: [],
  transfers: [],
  requests: [],
  momo_refunds: [],
  momo_transfers: [],
}

/** One that is carried out and never answered, and of which nobody learns afterwards. */
interface Silent {
  readonly title: string
  readonly kind: 'pay_in' | 'refund' | 'pay_out'
  readonly provider: 'paymongo' | 'momo'
  /** Where it stands in the provider's books. */
  readonly book: string
  readonly create: string
  readonly finds: readonly string[]
  readonly amount: number
  /** Up to the moment before the provider is called. */
  readonly begin: () => Promise<() => Promise<unknown>>
}

const withdraw = (party: string, body: Json, currency: string) => async () => {
  const engine = house.engine()
  await engine.topUp(party, 50_000, currency)
  const asked = { amount: 50_000, currency, ...body }
  const { id } = await engine.must(201, `/api/wallet/${party}/withdraw`, { party, body: asked })
  await engine.advance(day_s)
  return () => engine.operate(`/admin/withdrawals/${id}/approve`, { pay_by: 'provider' })
}

const cases: readonly Silent[] = [
  {
    title: 'a withdrawal by mobile money',
    kind: 'pay_out',
    provider: 'momo',
    book: 'momo_transfers',
    create: 'transfer.create',
    finds: ['transfer.get'],
    amount: 50_000,
    begin: withdraw(
      'jean',
      { method: 'mobile_money', account_details: { mobile_number: '0781234567', account_name: 'Jean' } },
      'RWF',
    ),
  },
  {
    title: 'a withdrawal by GCash',
    kind: 'pay_out',
    provider: 'paymongo',
    book: 'transfers',
    create: 'transfers.create',
    finds: ['transfers.get', 'transfers.list'],
    amount: 50_000,
    begin: withdraw('ana', { method: 'gcash', account_details: { mobile_number: '09171234567' } }, 'PHP'),
  },
  {
    title: 'a refund of a booking paid by GCash',
    kind: 'refund',
    provider: 'paymongo',
    book: 'refunds',
    create: 'refunds.create',
    finds: ['refunds.get', 'refunds.list'],
    amount: 5_000_000,
    async begin() {
      const wedding = await wed(house.engine())
      const { id } = await wedding.checkout()
      await house.engine().advance(60)
      const [row] = await house.payments(`agreement=${id}`)
      await old.admin('/paymongo/pay', { id: row?.['provider_id'], method: 'gcash' })
      await house.engine().advance(hour_s)
      return () => wedding.by('vendor', 'cancel')
    },
  },
  {
    title: 'a top-up by mobile money',
    kind: 'pay_in',
    provider: 'momo',
    book: 'requests',
    create: 'requesttopay.create',
    finds: ['requesttopay.get'],
    amount: 50_000,
    begin: () =>
      Promise.resolve(() =>
        house.engine().ask('/v1/wallets/jean/RWF/top-ups', {
          party: 'jean',
          body: { amount: 50_000, method: 'mobile_money', mobile_number: '250788123456' },
        }),
      ),
  },
]

/** Asked for at the old address, carried out there, never answered; then the provider moves. */
async function silent({ begin, kind, provider, book, create, finds }: Silent): Promise<string> {
  const ask = await begin()
  await old.admin('/faults', { provider, operation: create, fault: 'timeout_after_commit', times: 1 })
  await ask()
  await house.until(
    () => amountsAt(old),
    (booked) => booked[book]?.length === 1,
    'what was asked for',
  )
  // From here on it is not heard of either.
  const found = await house.until(
    () => house.payments(`kind=${kind}&provider=${provider}`),
    ([row]) => row?.['called_at'] != null,
    'the call',
  )
  for (const operation of finds)
    // oxlint-disable-next-line no-await-in-loop -- rules strike in their order
    await old.admin('/faults', { provider, operation, fault: 'http_500_text' })
  return found[0]?.['id']
}

async function ask(id: string): Promise<void> {
  await house.engine().operate(`/v1/provider-payments/${id}/ask`)
  await house.engine().advance(60)
}

/** Of the last days, whatever the hour. */
async function reconciled(): Promise<Json[]> {
  const engine = house.engine()
  const now_ms = Date.parse((await engine.must(200, '/v1/test-clock'))['now'])
  const from = new Date(now_ms - 5 * day_s * 1_000).toISOString()
  const to = new Date(now_ms).toISOString()
  return (await engine.operate('/v1/reconciliations', { provider: 'momo', from, to }))['runs']
}

async function metric(name: string): Promise<number> {
  const { text } = await house.engine().ask('/metrics')
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')
      .at(-1),
  )
}

describe.each(cases)('C1: $title', (one) => {
  test('C1: the new address knows nothing of it, is not believed, and nothing is made there', async () => {
    const id = await silent(one)
    await house.reopen(at(now))
    await house.engine().advance(600)
    await ask(id)
    const made_at = { address: old[one.provider].href, account: expect.any(String) }
    expect(await house.payments(`kind=${one.kind}`)).toMatchObject([{ id, state: 'unknown', made_at }])
    await house.engine().advance(2 * hour_s)
    const [row] = await house.payments(`kind=${one.kind}`)
    expect(row).toMatchObject({ state: 'lost', reason: expect.stringContaining('made_elsewhere') })
    expect(await amountsAt(now)).toEqual(nobody_asked)
    if (one.kind !== 'pay_in') {
      expect(await metric('holdfast_provider_payments_unclear')).toBe(1)
      const { data } = await house.engine().must(200, '/v1/notifications', { key: house.engine().admin })
      expect(data[0]['says']).toContain('The provider does not know')
    }

    // The address of before is named: it is asked there, and counts once.
    await old.clearFaults()
    await old.pass(10_000)
    await house.reopen(movedFrom(old, now))
    await ask(id)
    const [found] = await house.payments(`kind=${one.kind}`)
    expect(found).toMatchObject({ id, made_at })
    expect(['pending', 'succeeded']).toContain(found?.['state'])
    expect(await amountsAt(now)).toEqual(nobody_asked)
    expect((await amountsAt(old))[one.book]).toEqual([one.amount])
  }, 120_000)
})

test('C1: with the address of before named from the start, a payment goes on there, and the next is made at the new one', async () => {
  const [one] = cases
  if (one === undefined) throw new Error('no case')
  const id = await silent(one)
  await old.clearFaults()
  await old.pass(10_000)
  await house.reopen(movedFrom(old, now))
  await ask(id)
  expect(await house.payments('kind=pay_out')).toMatchObject([
    { id, state: 'succeeded', told_engine: 'succeeded' },
  ])
  const again = await withdraw(
    'paul',
    { method: 'mobile_money', account_details: { mobile_number: '0781234568', account_name: 'Paul' } },
    'RWF',
  )()
  await again()
  await house.engine().advance(60)
  expect([(await amountsAt(old))['momo_transfers'], (await amountsAt(now))['momo_transfers']]).toEqual([
    [50_000],
    [50_000],
  ])
  // Both books are read, and nothing differs.
  await now.pass(10_000)
  await house.engine().advance(day_s)
  expect(await reconciled()).toMatchObject([
    { state: 'done', summary: { elsewhere: 0, found: { missing_here: 0, missing_there: 0, different: 0 } } },
  ])
}, 120_000)

test('C1: a reconciliation leaves out what was made at an address that nobody can be asked at, and says how many', async () => {
  const [one] = cases
  if (one === undefined) throw new Error('no case')
  await (
    await one.begin()
  )()
  await house.until(
    () => house.payments('kind=pay_out'),
    ([row]) => row?.['state'] === 'pending',
    'the transfer',
  )
  await old.pass(10_000)
  await house.engine().advance(hour_s)
  expect(await house.payments('kind=pay_out')).toMatchObject([{ told_engine: 'succeeded' }])
  await house.reopen(at(now))
  await house.engine().advance(2 * day_s)
  expect(await reconciled()).toMatchObject([
    { state: 'done', summary: { elsewhere: 1, found: { missing_here: 0, missing_there: 0, different: 0 } } },
  ])
}, 120_000)

test('C1: another account at the same address is another place; the same account by another key is not', async () => {
  const [, gcash] = cases
  if (gcash === undefined) throw new Error('no case')
  const named = { paymongo: { PAYMONGO_ACCOUNT: 'shop' } }
  await house.reopen(at(old, named))
  const id = await silent(gcash)
  const other = { PAYMONGO_SECRET_KEY: `sk_test_emulator_${randomUUID()}` }
  await house.reopen(at(old, { paymongo: { PAYMONGO_ACCOUNT: 'other', ...other } }))
  await ask(id)
  expect(await house.payments('kind=pay_out')).toMatchObject([
    { state: 'unknown', made_at: { account: 'shop' } },
  ])
  await old.clearFaults()
  await house.reopen(at(old, { paymongo: { PAYMONGO_ACCOUNT: 'shop', ...other } }))
  await ask(id)
  expect(await house.payments('kind=pay_out')).toMatchObject([{ state: 'pending' }])
  expect((await amountsAt(old))['transfers']).toEqual([50_000])
}, 120_000)
