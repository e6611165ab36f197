/** Emulator, MTN MoMo: the test numbers of its sandbox. Every other number succeeds. */

export type Ending =
  | { readonly status: 'SUCCESSFUL'; readonly later_ms?: number }
  | { readonly status: 'FAILED'; readonly reason: string | null }
  /** For ever. */
  | { readonly status: 'PENDING' }

const prefix = '46733123'
const delayed_ms = 3_600_000

/** Of a request to pay, and of a transfer: the same number does not say the same. */
type Endings = readonly [payer: Ending, payee: Ending]

const endings: Readonly<Record<string, Endings>> = {
  '450': [failed('INTERNAL_PROCESSING_ERROR'), failed('INTERNAL_PROCESSING_ERROR')],
  '451': [failed('APPROVAL_REJECTED'), failed('APPROVAL_REJECTED')],
  '452': [failed('EXPIRED'), failed('EXPIRED')],
  '453': [{ status: 'PENDING' }, { status: 'PENDING' }],
  // "Delayed", against "ongoing" above: so this one ends, after an hour. How long is not documented.
  '454': [
    { status: 'SUCCESSFUL', later_ms: delayed_ms },
    { status: 'SUCCESSFUL', later_ms: delayed_ms },
  ],
  '455': [failed('PAYER_NOT_FOUND'), failed('NOT_ENOUGH_FUNDS')],
  '456': [failed('PAYEE_NOT_ALLOWED_TO_RECEIVE'), failed('PAYER_LIMIT_REACHED')],
  '457': [failed('NOT_ALLOWED'), failed('PAYEE_NOT_FOUND')],
  '458': [failed('NOT_ALLOWED_TARGET_ENVIRONMENT'), failed('NOT_ALLOWED')],
  '459': [failed('INVALID_CALLBACK_URL_HOST'), failed('NOT_ALLOWED_TARGET_ENVIRONMENT')],
  '460': [failed('INVALID_CURRENCY'), failed('INVALID_CALLBACK_URL_HOST')],
  '461': [failed('INTERNAL_PROCESSING_ERROR'), failed('INVALID_CURRENCY')],
  '462': [failed('SERVICE_UNAVAILABLE'), failed('INTERNAL_PROCESSING_ERROR')],
  '463': [failed('COULD_NOT_PERFORM_TRANSACTION'), failed('SERVICE_UNAVAILABLE')],
  // "Transfer type unknown": it fails, and nobody says why.
  '464': [failed(null), failed(null)],
}

/** From these on the sandbox may refuse at once instead; nobody has confirmed which. */
const first_refusing = 455
const last_refusing = 463

export function endingOf(number: string, side: 'payer' | 'payee'): Ending {
  const pair = number.startsWith(prefix) ? endings[number.slice(prefix.length)] : undefined
  return pair?.[side === 'payer' ? 0 : 1] ?? { status: 'SUCCESSFUL' }
}

export function refusesAtOnce(number: string): boolean {
  if (!number.startsWith(prefix)) return false
  const last = Number.parseInt(number.slice(prefix.length), 10)
  return last >= first_refusing && last <= last_refusing
}

/** What asking whether an account holder is active comes to; null where it is. */
export function holderRefusal(
  number: string,
): { readonly status: number; readonly code: string | null } | null {
  if (!number.startsWith(prefix)) return null
  return holders[number.slice(prefix.length)] ?? null
}

const holders: Readonly<Record<string, { readonly status: number; readonly code: string | null }>> = {
  '450': { status: 404, code: 'RESOURCE_NOT_FOUND' },
  /** Not active: an answer, not a refusal. */
  '451': { status: 200, code: null },
  '452': { status: 500, code: 'NOT_ALLOWED' },
  '453': { status: 500, code: 'NOT_ALLOWED_TARGET_ENVIRONMENT' },
  '454': { status: 500, code: 'INTERNAL_PROCESSING_ERROR' },
  '455': { status: 503, code: 'SERVICE_UNAVAILABLE' },
}

function failed(reason: string | null): Ending {
  return { status: 'FAILED', reason }
}
