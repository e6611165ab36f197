/** Simulation: how much each move of the flow file had to post, by rules far simpler than the engine's. */

import assert from 'node:assert/strict'
import type { Books, ToldPosting } from './books.ts'
import { bps, type MoveText } from './flow-text.ts'

export interface Facts {
  readonly books: Books
  readonly agreement: string
  readonly currency: string
  readonly parties: Readonly<Record<string, string>>
  readonly terms: Readonly<Record<string, string>>
  /** Amounts that were fixed, and those given with the transition. */
  readonly amounts: Readonly<Record<string, bigint>>
}

/** A share of a part may differ from its exact value by so many units: rounded in the whole and over earlier parts. */
const rounding_units = 3n

/** Posts the event's postings to the books, move by move; calls `posted` with both balances after each. */
export function follow(
  moves: readonly MoveText[],
  postings: readonly ToldPosting[],
  facts: Facts,
  posted: (posting: ToldPosting, after: { debit: bigint; credit: bigint }) => void,
): void {
  let next = 0
  for (const group of groupsOf(moves)) {
    const [first] = group
    assert(first)
    const total =
      first.amount === 'held'
        ? facts.books.balance(nameOf(first.from, facts), facts.currency, facts.agreement)
        : (facts.amounts[first.amount] ?? 0n)
    let sum = 0n
    for (const move of group) {
      const posting = postings[next]
      const is = posting !== undefined && matches(posting, move, facts)
      const amount = is ? BigInt(posting.amount) : 0n
      sum += amount
      checkShare(move, amount, total, facts)
      if (!is) continue
      posted(posting, facts.books.post(posting, facts.currency, facts.agreement))
      next += 1
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

function matches(posting: ToldPosting, move: MoveText, facts: Facts): boolean {
  if (!isThere(move.to, facts) || !isThere(move.from, facts)) return false
  return (
    posting.from === nameOf(move.from, facts) &&
    posting.to === nameOf(move.to, facts) &&
    posting.code === move.code
  )
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

function isThere(account: string, { parties }: Facts): boolean {
  const [role = ''] = account.split('.')
  return role === 'platform' || role === 'outside' || parties[role] !== undefined
}

function nameOf(account: string, { parties }: Facts): string {
  const [role = '', purpose = ''] = account.split('.')
  return `${parties[role] ?? role}.${purpose}`
}
