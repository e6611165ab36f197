/** Simulation: the database in memory. Loads what PostgreSQL would load, and refuses what its constraints would refuse. */

import assert from 'node:assert/strict'
import type { Agreement } from '../../src/engine/agreement.ts'
import type { Ask, StoredAnswer } from '../../src/engine/ask.ts'
import { debtsAmong } from '../../src/engine/accounts.ts'
import { accountsRead, readSetOf, referenceIn } from '../../src/engine/read-set.ts'
import { outsideGiven } from '../../src/engine/outside.ts'
import type { FlowRegistry } from '../../src/engine/product.ts'
import { limitedOutgoing } from '../../src/engine/rolling-limits.ts'
import {
  outgoingKey,
  referenceKey,
  type WriteSet,
  type Outgoing,
  type BatchState,
} from '../../src/engine/batch-state.ts'
import type { Account } from '../../src/ledger/account.ts'
import type { OutsideReference } from '../../src/ledger/outside-reference.ts'

/** A unique index refuses: another process was faster. The batch is loaded and decided again. */
export class Conflict extends Error {}

/** More than this are kept only until they are swept out; repeats of the simulator are far younger. */
const answers_max = 20_000
/** More than leaves one wallet within the longest limit. */
const outgoings_max = 300
const floorless = new Set(['clearing', 'debt'])
const json_max = 2n ** 53n - 1n

export class Store {
  readonly agreements = new Map<string, Agreement>()
  readonly accounts = new Map<string, Account>()
  readonly answers = new Map<string, StoredAnswer>()
  readonly references = new Map<string, Agreement>()
  /** By spelling. */
  readonly outside = new Map<string, readonly OutsideReference[]>()
  readonly schedules = new Map<string, Readonly<Record<string, string>>>()
  readonly outgoings = new Map<string, Outgoing[]>()
  readonly #transfer_references = new Set<string>()
  readonly #holding = new Map<string, Set<string>>()

