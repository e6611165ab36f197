/** Simulation: fills in asks as clients do: parties, amounts and fields that fit, or nearly. */

import { newId } from '../../src/ids.ts'
import { amountOf, proposalsOf, type Agreement } from '../../src/engine/agreement.ts'
import type { Actor, Ask, Creation } from '../../src/engine/ask.ts'
import { examplesOf } from '../../src/proof/values.ts'
import type { FlowVersion } from '../../src/engine/product.ts'
import { amountsAtCreation, type CompiledFlow, type CompiledTransition } from '../../src/flow/compile.ts'
import { sumIn } from './flow-text.ts'
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
    kind === 'transition' || kind === 'revoke'
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

/** Under another agreement mostly with its people and in its currency. */
export function creationOf(
  random: Random,
  { flow, product }: FlowVersion,
  above: Agreement | null = null,
): Creation {
  const free: string[] = people.filter(
    (person) => above === null || !Object.values(above.parties).includes(person),
  )
  const take = () => free.splice(random.below(free.length), 1)[0] ?? 'nobody'
  const roles = flow.parties.filter((role) => !flow.optional.has(role) || random.chance(60))
  const terms = Object.entries(flow.flow.terms).flatMap(([name, term]) =>
    typeof term === 'string' || random.chance(70) ? [] : [[name, random.pick([term.min, term.is, term.max])]],
  )
  const parties = Object.fromEntries(roles.map((role) => [role, above?.parties[role] ?? take()]))
  const others = Object.keys(parties).filter((role) => above !== null && above.parties[role] === undefined)
  const stranger = Object.values(above?.parties ?? {}).find(
    (person) => !Object.values(parties).includes(person),
  )
  if (stranger !== undefined && others.length > 0 && random.chance(90))
    parties[random.pick(others)] = stranger
  const own_opening = product.opening !== undefined || product.own_routes?.includes(flow.creation.name)
  const currency = above === null || random.chance(2) ? random.pick(currencies) : above.currency
  const most = mostIn(flow, currency)
  const anyOf = () =>
    most !== null && random.chance(25) ? nearLimit(random, most) : amountAtCreation(random, above)
  const common = anyOf()
  const amounts = amountsAtCreation(flow).map((name) => {
    if (own_opening && name !== flow.whole && random.chance(20)) return [name, 0n]
    return [name, own_opening && random.chance(70) ? common : anyOf()]
  })
  return {
    parties,
    currency,
    amounts: Object.fromEntries(amounts),
    terms: Object.fromEntries(terms),
    reference: random.chance(20) ? `ref-${random.below(60)}` : null,
    ...(flow.under === null ? {} : { under: above?.id ?? null }),
  }
}

/** What may leave a wallet within a while by creations of a flow; null where there is no limit. */
function mostIn({ flow, creation }: CompiledFlow, currency: string): bigint | null {
  const term = flow.terms[creation.within?.limit ?? '']
  if (term === undefined) return null
  return sumIn(typeof term === 'string' ? term : term.is, currency)
}

/** Where limits go wrong: all of it, one unit more, and parts that two or three times are just too much. */
function nearLimit(random: Random, most: bigint): bigint {
  return random.pick([most, most + 1n, most / 2n, most / 2n + 1n, most / 3n + 1n])
}

/** Mostly what the agreement above still has, or asks for. */
function amountAtCreation(random: Random, above: Agreement | null): bigint {
  const known = Object.values(above?.amounts ?? {}).filter((amount) => amount > 0n)
  return known.length > 0 && random.chance(60) ? random.pick(known) : anyAmount(random)
}

/** The fields of a transition. Several amounts mostly sum to what is held, as a split must; an offer is mostly answered. */
export function inputOf(
  random: Random,
  edition: FlowVersion,
  transition: CompiledTransition,
  agreement: Agreement | null,
  now_ms: number,
  debts: readonly string[] = [],
): Record<string, unknown> {
  const { product, flow } = edition
  const offer = agreement === null ? undefined : proposalsOf(agreement)[transition.name]
  if (offer !== undefined && random.chance(65)) return sameAs(offer.input, transition)
  const input: Record<string, unknown> = {}
  const dates = new Set(
    [...flow.transitions.values()].flatMap(({ clock }) => [clock?.since, clock?.not_before]),
  )
  let left = agreement === null ? 0n : amountOf(agreement, 'held')
  const amounts = Object.entries(transition.input).filter(([, { shape }]) => shape.startsWith('amount'))
  for (const [name, { shape, optional }] of Object.entries(transition.input)) {
    if (optional && random.chance(30)) continue
    if (shape.startsWith('amount')) {
      const last = amounts.length > 1 && amounts.at(-1)?.[0] === name
      const amount = last && random.chance(80) ? left : likelyAmount(random, edition, agreement, left)
      input[name] = shape === 'amount' && amount <= 0n ? 1n : amount < 0n ? 0n : amount
      left = amount > left ? 0n : left - amount
    } else if (shape === 'instant' && !dates.has(name)) {
      // No clock counts from it: since when something has been known.
      input[name] = new Date(now_ms + random.between(-20, 2) * 86_400_000).toISOString()
    } else if (dates.has(name)) {
      input[name] = new Date(now_ms + random.between(-5, 40) * 86_400_000).toISOString()
    } else if (shape === 'direction') {
      input[name] = random.pick(['in', 'out', 'both'])
    } else if (name === 'debt') {
      if (debts.length > 0) input[name] = random.pick(debts)
    } else if (shape === 'reference') {
      input[name] = `ref-${anyNumber(random)}`
    } else if (/reference/.test(shape)) {
      // Spelt as people spell them: two alike are one payment.
      input[name] = random.pick(['ref-', 'REF-', 'Ref - ']) + String(anyNumber(random))
    } else if (shape === 'provider') {
      input[name] = random.pick(['paymongo', 'momo', 'manual'])
    } else if (name === 'currency' && agreement !== null) {
      input[name] = random.chance(95) ? agreement.currency : random.pick(currencies)
    } else {
      const schema = product.shapes?.[shape]
      input[name] = schema ? random.pick(examplesOf(schema)) : `words ${random.below(100)}`
    }
  }
  return input
}

/** Now and then one of a few, so that two meet; mostly not, or none would be left in the end. */
function anyNumber(random: Random): number {
  return random.below(random.chance(10) ? 60 : 1_000_000)
}

function sameAs(
  input: Readonly<Record<string, unknown>>,
  transition: CompiledTransition,
): Record<string, unknown> {
  const is_amount = (name: string) => transition.input[name]?.shape.startsWith('amount') === true
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, is_amount(name) ? BigInt(String(value)) : value]),
  )
}

/** A part of what is held, or exactly what the flow would ask for, or anything. */
function likelyAmount(
  random: Random,
  { flow }: FlowVersion,
  agreement: Agreement | null,
  left: bigint,
): bigint {
  if (agreement === null) return anyAmount(random)
  const fixed = flow.fixed.map((name) => amountOf(agreement, name))
  return random.weighted<() => bigint>([
    [left > 0n ? 6 : 1, () => random.amount(0n, left)],
    [3, () => random.pick(fixed)],
    [2, () => random.pick(fixed) - left],
    [2, () => anyAmount(random)],
  ])()
}
