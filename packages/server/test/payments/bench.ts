// The harness room of the port's suite: what an adapter's bench brings along, and the one who asks until it is known.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type {
  Payment,
  PaymentKind,
  Provider,
  Reply,
  WantedPayIn,
  WantedPayOut,
  WantedRefund,
} from '../../src/payments/providers/port.ts'
import { unanswered } from './wanted.ts'

export type Fault =
  | 'timeout_before_commit'
  | 'timeout_after_commit'
  | 'slow'
  | 'http_500_json'
  | 'http_500_text'
  | 'http_429'
  | 'never_final'
  | 'ends_failed'

export type Act = 'create' | 'find'

/** What the provider's own books say, whatever our adapter says. Minor units. */
export interface Booked {
  readonly kind: PaymentKind
  readonly token: string
  readonly amount: number
  readonly currency: string
  readonly state: 'pending' | 'succeeded' | 'failed'
}

export interface FaultRule {
  readonly kind: PaymentKind
  readonly act: Act
  readonly fault: Fault
  readonly times?: number
  readonly probability?: number
  readonly seed?: string
}

export interface Bench {
  readonly provider: Provider
  payIn(change?: Partial<WantedPayIn>): WantedPayIn
  /** One that ends well, and one that does not. */
  payOut(change?: Partial<WantedPayOut>): WantedPayOut
  badPayOut(): WantedPayOut
  refund(settled_id: string, change?: Partial<WantedRefund>): WantedRefund
  /** What the payer does. By the time this is over it is done, but not yet final. */
  pay(wanted: WantedPayIn, payment: Payment): Promise<void>
  /** Time enough passes for everything that ends by itself. */
  settle(): Promise<void>
  /** The pages of `list` until the end. */
  books(): Promise<readonly Booked[]>
  /** Null for a provider without a network. */
  readonly faults: { set(rule: FaultRule): Promise<void>; clear(): Promise<void> } | null
  stop(): Promise<void>
}

export type Wanted =
  | { readonly kind: 'pay_in'; readonly wanted: WantedPayIn }
  | { readonly kind: 'refund'; readonly wanted: WantedRefund }
  | { readonly kind: 'pay_out'; readonly wanted: WantedPayOut }

export function create(provider: Provider, one: Wanted): Promise<Reply<Payment>> {
  if (one.kind === 'pay_in') return provider.createPayIn(one.wanted)
  if (one.kind === 'refund') return provider.createRefund(one.wanted)
  return provider.createPayOut(one.wanted)
}

const asks_max = 200
const pause_ms = 20

/** As the engine's janitor does: asks, and repeats with the same token only where the provider knows of nothing. */
export async function untilKnown(provider: Provider, one: Wanted, first?: Reply<Payment>): Promise<Payment> {
  let reply = first ?? (await create(provider, one))
  for (let ask = 0; ask < asks_max; ask += 1) {
    if (reply.outcome === 'told') return reply.value
    expect(reply.outcome, `${one.kind} was refused: ${reply.code}`).not.toBe('refused')
    // oxlint-disable-next-line no-await-in-loop -- many who never pause would keep each other out
    await sleep(pause_ms)
    // oxlint-disable-next-line no-await-in-loop -- one ask after another
    reply = await (reply.outcome === 'not_found'
      ? create(provider, one)
      : provider.find(one.kind, unanswered(one.wanted)))
  }
  throw new Error(`${one.kind} stayed unknown`)
}

export async function must(reply: Promise<Reply<Payment>>): Promise<Payment> {
  const given = await reply
  if (given.outcome !== 'told') throw new Error(`${given.outcome}: ${given.code}, ${given.reason}`)
  return given.value
}