  load(asks: readonly Ask[], registry: FlowRegistry): BatchState {
    const asked = asks.flatMap((ask) => [ask.agreement ?? '', ask.creation?.under ?? ''])
    const above = asked.map((id) => this.agreements.get(id)?.under ?? '')
    const agreements = pick(this.agreements, [...asked, ...above])
    const needing = asks.flatMap((ask) => readSetOf(ask, agreements, registry) ?? [])
    const debts = debtsAmong(this.accounts.values())
    const watched = needing.flatMap(
      ({ ask, place, transition }) => limitedOutgoing(place, transition, ask.now_ms) ?? [],
    )
    const wanted = needing
      .flatMap(referenceIn)
      .map(({ flow, reference, scope }) => referenceKey(flow, reference, scope))
    return {
      agreements,
      accounts: pick(this.accounts, [...accountsRead(needing, debts).keys()]),
      answers: pick(
        this.answers,
        asks.flatMap((ask) => ask.key?.id ?? []),
      ),
      references: pick(this.references, wanted),
      outside: pick(
        this.outside,
        needing.flatMap(
          ({ ask, place, transition }) => outsideGiven(place.agreement, transition, ask)?.spelling ?? [],
        ),
      ),
      schedules: pick(
        this.schedules,
        asks.flatMap((ask) => (ask.creation === null ? [] : ask.flow)),
      ),
      debts,
      outgoings: new Map(watched.map((one) => [outgoingKey(one.wallet, one.code), this.#outgoings(one)])),
    }
  }

  /** What left a wallet under a code since then and was not given back. */
  #outgoings({ wallet, code, since_ms }: { wallet: string; code: string; since_ms: number }): Outgoing[] {
    return (this.outgoings.get(outgoingKey(wallet, code)) ?? []).filter(
      ({ at_ms, agreement }) => at_ms > since_ms && this.agreements.get(agreement)?.money !== 'refunded',
    )
  }

  /** All or nothing: everything is looked at before anything is written. */
  commit(world: BatchState, changes: WriteSet): void {
    for (const agreement of changes.agreements.values()) this.#checkAgreement(world, agreement)
    const named = [...changes.agreements.values()].filter(({ reference }) => reference !== null)
    const names = new Set(named.map(keyOf))
    assert.equal(names.size, named.length, 'agreements_reference: one reference twice')
    for (const account of changes.accounts.values()) this.#checkAccount(world, account)
    for (const key of changes.answers.keys()) if (this.answers.has(key)) throw new Conflict(`answer ${key}`)
    checkTransfers(changes)
    for (const { reference } of changes.transfers) {
      if (reference === null) continue
      assert(!this.#transfer_references.has(reference), `transfers_reference: ${reference} twice`)
      this.#transfer_references.add(reference)
    }

    for (const one of changes.outside) {
      const counted = this.outside.get(one.spelling) ?? []
      assert(
        !counted.some(({ source }) => source === one.source),
        `outside_references: ${one.spelling} twice`,
      )
      this.outside.set(one.spelling, [...counted, one])
    }
    for (const { debit_account, debit_wallet, debit_code, agreement, amount, at_ms } of changes.transfers) {
      if (debit_account !== debit_wallet) continue
      const key = outgoingKey(debit_wallet, debit_code)
      const before = (this.outgoings.get(key) ?? []).slice(1 - outgoings_max)
      this.outgoings.set(key, [...before, { agreement, amount, at_ms }])
    }
    for (const agreement of changes.agreements.values()) {
      this.agreements.set(agreement.id, frozen(agreement))
      if (agreement.reference !== null) this.references.set(keyOf(agreement), agreement)
    }
    for (const account of changes.accounts.values()) this.#keep(account)
    for (const [key, answer] of changes.answers) this.answers.set(key, Object.freeze(answer))
    for (const key of this.answers.keys()) {
      if (this.answers.size <= answers_max) break
      this.answers.delete(key)
    }
  }

  /** Whether an ended agreement may make room: nothing is owed by it, and no other stands under it. */
  isOver(id: string): boolean {
    const owes = [...(this.#holding.get(id) ?? [])].some(
      (account) => this.accounts.get(account)?.balance !== 0n,
    )
    return !owes && ![...this.agreements.values()].some(({ under }) => under === id)
  }

  /** So that a run of millions fits into memory. Its accounts are empty by then. */
  forget(id: string): void {
    const agreement = this.agreements.get(id)
    if (agreement?.money === 'refunded')
      for (const [key, all] of this.outgoings)
        this.outgoings.set(
          key,
          all.filter((one) => one.agreement !== id),
        )
    if (agreement?.reference) this.references.delete(keyOf(agreement))
    this.agreements.delete(id)
    for (const account of this.#holding.get(id) ?? []) this.accounts.delete(account)
    this.#holding.delete(id)
  }

  #keep(account: Account): void {
    this.accounts.set(account.id, Object.freeze(account))
    const { agreement, id } = account
    if (agreement === null) return
    const ids = this.#holding.get(agreement) ?? new Set()
    this.#holding.set(agreement, ids.add(id))
  }

  #checkAgreement(world: BatchState, agreement: Agreement): void {
    const { id, reference, version } = agreement
    const stored = this.agreements.get(id)
    const user = reference === null ? undefined : this.references.get(keyOf(agreement))?.id
    if (user !== undefined && user !== id) throw new Conflict(`reference ${reference}`)
    if (!world.agreements.has(id)) {
      if (stored !== undefined) throw new Conflict(`agreement ${id}`)
      const people = Object.values(agreement.parties)
      assert(new Set(people).size === people.length, 'agreement_parties: one person is two parties')
    } else {
      assert(stored === world.agreements.get(id), 'an agreement changed under a lock')
      assert(stored !== undefined && version > stored.version, 'a version goes backwards')
    }
    assert(version > 0, 'agreements: version above zero')
  }

  #checkAccount(world: BatchState, account: Account): void {
    const { id, owner, purpose, balance, block } = account
    const stored = this.accounts.get(id)
    if (!world.accounts.has(id)) {
      if (stored !== undefined) throw new Conflict(`account ${id}`)
    } else {
      assert(stored === world.accounts.get(id), `${owner}.${purpose} changed under a lock`)
    }
    assert(floorless.has(purpose) || balance >= 0n, `accounts_floor: ${owner}.${purpose} at ${balance}`)
    assert(balance >= -json_max && balance <= json_max, `accounts: ${owner}.${purpose} left the range`)
    assert(['none', 'in', 'out', 'both'].includes(block), `accounts: block ${block}`)
  }
}

function keyOf({ flow, reference, reference_scope }: Agreement): string {
  return referenceKey(flow, reference ?? '', reference_scope)
}

function checkTransfers({ transfers, events }: WriteSet): void {
  assert(new Set(transfers.map(({ id }) => id)).size === transfers.length, 'transfers: an id twice')
  for (const { amount, debit_account, credit_account } of transfers) {
    assert(amount > 0n && debit_account !== credit_account, 'transfers: nothing moved')
  }
  const numbers = new Set(events.map(({ agreement, version }) => `${agreement} ${version}`))
  assert(numbers.size === events.length, 'events_agreement: a version twice')
}

function pick<T>(from: ReadonlyMap<string, T>, keys: readonly string[]): Map<string, T> {
  const picked = new Map<string, T>()
  for (const key of keys) {
    const value = from.get(key)
    if (value !== undefined) picked.set(key, value)
  }
  return picked
}

/** Whoever writes into what was loaded, throws. */
function frozen(agreement: Agreement): Agreement {
  const { parties, amounts, terms, data, marks, timers } = agreement
  for (const part of [parties, amounts, terms, data, marks, timers]) Object.freeze(part)
  return Object.freeze(agreement)
}
