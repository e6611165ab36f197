/** PayMongo: pay-outs by v2 transfers from our wallet with it, one in a batch. */

import { toJson } from '@holdfast/kernel/money/amount.ts'
import { arrayAt, at } from '../json.ts'
import { cached, type Cached } from '../cached.ts'
import type { Institution, Payment, Reply, Sought, WantedPayOut } from '../port.ts'
import { beforehand, notFound, ok, unavailable } from '../result.ts'
import { readInto, type PaymongoClient } from './client.ts'
import { codeOf, institutions_kept_ms, railTo, readSource, type SourceAccount } from './institutions.ts'
import { metadataOf, tokenIn } from './metadata.ts'
import { readTransfer } from './read-movement.ts'
import { listSiblings, sinceThen, withReturn } from './returns.ts'

export interface Sending {
  readonly client: PaymongoClient
  readonly source: Cached<SourceAccount>
  readonly institutions: Cached<readonly Institution[]>
  now(): number
}

/**
 * Failing to learn where from or where to is no failure of the pay-out: nothing was sent. No `callback_url` is given,
 * since those calls may be unsigned; the signed `transfer.outward.*` tell the same.
 */
export async function createTransfer(sending: Sending, wanted: WantedPayOut): Promise<Reply<Payment>> {
  const { amount, currency, destination, method } = wanted
  const institutions = await sending.institutions.get(sending.now())
  if (institutions.outcome !== 'told') return beforehand(institutions)
  const way = railTo(institutions.value, codeOf(method, destination.institution), amount)
  if (way.outcome !== 'told') return way
  const source = await sending.source.get(sending.now())
  if (source.outcome !== 'told') return beforehand(source)
  const transfer = {
    provider: way.value.rail,
    amount: toJson(amount),
    currency,
    purpose: plain(wanted.description),
    description: plain(wanted.description),
    reference_number: plain(wanted.our_reference),
    source_account: source.value,
    destination_account: { number: destination.number, name: destination.name, bic: way.value.code },
    metadata: metadataOf(wanted),
  }
  const reply = await sending.client.post(['v2', 'batch_transfers'], { transfers: [transfer] }, wanted.token)
  return readInto(reply, (json) => readTransfer(arrayAt(json, 'data', 'transfers')[0]))
}

export async function findTransfer(client: PaymongoClient, sought: Sought): Promise<Reply<Payment>> {
  const { provider_id, our_reference, token } = sought
  if (provider_id !== null) {
    const reply = await client.get(['v2', 'transfers', provider_id])
    if (reply.outcome !== 'told') return reply
    return asFound(await sinceThen(client, at(reply.value, 'data')))
  }
  const siblings = await listSiblings(client, plain(our_reference))
  if (siblings.outcome !== 'told') return siblings
  const ours = siblings.value.find((one) => tokenIn(at(one, 'attributes') ?? one) === token)
  if (ours === undefined) return notFound('no transfer has the token')
  const payment = readTransfer(ours)
  return asFound(payment === null ? null : ok(withReturn(payment, ours, siblings.value)))
}

export function keepSource(client: PaymongoClient, wallet: string | null): Cached<SourceAccount> {
  return cached(async (now_ms) => {
    const reply = await client.get(wallet === null ? ['v2', 'wallets'] : ['v2', 'wallets', wallet])
    if (reply.outcome !== 'told') return reply
    const wallets = arrayAt(reply.value, 'data')
    const chosen =
      wallet === null
        ? (wallets.find((one) => at(one, 'is_default') === true) ?? wallets[0])
        : at(reply.value, 'data')
    const source = readSource(chosen)
    return source === null
      ? unavailable('no_wallet', 'PayMongo names no wallet that transfers could leave from')
      : ok({ value: source, until_ms: now_ms + institutions_kept_ms })
  })
}

function asFound(payment: Reply<Payment> | null): Reply<Payment> {
  return payment ?? unavailable('malformed_answer', 'a transfer lacks its amount or currency')
}

const plain_length_max = 100

/** Banks keep little else, and may strip and lower the rest: so it is done here, the same each time. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim()
    .slice(0, plain_length_max)
}
