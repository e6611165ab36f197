// One agreement of each product whose money is held, one call before it is paid: for tests that ask the same of all products.
import { randomUUID } from 'node:crypto'
import type { Asking, Engine, Json } from './engine.ts'
import { Freelance, total } from './freelance.ts'
import { bureauOn, naira } from './p2p.ts'
import { Till, gcash } from './vendor.ts'
import { wed } from './wedding.ts'

export type Call = readonly [path: string, asking: Asking & { readonly body: Json }]

export interface Deal {
  readonly id: string
  /** Where it can be read. */
  readonly path: string
  readonly currency: string
  readonly payer: string
  readonly amount: number
  /** Who is paid how much of it; what is missing is the fee. Empty where the money leaves for outside. */
  readonly gets: Readonly<Record<string, number>>
  /** Pays it. */
  readonly release: Call
  /** Give it back, one after the other. */
  readonly back: readonly Call[]
  /** All that must not be open any more when it is paid. */
  readonly closed: readonly Call[]
}

export const dealt = [
  'p2p-trade',
  'marketplace-order',
  'service-booking',
  'withdrawal',
  'freelance-milestone',
  'trade-credit',
] as const
export type Dealt = (typeof dealt)[number]

const why = { dispute_reason: 'other', dispute_text: 'x' }
const by = (party: string, body: Json = {}) => ({ party, body })
let people = 0
const someone = (name: string) => `${name}-${(people += 1)}`

export const deals: Readonly<Record<Dealt, (engine: Engine) => Promise<Deal>>> = {
  'p2p-trade': async (engine) => {
    const bureau = bureauOn(engine)
    // All of the ad, so that closing the ad gives all of it back.
    const { id, ad, payer, payee } = await bureau.paid(10_000)
    const amount = 15_802_500
    const path = `/p2p/orders/${id}`
    return {
      id,
      path,
      currency: naira,
      payer,
      amount,
      gets: { [payee]: amount - 158_025 },
      release: [`${path}/confirm`, by(payer)],
      back: [
        [`${path}/dispute`, operator(engine, why)],
        [`${path}/refund`, operator(engine)],
        [`/p2p/ads/${ad}/close`, by(payer)],
      ],
      closed: [
        [`${path}/cancel`, by(payee)],
        [`${path}/undo-paid`, by(payer)],
        [`${path}/dispute`, by(payee, why)],
        [`${path}/split`, operator(engine, { to_payer: amount, to_payee: 0 })],
      ],
    }
  },

  'marketplace-order': async (engine) => {
    const [buyer, seller, amount] = [someone('buyer'), someone('seller'), 500]
    const id = await engine.order({ buyer, seller, amount }, 'pay', 'ship', 'deliver')
    const path = `/orders/${id}`
    return {
      id,
      path,
      currency: 'PKR',
      payer: buyer,
      amount,
      gets: { [seller]: amount },
      release: [`${path}/confirm-delivery`, by(buyer)],
      back: [
        [`${path}/reject`, by(buyer, { reject_reason: 'x' })],
        [`${path}/accept-return`, by(seller)],
      ],
      closed: [
        [`${path}/cancel`, by(buyer)],
        [`${path}/dispute`, by(seller, why)],
        [`${path}/refund`, operator(engine)],
      ],
    }
  },

  'service-booking': async (engine) => {
    const amount = 5_000_000
    const { id, couple, vendor } = await wed(engine, { couple: someone('pair'), vendor: someone('studio') })
    await engine.topUp(couple, amount, 'PHP')
    const path = `/bookings/${id}`
    await engine.must(200, `${path}/pay`, by(couple, { method: 'wallet' }))
    await engine.must(200, `${path}/mark-complete`, by(vendor))
    return {
      id,
      path,
      currency: 'PHP',
      payer: couple,
      amount,
      gets: { [vendor]: amount },
      release: [`${path}/mark-complete`, by(couple)],
      back: [[`${path}/cancel`, by(vendor)]],
      closed: [
        [`${path}/unmark-complete`, by(vendor)],
        [`${path}/mark-complete`, by(vendor)],
        [`${path}/cancel-together`, by(couple)],
        [`${path}/dispute`, by(couple, why)],
        [`${path}/refund`, operator(engine)],
      ],
    }
  },

  withdrawal: async (engine) => {
    const till = new Till(engine)
    const [holder, amount] = [someone('holder'), 50_000]
    const id = await till.ready(holder, amount)
    await till.go(id, 'approve')
    const path = `/admin/withdrawals/${id}`
    return {
      id,
      path: `/v1/withdrawals/${id}`,
      currency: 'PHP',
      payer: holder,
      amount,
      gets: {},
      release: [`${path}/mark-paid`, operator(engine, { payout_reference: `PAYOUT-${randomUUID()}` })],
      back: [[`${path}/mark-failed`, operator(engine)]],
      closed: [
        [`/v1/withdrawals/${id}/cancel`, by(holder)],
        [`${path}/approve`, operator(engine)],
        [`${path}/reject`, operator(engine)],
      ],
    }
  },

  'freelance-milestone': async (engine) => {
    const { id, client, developer, broker } = await studioOf(engine).completed()
    const path = `/milestone/${id}`
    return {
      id,
      path,
      currency: 'VND',
      payer: client,
      amount: total,
      gets: { [developer]: 85_000_000, [broker]: 10_000_000 },
      release: [`${path}/approve`, by(client)],
      back: [[`${path}/cancel`, operator(engine)]],
      closed: [
        [`${path}/release-part`, by(client, { part: 1 })],
        [`${path}/complete`, by(developer)],
        [`${path}/dispute`, by(developer, why)],
        [`${path}/refund`, operator(engine)],
      ],
    }
  },

  'trade-credit': async (engine) => {
    const [retailer, wholesaler, amount] = [someone('retailer'), someone('wholesaler'), 2_000_000]
    await engine.topUp('company', amount, 'RWF')
    const body = { order_id: `order-${randomUUID()}`, retailer, wholesaler, amount }
    const { id } = await engine.must(201, '/company/escrow', { body })
    return {
      id,
      path: `/company/escrow/${id}`,
      currency: 'RWF',
      payer: 'company',
      amount,
      gets: { [wholesaler]: amount },
      release: [`/wholesaler/escrow/confirm-delivery/${id}`, by(wholesaler)],
      back: [[`/company/escrow/${id}/cancel`, { body: {} }]],
      closed: [
        [`/retailer/escrow/dispute/${id}`, by(retailer, why)],
        [`/company/escrow/${id}/refund`, operator(engine)],
        [`/wholesaler/escrow/confirm-delivery/${id}`, by(retailer)],
      ],
    }
  },
}

