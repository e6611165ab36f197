/** Engine, pure: which situations of a flow are alike, so that each is looked at once. */

import { bound_purposes } from '../ledger/account.ts'
import { proposalsOf, type Agreement, type Marks, type Timer } from '../engine/agreement.ts'
import type { Situation } from './situation.ts'

/** What of a situation counts when two are compared. */
export interface Sight {
  /** `exact`: how long the clock still waits. `in_order`: only what it will do first. */
  readonly time: 'exact' | 'in_order'
  /** The data of the agreement itself counts, where a guard may look at it. */
  readonly data: boolean
  /** Data that says when something happened last: it counts that it did. */
  readonly stamps: ReadonlySet<string>
  /** Data that a clock counts from, in this state or in one that comes. */
  readonly dates: ReadonlySet<string>
}

/** Situations with the same key have the same future. Of marks it keeps who made them. */
export function keyOf(situation: Situation, sight: Sight): string {
  const { setting, agreement, above, below, births, stirs, accounts, funded, now_ms } = situation
  const names = new Map([above, agreement, below].map((one, i) => [one?.id ?? null, 'abc'[i] ?? '']))
  const balances = [...accounts.values()]
    .filter(({ balance, block }) => balance !== 0n || block !== 'none')
    // Debts are repaid in this order.
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map(({ owner, purpose, agreement: of, balance, block }) => {
      const whose = bound_purposes.has(purpose) ? (names.get(of) ?? 'gone') : ''
      return `${owner}.${purpose} ${whose} ${balance} ${block}`
    })
  const beside = { ...sight, data: false }
  const is = (one: Agreement | null, as: Sight) => one && describe(one, now_ms, as)
  const family = [is(above, beside), is(agreement, sight), is(below, beside)]
  return JSON.stringify([setting.name, funded, balances, births, stirs, family])
}

function describe(agreement: Agreement, now_ms: number, sight: Sight): unknown[] {
  const { flow, state, money, amounts, marks, paused, later, timers } = agreement
  const waits = ahead(timers, ({ at_ms }) => at_ms - now_ms, sight)
  const stopped = paused && [
    paused.state,
    paused.by,
    markers(paused.marks),
    ahead(paused.left, ({ ms }) => ms, sight),
  ]
  const sums = Object.entries(amounts).map(([name, amount]) => `${name} ${amount}`)
  return [
    flow,
    state,
    money,
    sums,
    markers(marks),
    offers(agreement),
    stopped,
    later,
    waits,
    data(agreement, sight),
  ]
}

/** What the clock will do, in order; what comes at one instant stands together. */
function ahead<T extends Pick<Timer, 'transition' | 'kind'>>(
  timers: readonly T[],
  wait_ms: (timer: T) => number,
  { time }: Sight,
): unknown[] {
  return [...Map.groupBy(timers, wait_ms)]
    .toSorted(([a], [b]) => a - b)
    .map(([ms, together]) => [
      time === 'exact' ? ms : '',
      ...together.map(({ transition, kind }) => `${kind} ${transition}`).toSorted(),
    ])
}

function markers(marks: Marks): (readonly [string, readonly string[]])[] {
  return Object.entries(marks)
    .map(([name, by]) => [name, Object.keys(by).toSorted()] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
}

function offers(agreement: Agreement): unknown[] {
  return Object.entries(proposalsOf(agreement)).map(([name, { by, input }]) => [name, by, input])
}

function data(
  { data: { proposals: _offers, ...others } }: Agreement,
  { data: counts, stamps, dates }: Sight,
): unknown {
  if (!counts) return [others['debt'] ?? null, ...[...dates].map((name) => others[name] ?? null)]
  return Object.entries(others).map(([name, value]) => [name, stamps.has(name) ? 'once' : value])
}
