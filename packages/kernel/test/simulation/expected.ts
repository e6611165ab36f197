/** Simulation: how much each move of the flow file had to post, by rules far simpler than the engine's. */

import assert from 'node:assert/strict'
import { isBound, ownerOf, purposeOf, type Between, type Books, type ToldPosting } from './books.ts'
import { bps, type MoveText } from './flow-text.ts'

export interface Facts {
  readonly books: Books
  readonly agreement: string
  readonly currency: string
  readonly parties: Readonly<Record<string, string>>
  readonly terms: Readonly<Record<string, string>>
  /** Amounts that are kept, and those given with the transition. */
  readonly amounts: Readonly<Record<string, bigint>>
  /** What all accounts of the agreement hold. */
  readonly held: bigint
  /** The agreement above, and the one whose accounts its name stands for. */
  readonly above: { readonly as: string; readonly agreement: string; readonly owner: string } | null
  /** The agreement whose debt alone is meant. */
  readonly debt: string | null
}

export type Posted = (
  posting: ToldPosting,
  after: { debit: bigint; credit: bigint },
  between: Between,
) => void

/** No more are repaid at once. */
const debts_max = 90

/** A share of a part may differ from its exact value by so many units: rounded in the whole and over earlier parts. */
const rounding_units = 3n

/** Posts the event's postings to the books, move by move; calls `posted` with both balances after each. */
export function follow(
  moves: readonly MoveText[],
  postings: readonly ToldPosting[],
  facts: Facts,
  posted: Posted,
): void {
  let next = 0
  for (const group of groupsOf(moves)) {
    const [first] = group
    assert(first)
    const total = first.amount === 'held' ? balanceOf(first.from, facts) : (facts.amounts[first.amount] ?? 0n)
    let sum = 0n
    for (const move of group) {
      const made = madeBy(move, postings.slice(next), facts)
      const amount = made.reduce((all, posting) => all + BigInt(posting.amount), 0n)
      sum += amount
      next += made.length
      checkShare(move, amount, total, facts)
      const debts = debtsMeant(move.to, facts)
      for (const [i, posting] of made.entries()) {
        const to = purposeOf(move.to) === 'debts' ? (debts[i] ?? '') : agreementOf(move.to, facts)
        const between = { from: agreementOf(move.from, facts), to }
        const after = facts.books.post(posting, facts.currency, between)
        assert(i === made.length - 1 || after.credit === 0n, `${posting.to}: the oldest debt comes first`)
        posted(posting, after, between)
      }
    }
    const whole = group.some(({ share }) => share === null || share === 'rest')
    assert(!whole || sum === total, `the parts of ${first.amount} sum to ${sum}, not to ${total}`)
  }
  assert.equal(
    next,
    postings.length,
    `a posting that the flow does not plan: ${JSON.stringify(postings[next])}`,
  )
}

/** How much of an amount was moved by the postings themselves, in the move of all of it; null where there is none. */
export function movedOf(
  amount: string,
  moves: readonly MoveText[],
  to: string,
  postings: readonly ToldPosting[],
  facts: Facts,
): bigint | null {
  const move = moves.find((one) => one.amount === amount && one.share === null && (one.into ?? to) === to)
  if (move === undefined) return null
  const isMade = (posting: ToldPosting) =>
    posting.from === nameOf(move.from, facts) &&
    posting.to === nameOf(move.to, facts).replace(/debts$/, 'debt') &&
    posting.code === move.code
  const made = postings.filter(isMade)
  return made.reduce((sum, posting) => sum + BigInt(posting.amount), 0n)
}

/** What is on an account; of debts, what is owed. */
export function balanceOf(account: string, facts: Facts): bigint {
  const { books, currency } = facts
  if (purposeOf(account) !== 'debts') {
    return books.balance(nameOf(account, facts), currency, agreementOf(account, facts))
  }
  const name = nameOf(account, facts).replace(/debts$/, 'debt')
  return debtsMeant(account, facts).reduce((owed, id) => owed - books.balance(name, currency, id), 0n)
}

function debtsMeant(account: string, facts: Facts): string[] {
  if (purposeOf(account) !== 'debts') return []
  const open = facts.books.debtsOf(ownerOf(nameOf(account, facts)), facts.currency)
  return facts.debt === null ? open.slice(0, debts_max) : open.filter((id) => id === facts.debt)
}

function checkShare(
  { share, to, amount: name }: MoveText,
  amount: bigint,
  total: bigint,
  facts: Facts,
): void {
  if (share === null || share === 'rest') return
  const rate = isThere(to, facts) ? bps(facts.terms[share] ?? share) : 0n
  const off = amount * 10_000n - total * rate
  const abs = off < 0n ? -off : off
  assert(abs <= rounding_units * 10_000n, `${share} of ${name} (${total}) paid ${amount} to ${to}`)
}

/** The postings that come next and are this move: one, none where nothing is moved, or one for each debt. */
function madeBy(move: MoveText, next: readonly ToldPosting[], facts: Facts): readonly ToldPosting[] {
  if (!isThere(move.to, facts) || !isThere(move.from, facts)) return []
  const to = nameOf(move.to, facts).replace(/debts$/, 'debt')
  const other = next.findIndex(
    (posting) => posting.from !== nameOf(move.from, facts) || posting.to !== to || posting.code !== move.code,
  )
  const alike = other === -1 ? next : next.slice(0, other)
  return purposeOf(move.to) === 'debts' ? alike : alike.slice(0, 1)
}

/** Neighbours that share one amount of one account. */
function groupsOf(moves: readonly MoveText[]): MoveText[][] {
  const groups: MoveText[][] = []
  for (const move of moves) {
    const last = groups.at(-1)
    const before = last?.[0]
    const joins = before?.share && move.share && before.amount === move.amount && before.from === move.from
    if (joins) last?.push(move)
    else groups.push([move])
  }
  return groups
}

function isThere(account: string, { parties, above }: Facts): boolean {
  const role = ownerOf(account)
  return role === 'platform' || role === 'outside' || role === above?.as || parties[role] !== undefined
}

function nameOf(account: string, { parties, above }: Facts): string {
  const role = ownerOf(account)
  const owner = role === above?.as ? above.owner : (parties[role] ?? role)
  return `${owner}.${purposeOf(account)}`
}

function agreementOf(account: string, { agreement, above }: Facts): string {
  if (!isBound(account)) return ''
  return ownerOf(account) === above?.as ? above.agreement : agreement
}
