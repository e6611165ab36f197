/** Engine, pure: a situation is one agreement in a world of its own, as `explore` comes across it. */

import { problem, type Problem } from '../base/problem.ts'
import type { Purpose } from '../flow/define.ts'
import type { ReadFlow } from '../flow/read.ts'
import { floorOf, holding_purposes, newAccount, walletAccountId, type Account } from '../ledger/account.ts'
import { amountOf, type Agreement, type Marks, type Timer } from './agreement.ts'
import type { Ask } from './ask.ts'
import { decide } from './decide.ts'
import type { Catalogue } from './product.ts'

/** Who takes part and what the fee schedule says: each combination is explored on its own. */
export interface Setting {
  readonly name: string
  readonly parties: Readonly<Record<string, string>>
  readonly schedule: Readonly<Record<string, string>>
}

export interface Situation {
  readonly setting: Setting
  /** Null before it is created. */
  readonly agreement: Agreement | null
  readonly accounts: ReadonlyMap<string, Account>
  /** Whether the parties' wallets were topped up yet. */
  readonly funded: boolean
  /** What ever came into the agreement's own accounts, or was moved past them; a debt is no money. */
  readonly taken_in: bigint
  readonly now_ms: number
  /** How one came here, for whoever reads a complaint. */
  readonly way: readonly string[]
}

/** A small prime: shares of it must be rounded, and a fee of 1% is still one unit. */
export const whole = 53n
export const currency = 'USD'

/** What one ask makes of a situation. Throws where the engine asserts. */
export function after(
  situation: Situation,
  ask: Ask,
  catalogue: Catalogue,
  name: string,
): Situation | Problem {
  const { agreement, accounts, setting } = situation
  const world = {
    agreements: new Map(agreement === null ? [] : [[agreement.id, agreement]]),
    accounts,
    answers: new Map(),
    references: new Set<string>(),
    schedules: new Map([[ask.flow, setting.schedule]]),
  }
  const { verdicts, changes } = decide(world, [ask], catalogue)
  const [verdict] = verdicts
  if (verdict?.outcome === 'refused') return verdict.problem
  if (verdict?.outcome !== 'accepted') return problem('internal_error')
  const now = new Map([...accounts, ...changes.accounts])
  const purposeOf = (id: string) => now.get(id)?.purpose ?? 'available'
  const came_in = verdict.transfers.map(({ debit_account, credit_account, amount }) =>
    cameIn(purposeOf(debit_account), purposeOf(credit_account), amount),
  )
  return {
    ...situation,
    agreement: verdict.agreement,
    accounts: now,
    taken_in: came_in.reduce((total, amount) => total + amount, situation.taken_in),
    now_ms: ask.now_ms,
    way: [...situation.way, name],
  }
}

/** What is owed is taken in where money is held for it, and goes where held money pays it; beside that it is no money. */
function cameIn(from: Purpose, to: Purpose, amount: bigint): bigint {
  const [out, into] = [from, to].map((purpose) => holding_purposes.has(purpose))
  if (from === 'debt' || to === 'debt') return into ? amount : out ? -amount : 0n
  return out ? 0n : amount
}

/** Money comes into the wallet of every party, twice as much as is needed. */
export function topUp(situation: Situation): Situation {
  const accounts = new Map(situation.accounts)
  const put = (owner: string, purpose: 'available' | 'clearing', amount: bigint) => {
    const id = walletAccountId(owner, purpose, currency)
    const fresh = newAccount({ id, owner, purpose, currency, agreement: null, beneficiary: null })
    const account = accounts.get(id) ?? fresh
    const paid_in = purpose === 'available' ? account.paid_in + amount : 0n
    accounts.set(id, { ...account, balance: account.balance + amount, paid_in })
  }
  for (const person of Object.values(situation.setting.parties)) {
    put(person, 'available', 2n * whole)
    put('outside', 'clearing', -2n * whole)
  }
  return { ...situation, accounts, funded: true, way: [...situation.way, '(money arrives)'] }
}

/** What of a situation counts when two are compared. */
export interface Sight {
  /** `exact`: how long the clock still waits. `in_order`: only what it will do first. */
  readonly time: 'exact' | 'in_order'
  /** Data counts where a guard may look at it. */
  readonly data: boolean
}

/** Situations with the same key have the same future, and are looked at once. Of marks it keeps who made them. */
export function keyOf({ setting, agreement, accounts, funded, now_ms }: Situation, sight: Sight): string {
  const balances = [...accounts.values()]
    .filter(({ balance, block }) => balance !== 0n || block !== 'none')
    .map(({ owner, purpose, balance, block }) => `${owner}.${purpose} ${balance} ${block}`)
    .toSorted()
  if (agreement === null) return JSON.stringify([setting.name, funded, balances])
  const { state, money, amounts, marks, paused, later, timers, data } = agreement
  const waits = ahead(timers, ({ at_ms }) => at_ms - now_ms, sight)
  const stopped = paused && [
    paused.state,
    paused.by,
    markers(paused.marks),
    ahead(paused.left, ({ ms }) => ms, sight),
  ]
  const sums = Object.entries(amounts).map(([name, amount]) => `${name} ${amount}`)
  const is = [state, money, sums, markers(marks), stopped, later, waits, sight.data ? data : null]
  return JSON.stringify([setting.name, funded, balances, is])
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

function markers(marks: Marks): (readonly [string, string[]])[] {
  return Object.entries(marks).map(([name, by]) => [name, Object.keys(by).toSorted()])
}

/** What is wrong with the books of a situation; nothing, if engine and flow are sound. */
export function faultsOf({ agreement, accounts, taken_in }: Situation, flow: ReadFlow): string[] {
  const all = [...accounts.values()]
  const faults: string[] = []
  if (sum(all) !== 0n) faults.push('all accounts together are not zero')
  for (const { owner, purpose, balance } of all) {
    const floor = floorOf(purpose)
    if (floor !== null && balance < floor) faults.push(`${owner}.${purpose} is below its floor`)
  }
  if (agreement === null) return faults
  const held = sum(all.filter(({ purpose }) => holding_purposes.has(purpose)))
  if (held !== amountOf(agreement, 'held')) faults.push('the held amount is not the sum of the held accounts')
  const gone = amountOf(agreement, 'released') + amountOf(agreement, 'refunded')
  if (held + gone !== taken_in) faults.push('what came in is not what is held, released and refunded')
  if (flow.ends.has(agreement.state) && agreement.later === null && held !== 0n)
    faults.push('the end still holds money')
  return faults
}

function sum(accounts: readonly Account[]): bigint {
  return accounts.reduce((total, { balance }) => total + balance, 0n)
}
