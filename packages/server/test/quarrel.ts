// One agreement of each product that its sides can dispute, with money held: for tests that ask the same of all of them.
import { randomUUID } from 'node:crypto'
import type { Answer, Engine, Json } from './fixtures/engine.ts'
import { Freelance, total } from './fixtures/freelance-milestone.ts'
import { bureauOn } from './fixtures/p2p-trade.ts'
import { wed } from './fixtures/service-booking.ts'

export interface Quarrel {
  /** Where it is read. */
  readonly path: string
  /** Who may raise a dispute, and the other side. */
  readonly one: string
  readonly other: string
  readonly held: number
  /** A transition of the clock that waits where a dispute can be raised. */
  readonly deadline: string
  /** Whether somebody is reminded of it. */
  readonly reminds: boolean
  /** All of it to `other`, in the flow's words. */
  readonly parts: Json
  dispute(by?: string): Promise<Answer>
  act(by: string, act: string, body?: Json): Promise<Answer>
  read(by?: string): Promise<Json>
}

export const quarrels = [
  'p2p-trade',
  'marketplace-order',
  'service-booking',
  'freelance-milestone',
  'trade-credit',
] as const
export type Quarrelsome = (typeof quarrels)[number]

const why = { dispute_reason: 'other', dispute_text: 'x' }
let people = 0
const someone = (name: string) => `${name}-q${(people += 1)}`

type Is = Omit<Quarrel, 'act' | 'read' | 'dispute'> & { readonly dispute_path?: string }

const made: Readonly<Record<Quarrelsome, (engine: Engine) => Promise<Is>>> = {
  async 'p2p-trade'(engine) {
    const { id, payer, payee } = await bureauOn(engine).paid()
    // Nobody disputes within half an hour after it was paid.
    await engine.advance(31 * 60)
    const held = 1_580_250
    const is = { path: `/p2p/orders/${id}`, one: payee, other: payer, held }
    return { ...is, deadline: 'dispute_silence', reminds: false, parts: { to_payer: held, to_payee: 0 } }
  },
  async 'marketplace-order'(engine) {
    const [buyer, seller, held] = [someone('buyer'), someone('seller'), 500]
    const id = await engine.order({ buyer, seller, amount: held }, 'pay', 'ship', 'deliver')
    const is = { path: `/orders/${id}`, one: seller, other: buyer, held }
    return { ...is, deadline: 'complete_unanswered', reminds: true, parts: { to_buyer: held, to_seller: 0 } }
  },
  async 'service-booking'(engine) {
    const held = 5_000_000
    const { id, couple, vendor } = await wed(engine, { couple: someone('pair'), vendor: someone('studio') })
    await engine.topUp(couple, held, 'PHP')
    await engine.must(200, `/bookings/${id}/pay`, { party: couple, body: { method: 'wallet' } })
    await engine.must(200, `/bookings/${id}/mark-complete`, { party: vendor, body: {} })
    const is = { path: `/bookings/${id}`, one: vendor, other: couple, held }
    return { ...is, deadline: 'escalate_silence', reminds: false, parts: { to_couple: held, to_vendor: 0 } }
  },
  async 'freelance-milestone'(engine) {
    const deal = await new Freelance(engine).completed({ names: someone('deal') })
    const is = { path: `/milestone/${deal.id}`, one: deal.developer, other: deal.client, held: total }
    const parts = { to_client: total, to_developer: 0 }
    return { ...is, deadline: 'approve_unanswered', reminds: true, parts }
  },
  async 'trade-credit'(engine) {
    const [retailer, wholesaler, held] = [someone('retailer'), someone('wholesaler'), 2_000_000]
    await engine.topUp('company', held, 'RWF')
    const body = { order_id: `order-${randomUUID()}`, retailer, wholesaler, amount: held }
    const { id } = await engine.must(201, '/company/escrow', { body })
    const is = { path: `/company/escrow/${id}`, one: retailer, other: wholesaler, held }
    const parts = { to_company: 0, to_wholesaler: held }
    const dispute_path = `/retailer/escrow/dispute/${id}`
    return { ...is, deadline: 'auto_release', reminds: true, parts, dispute_path }
  },
}

export async function quarrelOf(engine: Engine, product: Quarrelsome): Promise<Quarrel> {
  const { dispute_path, ...is } = await made[product](engine)
  const act = (by: string, name: string, body: Json = {}) =>
    engine.ask(`${is.path}/${name}`, { party: by, body })
  return {
    ...is,
    act,
    dispute: (by = is.one) =>
      dispute_path === undefined
        ? act(by, 'dispute', why)
        : engine.ask(dispute_path, { party: by, body: why }),
    read: (by) => engine.must(200, is.path, by === undefined ? {} : { party: by }),
  }
}

/** The transition of the clock as it waits, and its reminder. */
export function timersOf(agreement: Json, transition: string): { at_ms?: number; reminder_ms?: number } {
  const all = (agreement['timers'] as Json[]).filter((timer) => timer['transition'] === transition)
  const at = (kind: string) => all.find((timer) => timer['kind'] === kind)?.['at']
  const [due, reminder] = [at('transition'), at('reminder')]
  return {
    ...(due === undefined ? {} : { at_ms: Date.parse(due) }),
    ...(reminder === undefined ? {} : { reminder_ms: Date.parse(reminder) }),
  }
}
