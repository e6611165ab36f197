/** Base: a problem is an expected refusal with a stable code. Mistakes of programmers are assertions, never problems. */

/** The closed list. Sentences and HTTP statuses stand in http/problems.ts; codes are never reused. */
export type ProblemCode =
  | 'invalid_request'
  | 'unauthenticated'
  | 'token_expired'
  | 'event_forged'
  | 'event_stale'
  | 'missing_scope'
  | 'not_your_transition'
  | 'not_yours'
  | 'not_found'
  | 'transition_not_open'
  | 'insufficient_funds'
  | 'amount_out_of_range'
  | 'currency_mismatch'
  | 'distribution_mismatch'
  | 'amount_mismatch'
  | 'limit_exceeded'
  | 'wallet_frozen'
  | 'not_possible_now'
  | 'reference_taken'
  | 'provider_outcome_open'
  | 'idempotency_key_reused'
  | 'request_in_progress'
  | 'clock_not_movable'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'method_not_allowed'
  | 'overloaded'
  | 'database_unavailable'
  | 'internal_error'

export interface Problem {
  readonly code: ProblemCode
  /** Facts for the caller: the current state, what is allowed, by how much it falls short, which field. */
  readonly details: Readonly<Record<string, unknown>>
}

export function problem(code: ProblemCode, details: Readonly<Record<string, unknown>> = {}): Problem {
  return { code, details }
}

export function isProblem(value: object): value is Problem {
  return 'code' in value && 'details' in value
}
