// Everything goes wrong at random, from a seed (HOLDFAST_SEED repeats one): in the end the ledger equals the providers' own books, to the unit.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Random } from '@holdfast/kernel/test/simulation/random.ts'
import type { Json } from '../fixtures/engine.ts'
import { price, wed, type Wedding } from '../fixtures/service-booking.ts'
import { openStreet, type Street } from './fixture.ts'

const day_s = 86_400
const hour_s = 3_600
const seed = Number.parseInt(process.env['HOLDFAST_SEED'] ?? '41', 10)
const phone_prefix = '25078'
const bad_number = '09999999999'

let street: Street
beforeAll(async () => {
  street = await openStreet()
})
afterAll(() => street.stop())

const calls: Readonly<Record<'paymongo' | 'momo', readonly string[]>> = {
  paymongo: [
    'checkout_sessions.create',
    'checkout_sessions.get',
    'payments.get',
    'refunds.create',
    'refunds.get',
    'refunds.list',
    'transfers.create',
    'transfers.get',
    'transfers.list',
  ],
  momo: ['requesttopay.create', 'requesttopay.get', 'transfer.create', 'transfer.get'],
}
const call_faults = [
  'timeout_before_commit',
  'timeout_after_commit',
  'http_500_json',
  'http_500_text',
  'http_429',
]
const event_faults = [
  ['dup_webhook', 0.3],
  ['reorder_webhooks', 0.3],
  ['late_webhook:7200', 0.2],
  ['drop_webhook', 0.2],
  ['bad_signature', 0.1],
  ['stale_signature', 0.1],
  ['forged_webhook', 0.2],
] as const

async function breakEverything(): Promise<void> {
  for (const provider of ['paymongo', 'momo'] as const) {
    for (const operation of calls[provider])
      for (const fault of call_faults)
        // oxlint-disable-next-line no-await-in-loop -- rules strike in their order
        await street.fault({
          provider,
          operation,
          fault,
          probability: 0.08,
          seed: `${seed} ${operation} ${fault}`,
        })
    for (const [fault, probability] of event_faults)
      // oxlint-disable-next-line no-await-in-loop -- rules strike in their order
      await street.fault({ provider, fault, probability, seed: `${seed} ${provider} ${fault}` })
  }
}

/** What a payer does with a payment, when its address is known. */
interface Begun {
  readonly path: string
  readonly party: string
  readonly pay: (checkout_url: string) => Promise<unknown>
}

/** A couple pays what it should, or not quite, or nothing; sometimes after it was cancelled. */
const fates = ['exact', 'exact', 'less', 'cancelled', 'never', 'given back', 'given back'] as const

async function marry(fate: (typeof fates)[number]): Promise<{ wedding: Wedding; begun: Begun }> {
  const wedding = await wed(street.engine)
  const { id } = await wedding.checkout()
  const pay = async (url: string) => {
    if (fate === 'never') return
    if (fate === 'cancelled') await wedding.by('couple', 'cancel')
    await street.pay(url, fate === 'less' ? { amount: price - 1 } : {})
  }
  return { wedding, begun: { path: `/v1/payments/${id}`, party: wedding.couple, pay } }
}

async function topUp(party: string): Promise<Begun> {
  const body = { amount: 200_000, method: 'gcash' }
  const { id } = await street.engine.must(201, `/v1/wallets/${party}/PHP/top-ups`, { party, body })
  return { path: `/v1/top-ups/${id}`, party, pay: (url) => street.pay(url) }
}

/** The payer says yes on the phone, without coming here. */
async function topUpByPhone(party: string, random: Random): Promise<void> {
  const mobile_number = `${phone_prefix}${random.between(1_000_000, 9_999_999)}`
  const body = { amount: 50_000, method: 'mobile_money', mobile_number }
  await street.engine.must(201, `/v1/wallets/${party}/RWF/top-ups`, { party, body })
}

async function payAll(begun: readonly Begun[]): Promise<void> {
  for (const { path, party, pay } of begun) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { checkout_url } = await street.engine.must(200, path, { party })
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await pay(checkout_url)
  }
}

