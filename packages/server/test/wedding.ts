// The harness room of bookings: a couple and a vendor over HTTP, and a booking taken as far as a test wants it.
import { randomUUID } from 'node:crypto'
import type { Answer, Asking, Engine, Json } from './engine.ts'

export const currency = 'PHP'
/** ₱50,000.00 */
export const price = 5_000_000

export interface Wedding {
  readonly id: string
  readonly couple: string
  readonly vendor: string
  by(who: 'couple' | 'vendor', act: string, body?: Json): Promise<Answer>
  operator(act: string, body?: Json): Promise<Answer>
  read(who?: 'couple' | 'vendor'): Promise<Json>
  /** Begins a payment through a provider and gives it. */
  checkout(part?: string): Promise<Json>
  /** Begins it, and the provider says that it is paid. */
  paid(part?: string): Promise<Json>
  receipts(): Promise<Json[]>
}

export interface WeddingOptions {
  readonly couple?: string
  readonly vendor?: string
  readonly price?: number
  readonly deposit?: number
  readonly event_date?: string
  readonly terms?: Json
}

let weddings = 0

/** Asked for and quoted. */
export async function wed(engine: Engine, options: WeddingOptions = {}): Promise<Wedding> {
  weddings += 1
  const { couple = `couple-${weddings}`, vendor = `vendor-${weddings}`, deposit, event_date, terms } = options
  const body = {
    vendor,
    currency,
    ...(event_date === undefined ? {} : { event_date }),
    ...(terms === undefined ? {} : { terms }),
  }
  const { id } = await engine.must(201, '/bookings', { party: couple, body })
  const quote = { price: options.price ?? price, ...(deposit === undefined ? {} : { deposit }) }
  await engine.must(200, `/bookings/${id}/send-quote`, { party: vendor, body: quote })
  const people = { couple, vendor }
  const checkout = (part?: string) =>
    engine.must(201, `/bookings/${id}/pay`, { party: couple, body: part === undefined ? {} : { part } })
  return {
    id,
    ...people,
    by: (who, act, asked = {}) => engine.ask(`/bookings/${id}/${act}`, { party: people[who], body: asked }),
    operator: (act, asked = {}) =>
      engine.ask(`/bookings/${id}/${act}`, { key: engine.admin, body: { reason: 'a test', ...asked } }),
    read: (who = 'couple') => engine.must(200, `/bookings/${id}`, { party: people[who] }),
    checkout,
    async paid(part) {
      const begun = await checkout(part)
      return settled(engine, begun)
    },
    receipts: async () => (await engine.must(200, `/bookings/${id}/receipts`, { party: couple }))['data'],
  }
}

/** What the provider says of a payment: all of it, unless the test says otherwise. */
export function settling(
  { id, amount }: Json,
  over: Json = {},
): [path: string, asking: Asking & { body: Json }] {
  const body = { amount_paid: amount, currency, provider_reference: `prov-${randomUUID()}`, ...over }
  return [`/v1/payments/${id}/settle`, { body }]
}

export async function settled(engine: Engine, begun: Json): Promise<Json> {
  return engine.must(200, ...settling(begun))
}

/** The numbers of a vendor's dashboard. */
export async function dashboard(engine: Engine, vendor: string): Promise<Json> {
  const { total_earnings, available_balance, pending_balance, withdrawn_amount, reserved } =
    await engine.must(200, `/api/wallet/${vendor}`, { party: vendor })
  return { total_earnings, available_balance, pending_balance, withdrawn_amount, reserved }
}
