/** A shop with one order, taken through the pure engine: for the tests of the marketplace's document. */

import { isProblem, type Problem } from '@holdfast/kernel/problem.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Accepted, Ask } from '@holdfast/kernel/engine/ask.ts'
import { decide } from '@holdfast/kernel/engine/decide.ts'
import { catalogueOf } from '@holdfast/kernel/engine/product.ts'
import { no_debts, no_outgoings, type World } from '@holdfast/kernel/engine/batch-state.ts'
import { marketplaceOrder } from '../src/products/marketplace-order/flow.ts'
import { order } from '../src/products/marketplace-order/product.ts'
import { newAccount, walletAccountId, type Account } from '@holdfast/kernel/ledger/account.ts'
import type { Transfer } from '@holdfast/kernel/ledger/post.ts'

const hour_ms = 3_600_000
const id = '01900000-0000-7000-8000-000000000000'

const codes_of_order: Readonly<Record<string, readonly (string | undefined)[]>> = marketplaceOrder.codes

/** Rupees as paisa. */
export const pkr = (major: number) => BigInt(major) * 100n

/** One order between a buyer and a seller who have 1000 PKR each; the clock stands until it is moved. */
export class Shop {
  readonly #accounts = new Map<string, Account>()
  readonly #transfers: Transfer[] = []
  readonly #schedule: Readonly<Record<string, string>>
  readonly #catalogue = catalogueOf([order])
  #agreement: Agreement | null = null
  #last: Accepted | null = null
  #now_ms = Date.UTC(2026, 0, 1)

  constructor(buyer_has = pkr(1000), schedule: Record<string, string> = {}) {
    this.#schedule = schedule
    this.put('buyer', 'available', buyer_has)
    this.put('seller', 'available', pkr(1000))
  }

  get agreement(): Agreement {
    if (this.#agreement === null) throw new Error('not created')
    return this.#agreement
  }

  put(owner: string, purpose: Account['purpose'], balance: bigint): void {
    const account = {
      id: walletAccountId(owner, purpose, 'PKR'),
      owner,
      purpose,
      currency: 'PKR',
      agreement: null,
      beneficiary: null,
    }
    this.#accounts.set(account.id, { ...newAccount(account), balance })
  }

  pass(hours: number): void {
    this.#now_ms += hours * hour_ms
  }

  take(transition: string, who: string, input: Ask['input'] = {}): void {
    const taken = this.#ask(transition, who, input)
    if (isProblem(taken))
      throw new Error(`${transition} by ${who}: ${taken.code} ${JSON.stringify(taken.details)}`)
  }

  takeAll(...all: readonly (readonly [transition: string, who: string])[]): void {
    for (const [transition, who] of all) this.take(transition, who)
  }

  refused(transition: string, who: string, input: Ask['input'] = {}): Problem {
    const taken = this.#ask(transition, who, input)
    if (!isProblem(taken)) throw new Error(`${transition} by ${who} was not refused`)
    return taken
  }

  /** Total, available and frozen in whole rupees, as the document's tables show them. */
  balances(): { buyer: number[]; seller: number[] } {
    const of = (owner: string) => {
      const [available, frozen] = [this.held(owner, 'available'), this.held(owner, 'held')]
      return [available + frozen, available, frozen].map((amount) => Number(amount / 100n))
    }
    return { buyer: of('buyer'), seller: of('seller') }
  }

  held(owner: string, purpose: Account['purpose']): bigint {
    const accounts = [...this.#accounts.values()].filter(
      (account) => account.owner === owner && account.purpose === purpose,
    )
    return accounts.reduce((sum, { balance }) => sum + balance, 0n)
  }

  /** The statement rows of both wallets, as the document's inserts write them. */
  rows(): (readonly [code: string, type: string, amount: number, description: string])[] {
    return this.#transfers.flatMap(({ debit_code, credit_code, debit_wallet, credit_wallet, amount }) => {
      const codes = debit_wallet === credit_wallet ? [debit_code] : [debit_code, credit_code]
      return codes.map((code) => {
        const [type = '', says = ''] = codes_of_order[code] ?? []
        return [code, type, Number(amount / 100n), says] as const
      })
    })
  }

  /** What the clock waits for, and for how many hours. */
  waits(): (readonly [transition: string, kind: string, hours: number])[] {
    return this.agreement.timers.map(
      ({ transition, kind, at_ms }) => [transition, kind, (at_ms - this.#now_ms) / hour_ms] as const,
    )
  }

  answer(): unknown {
    return JSON.parse(this.#last?.body ?? '{}')
  }

  #ask(transition: string, who: string, input: Ask['input']): Agreement | Problem {
    const parties = { buyer: 'buyer', seller: 'seller' }
    const creates = transition === 'create'
    const creation = { parties, currency: 'PKR', amounts: { amount: pkr(500) }, terms: {}, reference: null }
    const kind = who === 'operator' || who === 'service' || who === 'clock' ? who : 'party'
    const ask: Ask = {
      id: creates ? id : `${id.slice(0, 24)}${String(this.#transfers.length + 1).padStart(10, '0')}00`,
      kind: who === 'clock' ? 'timer' : 'transition',
      flow: marketplaceOrder.name,
      agreement: creates ? null : id,
      creation: creates ? creation : null,
      transition,
      actor: { kind, id: who, party: kind === 'party' ? who : null },
      input,
      reason: who === 'operator' ? 'decided' : null,
      key: null,
      now_ms: this.#now_ms,
    }
    const world: World = {
      agreements: new Map(this.#agreement === null ? [] : [[id, this.#agreement]]),
      accounts: this.#accounts,
      answers: new Map(),
      references: new Set(),
      schedules: new Map([[marketplaceOrder.name, this.#schedule]]),
      debts: no_debts,
      outgoings: no_outgoings,
    }
    const { verdicts, changes } = decide(world, [ask], this.#catalogue)
    const [verdict] = verdicts
    if (verdict?.outcome === 'refused') return verdict.problem
    if (verdict?.outcome !== 'accepted') throw new Error('neither accepted nor refused')
    this.#last = verdict
    this.#agreement = verdict.agreement
    for (const account of changes.accounts.values()) this.#accounts.set(account.id, account)
    this.#transfers.push(...verdict.transfers)
    return verdict.agreement
  }
}
