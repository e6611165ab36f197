/** Engine, pure: a situation is one agreement in a world of its own, with what it stands under or what stands under it. */

import { problem, type Problem } from '../problem.ts'
import type { Purpose } from '../flow/define.ts'
import { holding_purposes, newAccount, walletAccountId, type Account } from '../ledger/account.ts'
import type { Transfer } from '../ledger/post.ts'
import { debtsAmong } from '../engine/accounts.ts'
import { amountOf, type Agreement } from '../engine/agreement.ts'
import type { Accepted, Ask } from '../engine/ask.ts'
import { decide } from '../engine/decide.ts'
import { passesThrough } from '../engine/postings.ts'
import type { FlowRegistry } from '../engine/product.ts'
import { no_outgoings, no_outside, no_references, type WriteSet } from '../engine/batch-state.ts'

/** Who takes part and what the fee schedule says: each combination is explored on its own. */
export interface Setting {
  readonly name: string
  readonly parties: Readonly<Record<string, string>>
  readonly schedule: Readonly<Record<string, string>>
  /** Which of the schedules of its flow. */
  readonly schedule_no: number
  /** What a creation under another agreement gives for every amount: all of it, or half. */
  readonly size: bigint
}

export interface Situation {
  readonly setting: Setting
  /** Null before it is created. */
  readonly agreement: Agreement | null
  /** The agreement that it is opened under, and how often that one moved by itself since. */
  readonly above: Agreement | null
  readonly stirs: number
  /** The agreement that stands under it now, and how many did so far. */
  readonly below: Agreement | null
  readonly births: number
  readonly accounts: ReadonlyMap<string, Account>
  /** Whether the parties' wallets were topped up yet. */
  readonly funded: boolean
  /** What ever came into the agreements' own accounts, or was moved past them; a debt is no money. */
  readonly taken_in: bigint
  /** Of it what was counted twice, since it went on from one of the agreements to another. */
  readonly passed_on: bigint
  readonly now_ms: number
  /** How one came here, for whoever reads a complaint. */
  readonly way: readonly string[]
}

/** A small prime: shares of it must be rounded, and a fee of 1% is still one unit. */
export const whole = 53n
export const currency = 'USD'
/** Debts from before: two, so that one can be repaid and the other not. */
const old_debts = [
  ['00000000-0000-7000-8000-000000000100', whole / 2n],
  ['00000000-0000-7000-8000-000000000200', whole],
] as const

/** `there`: accounts of the outside in which others have left as much as is needed. */
export function unborn(setting: Setting, now_ms: number, there: readonly Purpose[] = []): Situation {
  const alone = { agreement: null, above: null, stirs: 0, below: null, births: 0 }
  const left = there.map((purpose) => ({ ...walletAccount('outside', purpose), balance: whole }))
  const clearing = { ...walletAccount('outside', 'clearing'), balance: -whole * BigInt(left.length) }
  const accounts = new Map([...left, clearing].map((account) => [account.id, account]))
  return { setting, ...alone, accounts, funded: false, taken_in: 0n, passed_on: 0n, now_ms, way: [] }
}

/** The agreements of a situation, those that are there. */
export function familyOf({ above, agreement, below }: Situation): Agreement[] {
  return [above, agreement, below].filter((one) => one !== null)
}

export interface Done {
  readonly next: Situation
  /** The transition of the agreement itself that was taken. */
  readonly took: string | null
  /** It only waits for others to ask for the same. */
  readonly is_mark: boolean
}

/** What one ask makes of a situation. Throws where the engine asserts. */
export function after(situation: Situation, ask: Ask, registry: FlowRegistry, name: string): Done | Problem {
  const { accounts, setting } = situation
  const world = {
    agreements: new Map(familyOf(situation).map((agreement) => [agreement.id, agreement])),
    accounts,
    answers: new Map(),
    references: no_references,
    outside: no_outside,
    schedules: new Map([[ask.flow, setting.schedule]]),
    debts: debtsAmong(accounts.values()),
    outgoings: no_outgoings,
  }
  const { verdicts, changes } = decide(world, [ask], registry)
  const [verdict] = verdicts
  if (verdict?.outcome === 'refused') return verdict.problem
  if (verdict?.outcome !== 'accepted') return problem('internal_error')
  const next = following(situation, ask, verdict, changes)
  const event = changes.events.find(
    ({ agreement, kind }) => agreement === next.agreement?.id && kind === 'transition',
  )
  const is_mark = verdict.event.kind === 'mark'
  return { next: { ...next, way: [...situation.way, name] }, took: event?.transition ?? null, is_mark }
}

