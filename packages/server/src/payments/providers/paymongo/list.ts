/** PayMongo: its own list of what moved, a page at a time, for reconciliation. */

import { arrayAt, at } from '../json.ts'
import type { Page, Payment, PaymentKind, Reply } from '../port.ts'
import { asked, ok, unavailable } from '../result.ts'
import type { PaymongoClient } from './client.ts'
import { tokenIn } from './metadata.ts'
import { readRefund, readTransfer } from './read-movement.ts'
import { readPayment } from './read-pay-in.ts'
import { sinceThen } from './returns.ts'

export const list_page_size = 100

const sources = {
  pay_in: { path: ['v1', 'payments'], read: readPayment },
  refund: { path: ['v1', 'refunds'], read: readRefund },
  pay_out: { path: ['v2', 'transfers'], read: readTransfer },
} as const satisfies Record<
  PaymentKind,
  { readonly path: readonly string[]; readonly read: (resource: unknown) => Payment | null }
>

export async function listPayments(
  client: PaymongoClient,
  kind: PaymentKind,
  window: Window,
  cursor: string | null,
): Promise<Reply<Page>> {
  const { path, read } = sources[kind]
  const query = { limit: String(list_page_size), ...(cursor === null ? {} : { after: cursor }) }
  const reply = await client.get(path, query)
  if (reply.outcome !== 'told') return reply
  const resources = arrayAt(reply.value, 'data')
  const payments: Payment[] = []
  for (const resource of resources) {
    const payment = read(resource)
    // One that is left out would look like one that PayMongo does not know.
    if (payment === null) return unavailable('malformed_answer', 'a listed payment cannot be read')
    payments.push(payment)
  }
  const more = at(reply.value, 'has_more') === true && !isBeyond(payments, window)
  const last = payments.at(-1)?.provider_id ?? null
  const listed: Payment[] = []
  for (const [n, payment] of payments.entries()) {
    if (!isWithin(payment, window)) continue
    // oxlint-disable-next-line no-await-in-loop -- only for the few that are not of our making
    const traced = kind === 'pay_out' ? await trace(client, payment, resources[n]) : ok(payment)
    if (traced.outcome !== 'told') return asked(traced)
    listed.push(traced.value)
  }
  return ok({ payments: listed, cursor: more && last !== cursor ? last : null })
}

/** What has no token of ours may be a pay-out that came back: then it stands for that one. */
async function trace(client: PaymongoClient, payment: Payment, transfer: unknown): Promise<Reply<Payment>> {
  if (tokenIn(at(transfer, 'attributes') ?? transfer) !== null) return ok(payment)
  return (await sinceThen(client, transfer)) ?? ok(payment)
}

/** A payment without a time is in every window. */
function isWithin({ created_ms }: Payment, { from_ms, to_ms }: Window): boolean {
  return created_ms === null || (created_ms >= from_ms && created_ms < to_ms)
}

interface Window {
  readonly from_ms: number
  readonly to_ms: number
}

/** Whether all that follows lies outside. The order is not documented, so it is read from the page. */
function isBeyond(payments: readonly Payment[], { from_ms, to_ms }: Window): boolean {
  const times = payments.map((payment) => payment.created_ms ?? Number.NaN)
  const [first = Number.NaN, last = Number.NaN] = [times[0], times.at(-1)]
  return first > last ? last < from_ms : first < last && last >= to_ms
}
