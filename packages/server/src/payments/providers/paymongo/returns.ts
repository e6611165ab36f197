/**
 * PayMongo: pay-outs that a bank sends back, perhaps weeks later. No status says so: money comes in under the
 * reference of what went out, from the account that it went to.
 */

import { arrayAt, at, textAt } from '../json.ts'
import type { Payment, Reply } from '../port.ts'
import { ok, unavailable } from '../result.ts'
import type { PaymongoClient } from './client.ts'
import { tokenIn } from './metadata.ts'
import { readTransfer } from './read-movement.ts'

const siblings_max = 100

/** All that went out or came in under a reference. */
export async function listSiblings(
  client: PaymongoClient,
  reference: string,
): Promise<Reply<readonly unknown[]>> {
  const query = { reference_number: reference, limit: String(siblings_max) }
  const reply = await client.get(['v2', 'transfers'], query)
  if (reply.outcome !== 'told') return reply
  if (at(reply.value, 'has_more') === true) {
    return unavailable('list_too_long', 'too many transfers have this reference')
  }
  return ok(arrayAt(reply.value, 'data'))
}

/** A transfer that arrived, as it stands now; the money that came back leads to what it came back from. */
export async function sinceThen(client: PaymongoClient, transfer: unknown): Promise<Reply<Payment> | null> {
  const payment = readTransfer(transfer)
  if (payment === null) return null
  const reference = textAt(fieldsOf(transfer), 'reference_number')
  if (payment.state !== 'succeeded' || reference === null) return ok(payment)
  const siblings = await listSiblings(client, reference)
  // What is ours has arrived, whether or not the list can be had today. What is not may be a return: that must wait.
  if (siblings.outcome !== 'told') return tokenOf(transfer) === null ? siblings : ok(payment)
  return ok(withReturn(payment, transfer, siblings.value))
}

/** Among those with the same reference. Ours has our token in it; what comes back has nothing that we noted. */
export function withReturn(payment: Payment, transfer: unknown, siblings: readonly unknown[]): Payment {
  if (payment.state !== 'succeeded') return payment
  const pair = siblings.find((one) => isSwapped(transfer, one))
  const [sent, back] = tokenOf(transfer) === null ? [pair, transfer] : [transfer, pair]
  if (sent === undefined || back === undefined || tokenOf(sent) === null || tokenOf(back) !== null)
    return payment
  const [out, returned] = [readTransfer(sent), readTransfer(back)]
  if (out === null || returned === null) return payment
  return {
    ...out,
    state: 'returned',
    reason: textAt(fieldsOf(back), 'description'),
    settled_ms: returned.created_ms,
  }
}

/** The same money between the same two accounts, the other way round. */
function isSwapped(one: unknown, other: unknown): boolean {
  const [a, b] = [fieldsOf(one), fieldsOf(other)]
  const there = textAt(a, 'destination_account', 'number')
  const here = textAt(a, 'source_account', 'number')
  return (
    here !== null &&
    there !== null &&
    textAt(b, 'source_account', 'number') === there &&
    textAt(b, 'destination_account', 'number') === here &&
    at(a, 'amount') === at(b, 'amount') &&
    at(a, 'currency') === at(b, 'currency') &&
    textAt(b, 'status') === 'succeeded'
  )
}

function tokenOf(transfer: unknown): string | null {
  return tokenIn(fieldsOf(transfer))
}

/** Flat, as money movement is; or wrapped like the older resources. */
function fieldsOf(transfer: unknown): unknown {
  return at(transfer, 'attributes') ?? transfer
}
