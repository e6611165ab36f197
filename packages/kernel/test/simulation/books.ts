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

/** The agreements whose accounts a posting is between; '' for accounts of no agreement. */
export interface Between {
  readonly from: string
  readonly to: string
}

/** What left a wallet under a code. */
export interface Left {
  readonly agreement: string
  readonly amount: bigint
  readonly at_ms: number
}

const holds = new Set(['held', 'payout'])
const bound = new Set([...holds, 'debt'])
/** More than anybody asks for within the longest limit. */
const left_max = 300
const in_wallets = new Set(['available', 'held', 'payout'])
const floorless = new Set(['clearing', 'debt'])

export class Books {
  readonly balances = new Map<string, bigint>()
  readonly wallets = new Map<string, WalletSums>()
  readonly blocks = new Map<string, string>()
  readonly #left = new Map<string, Left[]>()
  /** Currency and owner → agreements by which they owe something. */
  readonly #debts = new Map<string, Set<string>>()

  /** Gives both balances after it. */
  post(posting: ToldPosting, currency: string, between: Between): { debit: bigint; credit: bigint } {
    const { from, to } = posting
    assert(Number.isSafeInteger(posting.amount) && posting.amount > 0, `a posting of ${posting.amount}`)
    const [source, target] = [keyOf(from, currency, between.from), keyOf(to, currency, between.to)]
    assert(source !== target, `a posting from ${from} to itself`)
    assert(
      !/^(out|both)$/.test(this.blocks.get(`${currency} ${from}`) ?? ''),
      `money left ${from}, which is stopped`,
    )
    // What is given back stays in the wallet.
    const stays = ownerOf(from) === ownerOf(to) && isHolding(from)
    assert(
      stays || !/^(in|both)$/.test(this.blocks.get(`${currency} ${to}`) ?? ''),
      `money entered ${to}, which is stopped`,
    )
    const amount = BigInt(posting.amount)
    const debit = this.#add(source, -amount)
    const credit = this.#add(target, amount)
    assert(debit >= 0n || floorless.has(purposeOf(from)), `${from} fell to ${debit}`)
    assert(credit <= 0n || purposeOf(to) !== 'debt', `${to}: ${credit} more was repaid than was lent`)
    if (purposeOf(from) === 'debt') this.#owe(from, currency, between.from)
    if (purposeOf(to) === 'debt' && credit === 0n) this.#debtsOf(to, currency).delete(between.to)
    this.#sum(from, to, currency, amount)
    return { debit, credit }
  }

  balance(account: string, currency: string, agreement: string): bigint {
    return this.balances.get(keyOf(account, currency, agreement)) ?? 0n
  }

  /** The agreements by which somebody owes something, oldest first: their ids begin with the time. */
  debtsOf(owner: string, currency: string): string[] {
    return [...(this.#debts.get(`${currency} ${owner}`) ?? [])].toSorted()
  }

  /** Remembers what left an available account. */
  leave(posting: ToldPosting, currency: string, agreement: string, at_ms: number): void {
    if (purposeOf(posting.from) !== 'available') return
    const key = `${currency} ${posting.from} ${posting.code}`
    const before = (this.#left.get(key) ?? []).slice(1 - left_max)
    this.#left.set(key, [...before, { agreement, amount: BigInt(posting.amount), at_ms }])
  }

  leftOf(owner: string, code: string, currency: string): readonly Left[] {
    return this.#left.get(`${currency} ${owner}.available ${code}`) ?? []
  }

  /** What was given back counts no more, also when nobody remembers the agreement. */
  forgetLeft(agreement: string): void {
    for (const [key, all] of this.#left)
      this.#left.set(
        key,
        all.filter((one) => one.agreement !== agreement),
      )
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

  #owe(account: string, currency: string, agreement: string): void {
    const key = `${currency} ${ownerOf(account)}`
    this.#debts.set(key, (this.#debts.get(key) ?? new Set()).add(agreement))
  }

  #debtsOf(account: string, currency: string): Set<string> {
    return this.#debts.get(`${currency} ${ownerOf(account)}`) ?? new Set()
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
  return bound.has(purposeOf(account)) ? `${currency} ${account} ${agreement}` : `${currency} ${account}`
}

export function isHolding(account: string): boolean {
  return holds.has(purposeOf(account))
}

/** Whether it is an account of one agreement: its money, or what is owed by it. */
export function isBound(account: string): boolean {
  return bound.has(purposeOf(account))
}

export function ownerOf(account: string): string {
  return account.slice(0, account.lastIndexOf('.'))
}

export function purposeOf(account: string): string {
  return account.slice(account.lastIndexOf('.') + 1)
}
