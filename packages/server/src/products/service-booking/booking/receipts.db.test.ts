// Receipts: numbers without a gap whoever pays when, a new count each year in Manila, and the same numbers from the log anew.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBeside, startEngine, type Engine, type Json } from '../../../../test/fixtures/engine.ts'
import { currency, price, settling, wed, type Wedding } from '../../../../test/fixtures/service-booking.ts'

let engine: Engine
let other: Engine
beforeAll(async () => {
  engine = await startEngine()
  other = await startBeside(engine)
})
afterAll(async () => {
  await other.stop()
  await engine.stop()
})

const payments = 100

/** All that there are: number, booking, amount. */
async function all(): Promise<{ receipt_number: string; agreement_id: string; amount_paid: bigint }[]> {
  // One more read of receipts has the follower catch up.
  await engine.ask('/v1/receipts/none')
  return engine.running.db.any(
    'select receipt_number, agreement_id, amount_paid from receipts order by receipt_number',
  )
}

const year = async () =>
  new Date(Date.parse((await engine.must(200, '/v1/test-clock'))['now']) + 8 * 3_600_000).getUTCFullYear()

test('receipt numbers that race: 100 payments at once, on two engines, by provider and wallet, are 1 to 100', async () => {
  const weddings = await Promise.all(Array.from({ length: payments }, () => wed(engine)))
  const pays = await Promise.all(
    weddings.map(async (wedding, i) => {
      const at = i % 2 === 0 ? engine : other
      if (i % 4 === 3) {
        await engine.topUp(wedding.couple, price, currency)
        return () =>
          at.ask(`/bookings/${wedding.id}/pay`, { party: wedding.couple, body: { method: 'wallet' } })
      }
      const begun = await wedding.checkout()
      return () => at.ask(...settling(begun))
    }),
  )
  // Readers of both processes follow the log meanwhile.
  const answers = await Promise.all(
    pays.map(async (pay, i) => {
      const paid = await pay()
      await (i % 2 === 0 ? other : engine).must(200, `/bookings/${weddings[i]?.id}/receipts`)
      return paid
    }),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  const receipts = await all()
  const of_year = `WB-${await year()}`
  expect(receipts.map(({ receipt_number }) => receipt_number)).toEqual(
    Array.from({ length: payments }, (_, i) => `${of_year}-${String(i + 1).padStart(6, '0')}`),
  )
  expect(new Set(receipts.map(({ agreement_id }) => agreement_id)).size).toBe(payments)
})

test('numbers follow the order of the log', async () => {
  const paid = (await engine.events()).filter(
    ({ flow, kind, transition }) =>
      flow === 'service-booking' &&
      kind === 'transition' &&
      /^(pay_from_wallet|payment_settled)$/.test(transition),
  )
  const shown = await Promise.all(
    (await all()).map(({ receipt_number }) => engine.must(200, `/v1/receipts/${receipt_number}`)),
  )
  expect(shown.map(({ booking }) => booking)).toEqual(paid.map(({ agreement }) => agreement))
})

test('made anew from the log, they are the same', async () => {
  const before = await all()
  await engine.running.db.transaction(async (tx) => {
    await tx.run(`delete from receipts`)
    await tx.run(`delete from receipt_series`)
    await tx.run(`update projections set seq = 0 where name = 'receipts'`)
  })
  expect(await all()).toEqual(before)
})

const hour_s = 3_600

test('each year counts anew, and it ends at midnight in Manila, 16:00 in UTC', async () => {
  const now = Date.parse((await engine.must(200, '/v1/test-clock'))['now'])
  const old = await year()
  const midnight = Date.UTC(old, 11, 31, 16)
  const [before, after] = [await open(), await open()]
  await engine.advance(Math.floor((midnight - now) / 1_000) - hour_s)
  await pay(before)
  await engine.advance(2 * hour_s)
  await pay(after)
  expect((await before.receipts())[0]?.['receipt_number']).toBe(
    `WB-${old}-${String(payments + 1).padStart(6, '0')}`,
  )
  expect((await after.receipts())[0]?.['receipt_number']).toBe(`WB-${old + 1}-000001`)
  expect((await all()).at(-1)?.receipt_number).toBe(`WB-${old + 1}-000001`)

  async function open(): Promise<Wedding> {
    const wedding = await wed(engine, { terms: { quote_valid: '365 days' } })
    await engine.topUp(wedding.couple, price, currency)
    return wedding
  }
  async function pay(wedding: Wedding): Promise<Json> {
    return (await wedding.by('couple', 'pay', { method: 'wallet' })).body
  }
})

test("a receipt is the couple's and the vendor's to see, and nobody else's", async () => {
  const wedding = await wed(engine)
  await wedding.paid()
  const [{ receipt_number } = { receipt_number: '' }] = await wedding.receipts()
  for (const party of [wedding.couple, wedding.vendor])
    expect(await engine.must(200, `/v1/receipts/${receipt_number}`, { party })).toMatchObject({
      amount_paid: price,
      amount_display: 'PHP 50,000.00',
      method: 'checkout',
    })
  expect((await engine.ask(`/v1/receipts/${receipt_number}`, { party: 'eve' })).status).toBe(404)
  expect((await engine.ask(`/bookings/${wedding.id}/receipts`, { party: 'eve' })).status).toBe(404)
  for (const nonsense of ['WB-2025-999999', 'wb', "'--", '%00'])
    expect([nonsense, (await engine.ask(`/v1/receipts/${nonsense}`)).status]).toEqual([nonsense, 404])
})
