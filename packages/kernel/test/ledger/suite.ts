/** The ledger port's suite: what every adapter must pass. */

import { beforeEach, expect, test } from 'vitest'
import { derivedId, newId } from '../../src/ids.ts'
import { isProblem } from '../../src/problem.ts'
import {
  boundAccountId,
  newAccount,
  walletAccountId,
  walletOf,
  type Account,
} from '../../src/ledger/account.ts'
import type { Purpose } from '../../src/flow/define.ts'
import type { Entry, Ledger } from '../../src/ledger/port.ts'
import type { Transfer } from '../../src/ledger/post.ts'

const at_ms = Date.parse('2026-01-08T14:00:00Z')
const agreement = newId(at_ms)
const outside = wallet('outside', 'clearing')
const ann = wallet('ann', 'available')
const ben = wallet('ben', 'available')
const held = newAccount({
  id: boundAccountId(agreement, 0, 'held'),
  owner: 'ann',
  purpose: 'held',
  currency: 'PKR',
  agreement,
  beneficiary: 'ben',
})

function wallet(owner: string, purpose: Purpose): Account {
  return newAccount({
    id: walletAccountId(owner, purpose, 'PKR'),
    owner,
    purpose,
    currency: 'PKR',
    agreement: null,
    beneficiary: null,
  })
}

let asked = 0

function entry(from: Account, to: Account, amount: bigint, reference: string | null = null): Entry {
  asked += 1
  const id = derivedId(newId(at_ms + asked), 1)
  return {
    id,
    agreement,
    version: asked,
    from,
    to,
    amount,
    debit_code: 'OUT',
    credit_code: 'IN',
    reference,
    at_ms,
  }
}

export function ledgerSuite(fresh: () => Promise<Ledger>): void {
  let ledger: Ledger
  beforeEach(async () => {
    ledger = await fresh()
  })

  async function posted(...entries: Entry[]): Promise<readonly Transfer[]> {
    const transfers = await ledger.post(entries)
    if (isProblem(transfers)) throw new Error(transfers.code)
    return transfers
  }
  async function balance(account: Account): Promise<bigint | undefined> {
    return (await ledger.balances([account.id])).get(account.id)
  }

  test('an opened account is at zero, and opening it again leaves it as it is', async () => {
    await ledger.open([ann])
    expect(await balance(ann)).toBe(0n)
    await posted(entry(outside, ann, 5n))
    await ledger.open([ann])
    expect(await balance(ann)).toBe(5n)
  })

  test('an account that was never opened has no balance', async () => {
    expect((await ledger.balances([ben.id])).size).toBe(0)
  })

  test('a posting moves the amount and writes both balances after it', async () => {
    const [first, second] = await posted(entry(outside, ann, 1000n), entry(ann, held, 500n))
    expect([first?.debit_after, first?.credit_after]).toEqual([-1000n, 1000n])
    expect([second?.debit_after, second?.credit_after]).toEqual([500n, 500n])
    expect([await balance(outside), await balance(ann), await balance(held)]).toEqual([-1000n, 500n, 500n])
  })

  test('all entries are posted or none: the one that cannot be leaves no trace of those before it', async () => {
    await posted(entry(outside, ann, 100n))
    const refused = await ledger.post([entry(ann, held, 60n), entry(ann, held, 60n)])
    expect(refused).toMatchObject({ code: 'insufficient_funds', details: { short_by: 20 } })
    expect(await balance(ann)).toBe(100n)
    expect(await balance(held)).not.toBe(60n)
    expect(await ledger.history(walletOf(ann), null, 10)).toHaveLength(1)
  })

  test('a balance never leaves the range that JSON keeps exact', async () => {
    const refused = await ledger.post([entry(outside, ann, 9_007_199_254_740_991n), entry(outside, ann, 1n)])
    expect(refused).toMatchObject({ code: 'amount_out_of_range' })
  })

  test('a statement shows the transfers of both sides, newest first, page by page', async () => {
    const made = await posted(entry(outside, ann, 300n), entry(ann, held, 200n), entry(held, ben, 200n))
    const ids = made.map(({ id }) => id).toReversed()
    const page = await ledger.history(walletOf(ann), null, 2)
    expect(page.map(({ id }) => id)).toEqual(ids.slice(0, 2))
    const rest = await ledger.history(walletOf(ann), page.at(-1)?.id ?? null, 2)
    expect(rest.map(({ id }) => id)).toEqual(ids.slice(2))
    expect(await ledger.history(walletOf(ben), null, 9)).toEqual([made[2]])
  })

  test('a business reference is found, and used once', async () => {
    const [made] = await posted(entry(outside, ann, 7n, 'P2P-DEBIT-1'))
    expect(await ledger.find('P2P-DEBIT-1')).toEqual(made)
    expect(await ledger.find('P2P-DEBIT-2')).toBeNull()
    await expect(ledger.post([entry(outside, ann, 7n, 'P2P-DEBIT-1')])).rejects.toThrow('transfers_reference')
  })
}
