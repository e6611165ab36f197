/** Crash drill: the client's own model of orders and wallets. It knows the product's document, and nothing of the engine. */

/** Something that happened to an agreement, as the client was told, or as the clock did it. */
export interface Step {
  readonly agreement: string
  readonly version: number
  readonly transition: string
  readonly input: Readonly<Record<string, unknown>>
  /** The state in the answer; null where the clock acted and nobody was told. */
  readonly state: string | null
}

interface Order {
  readonly buyer: string
  readonly seller: string
  readonly amount: bigint
  state: string
  before: string
  held: bigint
}

type Money = 'freezes' | 'pays' | 'returns' | 'splits' | 'none'

const unpaid = ['created', 'payment_pending']
const underway = ['shipped', 'delivered_pending_decision']
const arrows: Readonly<Record<string, readonly [from: readonly string[], to: string, money: Money]>> = {
  pay: [unpaid, 'awaiting_shipment', 'freezes'],
  ship: [['awaiting_shipment'], 'shipped', 'none'],
  deliver: [['shipped'], 'delivered_pending_decision', 'none'],
  confirm_delivery: [underway, 'completed', 'pays'],
  cancel: [[...unpaid, 'awaiting_shipment'], 'cancelled', 'returns'],
  dispute: [underway, 'disputed', 'none'],
  withdraw_dispute: [['disputed'], 'back', 'none'],
  release: [['disputed'], 'completed', 'pays'],
  refund: [['disputed'], 'cancelled', 'returns'],
  split: [['disputed'], 'completed', 'splits'],
  cancel_unpaid: [unpaid, 'cancelled', 'none'],
  cancel_unshipped: [['awaiting_shipment'], 'cancelled', 'returns'],
  assume_delivered: [['shipped'], 'delivered_pending_decision', 'none'],
  complete_unanswered: [['delivered_pending_decision'], 'completed', 'pays'],
  escalate_dispute: [['disputed'], 'disputed', 'none'],
}

/** The fee schedule that the drill publishes before anything is bought. */
export const fee = '5%'
const fee_parts = 20n

export class Model {
  readonly wrong: string[] = []
  /** "owner.purpose" → minor units; held money is summed by its owner. */
  readonly balances = new Map<string, bigint>()
  readonly orders = new Map<string, Order>()

  take({ agreement, transition, input, state, version }: Step): void {
    if (transition === 'top_up')
      return this.#move('outside.clearing', `${String(input['holder'])}.available`, input['amount'])
    if (transition === 'create') {
      const order = {
        buyer: String(input['buyer']),
        seller: String(input['seller']),
        amount: BigInt(Number(input['amount'])),
      }
      this.orders.set(agreement, { ...order, state: state ?? '', before: '', held: 0n })
      return
    }
    const order = this.orders.get(agreement)
    const [from, to, money] = arrows[transition] ?? []
    if (!order || !from || !to || !money)
      return void this.wrong.push(`${transition} of ${agreement}: not in the client's book`)
    if (!from.includes(order.state))
      this.wrong.push(`${transition} of ${agreement}, version ${version}, out of ${order.state}`)
    const next = to === 'back' ? order.before : to
    if (state !== null && state !== next)
      this.wrong.push(`${transition} of ${agreement} led to ${state}, not to ${next}`)
    if (next !== order.state) order.before = order.state
    order.state = next
    this.#post(order, money, input)
  }

  #post(order: Order, money: Money, input: Step['input']): void {
    const { buyer, seller, amount, held } = order
    if (money === 'freezes') {
      this.#move(`${buyer}.available`, `${buyer}.held`, amount)
      order.held = amount
      return
    }
    if (money === 'none') return
    const to_buyer = money === 'splits' ? BigInt(Number(input['to_buyer'])) : money === 'returns' ? held : 0n
    const to_seller = held - to_buyer
    this.#move(`${buyer}.held`, `${buyer}.available`, to_buyer)
    this.#move(`${buyer}.held`, `${seller}.available`, to_seller - to_seller / fee_parts)
    this.#move(`${buyer}.held`, 'platform.revenue', to_seller / fee_parts)
    order.held = 0n
  }

  #move(from: string, to: string, amount: unknown): void {
    const moved = BigInt(String(amount))
    this.balances.set(from, (this.balances.get(from) ?? 0n) - moved)
    this.balances.set(to, (this.balances.get(to) ?? 0n) + moved)
  }
}
