/** Engine, pure: everything that anyone, or the clock, could ask for in a situation, with small amounts. */

import { amountsAtCreation, type ReadFlow, type ReadTransition } from '../flow/read.ts'
import { amountOf, type Agreement } from './agreement.ts'
import type { Actor, Ask, Creation } from './ask.ts'
import { currency, whole, type Situation } from './explore-situation.ts'

export interface Possible {
  readonly ask: Ask
  readonly role: string
}

const agreement_id = '01900000-0000-7000-8000-000000000000'
const ask_id = '01900000-0000-7000-8000-000000010000'
/** Whenever a field is a date that the clock counts from. */
const date = '2001-02-01T00:00:00.000Z'

export function asksIn(situation: Situation, flow: ReadFlow): Possible[] {
  const { agreement } = situation
  if (agreement === null) return creations(situation, flow)
  const persons = [...flow.transitions.values()]
    .filter((t) => t.clock === null && t.edges.some(({ from }) => from === agreement.state))
    .flatMap((transition) => byPersons(situation, agreement, flow, transition))
  return [...persons, ...byJob(situation, agreement), ...byClock(situation, agreement)]
}

/** Fixed amounts are the whole or half of it; those that a later transition sets are not known yet. */
function creations(situation: Situation, flow: ReadFlow): Possible[] {
  const choices = amountsAtCreation(flow).map(
    (name) => [name, name === flow.whole ? [whole] : [whole / 2n, whole]] as const,
  )
  return combinations(choices).flatMap((amounts) => {
    const { parties } = situation.setting
    const creation = {
      parties,
      currency,
      amounts,
      terms: {},
      reference: null,
    }
    return byAll(situation, flow, flow.creation, agreement_id, creation, 0n, situation.now_ms)
  })
}

/** Where a guard may look at the time, once at once and once just before the clock would act. */
function byPersons(
  situation: Situation,
  agreement: Agreement,
  flow: ReadFlow,
  transition: ReadTransition,
): Possible[] {
  const due = agreement.due_ms
  const instants = [situation.now_ms]
  if (transition.needs.length > 0 && due !== null && due - 1 > situation.now_ms) instants.push(due - 1)
  const held = amountOf(agreement, 'held')
  return instants.flatMap((now_ms) => byAll(situation, flow, transition, ask_id, null, held, now_ms))
}

function byAll(
  { setting, agreement }: Situation,
  flow: ReadFlow,
  transition: ReadTransition,
  id: string,
  creation: Creation | null,
  held: bigint,
  now_ms: number,
): Possible[] {
  const inputs = combinations(
    Object.entries(transition.input).map(([name]) => [name, valuesOf(flow, transition, name, held)]),
  )
  return transition.by.flatMap((role) => {
    const actor = actorOf(role, setting.parties)
    if (actor === null) return []
    const reason = role === 'operator' ? 'because' : null
    const asked = {
      id,
      kind: 'transition' as const,
      flow: flow.name,
      agreement: agreement?.id ?? null,
      creation,
    }
    const ask = { ...asked, transition: transition.name, actor, reason, key: null, now_ms }
    return inputs.map((input) => ({ role, ask: { ...ask, input } }))
  })
}

function byJob({ now_ms }: Situation, agreement: Agreement): Possible[] {
  if (agreement.later === null) return []
  return [{ role: 'job', ask: unattended(agreement, 'later', agreement.later, now_ms) }]
}

/** The clock jumps to whatever is due next. */
function byClock({ now_ms }: Situation, agreement: Agreement): Possible[] {
  return agreement.timers
    .filter(({ at_ms }) => at_ms === agreement.due_ms)
    .map(({ transition, kind, at_ms }) => {
      const ask = unattended(
        agreement,
        kind === 'reminder' ? 'reminder' : 'timer',
        transition,
        Math.max(at_ms, now_ms),
      )
      return { role: 'clock', ask }
    })
}

function unattended(agreement: Agreement, kind: Ask['kind'], transition: string, now_ms: number): Ask {
  const actor = { kind: 'clock', id: 'clock', party: null } as const
  const what = { flow: agreement.flow, agreement: agreement.id, creation: null, transition, input: {} }
  return { ...what, id: ask_id, kind, actor, reason: null, key: null, now_ms }
}

function actorOf(role: string, parties: Situation['setting']['parties']): Actor | null {
  if (role === 'operator' || role === 'service') return { kind: role, id: role, party: null }
  const person = parties[role]
  return person === undefined ? null : { kind: 'party', id: person, party: person }
}

/** Amounts: none, one, half, all but half, all that is held, what is lacking, one too much. The rest is one value of each kind. */
function valuesOf(
  flow: ReadFlow,
  transition: ReadTransition,
  name: string,
  held: bigint,
): readonly unknown[] {
  const { shape, optional } = transition.input[name] ?? { shape: 'text', optional: true }
  if (flow.amounts.includes(name)) {
    const all = held > 0n ? held : whole
    const amounts =
      name === flow.whole ? [whole] : [1n, all / 2n, all - all / 2n, all, all + 1n, whole - held]
    const none = shape === 'amount_or_zero' ? [0n] : []
    const possible = [...new Set([...none, ...amounts])].filter(
      (amount) => amount >= 0n && (amount > 0n || none.length > 0),
    )
    return optional ? [undefined, ...possible] : possible
  }
  if (shape === 'direction') return ['in', 'out', 'both']
  const counts = [...flow.transitions.values()].some(({ clock }) => clock?.since === name)
  if (counts) return optional ? [undefined, date] : [date]
  return optional ? [undefined] : ['x']
}

function combinations<T>(
  choices: readonly (readonly [name: string, values: readonly (T | undefined)[]])[],
): Record<string, T>[] {
  return choices.reduce<Record<string, T>[]>(
    (some, [name, values]) =>
      some.flatMap((one) => values.map((value) => (value === undefined ? one : { ...one, [name]: value }))),
    [{}],
  )
}
