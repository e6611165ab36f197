/** MTN MoMo: requests to pay, refunds of them, and transfers: three resources of one shape. */

import type { MomoSettings } from '../../../platform/config/provider-settings.ts'
import { toDecimal } from '../decimal.ts'
import type { Payment, PaymentKind, Reply, Sought, WantedPayIn, WantedPayOut, WantedRefund } from '../port.ts'
import { asked, refused, ok, unavailable, unknown } from '../result.ts'
import { callbackAddress } from './callbacks.ts'
import type { MomoClient, Product } from './client.ts'
import { readStatus } from './reading.ts'

const resources = {
  pay_in: { product: 'collection', path: ['collection', 'v1_0', 'requesttopay'] },
  refund: { product: 'disbursement', path: ['disbursement', 'v1_0', 'refund'] },
  pay_out: { product: 'disbursement', path: ['disbursement', 'v1_0', 'transfer'] },
} as const satisfies Record<PaymentKind, { readonly product: Product; readonly path: readonly string[] }>

export type Wanted = WantedPayIn | WantedRefund | WantedPayOut

export async function createMovement(
  client: MomoClient,
  settings: MomoSettings,
  kind: PaymentKind,
  wanted: Wanted,
): Promise<Reply<Payment>> {
  if (wanted.currency !== settings.currency) {
    return refused('currency_not_served', `MoMo is set up for ${settings.currency}`)
  }
  const person = personOf(wanted)
  if (person.outcome !== 'told') return person
  const { product, path } = resources[kind]
  const body = bodyOf(wanted, person.value)
  const callback = callbackAddress(settings, kind)
  const reply = await client.create({ product, path, token: wanted.token, body, callback })
  if (reply.outcome !== 'told') return reply
  if (reply.value === 'accepted') return pendingOf(kind, wanted)
  // It is there from before, so it can only be asked for. If that fails, it still is there.
  const found = await findMovement(client, kind, wanted.token)
  return found.outcome === 'told' ? found : unknown(found.code, found.reason)
}

export async function findMovement(
  client: MomoClient,
  kind: PaymentKind,
  id: Sought['token'],
): Promise<Reply<Payment>> {
  const { product, path } = resources[kind]
  const reply = await client.get(product, [...path, id])
  if (reply.outcome !== 'told') return asked(reply)
  const payment = readStatus(kind, id, reply.value)
  return payment === null
    ? unavailable('malformed_answer', 'the answer lacks a currency or an exact amount')
    : ok(payment)
}

/** The answer is empty, so this is what was asked for. */
function pendingOf(kind: PaymentKind, { token, our_reference, amount, currency }: Wanted): Reply<Payment> {
  return ok({
    kind,
    provider_id: token,
    our_reference,
    state: 'pending',
    amount,
    currency,
    fee: null,
    status: 'PENDING',
    reason: null,
    checkout_url: null,
    settled_id: null,
    created_ms: null,
    settled_ms: null,
  })
}

/** Statements name the external id, so it is the one that is unique: our token. */
function bodyOf(wanted: Wanted, person: Readonly<Record<string, unknown>>): unknown {
  const { amount, currency, token, our_reference } = wanted
  return {
    amount: toDecimal(amount, currency),
    currency,
    externalId: token,
    ...person,
    payerMessage: plain('description' in wanted ? wanted.description : wanted.notes),
    payeeNote: our_reference,
  }
}

/** A number with its country's digits and nothing else. */
const msisdn = /^[1-9]\d{7,14}$/

function personOf(wanted: Wanted): Reply<Readonly<Record<string, unknown>>> {
  if ('settled_id' in wanted) return ok({ referenceIdToRefund: wanted.settled_id })
  const [role, number] =
    'destination' in wanted ? ['payee', wanted.destination.number] : ['payer', wanted.payer_number]
  if (wanted.method !== 'mobile_money') return refused('method_not_served', `MoMo serves no ${wanted.method}`)
  if (number === null || !msisdn.test(number)) {
    return refused('number_invalid', 'a mobile wallet is a number with its country, in digits alone')
  }
  return ok({ [role]: { partyIdType: 'MSISDN', partyId: number } })
}

/** What MoMo takes as a message; an apostrophe already fails the whole request. */
const message_length_max = 160

function plain(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9 .,:-]+/g, ' ')
    .trim()
    .slice(0, message_length_max)
}