async function withdraw(
  party: string,
  currency: 'PHP' | 'RWF',
  amount: number,
  number: string,
): Promise<string> {
  const details = { mobile_number: number, account_name: 'A Vendor' }
  const method = currency === 'PHP' ? 'gcash' : 'mobile_money'
  const body = { amount, currency, method, account_details: details }
  const { id } = await street.engine.must(201, `/api/wallet/${party}/withdraw`, { party, body })
  return id
}

describe(`seed ${seed}`, () => {
  test('everything fails at random, and in the end the ledger is the books of the providers, to the unit', async () => {
    const { engine } = street
    const random = new Random(seed)
    await breakEverything()
    const vendors = ['v1', 'v2', 'v3', 'v4', 'v5', 'v6']
    const couples = await Promise.all([...fates, ...fates].map(marry))
    const top_ups = await Promise.all(vendors.map(topUp))
    await Promise.all(vendors.map((vendor) => topUpByPhone(vendor, random)))
    await engine.advance(hour_s)
    await payAll([...couples.map(({ begun }) => begun), ...top_ups])
    await engine.advance(4 * hour_s)
    for (const [n, { wedding }] of couples.entries())
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      if (fates[n % fates.length] === 'given back')
        expect((await wedding.by('vendor', 'cancel')).text).toContain('refunded')
    const asked = await Promise.all(
      vendors.flatMap((vendor, n) => [
        withdraw(vendor, 'PHP', 100_001 + n, n === 3 ? bad_number : '09171234567'),
        withdraw(vendor, 'RWF', 20_001 + n, '0788123456'),
      ]),
    )
    await engine.advance(day_s)
    for (const id of asked)
      // oxlint-disable-next-line no-await-in-loop -- an operator has two hands
      await engine.must(200, `/admin/withdrawals/${id}/approve`, {
        key: engine.admin,
        body: { pay_by: 'provider', reason: 'looked at' },
      })
    await engine.advance(2 * hour_s)
    await street.banksPay(4, bad_number)
    await street.clearFaults()
    // Events that never came are made up for by asking.
    await engine.advance(3 * day_s)

    const { data: rows } = await engine.must(200, '/v1/provider-payments?limit=100', { key: engine.admin })
    const open = (rows as Json[]).filter(
      ({ state, told_engine }) =>
        ['wanted', 'unknown', 'lost'].includes(state) || told_engine === 'not_taken',
    )
    expect(open).toEqual([])
    const { paymongo, momo } = await street.emulator('/books')
    expect({
      PHP: -(await street.standing('outside', 'clearing', 'PHP')),
      RWF: -(await street.standing('outside', 'clearing', 'RWF')),
    }).toEqual({ PHP: netOf(paymongo), RWF: netOfMomo(momo) })
    expect(await street.standing('outside', 'transit')).toBe(0)
    expect(await engine.integrity()).toMatchObject({ clean: true })
    const found = await engine.operate('/v1/reconciliations', { reason: 'after all that' })
    expect(found).toMatchObject({ exceptions_open: {}, books: { not_zero: [], transit: [] } })
    expect(found['books']['clearing'].map(({ difference }: Json) => difference)).toEqual([0, 0])
    // Not trivially: money came, went back and went out.
    const moved = await street.moved()
    expect(Math.min(moved.pay_ins, moved.refunds, moved.pay_outs)).toBeGreaterThan(0)
    expect(await street.standing('platform', 'suspense')).toBeGreaterThan(0)
  }, 180_000)
})

const sum = (lines: readonly Json[], is: (line: Json) => boolean) =>
  lines.filter(is).reduce((total, { amount }) => total + Number(amount), 0)

/** What PayMongo has of us, fees apart. */
function netOf({ payments, refunds, transfers }: Json): number {
  const out = (line: Json) =>
    line['direction'] === 'outward' && line['status'] === 'succeeded' && !line['returned']
  return (
    sum(payments, ({ status }) => status === 'paid') -
    sum(refunds, ({ status }) => status === 'succeeded') -
    sum(transfers, out)
  )
}

function netOfMomo({ movements }: Json): number {
  const done = (operation: string) => (line: Json) =>
    line['operation'] === operation && line['status'] === 'SUCCESSFUL'
  return (
    sum(movements, done('requesttopay')) - sum(movements, done('refund')) - sum(movements, done('transfer'))
  )
}
