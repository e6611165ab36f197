/** By what money from outside is known, so that it counts once: see `counts_once` in a flow. */

import type { CountsOnce, PlannedMove } from './model.ts'
import type { Flow, Transition } from './define.ts'
import { readField } from './notation.ts'

/** Flows from before there was a word for it have a field of this shape, or a code with a field in its form. */
export function countsOnce(
  { codes }: Flow,
  transition: Transition,
  moves: readonly PlannedMove[],
  creates: boolean,
): CountsOnce | null {
  const { counts_once } = transition
  if (counts_once !== undefined) return { from: 'provider', ...counts_once }
  const in_from_outside = moves.filter(
    ({ from, to }) => from.party === 'outside' && from.purpose === 'clearing' && to.party !== 'outside',
  )
  if (creates || in_from_outside.length === 0 || !('by' in transition)) return null
  const input = transition.input ?? {}
  const forms = in_from_outside.map(({ credit_code }) => codes[credit_code]?.[2] ?? '')
  const reference = Object.keys(input).find(
    (field) =>
      readField(input[field] ?? '').shape === 'reference' ||
      forms.some((form) => form.includes(`{${field}}`)),
  )
  return reference === undefined ? null : { reference, from: 'provider' }
}
