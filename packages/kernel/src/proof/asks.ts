/** Engine, pure: everything that anyone, or the clock, could ask for in a situation, with small amounts. */

import { amountsAtCreation, type CompiledTransition } from '../flow/compile.ts'
import { amountOf, type Agreement } from '../engine/agreement.ts'
import type { Actor, Ask, Creation } from '../engine/ask.ts'
import type { Cast, Scene } from './scene.ts'
import { settingsUnder } from './settings.ts'
import { currency, whole, type Situation } from './situation.ts'
import { fixedValues, isWorthAsking, valuesOf, type Asking, type Width } from './values.ts'

export interface Possible {
  readonly ask: Ask
  /** Who asks; of the agreement above with that word before it. */
  readonly role: string
}

/** So many agreements are opened under one that is explored, one after another, or so often is asked in their name. */
export const births_max = 2
/** So often the agreement above moves by itself while the one below lives. */
export const stirs_max = 1

const agreement_id = '01900000-0000-7000-8000-000000000000'
const child_ids = ['01900000-0000-7000-8000-000000020000', '01900000-0000-7000-8000-000000030000']
const ask_id = '01900000-0000-7000-8000-000000010000'
const child: Actor = { kind: 'child', id: 'below', party: null }
/** The second one only ever asks for what the first one has asked for. */
export const operators = ['operator', 'operator_2'] as const

/** The agreement that somebody asks about, and how widely it is explored. */
interface Subject extends Cast {
  readonly agreement: Agreement
  readonly width: Width
}

export function asksIn(situation: Situation, scene: Scene): Possible[] {
  const { self, above: cast_above, below: casts } = scene
  const { agreement, above, below, births, stirs } = situation
  if (agreement === null) {
    const id = above === null ? agreement_id : (child_ids[0] ?? '')
    return creations(situation, self, situation.setting.parties, id, 'all')
  }
  const subject: Subject = { ...self, agreement, width: 'all' }
  const cast_below = casts.find(({ flow }) => flow.name === below?.flow)
  return [
    ...byPersons(situation, subject),
    ...revocations(situation, subject),
    ...byJob(situation, agreement),
    ...byClock(situation, agreement),
    ...(births < births_max ? inTheNameOfOthers(situation, subject, scene.driven) : []),
    ...(births < births_max && below === null
      ? casts.flatMap((cast) => birthsOf(situation, subject, cast))
      : []),
    ...(below !== null && cast_below
      ? asksBelow(situation, { ...cast_below, agreement: below, width: 'few' })
      : []),
    ...(above !== null && cast_above && scene.depends && stirs < stirs_max
      ? asksAbove(situation, { ...cast_above, agreement: above, width: 'few' }, agreement)
      : []),
  ]
}

function asksBelow(situation: Situation, subject: Subject): Possible[] {
  const { agreement } = subject
  return [...byPersons(situation, subject), ...byJob(situation, agreement), ...byClock(situation, agreement)]
}

/** It acts by itself; its clock no later than that of the one below. */
function asksAbove(situation: Situation, subject: Subject, below: Agreement): Possible[] {
  const { due_ms } = subject.agreement
  const first = due_ms !== null && due_ms <= (below.due_ms ?? due_ms)
  return [...byPersons(situation, subject), ...(first ? byClock(situation, subject.agreement) : [])].map(
    ({ ask, role }) => ({ ask, role: `above ${role}` }),
  )
}

function birthsOf(situation: Situation, { agreement, flow }: Subject, cast: Cast): Possible[] {
  const all = settingsUnder(cast.flow, agreement.parties, flow.parties).filter(
    ({ schedule, parties }) =>
      Object.keys(schedule).length === 0 && [...cast.flow.optional].every((role) => role in parties),
  )
  const id = child_ids[situation.births] ?? ''
  return all.flatMap(({ parties }) => creations(situation, cast, parties, id, 'few'))
}

/** Fixed amounts are the whole or half of it; those that a later transition sets are not known yet. */
function creations(
  situation: Situation,
  cast: Cast,
  parties: Creation['parties'],
  id: string,
  width: Width,
): Possible[] {
  const { flow } = cast
  const asking = askingOf(situation, cast, flow.creation, null, width)
  const choices = amountsAtCreation(flow).map((name) => [name, fixedValues(asking, name)] as const)
  const under = (situation.agreement ?? situation.above)?.id ?? null
  const size = situation.above === null ? null : situation.setting.size
  const all = combinations(choices).filter((amounts) => flow.under === null || isEven(amounts, size))
  return all.flatMap((amounts) => {
    const creation = {
      parties,
      currency,
      amounts,
      terms: {},
      reference: null,
      under: flow.under ? under : null,
    }
    return byAll(asking, { id, agreement: null, creation, now_ms: situation.now_ms }, parties)
  })
}

/** Under another agreement: each is nothing, or as much as all others. */
function isEven(amounts: Record<string, bigint>, size: bigint | null): boolean {
  const [first, ...others] = Object.values(amounts).filter((amount) => amount > 0n)
  return (
    others.every((amount) => amount === first) && (size === null || first === undefined || first === size)
  )
}

