// Trade credit over HTTP: what is refused changes nothing, two at once have one winner, and what is seen to go wrong elsewhere does not here.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { contentsOf, type Answer, type Asking, type Json } from '../fixtures/engine.ts'
import { million, startCredit, type Credit } from '../fixtures/trade-credit.ts'

let credit: Credit
const day_s = 86_400

beforeAll(async () => {
  credit = await startCredit()
})
afterAll(() => credit.engine.stop())
afterEach(async () => {
  expect(await credit.engine.integrity()).toMatchObject({ clean: true })
  expect(credit.engine.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([])
})

const wallet_repayment = (repayment_amount: number, more: Json = {}): Json => ({
  repayment_amount,
  repayment_method: 'wallet',
  ...more,
})

/** What is held and owed is what is in use of the line; answers what is owed. */
async function used(retailer: string): Promise<number> {
  const { credit_used, held_amount, outstanding_amount } = await credit.summary(retailer)
  expect(credit_used).toBe(held_amount + outstanding_amount)
  return outstanding_amount
}

function codes(answers: readonly Answer[]): string[] {
  return answers.map(({ status, body }) => (status < 300 ? 'ok' : String(body['code']))).toSorted()
}

describe('refused, and nothing changed', () => {
  const retailer = 'shop'
  const wholesaler = 'depot'
  let escrow: Json
  let pending: Json
  let disputed: Json

  beforeAll(async () => {
    escrow = await credit.hold({ retailer, wholesaler, amount: 1000 })
    disputed = await credit.hold({ retailer, wholesaler, amount: 900 })
    await credit.engine.must(200, `/retailer/escrow/dispute/${disputed['id']}`, {
      party: retailer,
      body: { dispute_reason: 'damaged' },
    })
    await credit.owe(retailer, 500)
    await credit.owe('other-shop', 100)
    await credit.engine.topUp(retailer, 2000, 'RWF')
    pending = (await credit.repay(retailer, { repayment_amount: 50, repayment_method: 'mobile_money' })).body
    await credit.engine.topUp('company', 10 * million, 'RWF')
  })

  const order = { order_id: 'PO-bad', retailer, wholesaler, amount: 1000 }
  const id = (path: string) => () =>
    path
      .replace('{held}', escrow['id'])
      .replace('{disputed}', disputed['id'])
      .replace('{pending}', pending['id'])
  type Row = readonly [title: string, path: string, asking: Asking, status: number, problem: Json]
  const rows: readonly Row[] = [
    [
      'a limit that would be exceeded',
      '/company/escrow',
      { body: { ...order, amount: 5 * million } },
      409,
      { code: 'limit_exceeded', limit: 5 * million, used: 2400, pointer: '/amount' },
    ],
    [
      'no amount',
      '/company/escrow',
      { body: { ...order, amount: 0 } },
      400,
      { code: 'amount_out_of_range', pointer: '/amount' },
    ],
    [
      'half a franc',
      '/company/escrow',
      { body: { ...order, amount: 10.5 } },
      400,
      { code: 'invalid_request', pointer: '/amount' },
    ],
    [
      'an amount as text',
      '/company/escrow',
      { body: { ...order, amount: '1000' } },
      400,
      { code: 'invalid_request' },
    ],
    [
      'another currency',
      '/company/escrow',
      { body: { ...order, currency: 'PHP' } },
      400,
      { code: 'invalid_request', pointer: '/currency' },
    ],
    [
      '0 days',
      '/company/escrow',
      { body: { ...order, auto_release_days: 0 } },
      400,
      { code: 'invalid_request', pointer: '/auto_release_days' },
    ],
    [
      '31 days',
      '/company/escrow',
      { body: { ...order, auto_release_days: 31 } },
      400,
      { code: 'invalid_request', pointer: '/auto_release_days' },
    ],
    [
      'an unknown field',
      '/company/escrow',
      { body: { ...order, discount: 5 } },
      400,
      { code: 'invalid_request' },
    ],
    [
      'an order without its id',
      '/company/escrow',
      { body: { ...order, order_id: undefined } },
      400,
      { code: 'invalid_request' },
    ],
    [
      'a retailer who is the wholesaler',
      '/company/escrow',
      { body: { ...order, wholesaler: retailer } },
      400,
      { code: 'invalid_request', pointer: '/wholesaler' },
    ],
    [
      'the company as retailer',
      '/company/escrow',
      { body: { ...order, retailer: 'company' } },
      400,
      { code: 'invalid_request', pointer: '/retailer' },
    ],
    [
      'an order by the retailer',
      '/company/escrow',
      { party: retailer, body: order },
      403,
      { code: 'not_your_transition' },
    ],
    [
      'the retailer raising its limit',
      '/retailer/escrow/auto-deduct-settings',
      { method: 'PATCH', party: retailer, body: { max_total_outstanding_rwf: 9 * million } },
      400,
      { code: 'invalid_request', pointer: '/max_total_outstanding_rwf' },
    ],
    [
      '101 %',
      '/retailer/escrow/auto-deduct-settings',
      { method: 'PATCH', party: retailer, body: { deduction_percentage: 101 } },
      400,
      { code: 'invalid_request', pointer: '/deduction_percentage' },
    ],
    [
      'a third decimal',
      '/retailer/escrow/auto-deduct-settings',
      { method: 'PATCH', party: retailer, body: { deduction_percentage: 12.345 } },
      400,
      { code: 'invalid_request', pointer: '/deduction_percentage' },
    ],
    [
      'below 0 %',
      '/retailer/escrow/auto-deduct-settings',
      { method: 'PATCH', party: retailer, body: { deduction_percentage: -1 } },
      400,
      { code: 'invalid_request' },
    ],
    [
      'a negative minimum',
      '/retailer/escrow/auto-deduct-settings',
      { method: 'PATCH', party: retailer, body: { minimum_balance_rwf: -1 } },
      400,
      { code: 'amount_out_of_range' },
    ],
    [
      'a daily maximum of less than nothing',
      '/retailer/escrow/auto-deduct-settings',
      { method: 'PATCH', party: retailer, body: { max_daily_deduction_rwf: -1 } },
      400,
      { code: 'amount_out_of_range' },
    ],
    [
      'settings by the company',
      `/retailer/escrow/auto-deduct-settings?retailer=${retailer}`,
      { method: 'PATCH', body: { enabled: false } },
      403,
      { code: 'not_your_transition' },
    ],
    [
      'more than is owed',
      '/retailer/escrow/repayment',
      { party: retailer, body: wallet_repayment(501) },
      409,
      { code: 'limit_exceeded', reason: 'more than is owed' },
    ],
    [
      'more than is in the wallet',
      '/retailer/escrow/repayment',
      { party: 'other-shop', body: wallet_repayment(100) },
      409,
      { code: 'insufficient_funds', short_by: 100 },
    ],
    [
      'a repayment by who owes nothing',
      '/retailer/escrow/repayment',
      { party: 'nobody-owes', body: wallet_repayment(1) },
      409,
      { code: 'limit_exceeded', reason: 'nothing is owed', pointer: '/repayment_amount' },
    ],
    [
      'a repayment that an operator makes',
      `/retailer/escrow/repayment?retailer=${retailer}`,
      { key: 'admin', body: wallet_repayment(1, { reason: 'x' }) },
      403,
      { code: 'not_your_transition' },
    ],
    [
      'a method that is none',
      '/retailer/escrow/repayment',
      { party: retailer, body: { repayment_amount: 1, repayment_method: 'auto_deduct' } },
      400,
      { code: 'invalid_request', pointer: '/repayment_method' },
    ],
    [
      'an order that is none',
      '/retailer/escrow/repayment',
      { party: retailer, body: wallet_repayment(1, { escrow_transaction_id: 'esc_1' }) },
      404,
      { code: 'not_found', pointer: '/escrow_transaction_id' },
    ],
    [
      'an order that owes nothing',
      '/retailer/escrow/repayment',
      { party: retailer, body: () => wallet_repayment(1, { escrow_transaction_id: escrow['id'] }) },
      409,
      { code: 'limit_exceeded', reason: 'nothing is owed' },
    ],
    [
      "another retailer's order",
      '/retailer/escrow/repayment',
      { party: 'other-shop', body: () => wallet_repayment(1, { escrow_transaction_id: escrow['id'] }) },
      403,
      { code: 'not_yours' },
    ],
    [
      'a confirmation without a reference',
      '/company/escrow-repayments/{pending}/confirm',
      { body: {} },
      400,
      { code: 'invalid_request' },
    ],
    [
      'a confirmation by the retailer',
      '/company/escrow-repayments/{pending}/confirm',
      { party: retailer, body: { payment_reference: 'X' } },
      403,
      { code: 'not_your_transition' },
    ],
    [
      'delivery confirmed by a stranger',
      '/wholesaler/escrow/confirm-delivery/{held}',
      { party: 'eve', body: {} },
      404,
      { code: 'not_found' },
    ],
    [
      'delivery confirmed by the service',
      '/wholesaler/escrow/confirm-delivery/{held}',
      { body: {} },
      403,
      { code: 'not_your_transition' },
    ],
    [
      'delivery confirmed while disputed',
      '/wholesaler/escrow/confirm-delivery/{disputed}',
      { party: wholesaler, body: {} },
      409,
      { code: 'transition_not_open', state: 'disputed' },
    ],
    [
      'a dispute without a reason',
      '/retailer/escrow/dispute/{held}',
      { party: retailer, body: {} },
      400,
      { code: 'invalid_request', pointer: '/dispute_reason' },
    ],
    [
      'a dispute by the wholesaler',
      '/retailer/escrow/dispute/{held}',
      { party: wholesaler, body: { dispute_reason: 'other' } },
      403,
      { code: 'not_your_transition' },
    ],
    [
      'a dispute of a stranger',
      '/retailer/escrow/dispute/{held}',
      { party: 'eve', body: { dispute_reason: 'other' } },
      404,
      { code: 'not_found' },
    ],
    [
      'a cancellation by the retailer',
      '/company/escrow/{held}/cancel',
      { party: retailer, body: {} },
      403,
      { code: 'not_your_transition' },
    ],
    [
      'a split that is too little',
      '/company/escrow/{disputed}/split',
      { key: 'admin', body: { to_company: 100, to_wholesaler: 100, reason: 'x' } },
      409,
      { code: 'distribution_mismatch' },
    ],
    [
      'a split that is too much',
      '/company/escrow/{disputed}/split',
      { key: 'admin', body: { to_company: 900, to_wholesaler: 1, reason: 'x' } },
      409,
      { code: 'distribution_mismatch' },
    ],
    [
      'an operator without a reason',
      '/company/escrow/{disputed}/release',
      { key: 'admin', body: {} },
      400,
      { code: 'invalid_request', pointer: '/reason' },
    ],
    [
      'a limit set by the retailer',
      '/company/credit-lines/x/set-limit',
      { party: retailer, body: { own_limit: 9 * million } },
      404,
      { code: 'not_found' },
    ],
    [
      'a setting that is none',
      '/admin/escrow-settings',
      { method: 'PATCH', key: 'admin', body: { setting_key: 'interest', setting_value: 1, reason: 'x' } },
      400,
      { code: 'invalid_request', pointer: '/setting_key' },
    ],
    [
      'a switch that is a number',
      '/admin/escrow-settings',
      {
        method: 'PATCH',
        key: 'admin',
        body: { setting_key: 'escrow_enabled', setting_value: 1, reason: 'x' },
      },
      400,
      { code: 'invalid_request', pointer: '/setting_value' },
    ],
    [
      '400 days',
      '/admin/escrow-settings',
      {
        method: 'PATCH',
        key: 'admin',
        body: { setting_key: 'auto_release_days', setting_value: 400, reason: 'x' },
      },
      400,
      { code: 'invalid_request', pointer: '/setting_value' },
    ],
    [
      'a setting without a reason',
      '/admin/escrow-settings',
      { method: 'PATCH', key: 'admin', body: { setting_key: 'auto_release_days', setting_value: 5 } },
      400,
      { code: 'invalid_request' },
    ],
    [
      'a job that is none',
      '/admin/escrow-jobs/interest/run',
      { key: 'admin', body: { reason: 'x' } },
      404,
      { code: 'not_found' },
    ],
    [
      'deductions of a day that has not ended',
      '/admin/escrow-jobs/auto-deductions/run',
      { key: 'admin', body: { reason: 'x', business_date: '2999-01-01' } },
      400,
      { code: 'invalid_request', pointer: '/business_date' },
    ],
    [
      'deductions of 30 February',
      '/admin/escrow-jobs/auto-deductions/run',
      { key: 'admin', body: { reason: 'x', business_date: '2026-02-30' } },
      400,
      { code: 'invalid_request', pointer: '/business_date' },
    ],
    [
      'a retailer that is not named',
      '/retailer/escrow/summary',
      {},
      400,
      { code: 'invalid_request', pointer: '/retailer' },
    ],
    [
      'a page after what is no id',
      `/retailer/escrow/transactions?retailer=${retailer}&starting_after=x`,
      {},
      400,
      { code: 'invalid_request', pointer: '/starting_after' },
    ],
    [
      "another retailer's order read",
      '/retailer/escrow/transactions/{held}',
      { party: 'other-shop' },
      403,
      { code: 'not_yours' },
    ],
    [
      "another retailer's summary",
      `/retailer/escrow/summary?retailer=${retailer}`,
      { party: 'other-shop' },
      403,
      { code: 'not_yours' },
    ],
    [
      'an order read that is none',
      '/retailer/escrow/transactions/esc_x',
      { party: retailer },
      404,
      { code: 'not_found' },
    ],
  ]

  test.each(rows)('%s', async (_title, path, { key, body, ...asking }, status, problem) => {
    const before = await contentsOf(credit.engine.running.db)
    const answer = await credit.engine.ask(id(path)(), {
      ...asking,
      ...(key === 'admin' ? { key: credit.engine.admin } : {}),
      ...(body === undefined ? {} : { body: typeof body === 'function' ? (body as () => Json)() : body }),
    })
    expect([answer.status, answer.body]).toMatchObject([status, problem])
    expect(await contentsOf(credit.engine.running.db)).toBe(before)
  })

  test('an order id is used once', async () => {
    await credit.hold({ retailer, wholesaler, amount: 10 }, { order_id: 'PO-once' })
    const before = await contentsOf(credit.engine.running.db)
    const again = await credit.engine.ask('/company/escrow', { body: { ...order, order_id: 'PO-once' } })
    expect(again.body).toMatchObject({ code: 'reference_taken', pointer: '/order_id' })
    expect(await contentsOf(credit.engine.running.db)).toBe(before)
  })

  test('escrow switched off: no new orders, those that are there run on; switched on again: new orders', async () => {
    const running = await credit.hold({ retailer, wholesaler, amount: 10 })
    const set = (setting_value: boolean) =>
      credit.engine.must(200, '/admin/escrow-settings', {
        method: 'PATCH',
        key: credit.engine.admin,
        body: { setting_key: 'escrow_enabled', setting_value, reason: 'a pause' },
      })
    expect((await set(false))['data'][0]).toMatchObject({
      setting_key: 'escrow_enabled',
      setting_value: false,
    })
    const before = await contentsOf(credit.engine.running.db)
    const refused = await credit.engine.ask('/company/escrow', { body: { ...order, order_id: 'PO-off' } })
    expect(refused.body).toMatchObject({ code: 'transition_not_open', setting: 'escrow_enabled' })
    expect(await contentsOf(credit.engine.running.db)).toBe(before)
    expect((await credit.confirm(running)).status).toBe(200)
    await set(true)
    await credit.hold({ retailer, wholesaler, amount: 10 })
  })

  test('too little money of the company: nothing is held, nothing drawn', async () => {
    const { available } = await credit.wallet('company')
    const line = (await credit.engine.must(200, `/company/credit-lines?party=rich-shop`))['data'][0]
    expect(line).toBeUndefined()
    const { id: rich } = await credit.engine.must(201, '/company/credit-lines', {
      body: { retailer: 'rich-shop' },
    })
    await credit.engine.must(200, `/company/credit-lines/${rich}/set-limit`, {
      body: { own_limit: 10 * available },
    })
    const before = await contentsOf(credit.engine.running.db)
    const refused = await credit.engine.ask('/company/escrow', {
      body: { ...order, order_id: 'PO-poor', retailer: 'rich-shop', amount: available + 7 },
    })
    expect(refused.body).toMatchObject({ code: 'insufficient_funds', short_by: 7 })
    expect(await contentsOf(credit.engine.running.db)).toBe(before)
  })
})

test('a limit of its own, lower and higher than the one for all, and a line that is stopped', async () => {
  const { retailer, wholesaler } = credit.couple()
  const { id } = await credit.engine.must(201, '/company/credit-lines', { body: { retailer } })
  const setLimit = (own_limit: number | null) =>
    credit.engine.must(200, `/company/credit-lines/${id}/set-limit`, { body: { own_limit } })
  await credit.engine.topUp('company', 20 * million, 'RWF')
  const order = (amount: number) =>
    credit.engine.ask('/company/escrow', {
      body: { order_id: `L-${retailer}-${amount}`, retailer, wholesaler, amount },
    })
  await setLimit(1000)
  expect((await order(1001)).body).toMatchObject({ code: 'limit_exceeded', limit: 1000, left: 1000 })
  expect((await order(1000)).status).toBe(201)
  await setLimit(8 * million)
  expect((await order(7 * million)).status).toBe(201)
  await setLimit(0)
  expect((await order(1)).body).toMatchObject({ code: 'limit_exceeded', limit: 0, left: 0 })
  await setLimit(null)
  expect((await order(1)).body).toMatchObject({ code: 'limit_exceeded', limit: 5 * million, left: 0 })
  await setLimit(9 * million)
  await credit.engine.must(200, `/company/credit-lines/${id}/stop`, { body: {} })
  expect((await order(2)).body).toMatchObject({ code: 'transition_not_open', state: 'stopped' })
  await credit.engine.must(200, `/company/credit-lines/${id}/resume`, { body: {} })
  expect((await order(2)).status).toBe(201)
})

describe('disputes', () => {
  async function dispute(amount: number): Promise<Json & { retailer: string; wholesaler: string }> {
    const people = credit.couple()
    const escrow = await credit.hold({ ...people, amount })
    await credit.engine.must(200, `/retailer/escrow/dispute/${escrow['id']}`, {
      party: people.retailer,
      body: { dispute_reason: 'wrong_items', dispute_text: 'Half of it is missing' },
    })
    return { ...escrow, ...people }
  }

  test('deciding a dispute moves no fee and writes no rows: here it moves the money, the line and the debt: refund, release, partial refund', async () => {
    const company = (await credit.wallet('company'))['available']
    const refunded = await dispute(700)
    expect(await credit.engine.operate(`/company/escrow/${refunded['id']}/refund`)).toMatchObject({
      status: 'refunded',
      money: 'refunded',
      refunded_amount: 700,
    })
    expect(await used(refunded.retailer)).toBe(0)
    const released = await dispute(700)
    await credit.engine.operate(`/company/escrow/${released['id']}/release`)
    expect(await used(released.retailer)).toBe(700)
    const split = await dispute(700)
    expect(
      await credit.engine.operate(`/company/escrow/${split['id']}/split`, {
        to_company: 200,
        to_wholesaler: 500,
      }),
    ).toMatchObject({ status: 'released', money: 'split', released_amount: 500, refunded_amount: 200 })
    expect(await used(split.retailer)).toBe(500)
    expect(await credit.wallet(split.wholesaler)).toMatchObject({ available: 500, pending: 0 })
    expect((await credit.wallet('company'))['available']).toBe(company + 700 + 200)
  })

  test('the sides settle: the same distribution, asked for by both', async () => {
    const escrow = await dispute(700)
    const ask = (party: string, to_company: number) =>
      credit.engine.must(200, `/company/escrow/${escrow['id']}/settle`, {
        party,
        body: { to_company, to_wholesaler: 700 - to_company },
      })
    expect(await ask(escrow.retailer, 300)).toMatchObject({ status: 'disputed', waiting_for: ['wholesaler'] })
    expect(await ask(escrow.wholesaler, 100)).toMatchObject({ status: 'disputed', waiting_for: ['retailer'] })
    expect(await ask(escrow.retailer, 100)).toMatchObject({ status: 'released', money: 'split' })
    expect(await used(escrow.retailer)).toBe(600)
  })

  test('above 5,000,000 a second operator decides with the first', async () => {
    const people = credit.couple()
    const { id } = await credit.engine.must(201, '/company/credit-lines', {
      body: { retailer: people.retailer },
    })
    await credit.engine.must(200, `/company/credit-lines/${id}/set-limit`, {
      body: { own_limit: 9 * million },
    })
    const escrow = await credit.hold({ ...people, amount: 6 * million })
    await credit.engine.operate(`/retailer/escrow/dispute/${escrow['id']}`, { dispute_reason: 'other' })
    const path = `/company/escrow/${escrow['id']}/refund`
    expect(await credit.engine.operate(path)).toMatchObject({ status: 'disputed', waiting_for: ['operator'] })
    const again = await credit.engine.ask(path, { key: credit.engine.admin, body: { reason: 'a test' } })
    expect(again.body).toMatchObject({ code: 'transition_not_open' })
    const key = await credit.engine.newKey({ kind: 'operator', name: 'second', role: 'finance' })
    expect(await credit.engine.must(200, path, { key, body: { reason: 'a test' } })).toMatchObject({
      status: 'refunded',
    })
  })

  test('withdrawn, the clock goes on with the time that was left, and pays', async () => {
    const escrow = await dispute(700)
    await credit.engine.advance(10 * day_s)
    await credit.engine.must(200, `/company/escrow/${escrow['id']}/withdraw-dispute`, {
      party: escrow.retailer,
      body: {},
    })
    await credit.engine.advance(8 * day_s)
    expect(await used(escrow.retailer)).toBe(700)
  })
})

describe('repayments', () => {
  test('the oldest debt first, or the one that is named; a row per debt', async () => {
    const { retailer } = credit.couple()
    const [first, second] = [await credit.owe(retailer, 300), await credit.owe(retailer, 400)]
    await credit.engine.topUp(retailer, 1000, 'RWF')
    const { body: spread } = await credit.repay(retailer, wallet_repayment(350))
    expect(spread).toMatchObject({ status: 'completed', outstanding_amount: 350 })
    const { data: rows } = await credit.engine.must(200, '/retailer/escrow/repayments', { party: retailer })
    expect(rows).toMatchObject([
      { id: spread['id'], escrow_transaction_id: first['id'], repayment_amount: 300, status: 'completed' },
      { id: spread['id'], escrow_transaction_id: second['id'], repayment_amount: 50, status: 'completed' },
    ])
    const third = await credit.owe(retailer, 100)
    const named = { escrow_transaction_id: third['id'] }
    expect((await credit.repay(retailer, wallet_repayment(101, named))).body).toMatchObject({
      code: 'limit_exceeded',
    })
    expect((await credit.repay(retailer, wallet_repayment(60, named))).body).toMatchObject({
      escrow_transaction_id: third['id'],
      outstanding_amount: 40,
    })
    const { data: escrows } = await credit.engine.must(200, '/retailer/escrow/transactions', {
      party: retailer,
    })
    expect(escrows.map((row: Json) => row['outstanding_amount'])).toEqual([40, 350, 0])
    expect(await used(retailer)).toBe(390)
  })

  test('overpaying a debt: a confirmed surplus stays in the wallet', async () => {
    const { retailer } = credit.couple()
    await credit.owe(retailer, 500)
    const { body } = await credit.repay(retailer, {
      repayment_amount: 800,
      repayment_method: 'bank_transfer',
    })
    const done = await credit.engine.must(200, `/company/escrow-repayments/${body['id']}/confirm`, {
      body: { payment_reference: `B-${retailer}` },
    })
    expect(done).toMatchObject({ status: 'completed', repaid: 500, surplus: 300, outstanding_amount: 0 })
    expect((await credit.wallet(retailer))['available']).toBe(300)
    expect(await used(retailer)).toBe(0)
  })

  test('a webhook repeated: one payment confirms one repayment, also at the same instant', async () => {
    const { retailer } = credit.couple()
    await credit.owe(retailer, 500)
    const announce = () => credit.repay(retailer, { repayment_amount: 100, repayment_method: 'mobile_money' })
    const announced = await Promise.all([announce(), announce(), announce()])
    const answers = await Promise.all(
      announced.map(({ body }) =>
        credit.engine.ask(`/company/escrow-repayments/${body['id']}/confirm`, {
          body: { payment_reference: `M-${retailer}` },
        }),
      ),
    )
    expect(codes(answers)).toEqual(['ok', 'reference_taken', 'reference_taken'])
    expect(await used(retailer)).toBe(400)
    expect((await credit.wallet(retailer))['available']).toBe(0)
  })

  test('a job or a call that comes too late: rejected, withdrawn or not confirmed in 7 days, nothing is repaid, and it cannot be confirmed later', async () => {
    const { retailer } = credit.couple()
    await credit.owe(retailer, 500)
    const ends: readonly [string, Asking | null][] = [
      ['reject', { body: {} }],
      ['withdraw', { party: retailer, body: {} }],
      ['expire', null],
    ]
    for (const [end, asking] of ends) {
      const { body } = await credit.repay(retailer, {
        repayment_amount: 100,
        repayment_method: 'mobile_money',
      })
      const path = `/company/escrow-repayments/${body['id']}`
      if (asking === null) await credit.engine.advance(7 * day_s + 1)
      else await credit.engine.must(200, `${path}/${end}`, asking)
      const late = await credit.engine.ask(`${path}/confirm`, {
        body: { payment_reference: `R-${retailer}-${end}` },
      })
      expect(late.body).toMatchObject({ code: 'transition_not_open' })
    }
    expect(await used(retailer)).toBe(500)
  })
})

describe('at the same instant', () => {
  const rounds = 8
  const each = (round: (i: number) => Promise<void>) =>
    Promise.all(Array.from({ length: rounds }, (_, i) => round(i)))
  /** Two asks, either first. */
  const both = (i: number, one: () => Promise<Answer>, two: () => Promise<Answer>) =>
    Promise.all(i % 2 === 0 ? [one(), two()] : [two(), one()])

  test('a limit checked outside the transaction that uses it: of two orders against the last of the limit one is held', async () => {
    await credit.engine.topUp('company', rounds * 10 * million, 'RWF')
    await each(async (i) => {
      const { retailer, wholesaler } = credit.couple()
      await credit.engine.must(201, '/company/credit-lines', { body: { retailer } })
      const order = (n: number) => () =>
        credit.engine.ask('/company/escrow', {
          body: { order_id: `race-${retailer}-${n}`, retailer, wholesaler, amount: 3 * million },
        })
      expect(codes(await both(i, order(1), order(2)))).toEqual(['limit_exceeded', 'ok'])
      expect(await credit.summary(retailer)).toMatchObject({
        credit_used: 3 * million,
        held_amount: 3 * million,
      })
    })
  })

  test('the first two orders of a retailer open one line', async () => {
    await credit.engine.topUp('company', rounds * 200, 'RWF')
    await each(async (i) => {
      const { retailer, wholesaler } = credit.couple()
      const order = (n: number) => () =>
        credit.engine.ask('/company/escrow', {
          body: { order_id: `first-${retailer}-${n}`, retailer, wholesaler, amount: 100 },
        })
      expect(codes(await both(i, order(1), order(2)))).toEqual(['ok', 'ok'])
      expect(await credit.summary(retailer)).toMatchObject({ credit_used: 200 })
    })
  })

  test('overpaying a debt: of two repayments of the last of it one pays', async () => {
    await each(async (i) => {
      const { retailer } = credit.couple()
      await credit.owe(retailer, 500)
      await credit.engine.topUp(retailer, 1000, 'RWF')
      const repay = () => credit.repay(retailer, wallet_repayment(500))
      expect(codes(await both(i, repay, repay))).toEqual(['limit_exceeded', 'ok'])
      expect((await credit.wallet(retailer))['available']).toBe(500)
      expect(await used(retailer)).toBe(0)
    })
  })

  test('confirming twice pays twice: by wholesaler and retailer, it is paid once and owed once', async () => {
    await each(async (i) => {
      const { retailer, wholesaler } = credit.couple()
      const escrow = await credit.hold({ retailer, wholesaler, amount: 500 })
      const answers = await both(
        i,
        () => credit.confirm(escrow),
        () => credit.confirm(escrow, retailer),
      )
      expect(codes(answers)).toEqual(['ok', 'transition_not_open'])
      expect((await credit.wallet(wholesaler))['available']).toBe(500)
      expect(await used(retailer)).toBe(500)
    })
  })

  test('cancelling an order that is already releasing: confirmation against cancellation or dispute, one wins', async () => {
    await each(async (i) => {
      const { retailer, wholesaler } = credit.couple()
      const escrow = await credit.hold({ retailer, wholesaler, amount: 500 })
      const against = () =>
        i % 4 < 2
          ? credit.engine.ask(`/company/escrow/${escrow['id']}/cancel`, { body: {} })
          : credit.engine.ask(`/retailer/escrow/dispute/${escrow['id']}`, {
              party: retailer,
              body: { dispute_reason: 'other' },
            })
      expect(codes(await both(i, () => credit.confirm(escrow), against))).toEqual([
        'ok',
        'transition_not_open',
      ])
      await used(retailer)
      const { status, money } = await credit.engine.must(
        200,
        `/retailer/escrow/transactions/${escrow['id']}`,
        {
          party: retailer,
        },
      )
      expect([
        ['released', 'released'],
        ['refunded', 'refunded'],
        ['disputed', 'held'],
      ]).toContainEqual([status, money])
    })
  })

  test('a debt counted once per repayment: confirmed twice, it counts once', async () => {
    await each(async (i) => {
      const { retailer } = credit.couple()
      await credit.owe(retailer, 500)
      const { body } = await credit.repay(retailer, {
        repayment_amount: 500,
        repayment_method: 'mobile_money',
      })
      const confirm = () =>
        credit.engine.ask(`/company/escrow-repayments/${body['id']}/confirm`, {
          body: { payment_reference: `T-${retailer}` },
        })
      expect(codes(await both(i, confirm, confirm))).toEqual(['ok', 'transition_not_open'])
      expect(await used(retailer)).toBe(0)
    })
  })
})
