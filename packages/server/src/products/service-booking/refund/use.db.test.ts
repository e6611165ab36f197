// What a booking that gives back makes wanted of providers, from the events of a real log: each payment, once, by where it came from.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readId, showId } from '@holdfast/kernel/ids.ts'
import { readEvents, type LoggedEvent } from '../../../event-log/log.ts'
import { readAgreement } from '../../../http/read-agreement.ts'
import { newPayment } from '../../../payments/processor/new-payment.ts'
import type { ProviderPayment } from '../../../payments/processor/provider-payment.ts'
import { insertPayments } from '../../../payments/processor/rows.ts'
import { startEngine, type Engine, type Json } from '../../../../test/fixtures/engine.ts'
import { asDesk } from '../../../../test/fixtures/suspense.ts'
import { currency, price, settling, wed, type Wedding } from '../../../../test/fixtures/service-booking.ts'
import { refundUse } from './use.ts'

const disputing = { dispute_reason: 'other', dispute_text: 'x' }
const deposit = 1_500_000

let engine: Engine
beforeAll(async () => {
  engine = await startEngine({ uses: [] })
})
afterAll(() => engine.stop())

test('paid by a provider and by the word of an operator: each goes back where it came from, and the sum is what left', async () => {
  const wedding = await wed(engine, { deposit })
  const [first, pay_in] = [await wedding.checkout('deposit'), await brought('paymongo')]
  await settle(first, pay_in)
  const second = await wedding.paid()
  await wedding.by('vendor', 'cancel')
  const wants = await wantedOf(wedding, 'cancel_paid')
  expect(wants).toMatchObject([
    {
      provider: 'paymongo',
      method: null,
      amount: BigInt(deposit),
      currency,
      details: { party: wedding.couple, about: first['id'], refunds: pay_in.id },
    },
    { provider: 'manual', amount: BigInt(price - deposit), details: { about: second['id'] } },
  ])
  expect(wants[1]?.details.refunds).toBeUndefined()
  // Read again, it is the same; and an id of ours, with room for what derives from it.
  expect(await wantedOf(wedding, 'cancel_paid')).toEqual(wants)
  const ids = wants.map(({ agreement }) => agreement)
  expect(new Set(ids).size).toBe(2)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab].*00$/)
})

test('money that lies in suspense is no payment of this booking, whatever an operator called it', async () => {
  const wedding = await wed(engine)
  const [begun, pay_in] = [await wedding.checkout(), await brought('paymongo')]
  await settle(begun, pay_in)
  await engine.running.db.run('update provider_payments set suspense_id = $2 where id = $1', [
    pay_in.id,
    randomUUID(),
  ])
  await wedding.by('vendor', 'cancel')
  expect(await wantedOf(wedding, 'cancel_paid')).toMatchObject([{ provider: 'manual' }])
})

test('paid from the wallet, decided for the vendor, or divided: nothing goes back through a provider', async () => {
  const from_wallet = await wed(engine)
  await engine.topUp(from_wallet.couple, price, currency)
  await from_wallet.by('couple', 'pay', { method: 'wallet' })
  await from_wallet.by('vendor', 'cancel')
  expect(await wantedOf(from_wallet, 'cancel_paid')).toEqual([])

  const divided = await disputed()
  await divided.operator('split', { to_couple: 1, to_vendor: price - 1 })
  expect(await wantedOf(divided, 'split')).toEqual([])
  expect(refundUse.on.transitions).not.toContain('release')
})

test('all of it to the couple, by an operator, by both, by agreement: all of it goes back', async () => {
  const [refunded, split, settled, together] = [
    await disputed(),
    await disputed(),
    await disputed(),
    await wed(engine),
  ]
  await refunded.operator('refund')
  const all = { to_couple: price, to_vendor: 0 }
  await split.operator('split', all)
  await settled.by('couple', 'settle', all)
  await settled.by('vendor', 'settle', all)
  await together.paid()
  await together.by('couple', 'cancel')
  await together.by('vendor', 'cancel-together')
  for (const [wedding, transition] of [
    [refunded, 'refund'],
    [split, 'split'],
    [settled, 'settle'],
    [together, 'cancel_together'],
  ] as const)
    expect([transition, await wantedOf(wedding, transition)]).toMatchObject([
      transition,
      [{ provider: 'manual', amount: BigInt(price) }],
    ])
})

