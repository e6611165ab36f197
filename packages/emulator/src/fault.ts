/** Emulator: the names of what can go wrong, and how a fault is written: `drop_webhook`, `late_webhook:600`. */

/** What happens to the request itself. `not_found`: it denies what it knows. The number of `slow` is milliseconds after the commit, before the answer. */
const request_faults = [
  'timeout_before_commit',
  'timeout_after_commit',
  'http_500_json',
  'http_500_text',
  'http_429',
  'not_found',
  'slow',
] as const

/** What happens to the webhooks and callbacks that it brings about. The number of `late_webhook` is seconds. */
const webhook_faults = [
  'dup_webhook',
  'reorder_webhooks',
  'late_webhook',
  'drop_webhook',
  'bad_signature',
  'stale_signature',
  'forged_webhook',
] as const

/**
 * How it ends: never, or badly. `sync_refusal` and `reason_object` are the two things that nobody has confirmed of
 * MTN: that its test numbers refuse at once, and that a reason is an object.
 */
const outcome_faults = ['never_final', 'ends_failed', 'sync_refusal', 'reason_object'] as const

export type FaultSort = 'request' | 'webhook' | 'outcome'
export type FaultName =
  | (typeof request_faults)[number]
  | (typeof webhook_faults)[number]
  | (typeof outcome_faults)[number]

export interface Fault {
  readonly name: FaultName
  readonly value: number | null
}

export const fault_names: readonly FaultName[] = [...request_faults, ...webhook_faults, ...outcome_faults]

export function readFault(text: string): Fault | null {
  const [word = '', number, ...more] = text.trim().split(':')
  const name = fault_names.find((known) => known === word)
  if (name === undefined || more.length > 0) return null
  if (number === undefined) return { name, value: null }
  return /^\d{1,9}$/.test(number) ? { name, value: Number.parseInt(number, 10) } : null
}

/** The header `Emulator-Fault`. Null where it has a word that is no fault: a slip must not pass for health. */
export function readFaults(header: string | readonly string[] | undefined): Fault[] | null {
  const words = header === undefined ? [] : String(header).split(',')
  const faults = words.flatMap((word) => readFault(word) ?? [])
  return faults.length === words.length ? faults : null
}

export const no_fault_sentence = `Emulator-Fault is a list of these: ${fault_names.join(', ')}.`

export function sortOf(name: FaultName): FaultSort {
  if (request_faults.some((known) => known === name)) return 'request'
  return webhook_faults.some((known) => known === name) ? 'webhook' : 'outcome'
}

export function has(faults: readonly Fault[], name: FaultName): boolean {
  return faults.some((fault) => fault.name === name)
}

/** The number of a fault, or what it is without one; null where the fault is not there. */
export function valueOf(faults: readonly Fault[], name: FaultName, otherwise: number): number | null {
  const found = faults.find((fault) => fault.name === name)
  return found === undefined ? null : (found.value ?? otherwise)
}
