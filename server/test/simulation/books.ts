/** Simulation: the auditor's own books, kept from nothing but the postings that events tell of. */

import assert from 'node:assert/strict'

export interface ToldPosting {
  readonly transfer: string
  readonly from: string
  readonly to: string
  readonly amount: number
  readonly code: string
  readonly credit_code: string
}

export interface WalletSums {
  /** What is in the wallet: available, held and reserved for a payout. */
  inside: bigint
  earned: bigint
  paid_in: bigint
  withdrawn: bigint
}

const holds = new Set(['held', 'payout'])
const in_wallets = new Set(['available', 'held', 'payout'])
const floorless = new Set(['clearing', 'debt'])

export class Books {
  readonly balances = new Map<string, bigint>()
  readonly wallets = new Map<string, WalletSums>()
  readonly blocks = new Map<string, string>()

  /** Gives both balances after it. */
  post(posting: ToldPosting, currency: string, agreement: string): { debit: bigint; credit: bigint } {
    const { from, to } = posting
    assert(Number.isSafeInteger(posting.amount) && posting.amount > 0, `a posting of ${posting.amount}`)
    assert(from !== to, `a posting from ${from} to itself`)
    assert(
      !/^(out|both)$/.test(this.blocks.get(`${currency} ${from}`) ?? ''),
      `money left ${from}, which is stopped`,
    )
    assert(
      !/^(in|both)$/.test(this.blocks.get(`${currency} ${to}`) ?? ''),
      `money entered ${to}, which is stopped`,
    )
    const amount = BigInt(posting.amount)
    const debit = this.#add(keyOf(from, currency, agreement), -amount)
    const credit = this.#add(keyOf(to, currency, agreement), amount)
    assert(debit >= 0n || floorless.has(purposeOf(from)), `${from} fell to ${debit}`)
    this.#sum(from, to, currency, amount)
    return { debit, credit }
  }

  balance(account: string, currency: string, agreement: string): bigint {
    return this.balances.get(keyOf(account, currency, agreement)) ?? 0n
  }

  walletOf(owner: string, currency: string): WalletSums {
    const key = `${currency} ${owner}`
    const sums = this.wallets.get(key) ?? { inside: 0n, earned: 0n, paid_in: 0n, withdrawn: 0n }
    this.wallets.set(key, sums)
    return sums
  }

  /** What an agreement's own accounts leave behind must be nothing. */
  close(account: string, currency: string, agreement: string): void {
    const key = keyOf(account, currency, agreement)
    assert.equal(this.balances.get(key) ?? 0n, 0n, `${key} is closed with money in it`)
    this.balances.delete(key)
  }

  #add(key: string, amount: bigint): bigint {
    const balance = (this.balances.get(key) ?? 0n) + amount
    this.balances.set(key, balance)
    return balance
  }

  /** From other parties: earned. From outside: paid in, until it goes back there. To outside: withdrawn, until it comes back. */
  #sum(from: string, to: string, currency: string, amount: bigint): void {
    const payer = in_wallets.has(purposeOf(from)) ? this.walletOf(ownerOf(from), currency) : null
    const payee = in_wallets.has(purposeOf(to)) ? this.walletOf(ownerOf(to), currency) : null
    if (payer === payee) return
    if (payer !== null) payer.inside -= amount
    if (payee !== null) payee.inside += amount
    if (payer !== null && ownerOf(to) === 'outside') {
      if (purposeOf(from) === 'held') payer.paid_in -= amount
      else payer.withdrawn += amount
    }
    if (payee !== null && ownerOf(from) !== 'outside') payee.earned += amount
    else if (payee !== null && purposeOf(to) === 'payout') payee.withdrawn -= amount
    else if (payee !== null) payee.paid_in += amount
    for (const wallet of [payer, payee])
      if (wallet !== null) assert(spentOf(wallet) >= 0n, `${from} -> ${to}: a wallet spent less than nothing`)
  }
}

/** What came in, and is neither there nor withdrawn. */
export function spentOf({ inside, earned, paid_in, withdrawn }: WalletSums): bigint {
  return paid_in + earned - withdrawn - inside
}

export function keyOf(account: string, currency: string, agreement: string): string {
  return holds.has(purposeOf(account)) ? `${currency} ${account} ${agreement}` : `${currency} ${account}`
}

export function isHolding(account: string): boolean {
  return holds.has(purposeOf(account))
}

export function ownerOf(account: string): string {
  return account.slice(0, account.lastIndexOf('.'))
}

export function purposeOf(account: string): string {
  return account.slice(account.lastIndexOf('.') + 1)
}