/** Where a guard may look at the time, once at once and once just before the clock would act. */
function byPersons(situation: Situation, { agreement, width, ...cast }: Subject): Possible[] {
  const due = agreement.due_ms
  const { now_ms } = situation
  return [...cast.flow.transitions.values()]
    .filter((t) => t.clock === null && t.from.has(agreement.state) && !(t.agreed && width === 'few'))
    .flatMap((transition) => {
      const waits = transition.needs.length > 0 && due !== null && due - 1 > now_ms
      const asking = askingOf(situation, cast, transition, agreement, width)
      return (waits ? [now_ms, due - 1] : [now_ms]).flatMap((at_ms) =>
        byAll(asking, { id: ask_id, agreement, creation: null, now_ms: at_ms }, agreement.parties),
      )
    })
}

/** Who has said so takes it back. */
function revocations({ now_ms }: Situation, { agreement, flow }: Subject): Possible[] {
  return Object.entries(agreement.marks).flatMap(([transition, by]) =>
    Object.keys(by).flatMap((role) =>
      actorsOf(role, agreement.parties).map((actor) => {
        const what = { flow: flow.name, agreement: agreement.id, creation: null, transition, input: {} }
        const ask = { ...what, id: ask_id, kind: 'revoke', actor, reason: null, key: null, now_ms } as const
        return { role, ask }
      }),
    ),
  )
}

/** What agreements below would drive, where none of them moves money of this one. */
function inTheNameOfOthers(situation: Situation, subject: Subject, driven: ReadonlySet<string>): Possible[] {
  const { agreement, width } = subject
  return [...subject.flow.transitions.values()]
    .filter((t) => driven.has(t.name) && t.from.has(agreement.state))
    .flatMap((transition) => {
      const asking = askingOf(situation, subject, transition, agreement, width)
      const about = { id: ask_id, agreement, creation: null, now_ms: situation.now_ms }
      return inputsOf(asking).map((input) => ({ role: 'child', ask: askOf(asking, about, child, input) }))
    })
}

function askingOf(
  { accounts }: Situation,
  { product, flow }: Cast,
  transition: CompiledTransition,
  agreement: Agreement | null,
  width: Width,
): Asking {
  const owed = [...accounts.values()].filter(({ purpose, balance }) => purpose === 'debt' && balance < 0n)
  const [held, known] =
    agreement === null ? [0n, 0n] : [amountOf(agreement, 'held'), amountOf(agreement, flow.whole)]
  const debts = owed.flatMap((account) => account.agreement ?? [])
  return { product, flow, transition, held, size: known > 0n ? known : whole, width, debts }
}

interface About {
  readonly id: string
  readonly agreement: Agreement | null
  readonly creation: Creation | null
  readonly now_ms: number
}

function byAll(asking: Asking, about: About, parties: Creation['parties']): Possible[] {
  const inputs = inputsOf(asking)
  const roles = rolesOf(asking)
  return roles.flatMap((role) =>
    actorsOf(role, parties).flatMap((actor) =>
      inputs.map((input) => ({ role, ask: askOf(asking, about, actor, input) })),
    ),
  )
}

/** An offer is answered by all others; beside another agreement one who may is enough, and the operator, who ends it. */
function rolesOf({ transition: { by, by_all, agreed }, width }: Asking): readonly string[] {
  if (agreed) return by.slice(0, 1)
  return width === 'all' || by_all ? by : by.filter((role, i) => i === 0 || role === 'operator')
}

/** Amounts in every combination; of the other fields at most one that is not as in all others. */
function inputsOf(asking: Asking): Record<string, unknown>[] {
  const fields = Object.keys(asking.transition.input).map((name) => [name, valuesOf(asking, name)] as const)
  const is_figure = ([, values]: (typeof fields)[number]) => values.some((value) => typeof value === 'bigint')
  const others = fields.filter((field) => !is_figure(field))
  const usual = combinations(others.map(([name, [first]]) => [name, [first]]))
  const unusual = others.flatMap(([name, [, ...values]]) =>
    usual.flatMap(({ [name]: _usual, ...one }) => values.map((value) => ({ ...one, [name]: value }))),
  )
  const figures = combinations(fields.filter(is_figure))
  return [...usual, ...unusual]
    .flatMap((one) => figures.map((amounts) => ({ ...one, ...amounts })))
    .filter((input) => isWorthAsking(asking, input))
}

function askOf({ flow, transition }: Asking, about: About, actor: Actor, input: Ask['input']): Ask {
  const { id, agreement, creation, now_ms } = about
  const reason = actor.kind === 'operator' ? 'because' : null
  const asked = {
    id,
    kind: 'transition',
    flow: flow.name,
    agreement: agreement?.id ?? null,
    creation,
  } as const
  return { ...asked, transition: transition.name, actor, input, reason, key: null, now_ms }
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

function actorsOf(role: string, parties: Creation['parties']): Actor[] {
  if (role === 'child') return []
  if (role === 'operator') return [{ kind: role, id: operators[0], party: null }]
  if (role === 'service') return [{ kind: role, id: role, party: null }]
  const person = parties[role]
  return person === undefined ? [] : [{ kind: 'party', id: person, party: person }]
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
