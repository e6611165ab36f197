/** Crash drill: one of many who buy, sell, race, quarrel, decide, and leave things lying for the clock. */

import type { Random } from '@holdfast/kernel/test/simulation/random.ts'
import { isAccepted, type Asked, type Acknowledged } from './record.ts'

export type Wish = Omit<Asked, 'n' | 'key'> & { readonly twin?: boolean }

/** Few, so that their wallets are fought over. */
const buyers = 12
const sellers = 5
export const currency = 'PKR'
/** Amounts are multiples of this, so that 5% of them are whole. */
const unit = 100
const twins_percent = 5
const twice_percent = 20

interface Order {
  readonly id: string
  readonly buyer: string
  readonly seller: string
  readonly amount: number
}

export class Shopper {
  readonly #random: Random
  readonly #ask: (wish: Wish) => Promise<Acknowledged>
  #topped_up = false

  constructor(random: Random, ask: (wish: Wish) => Promise<Acknowledged>) {
    this.#random = random
    this.#ask = ask
  }

  /** One thing that people do, from beginning to end. */
  async next(): Promise<void> {
    const random = this.#random
    if (!this.#topped_up || random.chance(10)) {
      this.#topped_up = true
      return this.#topUp()
    }
    const order = await this.#create()
    if (order === null) return
    await random.weighted<() => Promise<unknown>>([
      [45, () => this.#buy(order)],
      [8, () => this.#cancel(order)],
      [12, () => this.#raceBeforeShipment(order)],
      [12, () => this.#raceForTheEnd(order)],
      [12, () => this.#quarrel(order)],
      [4, () => Promise.resolve()],
      [4, () => this.#takeAll(order, ['pay'])],
      [3, () => this.#takeAll(order, ['pay', 'ship'])],
    ])()
  }

  /** At times told twice by a provider, under two keys: the reference counts once. */
  async #topUp(): Promise<void> {
    const random = this.#random
    const amount = unit * random.between(1_000, 10_000)
    const wish: Wish = {
      transition: 'top_up',
      path: `/v1/wallets/buyer_${random.below(buyers)}/${currency}/top-ups`,
      body: JSON.stringify({
        amount,
        reference: `paid-${random.next()}-${random.next()}`,
        reason: 'paid in',
      }),
      by: 'operator',
      party: null,
      twin: random.chance(twins_percent),
    }
    await Promise.all(random.chance(twice_percent) ? [this.#ask(wish), this.#ask(wish)] : [this.#ask(wish)])
  }

  async #create(): Promise<Order | null> {
    const random = this.#random
    const buyer = `buyer_${random.below(buyers)}`
    const seller = `seller_${random.below(sellers)}`
    const amount = unit * random.between(1, 500)
    const told = await this.#ask({
      transition: 'create',
      path: '/orders',
      body: JSON.stringify({ buyer, seller, amount, currency }),
      by: 'service',
      party: buyer,
      twin: random.chance(twins_percent),
    })
    return isAccepted(told) ? { id: String(JSON.parse(told.body).id), buyer, seller, amount } : null
  }

  async #buy(order: Order): Promise<void> {
    const steps = ['pay', 'ship', ...(this.#random.chance(50) ? ['deliver'] : []), 'confirm_delivery']
    await this.#takeAll(order, steps)
  }

  async #cancel(order: Order): Promise<void> {
    if (this.#random.chance(70)) await this.#take(order, 'pay')
    await this.#take(order, 'cancel')
  }

  /** Of many who want different things at once one gets it, and never both. */
  async #raceBeforeShipment(order: Order): Promise<void> {
    await Promise.all([this.#take(order, 'pay'), this.#take(order, 'pay'), this.#take(order, 'cancel')])
    await Promise.all(['ship', 'cancel', 'ship', 'cancel'].map((name) => this.#take(order, name)))
  }

  async #raceForTheEnd(order: Order): Promise<void> {
    await this.#takeAll(order, ['pay', 'ship'])
    const wanted = ['confirm_delivery', 'confirm_delivery', 'dispute', 'confirm_delivery']
    await Promise.all(wanted.map((name) => this.#take(order, name)))
    await this.#take(order, 'refund')
  }

  async #quarrel(order: Order): Promise<void> {
    await this.#takeAll(order, ['pay', 'ship', 'dispute'])
    const decided = ['release', 'refund', 'split', 'withdraw_dispute']
    const all = [this.#random.pick(decided), this.#random.pick(decided)]
    await Promise.all(all.map((name) => this.#take(order, name)))
  }

  /** Until one is refused. */
  async #takeAll(order: Order, names: readonly string[]): Promise<void> {
    for (const name of names) if (!isAccepted(await this.#take(order, name))) return
  }

  #take(order: Order, transition: string): Promise<Acknowledged> {
    const random = this.#random
    const operators = ['release', 'refund', 'split']
    const by = operators.includes(transition) ? 'operator' : 'service'
    const to_buyer = unit * random.between(0, order.amount / unit)
    const bodies: Readonly<Record<string, object>> = {
      dispute: { dispute_reason: 'damaged', dispute_text: 'It is broken.' },
      split: { to_buyer, to_seller: order.amount - to_buyer, reason: 'half right' },
      ship: { courier: 'TCS', tracking_number: `t-${random.below(1_000_000)}` },
    }
    const says = bodies[transition] ?? (by === 'operator' ? { reason: 'looked at' } : {})
    const seller = transition === 'ship' || transition === 'deliver'
    return this.#ask({
      transition,
      path: `/orders/${order.id}/${transition.replaceAll('_', '-')}`,
      body: JSON.stringify(says),
      by,
      party: by === 'operator' ? null : seller ? order.seller : order.buyer,
      twin: random.chance(twins_percent),
    })
  }
}
