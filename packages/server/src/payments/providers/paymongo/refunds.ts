/** PayMongo: refunds to where the money came from, whole or in parts. */

import { toJson } from '@holdfast/kernel/money/amount.ts'
import { arrayAt, at } from '../json.ts'
import type { Payment, Reply, Sought, WantedRefund } from '../port.ts'
import { asked, notFound, unavailable } from '../result.ts'
import { readInto, type PaymongoClient } from './client.ts'
import { metadataOf, tokenIn } from './metadata.ts'
import { readRefund } from './read-movement.ts'

/** What PayMongo takes as notes. */
export const notes_length_max = 255

export async function createRefund(client: PaymongoClient, wanted: WantedRefund): Promise<Reply<Payment>> {
  const attributes = {
    amount: toJson(wanted.amount),
    payment_id: wanted.settled_id,
    reason: 'requested_by_customer',
    notes: wanted.notes.slice(0, notes_length_max),
    metadata: metadataOf(wanted),
  }
  const reply = await client.post(['v1', 'refunds'], { data: { attributes } }, wanted.token)
  return readInto(reply, (json) => readRefund(at(json, 'data')))
}

export async function findRefund(client: PaymongoClient, sought: Sought): Promise<Reply<Payment>> {
  if (sought.provider_id === null) return findAmongOthers(client, sought)
  const reply = await client.get(['v1', 'refunds', sought.provider_id])
  const refund = readInto(reply, (json) => readRefund(at(json, 'data')))
  return refund.outcome === 'told' ? refund : asked(refund)
}

const page_size = 100
/** A payment with more refunds than fit here is for an operator. */
const refund_pages_max = 20

/** One whose create was never answered is known by our token, among the refunds of its payment. */
async function findAmongOthers(
  client: PaymongoClient,
  { settled_id = null, token }: Sought,
): Promise<Reply<Payment>> {
  if (settled_id === null)
    return unavailable('settled_id_missing', 'a refund is sought by what it gives back')
  let after: string | null = null
  for (let page = 0; page < refund_pages_max; page += 1) {
    const query = { payment_id: settled_id, limit: String(page_size), ...(after === null ? {} : { after }) }
    // oxlint-disable-next-line no-await-in-loop -- a page names where the next begins
    const reply: Reply<unknown> = await client.get(['v1', 'refunds'], query)
    if (reply.outcome !== 'told') return reply
    const refunds = arrayAt(reply.value, 'data')
    const ours = refunds.find((refund) => tokenIn(at(refund, 'attributes')) === token)
    if (ours !== undefined) return asReply(readRefund(ours))
    const last = readRefund(refunds.at(-1))
    if (at(reply.value, 'has_more') !== true) return notFound('no refund of this payment has the token')
    if (last === null || last.provider_id === after) break
    after = last.provider_id
  }
  return unavailable('list_too_long', 'the refunds of this payment have no end')
}

function asReply(refund: Payment | null): Reply<Payment> {
  return refund === null
    ? unavailable('malformed_answer', 'a refund lacks its amount or currency')
    : { outcome: 'told', value: refund }
}
