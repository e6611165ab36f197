/** Payments: the replies that adapters give; failures are values. */

import type { Reply } from './port.ts'

export type Failure = Exclude<Reply<never>, { readonly outcome: 'told' }>

export function ok<T>(value: T): Reply<T> {
  return { outcome: 'told', value }
}

export function refused(code: string, reason: string): Failure {
  return { outcome: 'refused', code, reason }
}

export function unavailable(code: string, reason: string): Failure {
  return { outcome: 'unavailable', code, reason }
}

export function unknown(code: string, reason: string): Failure {
  return { outcome: 'unknown', code, reason }
}

export function notFound(reason: string): Failure {
  return { outcome: 'not_found', code: 'not_found', reason }
}

/** The failure of a call that only asks: nothing can have happened, and no refusal is one of the payment. */
export function asked(failure: Failure): Failure {
  return failure.outcome === 'not_found' ? failure : { ...failure, outcome: 'unavailable' }
}

/** The failure of what comes before the call that matters, so that this one was never made. */
export function beforehand(failure: Failure): Failure {
  return { ...failure, outcome: 'unavailable' }
}
