/** Demo: the company, a retailer and a wholesaler of trade credit, and what their chapters do again and again. */

import { rowsOf, type Facts } from '../api.ts'
import type { Scene } from '../scene.ts'

export const currency = 'RWF'
const hour_ms = 3_600_000
/** 23:00 in Kigali. */
const cutoff_utc_hour = 21

export class Town {
  readonly retailer: string
  readonly wholesaler: string
  readonly #scene: Scene
  #orders = 0
  #sales = 0

  constructor(scene: Scene, retailer: string, wholesaler: string) {
    this.#scene = scene
    this.retailer = retailer
    this.wholesaler = wholesaler
  }

  /** The company has this much more, the others nothing. */
  static async open(scene: Scene, company: number): Promise<Town> {
    const [retailer, wholesaler] = [scene.name('retailer'), scene.name('wholesaler')]
    const { operator, service } = scene.api
    const body = { amount: company, reference: `demo-company-${retailer}`, reason: 'Capital' }
    await scene.did('the company tops up', operator.post('/v1/wallets/company/RWF/top-ups', body), 201)
    await scene.did('a credit line', service.post('/company/credit-lines', { retailer }), 201)
    return new Town(scene, retailer, wholesaler)
  }

  async hold(amount: number): Promise<Facts> {
    this.#orders += 1
    const { retailer, wholesaler } = this
    const body = { order_id: `PO-${retailer}-${this.#orders}`, retailer, wholesaler, amount }
    return (await this.#scene.did('hold', this.#scene.api.service.post('/company/escrow', body), 201)).body
  }

  async confirm({ id }: Facts): Promise<Facts> {
    const path = `/wholesaler/escrow/confirm-delivery/${String(id)}`
    return (await this.#scene.did('confirm', this.#scene.api.as(this.wholesaler).post(path))).body
  }

  async sell(amount: number): Promise<void> {
    this.#sales += 1
    const body = { amount, reference: `SALE-${this.retailer}-${this.#sales}` }
    const path = `/v1/wallets/${this.retailer}/RWF/sales`
    await this.#scene.did('sale', this.#scene.api.service.post(path, body), 201)
  }

  /** The deduction's row of the business day that ends next. */
  async endOfDay(): Promise<Facts> {
    const scene = this.#scene
    const now_ms = await scene.now()
    const cutoff = new Date(now_ms)
    cutoff.setUTCHours(cutoff_utc_hour, 0, 0, 0)
    const end_ms = cutoff.getTime() > now_ms ? cutoff.getTime() : cutoff.getTime() + 24 * hour_ms
    const seconds = Math.ceil((end_ms - now_ms) / 1000) + 1
    await scene.did('until 23:00', scene.api.service.post('/v1/test-clock/advance', { seconds }))
    scene.api.forgetTokens()
    const rows = rowsOf(
      await scene.did('deductions', scene.api.as(this.retailer).get('/company/escrow-deductions')),
    )
    // The job made it, nobody was answered so.
    scene.api.created += 1
    return rows[0] ?? {}
  }

  async summary(): Promise<Facts> {
    const asked = this.#scene.api.as(this.retailer).get('/retailer/escrow/summary')
    return (await this.#scene.did('summary', asked)).body
  }

  async outstanding(what: string, expected: bigint): Promise<void> {
    this.#scene.amount(what, currency, expected, (await this.summary())['outstanding_amount'])
  }

  async repay(repayment_amount: number, repayment_method: string): Promise<Facts> {
    const body = { repayment_amount, repayment_method }
    const asked = this.#scene.api.as(this.retailer).post('/retailer/escrow/repayment', body)
    return (await this.#scene.did('repayment', asked, 201)).body
  }

  async arrived({ id }: Facts): Promise<Facts> {
    const path = `/company/escrow-repayments/${String(id)}/confirm`
    const body = { payment_reference: `MOMO-${String(id)}` }
    return (await this.#scene.did('the payment came', this.#scene.api.service.post(path, body))).body
  }

  /** What is left is paid, so that no later chapter finds a debt. */
  async settle(): Promise<void> {
    const { outstanding_amount } = await this.summary()
    if (typeof outstanding_amount !== 'number' || outstanding_amount === 0) return
    await this.arrived(await this.repay(outstanding_amount, 'bank_transfer'))
  }
}
