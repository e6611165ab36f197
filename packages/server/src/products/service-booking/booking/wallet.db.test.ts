// The vendor's wallet: its sums over any life, its transactions by filter, and all of them as a table.
import { randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEngine, type Engine, type Json } from '../../../../test/fixtures/engine.ts'
import { currency, dashboard, wed } from '../../../../test/fixtures/service-booking.ts'
import { export_rows_max } from './export.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(() => engine.stop())

const payout = { currency, method: 'gcash', account_details: { mobile_number: '09171234567' } }

/** What a vendor can do, and what each does to a dashboard of our own. */
class Life {
  readonly vendor = `vendor-${randomUUID().slice(0, 8)}`
  readonly #waiting: string[] = []
  readonly #asked: { readonly id: string; readonly amount: number }[] = []
  total_earnings = 0
  pending_balance = 0
  withdrawn_amount = 0
  reserved = 0

  async booked(amount: number): Promise<void> {
    const wedding = await wed(engine, { vendor: this.vendor, price: amount })
    await wedding.paid()
    await wedding.by('couple', 'mark-complete')
    this.#waiting.push(wedding.id)
    this.pending_balance += amount
  }

  async completed(): Promise<void> {
    const id = this.#waiting.shift()
    if (id === undefined) return
    const { price } = await engine.must(200, `/bookings/${id}/mark-complete`, {
      party: this.vendor,
      body: {},
    })
    this.pending_balance -= price
    this.total_earnings += price
  }

  async refunded(): Promise<void> {
    const id = this.#waiting.shift()
    if (id === undefined) return
    const { price } = await engine.must(200, `/bookings/${id}/cancel`, { party: this.vendor, body: {} })
    this.pending_balance -= price
  }

  async withdraws(amount: number): Promise<void> {
    const body = { ...payout, amount }
    const { status, body: asked } = await engine.ask(`/api/wallet/${this.vendor}/withdraw`, {
      party: this.vendor,
      body,
    })
    const suffices = amount <= this.total_earnings - this.withdrawn_amount - this.reserved
    expect([amount, status]).toEqual([amount, suffices ? 201 : 409])
    if (!suffices) return
    this.#asked.push({ id: asked['id'], amount })
    this.reserved += amount
  }

  async withdrawal(ends: 'paid' | 'rejected'): Promise<void> {
    const [first] = this.#asked.splice(0, 1)
    if (first === undefined) return
    this.reserved -= first.amount
    if (ends === 'rejected') return void (await engine.operate(`/admin/withdrawals/${first.id}/reject`))
    await engine.advance(24 * 3_600)
    await engine.operate(`/admin/withdrawals/${first.id}/approve`)
    await engine.operate(`/admin/withdrawals/${first.id}/mark-paid`, { payout_reference: randomUUID() })
    this.withdrawn_amount += first.amount
  }

  expected(): Json {
    const { total_earnings, pending_balance, withdrawn_amount, reserved } = this
    const available_balance = total_earnings - withdrawn_amount - reserved
    return { total_earnings, available_balance, pending_balance, withdrawn_amount, reserved }
  }
}

test('who only earns and withdraws: available is earned less withdrawn less reserved, after every step of any life', async () => {
  const amount = fc.integer({ min: 10_000, max: 90_000 })
  const step = fc.oneof(
    amount.map((each) => (life: Life) => life.booked(each)),
    fc.constant((life: Life) => life.completed()),
    fc.constant((life: Life) => life.refunded()),
    amount.map((each) => (life: Life) => life.withdraws(each)),
    fc
      .constantFrom('paid' as const, 'rejected' as const)
      .map((ends) => (life: Life) => life.withdrawal(ends)),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 14 }), async (steps) => {
      const life = new Life()
      for (const take of steps) {
        await take(life)
        expect(await dashboard(engine, life.vendor)).toEqual(life.expected())
      }
    }),
    { numRuns: 12 },
  )
  expect(await engine.integrity()).toMatchObject({ clean: true })
}, 120_000)

test('who also pays in and spends: available is what is there, and the answer says why', async () => {
  const vendor = 'vendor-who-buys'
  const wedding = await wed(engine, { vendor, price: 100_000 })
  await wedding.paid()
  for (const who of ['couple', 'vendor'] as const) await wedding.by(who, 'mark-complete')
  await engine.topUp(vendor, 30_000, currency)
  const own = await wed(engine, { couple: vendor, vendor: 'florist', price: 50_000 })
  await own.by('couple', 'pay', { method: 'wallet' })
  const { id } = await engine.must(201, '/orders', {
    body: { buyer: vendor, seller: 'printer', amount: 20_000, currency },
  })
  for (const [act, party] of [
    ['pay', vendor],
    ['ship', 'printer'],
    ['confirm-delivery', vendor],
  ] as const)
    await engine.must(200, `/orders/${id}/${act}`, { party, body: {} })
  await engine.must(201, `/api/wallet/${vendor}/withdraw`, {
    party: vendor,
    body: { ...payout, amount: 10_000 },
  })
  const wallet = await engine.must(200, '/api/wallet', { party: vendor })
  expect(wallet).toMatchObject({
    total_earnings: 100_000,
    paid_in: 30_000,
    spent: 20_000,
    frozen: 50_000,
    reserved: 10_000,
    withdrawn_amount: 0,
    available_balance: 50_000,
  })
})

