/** Emulator, MTN MoMo: a movement as it is asked for. What is wrong with its shape is a 400 without a word. */

import { children, lock, find } from '../store.ts'
import { answer, refusal, type Answer } from './answer.ts'
import { minorOf } from './balance.ts'
import type { Ask } from './endpoint.ts'
import {
  idOf,
  type ApiUser,
  type Movement,
  type MovementBody,
  type Operation,
  type Party,
} from './resources.ts'

export type WantedMovement = Omit<MovementBody, 'status'> & {
  /** Whose number decides how it ends. */
  readonly number: string
  readonly parent: string | null
  readonly minor: number
  readonly callback_url: string | null
}

type Fields = Readonly<Record<string, unknown>>

const note_length_max = 160

export async function readMovement(
  ask: Ask,
  operation: Operation,
  { currency, digits }: { readonly currency: string; readonly digits: number },
): Promise<WantedMovement | Answer> {
  const { body } = ask
  if (typeof body !== 'object' || body === null) return answer(400)
  const fields = body as Fields
  const { amount, externalId = '', payerMessage = '', payeeNote = '' } = fields
  // Texts, all of them: a number in the place of an amount is refused.
  if (typeof amount !== 'string' || typeof externalId !== 'string') return answer(400)
  if (!isNote(payerMessage) || !isNote(payeeNote)) return answer(400)
  if (fields['currency'] !== currency) return refusal('INVALID_CURRENCY')
  const minor = minorOf(amount, digits)
  if (minor === null) return answer(400)
  const callback_url = ask.header('x-callback-url') || null
  const user = await find<ApiUser>(ask.act.tx, 'momo_user', ask.user)
  if (callback_url !== null && hostOf(callback_url) !== user?.body.providerCallbackHost) {
    return refusal('INVALID_CALLBACK_URL_HOST')
  }
  const told = { amount, currency, externalId, payerMessage, payeeNote, minor, callback_url }
  if (operation === 'refund') return refundOf(ask, fields, told)
  const side = operation === 'requesttopay' ? 'payer' : 'payee'
  const party = partyOf(fields[side])
  if (party === null) return answer(400)
  return { ...told, [side]: party, number: party.partyId, parent: null }
}

/** Gives back what was collected: no more than that, all refunds of it together. */
async function refundOf(
  ask: Ask,
  { referenceIdToRefund }: Fields,
  told: Omit<WantedMovement, 'number' | 'parent'>,
): Promise<WantedMovement | Answer> {
  if (typeof referenceIdToRefund !== 'string') return answer(400)
  const id = idOf('requesttopay', referenceIdToRefund.toLowerCase())
  const collected = await lock<Movement>(ask.act.tx, 'momo_requesttopay', id)
  if (collected === undefined) return refusal('RESOURCE_NOT_FOUND')
  const before = await children<Movement>(ask.act.tx, 'momo_refund', id)
  const given = before
    .filter(({ body }) => body.status !== 'FAILED')
    .reduce((sum, { hidden }) => sum + hidden.minor, 0)
  const fits = collected.body.currency === told.currency && given + told.minor <= collected.hidden.minor
  // With which code more than there was is refused, is not documented.
  if (collected.body.status !== 'SUCCESSFUL' || !fits) return refusal('NOT_ALLOWED')
  const { payer } = collected.body
  return {
    ...told,
    ...(payer === undefined ? {} : { payee: payer }),
    number: payer?.partyId ?? '',
    parent: id,
  }
}

function partyOf(value: unknown): Party | null {
  if (typeof value !== 'object' || value === null) return null
  const { partyIdType, partyId } = value as Fields
  if (partyIdType !== 'MSISDN' || typeof partyId !== 'string' || !/^\d{8,15}$/.test(partyId)) return null
  return { partyIdType, partyId }
}

/** Plain signs alone: an apostrophe is refused. */
function isNote(value: unknown): value is string {
  return typeof value === 'string' && value.length <= note_length_max && /^[\w .,:;()/+-]*$/.test(value)
}

function hostOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname : null
}
