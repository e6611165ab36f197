/** Demo: the shop of the marketplace's chapters: a buyer and a seller with 1000 PKR each, and orders of 500. */

import type { Agreement } from '../agreement.ts'
import { major } from '../major.ts'
import type { Scene } from '../scene.ts'

export const currency = 'PKR'
export const hour_ms = 3_600_000
export const rupees = (units: bigint) => major(units, currency)
export const price = rupees(500n)

/** What an order of 500 PKR is created from, beside who buys. */
export const order_amount = 50_000

export interface Shop {
  readonly buyer: string
  readonly seller: string
  readonly order: () => Promise<Agreement>
  /** Paid and shipped. */
  readonly shipped: () => Promise<Agreement>
}

export async function openShop(scene: Scene): Promise<Shop> {
  const buyer = await scene.person('buyer', currency, rupees(1000n))
  const seller = await scene.person('seller', currency, rupees(1000n))
  const order = () => scene.create(scene.api.as(buyer), '/orders', { seller, amount: order_amount, currency })
  const shipped = async () => {
    const made = await order()
    await made.take(scene.api.as(buyer), 'pay')
    await made.take(scene.api.as(seller), 'ship')
    return made
  }
  return { buyer, seller, order, shipped }
}

/** Hours until the clock takes a transition, to the minute; null where it does not wait for it. */
export async function hoursLeft(scene: Scene, order: Agreement, transition: string): Promise<number | null> {
  const { text } = await scene.did('read', scene.api.service.get(order.path))
  const { timers }: { timers: readonly { transition: string; kind: string; at: string }[] } = JSON.parse(text)
  const timer = timers.find((each) => each.transition === transition && each.kind === 'transition')
  if (timer === undefined) return null
  return Math.round((Date.parse(timer.at) - (await scene.now())) / 60_000) / 60
}
