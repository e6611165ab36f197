// What a refusal says over HTTP, and what it does not: the reason that is true, no figure of an account that the caller may not see, and 0 that is nothing.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readId } from '@holdfast/kernel/ids.ts'
import { million, startCredit, type Credit } from '../fixtures/trade-credit.ts'
import type { Engine, Json } from '../fixtures/engine.ts'

let credit: Credit
let engine: Engine
beforeAll(async () => {
  credit = await startCredit()
  engine = credit.engine
})
afterAll(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
  await engine.stop()
})

describe('F10: the refusal that is true', () => {
  test('who repays from the wallet more than is owed hears of the debt, and not of the books of the company', async () => {
    const { retailer } = credit.couple()
    await credit.owe(retailer, 2 * million)
    await engine.topUp(retailer, 50_000 * million, 'RWF')
    const repay = (repayment_amount: number) =>
      credit.repay(retailer, { repayment_amount, repayment_method: 'wallet' })
    const { body } = await repay(40_000 * million)
    expect(body).toMatchObject({
      status: 409,
      code: 'limit_exceeded',
      pointer: '/repayment_amount',
      owed: 2 * million,
      reason: 'more than is owed',
    })
    expect(JSON.stringify(body)).not.toMatch(/company|due|short_by/)
    expect((await repay(2 * million + 1)).body).toMatchObject({ code: 'limit_exceeded', owed: 2 * million })
    expect((await repay(2 * million)).status).toBe(201)
    expect((await repay(1)).body).toMatchObject({
      code: 'limit_exceeded',
      owed: 0,
      reason: 'nothing is owed',
    })
  })

  test('a second credit of money that was set aside: it is not open any more, however much else lies there', async () => {
    const aside = async () =>
      (
        await engine.operate('/v1/suspense', {
          amount: 777,
          currency: 'EUR',
          reference: `S-${randomUUID()}`,
          because: 'other',
        })
      )['id']
    const ids = [await aside(), await aside()]
    await engine.operate(`/v1/suspense/${ids[0]}/credit`, { party: 'finder' })
    for (const other of ['there', 'gone']) {
      const { body } = await engine.ask(`/v1/suspense/${ids[0]}/credit`, {
        key: engine.admin,
        body: { party: 'finder', reason: 'again' },
      })
      expect([other, body]).toMatchObject([
        other,
        { status: 409, code: 'transition_not_open', what: 'suspense', state: 'credited' },
      ])
      expect(JSON.stringify(body)).not.toMatch(/platform|short_by/)
      if (other === 'there') await engine.operate(`/v1/suspense/${ids[1]}/credit`, { party: 'finder' })
    }
    expect((await engine.wallet('finder', 'EUR'))['available']).toBe(2 * 777)
  })

  test('what the company lacks is told to who may see its wallet', async () => {
    const { available } = await credit.wallet('company')
    const { retailer, wholesaler } = credit.couple()
    const { id } = await engine.must(201, '/company/credit-lines', { body: { retailer } })
    await engine.must(200, `/company/credit-lines/${id}/set-limit`, {
      body: { own_limit: available + 10 * million },
    })
    const order = (key: string) =>
      engine.ask('/company/escrow', {
        key,
        body: { order_id: randomUUID(), retailer, wholesaler, amount: available + 7 },
      })
    const blind = await engine.newKey({
      kind: 'service',
      name: 'sees no wallets',
      scopes: ['agreements:read', 'agreements:write'],
    })
    expect((await order(engine.service)).body).toMatchObject({ code: 'insufficient_funds', short_by: 7 })
    const { body } = await order(blind)
    expect(body).toMatchObject({ status: 409, code: 'not_possible_now' })
    expect(Object.keys(body).toSorted()).toEqual(['code', 'detail', 'request_id', 'status', 'title', 'type'])
  })

  test('who lacks money in the own wallet hears how much', async () => {
    await engine.topUp('short', 400)
    const { id } = await engine.must(201, '/orders', {
      party: 'short',
      body: { seller: 'long', amount: 500, currency: 'PKR' },
    })
    const pay = await engine.ask(`/orders/${id}/pay`, { party: 'short', body: {} })
    expect(pay.body).toMatchObject({ code: 'insufficient_funds', account: 'short.available', short_by: 100 })
  })
})

