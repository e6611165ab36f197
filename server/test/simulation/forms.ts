/** Simulation: fills in asks as clients do: parties, amounts and fields that fit, or nearly. */

import { newId } from '../../src/base/ids.ts'
import { amountOf, type Agreement } from '../../src/engine/agreement.ts'
import type { Actor, Ask, Creation } from '../../src/engine/ask.ts'
import type { Edition } from '../../src/engine/product.ts'
import { amountsAtCreation, type ReadTransition } from '../../src/flow/read.ts'
import type { Random } from './random.ts'

/** Few, so that they share wallets and meet again and again. */
export const people = ['ana', 'ben', 'chi', 'dao', 'eve', 'fay', 'gil', 'hue'] as const
export const currencies = ['PHP', 'RWF', 'BTC'] as const
const json_max = 2n ** 53n - 1n

export const clock: Actor = { kind: 'clock', id: 'clock', party: null }

/** From the edges where arithmetic goes wrong, and from everyday. */
export function anyAmount(random: Random): bigint {
  return random.weighted<() => bigint>([
    [3, () => BigInt(random.between(1, 3))],
    [4, () => BigInt(random.between(4, 999))],
    [12, () => random.amount(1_000n, 5_000_000n)],
    [1, () => random.amount(10n ** 12n, 10n ** 14n)],
    [1, () => json_max - BigInt(random.below(3))],
  ])()
}

export function actorFor(random: Random, role: string, parties: Readonly<Record<string, string>>): Actor {
  if (role === 'operator') return { kind: 'operator', id: random.pick(['op_1', 'op_2']), party: null }
  if (role === 'service') return { kind: 'service', id: 'svc_1', party: null }
  const party = parties[role] ?? random.pick(people)
  return random.chance(30) ? { kind: 'service', id: 'svc_1', party } : { kind: 'party', id: party, party }
}

export interface Wish {
  readonly kind?: Ask['kind']
  readonly flow: string
  readonly agreement: string | null
  readonly creation?: Creation
  readonly transition: string
  readonly actor: Actor
  readonly input?: Ask['input']
  readonly reason?: string | null
}

export function askFor(random: Random, now_ms: number, wish: Wish): Ask {
  const kind = wish.kind ?? 'transition'
  const key =
    kind === 'transition'
      ? { id: newId(now_ms, (n) => random.bytes(n)), body_hash: String(random.next()) }
      : null
  const id = newId(now_ms, (n) => random.bytes(n))
  return {
    creation: null,
    input: {},
    reason: wish.actor.kind === 'operator' ? 'as agreed' : null,
    ...wish,
    kind,
    id,
    key,
    now_ms,
  }
}

export function creationOf(random: Random, { flow }: Edition): Creation {
  const free: string[] = [...people]
  const take = () => free.splice(random.below(free.length), 1)[0] ?? 'nobody'
  const roles = flow.parties.filter((role) => !flow.optional.has(role) || random.chance(60))
  const terms = Object.entries(flow.flow.terms).flatMap(([name, term]) =>
    typeof term === 'string' || random.chance(70) ? [] : [[name, random.pick([term.min, term.is, term.max])]],
  )
  return {
    parties: Object.fromEntries(roles.map((role) => [role, take()])),
    currency: random.pick(currencies),
    amounts: Object.fromEntries(amountsAtCreation(flow).map((name) => [name, anyAmount(random)])),
    terms: Object.fromEntries(terms),
    reference: random.chance(20) ? `ref-${random.below(60)}` : null,
  }
}

/** The fields of a transition. Several amounts mostly sum to what is held, as a split must. */
export function inputOf(
  random: Random,
  edition: Edition,
  transition: ReadTransition,
  agreement: Agreement | null,
  now_ms: number,
): Record<string, unknown> {
  const { product, flow } = edition
  const input: Record<string, unknown> = {}
  const dates = new Set([...flow.transitions.values()].map((t) => t.clock?.since))
  let left = agreement === null ? 0n : amountOf(agreement, 'held')
  const amounts = Object.entries(transition.input).filter(([, { shape }]) => shape.startsWith('amount'))
  for (const [name, { shape, optional }] of Object.entries(transition.input)) {
    if (optional && random.chance(30)) continue
    if (shape.startsWith('amount')) {
      const last = amounts.length > 1 && amounts.at(-1)?.[0] === name
      const amount = last && random.chance(80) ? left : likelyAmount(random, edition, agreement, left)
      input[name] = shape === 'amount' && amount <= 0n ? 1n : amount < 0n ? 0n : amount
      left = amount > left ? 0n : left - amount
    } else if (dates.has(name) || shape === 'instant') {
      input[name] = new Date(now_ms + random.between(-5, 40) * 86_400_000).toISOString()
    } else if (shape === 'direction') {
      input[name] = random.pick(['in', 'out', 'both'])
    } else {
      const schema: { readonly enum?: readonly unknown[] } | undefined = product.shapes?.[shape]
      input[name] = schema?.enum ? random.pick(schema.enum) : `words ${random.below(100)}`
    }
  }
  return input
}

/** A part of what is held, or exactly what the flow would ask for, or anything. */
function likelyAmount(random: Random, { flow }: Edition, agreement: Agreement | null, left: bigint): bigint {
  if (agreement === null) return anyAmount(random)
  const fixed = flow.fixed.map((name) => amountOf(agreement, name))
  return random.weighted<() => bigint>([
    [left > 0n ? 6 : 1, () => random.amount(0n, left)],
    [3, () => random.pick(fixed)],
    [2, () => random.pick(fixed) - left],
    [2, () => anyAmount(random)],
  ])()
}
