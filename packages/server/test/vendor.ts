// The vendor room of the harness: wallets that money is withdrawn from, over HTTP.
import { randomUUID } from 'node:crypto'
import { order } from '../src/products/marketplace-order/product.ts'
import { walletFreeze } from '../src/system-flows/wallet-freeze/flow.ts'
import { walletSale } from '../src/system-flows/wallet-sale/flow.ts'
import { walletTopUp } from '../src/system-flows/wallet-top-up/flow.ts'
import { withdrawal } from '../src/system-flows/withdrawal/product.ts'
import type { Answer, Asking, Engine, Json } from './engine.ts'

/** All that a vendor's wallet needs. */
export const vendor_products = [
  order,
  { flow: walletTopUp },
  { flow: walletFreeze },
  { flow: walletSale },
  withdrawal,
]

export const day_s = 86_400
export const currency = 'PHP'
export const gcash = { method: 'gcash', account_details: { mobile_number: '09171234567' } } as const

export type Decision = 'approve' | 'reject' | 'mark-paid' | 'mark-failed' | 'mark-returned'

let vendors = 0

/** A wallet of its own for each round. */
export function newVendor(): string {
  vendors += 1
  return `vendor-${vendors}`
}

export class Till {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  ask(party: string, amount: number, body: Json = {}, over: Asking = {}): Promise<Answer> {
    return this.#engine.ask(`/api/wallet/${party}/withdraw`, {
      party,
      body: { amount, currency, ...gcash, ...body },
      ...over,
    })
  }

  /** A withdrawal that is accepted; its id. */
  async request(party: string, amount: number, body: Json = {}): Promise<string> {
    const { status, text, body: answer } = await this.ask(party, amount, body)
    if (status !== 201) throw new Error(`a withdrawal came to ${status}: ${text}`)
    return answer['id']
  }

  /** The same, of a vendor that has the money and a destination that has cooled off. */
  async ready(party: string, amount: number, body: Json = {}): Promise<string> {
    await this.#engine.topUp(party, amount, body['currency'] ?? currency)
    const id = await this.request(party, amount, body)
    await this.#engine.advance(day_s)
    return id
  }

  decide(id: string, decision: Decision, body: Json = {}, over: Asking = {}): Promise<Answer> {
    const paid = decision === 'mark-paid' ? { payout_reference: `PAYOUT-${randomUUID()}` } : {}
    return this.#engine.ask(`/admin/withdrawals/${id}/${decision}`, {
      key: this.#engine.admin,
      body: { reason: 'a test', ...paid, ...body },
      ...over,
    })
  }

  /** Decisions that are all taken. */
  async go(id: string, ...decisions: readonly Decision[]): Promise<Json> {
    let last: Json = {}
    for (const decision of decisions) {
      const { status, text, body } = await this.decide(id, decision)
      if (status !== 200) throw new Error(`${decision} came to ${status}: ${text}`)
      last = body
    }
    return last
  }

  cancel(id: string, party: string, over: Asking = {}): Promise<Answer> {
    return this.#engine.ask(`/v1/withdrawals/${id}/cancel`, { party, body: {}, ...over })
  }

  read(id: string, asking: Asking = {}): Promise<Json> {
    return this.#engine.must(200, `/v1/withdrawals/${id}`, asking)
  }

  /** Available, reserved and withdrawn: what a withdrawal moves money between. */
  async money(party: string, of = currency): Promise<[available: number, payout: number, withdrawn: number]> {
    const { available, payout, withdrawn } = await this.#engine.wallet(party, of)
    return [available, payout, withdrawn]
  }
}