test('what only waits for another to agree makes nothing wanted', async () => {
  const wedding = await wed(engine)
  await wedding.paid()
  await wedding.by('couple', 'cancel')
  const events = (await logOf(wedding)).filter(({ body }) => body.transition === 'cancel_together')
  expect(events.map(({ body }) => body.kind)).toEqual(['mark'])
  expect(await wantsOf(wedding, events)).toEqual([])
})

test('before the provider is called the refund is made, under its id, and of each payment once', async () => {
  const wedding = await wed(engine)
  const begun = await wedding.paid()
  await wedding.by('vendor', 'cancel')
  const [wants] = await wantedOf(wedding, 'cancel_paid')
  const opened = await open(rowOf(wants), wants?.agreement ?? '')
  expect(opened).toMatchObject({ outcome: 'accepted', agreement: { id: wants?.agreement } })
  const shown = await engine.must(200, `/v1/refunds/${showId('rfd', wants?.agreement ?? '')}`)
  expect(shown).toMatchObject({
    state: 'pending',
    payment: begun['id'],
    amount: price,
    payer: wedding.couple,
  })
  const again = await open(rowOf(wants), readId('pay', begun['id']) ?? '')
  expect(again).toMatchObject({ outcome: 'refused', problem: { code: 'reference_taken' } })
  expect(await engine.integrity()).toMatchObject({ clean: true })
})

async function disputed(): Promise<Wedding> {
  const wedding = await wed(engine)
  await wedding.paid()
  await wedding.by('couple', 'dispute', disputing)
  return wedding
}

/** A row of the desk for money that this provider brought. */
async function brought(provider: string): Promise<ProviderPayment> {
  const amount = BigInt(price)
  const details = { description: 'x' }
  const given = {
    kind: 'pay_in',
    flow: 'payment',
    agreement: null,
    method: null,
    state: 'succeeded',
  } as const
  const row = {
    ...newPayment({ ...given, provider, amount, currency, details }, 1),
    settled_id: `pay_${randomUUID()}`,
  }
  await engine.running.db.transaction((tx) => insertPayments(tx, [row]))
  return row
}

/** The provider says that the payment is paid, as the desk hears it. */
async function settle(begun: Json, { id, settled_id }: ProviderPayment): Promise<void> {
  await engine.running.db.run(
    'update provider_payments set agreement_id = $2, settled_id = $3, next_at = null where id = $1',
    [id, readId('pay', begun['id']), settled_id],
  )
  await engine.must(200, ...settling(begun, { provider_reference: settled_id }))
}

async function logOf({ id }: Wedding): Promise<LoggedEvent[]> {
  const { end } = await engine.running.db.one<{ end: bigint }>('select seq as end from log_head')
  return (await readEvents(engine.running.db, 0n, end)).filter(({ body }) => body.agreement === id)
}

async function wantedOf(wedding: Wedding, transition: string) {
  const events = (await logOf(wedding)).filter(
    ({ body }) => body.transition === transition && body.kind === 'transition',
  )
  expect(events).toHaveLength(1)
  return wantsOf(wedding, events)
}

async function wantsOf({ id }: Wedding, events: readonly LoggedEvent[]) {
  const { db } = engine.running
  const booking = await readAgreement({ db }, readId('bkg', id) ?? '')
  if (booking === null) throw new Error(`no ${id}`)
  return (await Promise.all(events.map((event) => refundUse.wants(event, booking, db)))).flat()
}

type Wanted = Awaited<ReturnType<typeof refundUse.wants>>[number]

function rowOf(wants: Wanted | undefined): ProviderPayment {
  if (wants === undefined) throw new Error('nothing is wanted')
  const { provider = '', ...same } = wants
  return newPayment({ ...same, provider, kind: 'refund', flow: 'refund', state: 'wanted' }, 1)
}

async function open(row: ProviderPayment, id: string) {
  const { now } = await engine.must(200, '/v1/test-clock')
  const { transition = '', input = {}, creation = null } = refundUse.before?.(row) ?? {}
  return engine.running.engine.ask(asDesk('refund', transition, Date.parse(now), { id, input, creation }))
}
