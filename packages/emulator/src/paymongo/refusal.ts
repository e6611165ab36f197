/** Emulator, PayMongo: what it says when it refuses. Always a list, though mostly of one. */

export interface Complaint {
  readonly code: string
  readonly detail: string
  readonly sub_code?: string
  readonly source?: { readonly pointer: string; readonly attribute: string }
}

export interface Refusal {
  readonly refused: true
  readonly status: number
  readonly errors: readonly Complaint[]
  /** It was tried and has left its trace: a repeat with the same idempotency key is told the same. */
  readonly kept: boolean
}

/** Nothing has happened. */
export function refuse(status: number, ...errors: readonly Complaint[]): Refusal {
  return { refused: true, status, errors, kept: false }
}

/** It was tried and failed: a declined card. */
export function fail(status: number, ...errors: readonly Complaint[]): Refusal {
  return { refused: true, status, errors, kept: true }
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value && value.refused === true
}

export function complaint(code: string, detail: string, field?: string): Complaint {
  if (field === undefined) return { code, detail }
  return { code, detail, source: { pointer: field, attribute: field.replace(/^.*\./, '') } }
}

export function notFound(what: string, id: string): Refusal {
  return refuse(404, complaint('resource_not_found', `No such ${what} with id ${id}.`, 'id'))
}