describe('transactions and export', () => {
  const vendor = 'vendor-of-many'
  const rows = export_rows_max + 50

  beforeAll(async () => {
    const wedding = await wed(engine, { vendor, price: 100_000 })
    await wedding.paid()
    for (const who of ['couple', 'vendor'] as const) await wedding.by(who, 'mark-complete')
    for (let done = 0; done < rows - 1; done += 50) {
      const some = Array.from({ length: Math.min(50, rows - 1 - done) }, () =>
        engine.topUp(vendor, 100, currency),
      )
      await Promise.all(some)
    }
  }, 120_000)

  async function listed(query = ''): Promise<Json[]> {
    const found: Json[] = []
    for (let page: Json = { has_more: true }; page['has_more'];) {
      const after = found.length === 0 ? '' : `&starting_after=${found.at(-1)?.['id']}`
      page = await engine.must(200, `/api/wallet/${vendor}/transactions?limit=100${after}${query}`, {
        party: vendor,
      })
      found.push(...page['data'])
    }
    return found
  }
  async function exported(query = ''): Promise<string[][]> {
    const { status, text } = await engine.ask(`/api/wallet/${vendor}/export?currency=${currency}${query}`, {
      party: vendor,
    })
    expect(status).toBe(200)
    expect(text.endsWith('\r\n')).toBe(true)
    return text
      .slice(0, -2)
      .split('\r\n')
      .map((line) => line.split(','))
  }

  test('all of them, in pages and as one table, newest first, none twice', async () => {
    const [all, [head, ...table]] = [await listed(), await exported()]
    expect(all).toHaveLength(rows)
    expect(new Set(all.map(({ id }) => id)).size).toBe(rows)
    expect(head).toEqual(
      'id,at,type,code,side,amount,currency,description,available_after,agreement'.split(','),
    )
    expect(table.map(([id]) => id)).toEqual(all.map(({ id }) => id))
    expect(table.at(-1)).toEqual([
      expect.anything(),
      expect.anything(),
      'Earning',
      'EARNING',
      'credit',
      '1000.00',
      currency,
      expect.stringMatching(/^Earned by booking bkg_/),
      '1000.00',
      expect.stringMatching(/^bkg_/),
    ])
  })

  test('by code, by side, and by time: from counts, to does not', async () => {
    expect((await listed('&code=EARNING')).map(({ code }) => code)).toEqual(['EARNING'])
    expect(await listed('&side=debit')).toEqual([])
    expect(await listed('&side=credit')).toHaveLength(rows)
    expect(await exported('&code=EARNING')).toHaveLength(2)
    const all = await listed()
    const from = all[10]?.['at']
    const of_time = all.filter(({ at }) => at >= from)
    expect(await listed(`&from=${from}`)).toEqual(of_time)
    expect(await listed(`&to=${from}`)).toEqual(all.filter(({ at }) => at < from))
    expect(await exported(`&from=${from}`)).toHaveLength(of_time.length + 1)
    expect(await listed('&from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z')).toHaveLength(rows)
    expect(await listed('&to=1969-12-31T00:00:00Z')).toEqual([])
  })

  test('a wallet in several currencies is named by one; one that is empty has nothing', async () => {
    const party = 'vendor-of-two'
    await engine.topUp(party, 5, 'PKR')
    await engine.topUp(party, 7, currency)
    const { body } = await engine.ask('/api/wallet', { party })
    expect(body).toMatchObject({ code: 'invalid_request', pointer: '/currency', allowed: ['PHP', 'PKR'] })
    expect(await engine.must(200, '/api/wallet?currency=PKR', { party })).toMatchObject({
      available_balance: 5,
    })
    expect(await engine.must(200, '/api/wallet', { party: 'nobody-yet' })).toMatchObject({
      currency: 'PHP',
      total_earnings: 0,
      available_balance: 0,
    })
  })

  test('it is handed out as a file that no browser opens as a page', async () => {
    const { headers } = await engine.ask('/api/wallet/export', { party: vendor })
    const names = ['content-type', 'content-disposition', 'x-content-type-options']
    expect(names.map((name) => headers.get(name))).toEqual([
      'text/csv; charset=utf-8; header=present',
      'attachment; filename="wallet-vendor-of-many-PHP.csv"',
      'nosniff',
    ])
  })
})