describe('F10: figures of accounts', () => {
  test('a dry run shows the balances of the own accounts and of what is held, an operator all', async () => {
    await engine.must(201, '/v1/fee-schedules', {
      key: engine.admin,
      body: { flow: 'marketplace-order', terms: { fee: '5%' }, reason: 'a test' },
    })
    await engine.topUp('rich-seller', 123_456)
    const id = await engine.order({ buyer: 'curious', seller: 'rich-seller', amount: 1_000 }, 'pay', 'ship')
    const dryRun = async (path: string, asking: object) =>
      (await engine.must(200, `${path}?dry_run=true`, { body: {}, ...asking }))['postings'].map(
        ({ from, from_after, to, to_after }: Json) => [from, from_after, to, to_after],
      )
    expect(await dryRun(`/orders/${id}/confirm-delivery`, { party: 'curious' })).toEqual([
      ['curious.held', 50, 'rich-seller.available', null],
      ['curious.held', 0, 'platform.revenue', null],
    ])
    await engine.step(id, 'dispute')
    const decided = await dryRun(`/orders/${id}/release`, { key: engine.admin, body: { reason: 'x' } })
    expect(decided).toMatchObject([
      ['curious.held', 50, 'rich-seller.available', 123_456 + 950],
      ['curious.held', 0, 'platform.revenue', expect.any(Number)],
    ])
  })

  test("the row of a day's deduction tells the company nothing of what is in the retailer's wallet", async () => {
    const { retailer } = credit.couple()
    await credit.owe(retailer, 2 * million)
    await engine.topUp(retailer, 77_777, 'RWF')
    await credit.sell(retailer, million)
    await credit.endOfDay()
    const [own] = (await engine.must(200, '/company/escrow-deductions', { party: retailer }))['data']
    expect(own).toMatchObject({ deduction: 300_000, caps: { above_minimum_balance: 1_067_777 } })
    const list = (await engine.must(200, '/company/escrow-deductions', { party: 'company' }))['data']
    const theirs = list.find(({ id }: Json) => id === own.id)
    for (const row of [theirs, await engine.must(200, `/v1/agreements/${own.id}`, { party: 'company' })]) {
      expect(row).toMatchObject({ deduction: 300_000, caps: { owed: 2 * million } })
      expect(JSON.stringify(row)).not.toContain('1067777')
    }
    // And neither does what was written of it.
    expect((await engine.must(200, `/company/escrow-deductions/${own.id}`))['caps']).toEqual(own.caps)
  })
})

describe('0 is nothing, and what is left out is the default', () => {
  const lineOf = async (retailer: string) =>
    (await engine.must(201, '/company/credit-lines', { body: { retailer } }))['id']
  const limits = async (retailer: string) => {
    const { credit_limit, auto_deduct } = await credit.summary(retailer)
    return [credit_limit, auto_deduct.max_total_outstanding_rwf, auto_deduct.max_daily_deduction_rwf]
  }

  test('F17: a limit of 0 lends nothing; null, or none at all, is the limit for all', async () => {
    const { retailer, wholesaler } = credit.couple()
    await engine.topUp('company', 10 * million, 'RWF')
    const id = await lineOf(retailer)
    const path = `/company/credit-lines/${id}/set-limit`
    expect(await limits(retailer)).toEqual([5 * million, 5 * million, null])
    const order = () =>
      engine.ask('/company/escrow', {
        body: { order_id: randomUUID(), retailer, wholesaler, amount: 1 },
      })
    expect(await engine.must(200, path, { body: { own_limit: 0 } })).toMatchObject({ own_limit: 0 })
    expect(await limits(retailer)).toEqual([0, 0, null])
    expect((await order()).body).toMatchObject({ code: 'limit_exceeded', limit: 0, used: 0, left: 0 })
    for (const body of [{ own_limit: null }, {}]) {
      await engine.must(200, path, { body: { own_limit: 0 } })
      expect(await engine.must(200, path, { body })).toMatchObject({ own_limit: null })
      expect(await limits(retailer)).toEqual([5 * million, 5 * million, null])
    }
    expect((await order()).status).toBe(201)
    for (const own_limit of [-1, 0.5, '5'])
      expect((await engine.ask(path, { body: { own_limit } })).body).toMatchObject({
        status: 400,
        pointer: '/own_limit',
      })
    expect((await engine.ask(path, { party: retailer, body: { own_limit: 9 } })).body).toMatchObject({
      status: 403,
    })
  })

  test('N6: a daily maximum of 0 is taken, and shown as 0', async () => {
    const { retailer } = credit.couple()
    const { body } = await credit.settings(retailer, { max_daily_deduction_rwf: 0 })
    expect(body).toMatchObject({ max_daily: 0 })
    expect((await limits(retailer))[2]).toBe(0)
    await credit.settings(retailer, { max_daily_deduction_rwf: null })
    expect((await limits(retailer))[2]).toBe(null)
    expect((await credit.settings(retailer, { max_daily_deduction_rwf: -1 })).body).toMatchObject({
      code: 'amount_out_of_range',
      pointer: '/max_daily_deduction_rwf',
    })
  })

  test('F17: a line that was opened when 0 was none keeps what it meant, until it is set anew', async () => {
    const { retailer } = credit.couple()
    const id = await lineOf(retailer)
    const set = (amounts: object) =>
      engine.running.db.run('update agreements set amounts = $2, version = version where id = $1', [
        readId('cln', id),
        amounts,
      ])
    await set({ own_limit: 0, minimum_balance: 10_000, max_daily: 0, used: 0 })
    expect(await limits(retailer)).toEqual([5 * million, 5 * million, null])
    await set({ own_limit: 700, minimum_balance: 10_000, max_daily: 50, used: 0 })
    expect(await limits(retailer)).toEqual([700, 700, 50])
    await credit.settings(retailer, { max_daily_deduction_rwf: 0 })
    await engine.must(200, `/company/credit-lines/${id}/set-limit`, { body: { own_limit: 0 } })
    expect(await limits(retailer)).toEqual([0, 0, 0])
  })
})
