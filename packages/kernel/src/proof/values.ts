/** Engine, pure: what a field of an ask may be given when a flow is explored: small amounts, and one value of each kind. */

import type { TSchema } from 'typebox'
import type { CompiledFlow, CompiledTransition } from '../flow/compile.ts'
import { holding_purposes } from '../ledger/account.ts'
import { currency, whole } from './situation.ts'
import type { Product } from '../engine/product.ts'

/** Whenever a field is a date: after all that is asked for before the clock acts, and before all of it. */
const date = '2001-02-01T00:00:00.000Z'
/** Years later, within what a party may name: what depends on it alone must not be the only way out. */
const far_off = '2004-02-01T00:00:00.000Z'
const long_ago = '2000-01-01T00:00:00.000Z'
const words = ['x', '1', '12', '1.50', currency, '09171234567', 'GB29NWBK60161331926819', 'a@b.cd', date]
const choices_max = 2

/** `all`: none, one, half, all but half, all, what is lacking, one too much. `few`: where another flow is explored, and this one beside it. */
export type Width = 'all' | 'few'

export interface Asking {
  readonly product: Product
  readonly flow: CompiledFlow
  readonly transition: CompiledTransition
  readonly held: bigint
  /** The whole of the agreement, once it is known. */
  readonly size: bigint
  readonly width: Width
  /** Agreements by which somebody owes something. */
  readonly debts: readonly string[]
}

export function valuesOf(asking: Asking, name: string): readonly unknown[] {
  const { shape, optional } = asking.transition.input[name] ?? { shape: 'text', optional: true }
  const values = requiredOf(asking, name, shape)
  if (!optional) return values
  const is_figure = (shape.startsWith('amount') || name === 'debt') && asking.width === 'all'
  const is_date = isSince(asking.flow, name)
  const has_shape = asking.product.shapes?.[shape] !== undefined || shape === 'instant'
  return is_figure || is_date || (has_shape && varies(asking)) ? [undefined, ...values] : [undefined]
}

/** Whether the clock counts from it. */
function isSince({ transitions }: CompiledFlow, name: string): boolean {
  return [...transitions.values()].some(({ clock }) => clock?.since === name || clock?.not_before === name)
}

/** Whether several values are tried of a field that is no amount: where a guard may look at it. */
function varies({ flow, transition, width }: Asking): boolean {
  if (width === 'few' || !isGuarded(flow)) return false
  return transition.creates ? flow.under === null : transition.needs.length > 0
}

/** Whether anything is decided in code, which may look at every field. */
export function isGuarded(flow: CompiledFlow): boolean {
  return [...flow.transitions.values()].some(({ needs }) => needs.length > 0)
}

/** Of what is opened under another agreement: all of it, half, and the other half. */
export const sizes = [whole, whole / 2n, whole - whole / 2n] as const

/** What a creation gives for a fixed amount: 0 only where the product's own code, or the flow, may put it there. */
export function fixedValues({ flow, product, transition }: Asking, name: string): readonly bigint[] {
  if (name === flow.whole) return flow.under === null ? [whole] : [whole, whole / 2n, whole - whole / 2n]
  const { opening, own_routes = [] } = product
  const own = opening !== undefined || own_routes.includes(transition.name)
  const none = own || transition.input[name]?.shape === 'amount_or_zero'
  return [...(none ? [0n] : []), ...(isMoved(flow, name) || isGuarded(flow) ? [whole / 2n] : []), whole]
}

function requiredOf(asking: Asking, name: string, shape: string): readonly unknown[] {
  const { product, flow, debts } = asking
  if (flow.amounts.includes(name)) return amountsFor(asking, name, shape)
  if (shape.startsWith('amount')) return [1n]
  if (name === 'currency') return [currency]
  if (name === 'debt') return debts.length > 0 ? debts : ['none']
  if (shape === 'direction') return ['in', 'out', 'both']
  if (isSince(flow, name)) return asking.width === 'all' ? [date, far_off] : [date]
  if (shape === 'instant') return varies(asking) ? [long_ago, date] : [long_ago]
  const schema = product.shapes?.[shape]
  if (schema === undefined) return ['x']
  return examplesOf(schema).slice(0, varies(asking) ? choices_max : 1)
}

