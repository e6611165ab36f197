/** A town with one agreement, taken through the pure engine: for tests of the engine's rules. */

import { newId } from '../src/ids.ts'
import type { Problem } from '../src/problem.ts'
import type { Agreement } from '../src/engine/agreement.ts'
import type { Transfer } from '../src/ledger/post.ts'
import type { Accepted, Actor, Ask, Verdict } from '../src/engine/ask.ts'
import { decide } from '../src/engine/decide.ts'
import { flowRegistryOf, type FlowRegistry, type Product } from '../src/engine/product.ts'
import { debtsAmong } from '../src/engine/accounts.ts'
import {
  no_debts,
  no_outgoings,
  outgoingKey,
  referenceKey,
  type WriteSet,
  type Outgoing,
  type BatchState,
} from '../src/engine/batch-state.ts'
import type { Purpose } from '../src/flow/define.ts'
import { newAccount, walletAccountId, type Account } from '../src/ledger/account.ts'

export const start_ms = Date.UTC(2026, 0, 1)

export const operator: Actor = { kind: 'operator', id: 'op_1', party: null }
export const service: Actor = { kind: 'service', id: 'svc_1', party: null }
export const clock: Actor = { kind: 'clock', id: 'clock', party: null }
export const person = (party: string): Actor => ({ kind: 'party', id: party, party })
export const ana = person('ana')
export const ben = person('ben')

/** A world of one agreement and its wallets, which goes on from batch to batch. */
export class Town {
  readonly registry: FlowRegistry
  readonly #flow: string
  agreement: Agreement | null = null
  now_ms = start_ms
  world: BatchState = {
    agreements: new Map(),
    accounts: new Map(),
    answers: new Map(),
    references: new Map(),
    outside: new Map(),
    schedules: new Map(),
    debts: no_debts,
    outgoings: no_outgoings,
  }
  #asks = 0
  readonly #transfers: Transfer[] = []

  constructor(products: readonly Product[], flow: string) {
    this.registry = flowRegistryOf(products)
    this.#flow = flow
  }

  ask(transition: string, actor: Actor, more: Partial<Ask> = {}): Ask {
    this.#asks += 1
    const bytes = (length: number) => Buffer.alloc(length, this.#asks)
    return {
      id: newId(this.now_ms, bytes),
      kind: 'transition',
      flow: this.agreement?.flow ?? this.#flow,
      agreement: this.agreement?.id ?? null,
      creation: null,
      transition,
      actor,
      input: {},
      reason: actor.kind === 'operator' ? 'as agreed' : null,
      key: null,
      now_ms: this.now_ms,
      ...more,
    }
  }

  create(
    flow: string,
    amounts: Record<string, bigint>,
    parties: Record<string, string>,
    more: Partial<Ask['creation']> = {},
  ): Ask {
    const transition = this.registry.current.get(flow)?.flow.creation.name ?? ''
    const actor = flow.startsWith('wallet') ? operator : service
    const creation = { parties, currency: 'PHP', amounts, terms: {}, reference: null, ...more }
    return this.ask(transition, actor, { flow, agreement: null, creation })
  }

  /** Decides a batch and commits it. */
  take(...asks: readonly Ask[]): { verdicts: Verdict[]; changes: WriteSet } {
    const { verdicts, changes } = decide(this.world, asks, this.registry)
    this.#transfers.push(...changes.transfers)
    const agreements = new Map([...this.world.agreements, ...changes.agreements])
    const accounts = new Map([...this.world.accounts, ...changes.accounts])
    const named = [...agreements.values()].filter(({ reference }) => reference !== null)
    this.world = {
      ...this.world,
      agreements,
      accounts,
      answers: new Map([...this.world.answers, ...changes.answers]),
      references: new Map(
        named.map((one) => [referenceKey(one.flow, one.reference ?? '', one.reference_scope), one]),
      ),
      outside: Map.groupBy(
        [...[...this.world.outside.values()].flat(), ...changes.outside],
        ({ spelling }) => spelling,
      ),
      debts: debtsAmong(accounts.values()),
      outgoings: this.#outgoings(agreements),
    }
    if (this.agreement) this.agreement = this.world.agreements.get(this.agreement.id) ?? this.agreement
    return { verdicts, changes }
  }

  /** What left available accounts and was not given back, as it is looked up. */
  #outgoings(agreements: BatchState['agreements']): BatchState['outgoings'] {
    const outgoings = new Map<string, Outgoing[]>()
    for (const { debit_account, debit_wallet, debit_code, agreement, amount, at_ms } of this.#transfers) {
      if (debit_account !== debit_wallet || agreements.get(agreement)?.money === 'refunded') continue
      const key = outgoingKey(debit_wallet, debit_code)
      outgoings.set(key, [...(outgoings.get(key) ?? []), { agreement, amount, at_ms }])
    }
    return outgoings
  }

  /** One ask that must be accepted. */
  go(transition: string, actor: Actor, more: Partial<Ask> = {}): Accepted {
    return accepted(this.take(this.ask(transition, actor, more)).verdicts[0])
  }

  /** One ask that must be refused. */
  refused(transition: string, actor: Actor, more: Partial<Ask> = {}): Problem {
    const [verdict] = this.take(this.ask(transition, actor, more)).verdicts
    if (verdict?.outcome !== 'refused') throw new Error(`${transition} was not refused`)
    return verdict.problem
  }

  /** Creates the agreement that is asked about from then on. */
  begin(
    amounts: Record<string, bigint>,
    parties: Record<string, string>,
    more: Partial<Ask['creation']> = {},
  ): Accepted {
    const born = accepted(this.take(this.create(this.#flow, amounts, parties, more)).verdicts[0])
    this.agreement = born.agreement
    return born
  }

  /** Gives a wallet a history without any. */
  put(owner: string, balance: bigint, sums: Partial<Account> = {}): void {
    const id = walletAccountId(owner, 'available', 'PHP')
    const is = {
      id,
      owner,
      purpose: 'available' as Purpose,
      currency: 'PHP',
      agreement: null,
      beneficiary: null,
    }
    const accounts = new Map([...this.world.accounts, [id, { ...newAccount(is), balance, ...sums }]])
    this.world = { ...this.world, accounts }
  }

  wallet(owner: string): Account | undefined {
    return this.world.accounts.get(walletAccountId(owner, 'available', 'PHP'))
  }

  balance(owner: string, purpose: string): bigint {
    const all = [...this.world.accounts.values()].filter((a) => a.owner === owner && a.purpose === purpose)
    return all.reduce((sum, { balance }) => sum + balance, 0n)
  }

  tick(ms: number): this {
    this.now_ms += ms
    return this
  }
}

export function accepted(verdict: Verdict | undefined): Accepted {
  if (verdict?.outcome !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(verdict)}`)
  return verdict
}