/** Bodies that create something of this product over an amount, and where that amount is at fault. */
export async function amountsOf(engine: Engine, product: Dealt): Promise<(amount: unknown) => Call> {
  const [one, two] = [someone('one'), someone('two')]
  if (product === 'p2p-trade') {
    await engine.topUp(one, 20_000_000, naira)
    const bureau = bureauOn(engine)
    const payment_method = await bureau.method(one)
    const ad = {
      type: 'buy_fx',
      currency: naira,
      foreign_currency: 'USD',
      price: '100',
      min: 100,
      payment_method,
    }
    return (total) => ['/p2p/ads', by(one, { ...ad, total, max: total })]
  }
  if (product === 'service-booking') {
    const { id } = await engine.must(201, '/bookings', by(one, { vendor: two, currency: 'PHP' }))
    return (price) => [`/bookings/${id}/send-quote`, by(two, { price })]
  }
  if (product === 'withdrawal') {
    await engine.topUp(one, 10_000_000, 'PHP')
    return (amount) => [`/api/wallet/${one}/withdraw`, by(one, { amount, currency: 'PHP', ...gcash })]
  }
  if (product === 'freelance-milestone') {
    const { project, client } = await studioOf(engine).agreed()
    return (amount) => [`/projects/${project}/milestones`, by(client, { amount, title: 'x' })]
  }
  if (product === 'trade-credit') {
    await engine.topUp('company', 10_000_000, 'RWF')
    const order = { order_id: `order-${randomUUID()}`, retailer: one, wholesaler: two }
    return (amount) => ['/company/escrow', { body: { ...order, amount } }]
  }
  return (amount) => ['/orders', { body: { buyer: one, seller: two, currency: 'PKR', amount } }]
}

/** One for each engine, whose people are then all different. */
const studios = new WeakMap<Engine, Freelance>()
function studioOf(engine: Engine): Freelance {
  const studio = studios.get(engine) ?? new Freelance(engine)
  studios.set(engine, studio)
  return studio
}

function operator({ admin: key }: Engine, body: Json = {}): { key: string; body: Json } {
  return { key, body: { reason: 'a test', ...body } }
}
