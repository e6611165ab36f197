// Repayments by mobile money through a provider: who names a number is asked on it; what comes lowers the debt, once.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { creditRepayment } from '../../src/products/trade-credit/repayment/flow.ts'
import { repaymentUse } from '../../src/products/trade-credit/repayment/use.ts'
import { startCredit, type Credit } from '../fixtures/trade-credit.ts'
import { Desk, saying } from '../fixtures/provider-binding.ts'
import { contentsOf, type Json } from '../fixtures/engine.ts'

const owed = 2_000_000
const announced = { repayment_amount: 500_000, repayment_method: 'mobile_money' }
const numbered = { ...announced, mobile_number: '0781234567' }
const day_s = 86_400

let credit: Credit
let desk: Desk

beforeAll(async () => {
  // The test is the desk.
  credit = await startCredit({ uses: [] })
  desk = new Desk(credit.engine, creditRepayment)
})
afterAll(() => credit.engine.stop())
afterEach(async () => {
  expect(await credit.engine.integrity()).toMatchObject({ clean: true })
  expect(credit.engine.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([])
})

async function begun(body: Json = numbered): Promise<{ id: string; retailer: string }> {
  const { retailer } = credit.couple()
  await credit.owe(retailer, owed)
  const { status, text, body: answer } = await credit.repay(retailer, body)
  if (status !== 201) throw new Error(text)
  return { id: answer['id'], retailer }
}

const outstanding = async (retailer: string) => (await credit.summary(retailer))['outstanding_amount']
const came = (settled_id: string) => saying(repaymentUse, 'succeeded', { settled_id })

test('500,000 on 2,000,000 by the phone leaves 1,500,000, when the provider says so and not before', async () => {
  const { id, retailer } = await begun()
  expect(await outstanding(retailer)).toBe(owed)
  expect(await desk.says(id, came(`momo-${id}`))).toMatchObject({
    status: 'completed',
    payment_reference: `momo-${id}`,
    outstanding_amount: 1_500_000,
    surplus: 0,
  })
  expect(await outstanding(retailer)).toBe(1_500_000)
  expect(await desk.says(id, came(`momo-${id}`))).toMatchObject({ refused: 'transition_not_open' })
  expect(await outstanding(retailer)).toBe(1_500_000)
})

test('one payment lowers one debt', async () => {
  const [one, other] = [await begun(), await begun()]
  const told = await Promise.all([one, other].map(({ id }) => desk.says(id, came('momo-shared'))))
  expect(new Set(told.map(({ status, refused }) => status ?? refused))).toEqual(
    new Set(['completed', 'reference_taken']),
  )
  const left = await Promise.all([one, other].map(({ retailer }) => outstanding(retailer)))
  expect(new Set(left)).toEqual(new Set([1_500_000, owed]))
})

test('more than is still owed by then stays in the wallet', async () => {
  const { id, retailer } = await begun({ ...numbered, repayment_amount: owed })
  const other = (await credit.repay(retailer, { ...numbered, repayment_amount: owed })).body
  await desk.says(id, came(`momo-${id}`))
  expect(await desk.says(other['id'], came(`momo-${other['id']}`))).toMatchObject({ surplus: owed })
  expect(await credit.wallet(retailer)).toMatchObject({ available: owed })
  expect(await outstanding(retailer)).toBe(0)
})

test('refused on the phone, taken back or too late: nothing is repaid, and what comes after is not taken', async () => {
  const [refused, withdrawn, late] = [await begun(), await begun(), await begun()]
  expect(await desk.says(refused.id, saying(repaymentUse, 'failed', {}))).toMatchObject({
    status: 'rejected',
  })
  const path = `/company/escrow-repayments/${withdrawn.id}/withdraw`
  await credit.engine.must(200, path, { party: withdrawn.retailer, body: {} })
  await credit.engine.advance(7 * day_s)
  for (const { id, retailer } of [refused, withdrawn, late]) {
    expect(await desk.says(id, came(`momo-${id}`))).toMatchObject({ refused: 'transition_not_open' })
    expect(await outstanding(retailer)).toBe(owed)
  }
  expect(repaymentUse.says.expired).toBeUndefined()
})

describe('the number', () => {
  test.each([
    ['0781234567', '250781234567'],
    ['250731234567', '250731234567'],
  ])('%s is asked as %s, and shown by its end', async (mobile_number, payer_number) => {
    const { id, retailer } = await begun({ ...announced, mobile_number })
    expect(await desk.wants(repaymentUse, id)).toEqual([
      {
        agreement: expect.any(String),
        method: 'mobile_money',
        amount: 500_000n,
        currency: 'RWF',
        details: { description: `Repayment ${id}`, party: retailer, payer_number },
      },
    ])
    for (const asking of [{}, { party: retailer }, { party: 'company' }, { key: credit.engine.admin }]) {
      const read = await credit.engine.must(200, `/company/escrow-repayments/${id}`, asking)
      expect(read['mobile_number']).toMatch(/^\*+4567$/)
      expect(JSON.stringify(read)).not.toContain(mobile_number)
    }
  })

  test('without one nobody is asked: the retailer pays by itself, as before', async () => {
    const { id } = await begun(announced)
    expect(await desk.wants(repaymentUse, id)).toEqual([])
    expect(await credit.engine.must(200, `/company/escrow-repayments/${id}`)).not.toHaveProperty(
      'mobile_number',
    )
  })

  test.each<[string, Json]>([
    ['of another country', { mobile_number: '254712345678' }],
    ['with +', { mobile_number: '+250781234567' }],
    ['a digit short', { mobile_number: '078123456' }],
    ['of no operator', { mobile_number: '0711234567' }],
    ['that is no text', { mobile_number: 781_234_567 }],
    ['with a bank transfer', { repayment_method: 'bank_transfer' }],
    ['with the wallet', { repayment_method: 'wallet' }],
  ])('%s is refused', async (_, body) => {
    const { retailer } = credit.couple()
    await credit.owe(retailer, owed)
    const before = await contentsOf(credit.engine.running.db)
    const answer = await credit.repay(retailer, { ...numbered, ...body })
    expect([answer.status, answer.body]).toMatchObject([400, { pointer: '/mobile_number' }])
    expect(await contentsOf(credit.engine.running.db)).toBe(before)
  })
})
