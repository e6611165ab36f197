// A company that lends, retailers and wholesalers, on a real engine: for the tests of trade credit over HTTP.
import { randomUUID } from 'node:crypto'
import { lastDayAt } from '../src/products/trade-credit/escrow/business-days.ts'
import { startEngine, type Answer, type Engine, type EngineOptions, type Json } from './engine.ts'

export const million = 1_000_000

export interface Credit {
  readonly engine: Engine
  /** People nobody else's test knows. */
  couple(): { readonly retailer: string; readonly wholesaler: string }
  /** Puts money aside for an order; the company is given as much. */
  hold(as: { retailer: string; wholesaler: string; amount: number }, more?: Json): Promise<Json>
  /** An order that was delivered, so that its amount is owed. */
  owe(retailer: string, amount: number): Promise<Json>
  /** A day's sale. */
  sell(retailer: string, amount: number): Promise<void>
  confirm(escrow: Json, party?: string): Promise<Answer>
  repay(retailer: string, body: Json): Promise<Answer>
  summary(retailer: string): Promise<Json>
  settings(retailer: string, body: Json): Promise<Answer>
  wallet(party: string): Promise<Json>
  /** The clock's time. */
  now(): Promise<number>
  /** Moves the clock to the end of this business day, and a second further. */
  endOfDay(): Promise<void>
  deductions(retailer: string): Promise<Json[]>
}

export async function startCredit(options: EngineOptions = {}): Promise<Credit> {
  const engine = await startEngine(options)
  let people = 0
  const escrows = new Map<string, Json>()
  const now = async () => Date.parse((await engine.must(200, '/v1/test-clock'))['now'])
  const credit: Credit = {
    engine,
    couple() {
      people += 1
      return { retailer: `retailer-${people}`, wholesaler: `wholesaler-${people}` }
    },
    async hold({ retailer, wholesaler, amount }, more = {}) {
      await engine.topUp('company', amount, 'RWF')
      const body = { order_id: `order-${randomUUID()}`, retailer, wholesaler, amount, ...more }
      const escrow = await engine.must(201, '/company/escrow', { body })
      escrows.set(escrow['id'], escrow)
      return escrow
    },
    async owe(retailer, amount) {
      const escrow = await credit.hold({ retailer, wholesaler: `${retailer}-supplier`, amount })
      const { status, text } = await credit.confirm(escrow)
      if (status !== 200) throw new Error(text)
      return escrow
    },
    async sell(retailer, amount) {
      await engine.must(201, `/v1/wallets/${retailer}/RWF/sales`, {
        body: { amount, reference: `sale-${randomUUID()}` },
      })
    },
    confirm: (escrow, party = escrow['wholesaler_id']) =>
      engine.ask(`/wholesaler/escrow/confirm-delivery/${escrow['id']}`, { party, body: {} }),
    repay: (retailer, body) => engine.ask('/retailer/escrow/repayment', { party: retailer, body }),
    summary: (retailer) => engine.must(200, '/retailer/escrow/summary', { party: retailer }),
    settings: (retailer, body) =>
      engine.ask('/retailer/escrow/auto-deduct-settings', { method: 'PATCH', party: retailer, body }),
    wallet: (party) => engine.wallet(party, 'RWF'),
    now,
    async endOfDay() {
      const now_ms = await now()
      const end_ms = lastDayAt(now_ms).to_ms + 86_400_000
      await engine.advance(Math.ceil((end_ms - now_ms) / 1000) + 1)
    },
    deductions: async (retailer) =>
      (await engine.must(200, `/company/escrow-deductions?party=${retailer}`))['data'],
  }
  return credit
}
