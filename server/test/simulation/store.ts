/** Simulation: the database in memory. Loads what PostgreSQL would load, and refuses what its constraints would refuse. */

import assert from 'node:assert/strict'
import type { Agreement } from '../../src/engine/agreement.ts'
import type { Ask, StoredAnswer } from '../../src/engine/ask.ts'
import { isProblem } from '../../src/base/problem.ts'
import { born } from '../../src/engine/create.ts'
import { accountsOf } from '../../src/engine/accounts.ts'
import type { Catalogue } from '../../src/engine/product.ts'
import { referenceKey, type Changes, type World } from '../../src/engine/world.ts'
import type { Account } from '../../src/ledger/account.ts'

/** A unique index refuses: another process was faster. The batch is loaded and decided again. */
export class Conflict extends Error {}

/** More than this are kept only until they are swept out; repeats of the simulator are far younger. */
const answers_max = 20_000
const floorless = new Set(['clearing', 'debt'])
const json_max = 2n ** 53n - 1n

export class Store {
  readonly agreements = new Map<string, Agreement>()
  readonly accounts = new Map<string, Account>()
  readonly answers = new Map<string, StoredAnswer>()
  readonly references = new Map<string, string>()
  readonly schedules = new Map<string, Readonly<Record<string, string>>>()
  readonly #holding = new Map<string, Set<string>>()

  load(asks: readonly Ask[], catalogue: Catalogue): World {
    const agreements = pick(
      this.agreements,
      asks.flatMap((ask) => ask.agreement ?? []),
    )
    const wanted = asks.flatMap(({ flow, creation }) =>
      creation?.reference ? referenceKey(flow, creation.reference) : [],
    )
    return {
      agreements,
      accounts: pick(this.accounts, accountsFor(asks, agreements, catalogue)),
      answers: pick(
        this.answers,
        asks.flatMap((ask) => ask.key?.id ?? []),
      ),
      references: new Set(wanted.filter((key) => this.references.has(key))),
      schedules: pick(
        this.schedules,
        asks.flatMap((ask) => (ask.creation === null ? [] : ask.flow)),
      ),
    }
  }

  /** All or nothing: everything is looked at before anything is written. */
  commit(world: World, changes: Changes): void {
    for (const agreement of changes.agreements.values()) this.#checkAgreement(world, agreement)
    for (const account of changes.accounts.values()) this.#checkAccount(world, account)
    for (const key of changes.answers.keys()) if (this.answers.has(key)) throw new Conflict(`answer ${key}`)
    checkTransfers(changes)

    for (const agreement of changes.agreements.values()) {
      this.agreements.set(agreement.id, frozen(agreement))
      const { flow, reference, id } = agreement
      if (reference !== null) this.references.set(referenceKey(flow, reference), id)
    }
    for (const account of changes.accounts.values()) this.#keep(account)
    for (const [key, answer] of changes.answers) this.answers.set(key, Object.freeze(answer))
    for (const key of this.answers.keys()) {
      if (this.answers.size <= answers_max) break
      this.answers.delete(key)
    }
  }

  /** An ended agreement makes room, so that a run of millions fits into memory. Its accounts are empty by then. */
  forget(id: string): void {
    const agreement = this.agreements.get(id)
    if (agreement?.reference) this.references.delete(referenceKey(agreement.flow, agreement.reference))
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

  #checkAgreement(world: World, agreement: Agreement): void {
    const { id, flow, reference, version } = agreement
    const stored = this.agreements.get(id)
    if (!world.agreements.has(id)) {
      if (stored !== undefined) throw new Conflict(`agreement ${id}`)
      const taken = reference !== null && this.references.has(referenceKey(flow, reference))
      if (taken) throw new Conflict(`reference ${reference}`)
      const people = Object.values(agreement.parties)
      assert(new Set(people).size === people.length, 'agreement_parties: one person is two parties')
    } else {
      assert(stored === world.agreements.get(id), 'an agreement changed under a lock')
      assert(stored !== undefined && version > stored.version, 'a version goes backwards')
    }
    assert(version > 0, 'agreements: version above zero')
  }

  #checkAccount(world: World, account: Account): void {
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

function checkTransfers({ transfers, events }: Changes): void {
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

/** Ids of the accounts that are locked for these asks, by the same rule as in PostgreSQL's `load`. */
function accountsFor(
  asks: readonly Ask[],
  agreements: ReadonlyMap<string, Agreement>,
  catalogue: Catalogue,
): string[] {
  return asks.flatMap((ask) => {
    const current = catalogue.current.get(ask.flow)?.flow
    const unborn = ask.creation && current ? born(ask, ask.creation, current, {}) : null
    const agreement = ask.creation === null ? agreements.get(ask.agreement ?? '') : unborn
    if (!agreement || isProblem(agreement)) return []
    const flow = catalogue.get(agreement.flow, agreement.flow_version)?.flow
    const transition = flow?.transitions.get(ask.transition)
    return flow && transition ? accountsOf(flow, agreement, transition, ask.kind).map(({ id }) => id) : []
  })
}
