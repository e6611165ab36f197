// C5: a provider denies what it had taken. It is asked again, counted as unclear, and after a term an operator decides.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { denied_ms_max } from '../../src/payments/processor/interpret.ts'
import type { Json } from '../fixtures/engine.ts'
import { wed } from '../fixtures/service-booking.ts'
import { at, day_s, hour_s, openHouse, startProviders, type Emulated, type House } from './house.ts'

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

interface Denied {
  readonly title: string
  readonly provider: 'paymongo' | 'momo'
  readonly kind: 'refund' | 'pay_out'
  readonly finds: string
  /** Until its provider has it; answers how an operator ends it, and the wallet that then has the money. */
  readonly begin: () => Promise<{
    readonly path: string
    readonly wallet: [party: string, currency: string, amount: number]
  }>
}

const withdrawal = (party: string, currency: string, body: Json) => async () => {
  const engine = house.engine()
  await engine.topUp(party, 50_000, currency)
  const asked = { amount: 50_000, currency, ...body }
  const { id } = await engine.must(201, `/api/wallet/${party}/withdraw`, { party, body: asked })
  await engine.advance(day_s)
  await engine.operate(`/admin/withdrawals/${id}/approve`, { pay_by: 'provider' })
  return {
    path: `/admin/withdrawals/${id}/bounced`,
    wallet: [party, currency, 50_000] as [string, string, number],
  }
}

const cases: readonly Denied[] = [
  {
    title: 'a withdrawal by mobile money',
    provider: 'momo',
    kind: 'pay_out',
    finds: 'transfer.get',
    begin: withdrawal('jean', 'RWF', {
      method: 'mobile_money',
      account_details: { mobile_number: '0781234567', account_name: 'Jean' },
    }),
  },
  {
    title: 'a withdrawal by GCash',
    provider: 'paymongo',
    kind: 'pay_out',
    finds: 'transfers.get',
    begin: withdrawal('ana', 'PHP', { method: 'gcash', account_details: { mobile_number: '09171234567' } }),
  },
  {
    title: 'a refund',
    provider: 'paymongo',
    kind: 'refund',
    finds: 'refunds.get',
    async begin() {
      const wedding = await wed(house.engine())
      const { id } = await wedding.checkout()
      const [row] = await house.until(
        () => house.payments(`agreement=${id}`),
        ([one]) => one?.['provider_id'] != null,
        'the checkout',
      )
      await providers.admin('/paymongo/pay', { id: row?.['provider_id'], method: 'gcash' })
      await house.engine().advance(hour_s)
      await wedding.by('vendor', 'cancel')
      const [refund] = await house.until(
        () => house.payments('kind=refund'),
        ([one]) => one?.['state'] === 'pending',
        'the refund',
      )
      return {
        path: `/v1/refunds/${refund?.['agreement']}/credit-by-hand`,
        wallet: [wedding.couple, 'PHP', 5_000_000] as [string, string, number],
      }
    },
  },
]

async function unclear(): Promise<number> {
  const { text } = await house.engine().ask('/metrics')
  const line = text.split('\n').find((one) => one.startsWith('holdfast_provider_payments_unclear '))
  return Number(line?.split(' ').at(-1))
}

describe.each(cases)('C5: $title', ({ begin, provider, kind, finds }) => {
  const payment = async () => (await house.payments(`kind=${kind}`))[0]

  test('C5: counted as unclear after a quarter of an hour; after the term operators are told, and decide', async () => {
    const { path, wallet } = await begin()
    await house.until(payment, (row) => row?.['state'] === 'pending', 'pending')
    await providers.admin('/faults', { provider, operation: finds, fault: 'not_found' })
    await house.engine().advance(60)
    expect(await payment()).toMatchObject({ state: 'pending', denied_since: expect.any(String) })
    expect(await unclear()).toBe(0)
    await house.engine().advance(900)
    expect([(await payment())?.['state'], await unclear()]).toEqual(['pending', 1])
    await house.engine().advance(2 * (denied_ms_max / 1_000))
    expect(await payment()).toMatchObject({ state: 'lost', told_engine: 'unclear' })
    expect(await unclear()).toBe(1)
    const { data } = await house.engine().must(200, '/v1/notifications', { key: house.engine().admin })
    expect(data[0]['says']).toContain('The provider does not know')
    expect(house.engine().log.join('')).toContain('a payment is lost')
    // However long it lasts, they are told once.
    await house.engine().advance(day_s)
    const { data: later } = await house.engine().must(200, '/v1/notifications', { key: house.engine().admin })
    const told = (later as Json[]).filter(({ says }) => String(says).includes('The provider does not know'))
    expect(told).toHaveLength(1)

    await house.engine().operate(path)
    const [party, currency, amount] = wallet
    expect((await house.engine().wallet(party, currency))['available']).toBe(amount)
    expect(await unclear()).toBe(0)
  }, 120_000)

  test('C5: a provider that knows of it again in time has said nothing', async () => {
    await begin()
    await house.until(payment, (row) => row?.['state'] === 'pending', 'pending')
    await providers.admin('/faults', { provider, operation: finds, fault: 'not_found', times: 3 })
    await house.engine().advance(2 * hour_s)
    expect(await payment()).toMatchObject({ state: 'pending', denied_since: null })
    expect(await unclear()).toBe(0)
  }, 120_000)

  test('C5: what was given up for lost is asked about once a day, and counts when it is known again', async () => {
    await begin()
    await house.until(payment, (row) => row?.['state'] === 'pending', 'pending')
    await providers.admin('/faults', { provider, operation: finds, fault: 'not_found' })
    await house.engine().advance(3 * hour_s)
    expect(await payment()).toMatchObject({ state: 'lost' })
    await providers.clearFaults()
    const { paymongo } = await providers.admin('/books')
    for (const { id, status } of paymongo['transfers'] as Json[])
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      if (status === 'pending')
        await providers.admin(`/paymongo/transfers/${id}/settle`, { status: 'succeeded' })
    await providers.pass(hour_s * 1_000)
    await house.engine().advance(day_s)
    expect(await payment()).toMatchObject({
      state: 'succeeded',
      told_engine: 'succeeded',
      denied_since: null,
    })
  }, 120_000)
})