function amountsFor({ flow, transition, held, size, width }: Asking, name: string, shape: string): bigint[] {
  const none = shape === 'amount_or_zero' ? [0n] : []
  const all = held > 0n ? held : size
  const halves = [all / 2n, all - all / 2n].filter((amount) => amount > 0n)
  if (name === flow.whole) return [...none, whole]
  if (!isMoved(flow, name))
    return [...none, whole, ...(isGuarded(flow) && width === 'all' ? [whole / 2n] : [])]
  if (transition.by.includes('child')) return [...none, whole, whole / 2n, 1n]
  if (width === 'few') return [...none, all]
  if (waitsForOthers(transition)) return [...new Set([...none, ...halves, all])]
  // One unit only of the whole: else every number of units would be a situation of its own.
  const one = all === size ? [1n] : []
  const lacking = transition.moves.some(
    ({ amount, to }) => amount === name && holding_purposes.has(to.purpose),
  )
  const amounts = [...none, ...one, all / 2n, all, all + 1n, ...(lacking ? [size - held] : [])]
  return [...new Set(amounts)].filter((amount) => amount > 0n || (amount === 0n && none.length > 0))
}

/** Every input of it may be an offer that stands until somebody answers it. */
function waitsForOthers({ agreed, four_eyes_above }: CompiledTransition): boolean {
  return agreed || four_eyes_above !== null
}

/** Of distributions that may stand as offers, those that sum to what is held. */
export function isWorthAsking(
  { flow, transition, held }: Asking,
  input: Readonly<Record<string, unknown>>,
): boolean {
  const parts = Object.entries(input).filter(([name]) => flow.amounts.includes(name) && isMoved(flow, name))
  if (!waitsForOthers(transition) || parts.length < 2) return true
  return parts.reduce((total, [, part]) => total + (part as bigint), 0n) === held
}

/** Whether anything but code looks at an amount: a move, an arrow, a count, something that is worked out. */
function isMoved(flow: CompiledFlow, name: string): boolean {
  return [...flow.transitions.values()].some(
    ({ moves, later, edges, counts, works_out }) =>
      [...moves, ...later, ...counts].some(({ amount }) => amount === name) ||
      edges.some(({ condition }) => condition?.amount === name || condition?.at_most === name) ||
      works_out.some(({ operands }) => operands.some(({ value, less }) => value === name || less === name)),
  )
}

/** Values that a schema lets pass: each of its choices, or one. */
export function examplesOf(schema: TSchema): unknown[] {
  const is: Readonly<Record<string, unknown>> = { ...schema }
  if ('const' in is) return [is['const']]
  if ('default' in is) return [is['default']]
  if (Array.isArray(is['enum'])) return is['enum']
  if (Array.isArray(is['anyOf']))
    return (is['anyOf'] as TSchema[]).flatMap((one) => examplesOf(one).slice(0, 1))
  switch (is['type']) {
    case 'object':
      return [objectOf(is)]
    case 'array':
      return [(is['minItems'] ?? 0) === 0 ? [] : [examplesOf(is['items'] as TSchema)[0]]]
    case 'boolean':
      return [true, false]
    case 'integer':
    case 'number':
      return [is['minimum'] ?? 1]
    case 'null':
      return [null]
    default:
      return [wordOf(is)]
  }
}

/** With what must be there; where that is nothing, and something must, with its first field. */
function objectOf(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields = Object.entries((schema['properties'] ?? {}) as Record<string, TSchema>)
  const required = (schema['required'] ?? []) as string[]
  const least = schema['minProperties'] === undefined ? 0 : 1
  const there = fields.filter(([name]) => required.includes(name))
  const chosen = there.length >= least ? there : fields.slice(0, least)
  return Object.fromEntries(chosen.map(([name, field]) => [name, examplesOf(field)[0]]))
}

function wordOf({ pattern, minLength = 0, format }: Readonly<Record<string, unknown>>): string {
  if (format === 'date-time') return date
  if (format === 'date') return date.slice(0, 10)
  const fits = (word: string) =>
    (typeof pattern !== 'string' || new RegExp(pattern).test(word)) && word.length >= (minLength as number)
  return words.find(fits) ?? 'x'.padEnd(minLength as number, 'x')
}