function following(situation: Situation, ask: Ask, verdict: Accepted, changes: WriteSet): Situation {
  const now = (agreement: Agreement | null) =>
    agreement && (changes.agreements.get(agreement.id) ?? agreement)
  const is_birth = ask.creation !== null && situation.agreement !== null
  const agreement = situation.agreement === null ? verdict.agreement : now(situation.agreement)
  const below = is_birth ? verdict.agreement : now(situation.below)
  const accounts = new Map([...situation.accounts, ...changes.accounts])
  let { taken_in, passed_on } = situation
  for (const transfer of changes.transfers) {
    taken_in += cameIn(transfer, accounts)
    passed_on += passedOn(transfer, accounts)
  }
  // Ended for good: nothing of it is left but what it counted.
  const is_gone = below !== null && below.ended_ms !== null && below.later === null
  if (is_gone) taken_in -= amountOf(below, 'released') + amountOf(below, 'refunded')
  return {
    ...situation,
    agreement,
    above: now(situation.above),
    below: is_gone ? null : below,
    births: situation.births + (is_birth || ask.actor.kind === 'child' ? 1 : 0),
    stirs: situation.stirs + (situation.above !== null && ask.agreement === situation.above.id ? 1 : 0),
    accounts,
    taken_in,
    passed_on,
    now_ms: ask.now_ms,
  }
}

/** What is owed is taken in where money is held for it, and goes where held money pays it; beside that it is no money. */
function cameIn(
  { debit_account, credit_account, amount }: Transfer,
  accounts: ReadonlyMap<string, Account>,
): bigint {
  const [from, to] = [accounts.get(debit_account), accounts.get(credit_account)]
  const [out, into] = [from, to].map(
    (account) => account !== undefined && holding_purposes.has(account.purpose),
  )
  if (from?.purpose === 'debt' || to?.purpose === 'debt') return into ? amount : out ? -amount : 0n
  if (from !== undefined && to !== undefined && passesThrough(from, to) && !into) return 0n
  return out ? 0n : amount
}

/** Counted by the agreement that it leaves, or that moves it, and held by another one. */
function passedOn(
  { debit_account, credit_account, amount, agreement }: Transfer,
  accounts: ReadonlyMap<string, Account>,
): bigint {
  const [from, to] = [accounts.get(debit_account), accounts.get(credit_account)].map((account) =>
    account !== undefined && holding_purposes.has(account.purpose) ? account.agreement : null,
  )
  if (to === null || from === to) return 0n
  return (to === agreement ? from !== null : from !== agreement) ? amount : 0n
}

/** Money comes into the wallet of every party, twice as much as is needed; who may owe something does. */
export function topUp(situation: Situation, owers: ReadonlyMap<string, string>): Situation {
  const accounts = new Map(situation.accounts)
  const put = (account: Account, amount: bigint) => {
    const known = accounts.get(account.id) ?? account
    const paid_in = account.purpose === 'available' ? known.paid_in + amount : 0n
    accounts.set(account.id, { ...known, balance: known.balance + amount, paid_in })
  }
  const { parties } = situation.setting
  for (const person of new Set(Object.values({ ...situation.above?.parties, ...parties }))) {
    put(walletAccount(person, 'available'), 2n * whole)
    put(walletAccount('outside', 'clearing'), -2n * whole)
  }
  for (const [party, lender] of owers) {
    for (const [id, owed] of old_debts) {
      const owner = parties[party] ?? party
      const debt = { id, owner, purpose: 'debt', currency, agreement: id, beneficiary: null } as const
      put(newAccount(debt), -owed)
      put(walletAccount(parties[lender] ?? lender, 'due'), owed)
    }
  }
  return { ...situation, accounts, funded: true, way: [...situation.way, '(money arrives)'] }
}

function walletAccount(owner: string, purpose: Purpose): Account {
  const id = walletAccountId(owner, purpose, currency)
  return newAccount({ id, owner, purpose, currency, agreement: null, beneficiary: null })
}
