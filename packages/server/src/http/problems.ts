/** HTTP: code → status → sentence. The one table; docs/problems.md is generated from it. */

import type { Problem, ProblemCode } from '@holdfast/kernel/problem.ts'

interface ProblemText {
  /** Decided by who will do what on seeing it: the caller mends (4xx) or waits (503). */
  readonly status: number
  readonly title: string
  readonly detail: string
}

export const problem_table = {
  invalid_request: {
    status: 400,
    title: 'The request is not valid',
    detail: 'Mend the field that `pointer` names; `reason` says what it should be.',
  },
  amount_out_of_range: {
    status: 400,
    title: 'The amount is out of range',
    detail:
      'Amounts are whole numbers of minor units, within what JSON keeps exact (2^53 - 1), and so is every balance.',
  },
  event_stale: {
    status: 400,
    title: 'Signed at another time',
    detail: 'The time in the signature is too far from ours. Sign it anew and send it again.',
  },
  unauthenticated: {
    status: 401,
    title: 'Nobody we know',
    detail: 'Send `Authorization: Bearer` with an API key or a party token.',
  },
  token_expired: {
    status: 401,
    title: 'The token has expired',
    detail: 'Mint a new one at POST /v1/party-tokens.',
  },
  event_forged: {
    status: 401,
    title: 'Not from the provider',
    detail: 'The signature, or the word in the path, is not one that the provider was given.',
  },
  missing_scope: {
    status: 403,
    title: 'The key lacks a scope',
    detail: 'Use a key with the scope that `scope` names.',
  },
  not_your_transition: {
    status: 403,
    title: 'Not yours to take',
    detail: 'Only those in `by` may take this transition.',
  },
  not_yours: {
    status: 403,
    title: "Somebody else's",
    detail: 'It is there, and belongs to somebody else.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    detail: 'There is no such thing, or it is not yours to see.',
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    detail: 'See /openapi.json for the methods of this path.',
  },
  transition_not_open: {
    status: 409,
    title: 'Not open now',
    detail: 'The agreement is in `state`; `allowed` lists what you can do there.',
  },
  insufficient_funds: {
    status: 409,
    title: 'Not enough money',
    detail: 'The account lacks `short_by` minor units.',
  },
  currency_mismatch: {
    status: 409,
    title: 'Another currency',
    detail: 'Money does not change its currency here.',
  },
  distribution_mismatch: {
    status: 409,
    title: 'The parts are not the whole',
    detail: 'The parts of a distribution must sum to what is held.',
  },
  amount_mismatch: {
    status: 409,
    title: 'Another amount',
    detail: 'Exactly what is due is paid: one of the amounts in `expected`.',
  },
  limit_exceeded: { status: 409, title: 'Beyond a limit', detail: 'Stay within the limits given.' },
  wallet_frozen: {
    status: 409,
    title: 'The wallet is frozen',
    detail: 'An operator has stopped money in this direction; ask the operator.',
  },
  not_possible_now: {
    status: 409,
    title: 'Not possible just now',
    detail:
      'Nothing is wrong with the request, and nothing was changed. Try again later; if it stays so, ask the operator.',
  },
  provider_outcome_open: {
    status: 409,
    title: 'The provider still has it open',
    detail:
      'It was asked just now, and may still end otherwise there: wait for its word. Two operators may say it all the same, with `override`.',
  },
  reference_taken: {
    status: 409,
    title: 'The reference is taken',
    detail:
      'A reference is used once, and money from outside counts once, however it is spelt; `used_by` names what has it. If this is a repeat, it has already been done.',
  },
  clock_not_movable: {
    status: 409,
    title: 'The clock does not move',
    detail: 'Only the sandbox clock moves, and only forward.',
  },
  request_in_progress: {
    status: 409,
    title: 'Already under way',
    detail: 'A request with this Idempotency-Key is being answered; ask again in a moment.',
  },
  payload_too_large: { status: 413, title: 'The body is too large', detail: 'Send less.' },
  unsupported_media_type: {
    status: 415,
    title: 'Not a body that is read here',
    detail: 'Send application/json; a file as multipart/form-data.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The key was used for something else',
    detail: 'Use a new Idempotency-Key for a new request.',
  },
  internal_error: {
    status: 500,
    title: 'Our mistake',
    detail: 'It is in the log under `request_id`. Repeat with the same Idempotency-Key.',
  },
  overloaded: {
    status: 503,
    title: 'Too busy',
    detail: 'Nothing was done. Try again after Retry-After seconds.',
  },
  database_unavailable: {
    status: 503,
    title: 'The database is away',
    detail:
      'Try again after Retry-After seconds, with the same Idempotency-Key: what was done is then not done twice.',
  },
} satisfies Record<ProblemCode, ProblemText>

export const retry_after_s = 1

export interface ProblemJson {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ProblemCode
  readonly [fact: string]: unknown
}

/** RFC 9457. */
export function problemJson({ code, details }: Problem, request_id: string): ProblemJson {
  const { status, title, detail } = problem_table[code]
  return { type: `urn:holdfast:problem:${code}`, title, status, detail, code, ...details, request_id }
}
