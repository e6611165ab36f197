/** Ledger: what a posting counts, row by row, and that no wallet ever spends less than nothing. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isProblem } from '../problem.ts'
import type { Purpose } from '../flow/define.ts'
import { inRange } from '../money/amount.ts'
import { inWallet, newAccount, walletAccountId, type Account } from './account.ts'
import { post, type Accounts } from './post.ts'

const owners = ['ana', 'ben', 'platform', 'outside']
const purposes: readonly Purpose[] = [
  'available',
  'held',
  'payout',
  'revenue',
  'clearing',
  'debt',
  'due',
  'suspense',
  'transit',
]

class Shelf implements Accounts {
  readonly accounts = new Map<string, Account>()

  get(account: Account): Account {
    return this.accounts.get(account.id) ?? account
  }

  set(account: Account): void {
    this.accounts.set(account.id, account)
  }

  /** Earned, paid in and withdrawn of a wallet. */
  sums(owner: string): bigint[] {
    const { earned, paid_in, withdrawn } =
      this.#all(owner).find(({ purpose }) => purpose === 'available') ?? none
    return [earned, paid_in, withdrawn]
  }

  spent(owner: string): bigint {
    const [earned = 0n, paid_in = 0n, withdrawn = 0n] = this.sums(owner)
    const inside = this.#all(owner).filter(inWallet)
    return paid_in + earned - withdrawn - inside.reduce((sum, { balance }) => sum + balance, 0n)
  }

  #all(owner: string): Account[] {
    return [...this.accounts.values()].filter((account) => account.owner === owner)
  }
}

const none = { earned: 0n, paid_in: 0n, withdrawn: 0n }

function account(text: string, balance = 0n): Account {
  const [owner = '', purpose = ''] = text.split('.')
  const is = {
    id: purpose === 'available' ? availableId(owner) : text,
    owner,
    purpose: purpose as Purpose,
    currency: 'PHP',
    agreement: null,
    beneficiary: null,
  }
  return { ...newAccount(is), balance }
}

/** As the ledger derives it. */
function availableId(owner: string): string {
  return walletAccountId(owner, 'available', 'PHP')
}

test.each([
  ['a top-up', 'outside.clearing', 'ana.available', [0n, 7n, 0n]],
  ['a payment straight into an agreement', 'outside.clearing', 'ana.held', [0n, 7n, 0n]],
  ['a refund to where it came from', 'ana.held', 'outside.clearing', [0n, -7n, 0n]],
  ['a refund that is under way', 'ana.held', 'outside.transit', [0n, -7n, 0n]],
  ['a refund that did not arrive', 'outside.transit', 'ana.available', [0n, 7n, 0n]],
  ['a refund that has arrived', 'outside.transit', 'outside.clearing', [0n, 0n, 0n]],
  ['a payout', 'ana.payout', 'outside.clearing', [0n, 0n, 7n]],
  ['a payout at once', 'ana.available', 'outside.clearing', [0n, 0n, 7n]],
  ['a payout that the bank sent back', 'outside.clearing', 'ana.payout', [0n, 0n, -7n]],
  ['a payment by another', 'ben.held', 'ana.available', [7n, 0n, 0n]],
  ['a payment by another, held on', 'ben.available', 'ana.held', [7n, 0n, 0n]],
  ['a loan', 'ana.debt', 'ana.available', [7n, 0n, 0n]],
  ['a payment to another', 'ana.held', 'ben.available', [0n, 0n, 0n]],
  ['a fee', 'ana.held', 'platform.revenue', [0n, 0n, 0n]],
  ['a freeze', 'ana.available', 'ana.held', [0n, 0n, 0n]],
  ['what is owed', 'ana.debt', 'ben.due', [0n, 0n, 0n]],
])('%s is counted once: %s -> %s', (_name, from, to, sums) => {
  const shelf = new Shelf()
  shelf.set(account(from, 7n))
  const posting = { from: account(from), to: account(to), amount: 7n, debit_code: 'A', credit_code: 'A' }
  expect(post(shelf, posting)).toEqual({ debit_after: 0n, credit_after: 7n })
  expect(shelf.sums('ana')).toEqual(sums)
})

test('no walk of postings makes a wallet spend less than nothing, or leaves the range', () => {
  const names = owners.flatMap((owner) => purposes.map((purpose) => `${owner}.${purpose}`))
  const step = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names), fc.bigInt(1n, 2n ** 53n - 1n))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const shelf = new Shelf()
      for (const [from, to, amount] of steps) {
        if (from === to) continue
        const draft = new Shelf()
        for (const one of shelf.accounts.values()) draft.set(one)
        const posting = { from: account(from), to: account(to), amount, debit_code: 'A', credit_code: 'A' }
        if (isProblem(post(draft, posting))) continue
        for (const one of draft.accounts.values()) shelf.set(one)
        for (const owner of ['ana', 'ben', 'platform']) {
          const shown = [...shelf.sums(owner), shelf.spent(owner)]
          expect(shelf.spent(owner)).toBeGreaterThanOrEqual(0n)
          for (const sum of shown) expect(inRange(sum)).toBe(true)
        }
      }
    }),
    { numRuns: 300 },
  )
})
