/**
 * Simulation: the auditor. It believes nothing but the events' own words, keeps its own books from them, and compares
 * everything that a batch wrote with these.
 */

import assert from 'node:assert/strict'
import type { Problem } from '../../src/problem.ts'
import type { Agreement } from '../../src/engine/agreement.ts'
import type { AgreementEvent, Ask, Verdict } from '../../src/engine/ask.ts'
import type { Product } from '../../src/engine/product.ts'
import type { WriteSet } from '../../src/engine/batch-state.ts'
import type { Account } from '../../src/ledger/account.ts'
import type { Transfer } from '../../src/ledger/post.ts'
import { Acknowledged } from './acknowledged.ts'
import { Books, isBound, keyOf, ownerOf, purposeOf, type ToldPosting } from './books.ts'
import type { Posted } from './expected.ts'
import { CountedOnce } from './counted-once.ts'
import { flowText, type FlowText } from './flow-text.ts'
import type { Store } from './store.ts'
import { Walk, type Observed } from './walk.ts'

const no_sums = { earned: 0n, paid_in: 0n, withdrawn: 0n }

export class Auditor {
  readonly books = new Books()
  readonly walks = new Map<string, Walk>()
  /** The agreement that is looked at: whose story is told when it fails. */
  at: string | null = null
  /** How often what the flows can say was met. */
  readonly met = {
    driven: 0,
    repaid: 0,
    agreed: 0,
    revoked: 0,
    seconded: 0,
    limited: 0,
    sent_back: 0,
    not_sent: 0,
  }
  readonly #acknowledged = new Acknowledged()
  readonly #counted_once = new CountedOnce()
  readonly #texts: ReadonlyMap<string, FlowText>
  #touched = new Set<string>()

  readonly #races: boolean

  /** `races`: several processes wrote the log. */
  constructor(products: readonly Product[], races = false) {
    this.#races = races
    this.#texts = new Map(products.map(({ flow }) => [flow.name, flowText(flow)]))
  }

  /** After a commit: every verdict has its event, every event its postings, and nothing else was written. */
  check(asks: readonly Ask[], verdicts: readonly Verdict[], changes: WriteSet): void {
    assert.equal(verdicts.length, asks.length, 'an ask without a verdict')
    this.#touched = new Set()
    const events = [...changes.events]
    const transfers = [...changes.transfers].toReversed()
    let jobs = 0
    for (const [i, ask] of asks.entries()) {
      const verdict = verdicts[i]
      assert(verdict)
      this.at = ask.agreement ?? ask.id
      this.#acknowledged.check(ask, verdict, changes)
      const defers = verdict.outcome === 'refused' && ask.kind === 'timer' && events[0]?.kind === 'deferred'
      if (verdict.outcome === 'refused') this.#checkRefusal(ask, verdict.problem)
      if (verdict.outcome !== 'accepted' && !(defers && events[0]?.agreement === ask.agreement)) continue
      const event = events.shift()
      assert(event, `${ask.transition} was accepted without an event`)
      assert.equal(event.agreement, ask.agreement ?? ask.id, 'the event of another agreement')
      const terms = verdict.outcome === 'accepted' ? verdict.agreement.terms : {}
      jobs += this.happen(event, ask, terms, events, (at) => (posting, after, between) => {
        const transfer = transfers.pop()
        this.#compare(posting, after, at, ask, transfer)
        if (transfer === undefined) return
        const { currency } = transfer
        this.#touched.add(keyOf(posting.from, currency, between.from))
        this.#touched.add(keyOf(posting.to, currency, between.to))
      })
    }
    assert.equal(events.length, 0, `an event without an ask: ${JSON.stringify(events[0])}`)
    assert.equal(transfers.length, 0, 'a transfer that no event tells of')
    assert.equal(changes.jobs.length, jobs, 'jobs are not those of the transitions that post later')
    this.#checkWritten(changes)
  }

  /**
   * One event, and those that it takes with it: of the agreement above, which comes next. Gives how many of them leave
   * something for a job to post.
   */
  happen(
    event: AgreementEvent,
    ask: Ask,
    terms: Agreement['terms'],
    next: AgreementEvent[],
    posted: (event: AgreementEvent) => Posted,
  ): number {
    this.at = event.agreement
    const walk = this.walks.get(event.agreement) ?? this.#begin(event, ask, terms)
    const above = walk.under === null ? null : this.#known(walk.under)
    const before = walk.later
    const isRefunded = (id: string) => this.walks.get(id)?.money() === 'refunded'
    const { books } = this
    walk.take(event, ask, { books, above, isRefunded, races: this.#races, posted: posted(event) })
    this.#count(walk, event)
    const jobs = walk.later !== null && before === null ? 1 : 0
    const driven = walk.drivenBy(event)
    if (driven === null) return jobs
    const with_it = next.shift()
    assert(
      above && with_it?.agreement === above.id && with_it.transition === driven,
      `${event.transition} did not take ${driven} with it`,
    )
    return jobs + this.happen(with_it, drivenAsk(with_it, ask, walk), terms, next, posted)
  }

  /** Everything against everything: slow, so once in a while and at the end. */
  sweep(store: Store): void {
    const sums = new Map<string, bigint>()
    for (const account of store.accounts.values()) {
      this.#checkAccount(account)
      sums.set(account.currency, (sums.get(account.currency) ?? 0n) + account.balance)
    }
    for (const [currency, sum] of sums)
      assert.equal(sum, 0n, `${sum} units of ${currency} were made out of nothing`)
    const used = [...this.books.balances.values()].filter((balance) => balance !== 0n).length
    const stored = [...store.accounts.values()].filter(({ balance }) => balance !== 0n).length
    assert.equal(stored, used, 'the store has other accounts than the books')
    this.#checkSpent(store)
    for (const agreement of store.agreements.values()) this.#checkAgreement(agreement)
    assert.equal(store.agreements.size, this.walks.size, 'the store has other agreements than the log')
  }

  /** As a wallet is shown: what it spent, of what the store itself has. */
  #checkSpent({ accounts }: Store): void {
    const spent = new Map<string, bigint>()
    for (const { owner, purpose, currency, balance, paid_in, earned, withdrawn } of accounts.values()) {
      if (owner === 'outside' || !/^(available|held|payout)$/.test(purpose)) continue
      const wallet = `${currency} ${owner}`
      spent.set(wallet, (spent.get(wallet) ?? 0n) + paid_in + earned - withdrawn - balance)
    }
    for (const [wallet, amount] of spent) assert(amount >= 0n, `${wallet} spent ${amount}`)
  }

  /** An agreement that ended takes no money with it. */
  forget({ id, currency, money }: Agreement): void {
    if (money === 'refunded') this.books.forgetLeft(id)
    for (const account of this.walks.get(id)?.accounts ?? []) this.books.close(account, currency, id)
    this.walks.delete(id)
  }

  #begin({ agreement, flow }: AgreementEvent, ask: Ask, terms: Agreement['terms']): Walk {
    assert(ask.creation !== null, 'something happened to an agreement that was never created')
    const text = this.#texts.get(flow)
    assert(text, `a flow that nobody knows: ${flow}`)
    const walk = new Walk(text, ask, agreement, terms)
    this.walks.set(agreement, walk)
    return walk
  }

  #known(id: string): Walk {
    const walk = this.walks.get(id)
    assert(walk, 'something happened to an agreement that was never created')
    return walk
  }

  #count({ text }: Walk, event: AgreementEvent): void {
    const { kind, transition: name, body } = event
    if (kind === 'revoked') this.met.revoked += 1
    if (kind !== 'transition') return
    const told: Observed = JSON.parse(body)
    const { by, postings } = told
    this.#counted_once.take(event, told, text, this.#races)
    const { all = false, asks_for = [], four_eyes_above = null } = text.transitions.get(name) ?? {}
    if (by.kind === 'child') this.met.driven += 1
    if (postings.some(({ to }) => purposeOf(to) === 'debt')) this.met.repaid += 1
    // What only passes through transit was never on its way.
    const is_passing = postings.some(({ to }) => to === 'outside.transit')
    const arrival = is_passing ? undefined : postings.find(({ from }) => from === 'outside.transit')
    if (arrival !== undefined) this.met[arrival.to === 'outside.clearing' ? 'sent_back' : 'not_sent'] += 1
    if (all && asks_for.length > 0) this.met.agreed += 1
    if (four_eyes_above !== null && by.role === 'operator') this.met.seconded += 1
    if (text.transitions.get(name)?.within) this.met.limited += 1
  }

  #checkRefusal(ask: Ask, { code, details }: Problem): void {
    // What is on its way belongs to who sent it, and nobody else can have taken it.
    assert.notEqual(details['account'], 'outside.transit', `${ask.transition}: what was on its way is gone`)
    if (ask.kind !== 'timer' || ask.creation !== null || code !== 'transition_not_open') return
    const due = this.walks.get(ask.agreement ?? '')?.isDue(ask.transition, ask.now_ms)
    assert(!due, `${ask.transition} was due, and the clock was refused`)
  }

  #compare(
    told: ToldPosting,
    after: { debit: bigint; credit: bigint },
    event: AgreementEvent,
    ask: Ask,
    transfer?: Transfer,
  ): void {
    assert(transfer, 'a posting without its transfer')
    const { id, amount, agreement, version, debit_after, credit_after } = transfer
    assert.equal(id, told.transfer, 'a transfer has another id than its posting')
    assert.equal(id.slice(0, 34), ask.id.slice(0, 34), 'the id of a transfer does not derive from its ask')
    same([agreement, version], [event.agreement, event.version], 'a transfer of another event')
    same([amount, debit_after, credit_after], [BigInt(told.amount), after.debit, after.credit], 'a transfer')
  }

  #checkWritten(changes: WriteSet): void {
    const written = new Set<string>()
    for (const account of changes.accounts.values()) {
      this.#checkAccount(account)
      const { owner, purpose, currency, agreement } = account
      written.add(keyOf(`${owner}.${purpose}`, currency, agreement ?? ''))
    }
    for (const key of this.#touched) assert(written.has(key), `the balance of ${key} was not written`)
    const evented = new Set(changes.events.map(({ agreement }) => agreement))
    assert.equal(changes.agreements.size, evented.size, 'agreements changed without events, or the reverse')
    for (const agreement of changes.agreements.values()) this.#checkAgreement(agreement)
  }

  #checkAccount({
    owner,
    purpose,
    currency,
    agreement,
    balance,
    earned,
    paid_in,
    withdrawn,
    block,
  }: Account): void {
    const name = `${owner}.${purpose}`
    assert.equal(agreement !== null, isBound(name), `${name}: whose money is it?`)
    assert.equal(
      balance,
      this.books.balance(name, currency, agreement ?? ''),
      `${name} is not the sum of its transfers`,
    )
    const sums = purpose === 'available' ? this.books.walletOf(ownerOf(name), currency) : no_sums
    same([earned, paid_in, withdrawn], [sums.earned, sums.paid_in, sums.withdrawn], `the sums of ${name}`)
    const stopped = this.books.blocks.get(`${currency} ${name}`) ?? 'none'
    assert.equal(block, purposeOf(name) === 'available' ? stopped : 'none', `whether ${name} is stopped`)
  }

  #checkAgreement(agreement: Agreement): void {
    this.at = agreement.id
    const walk = this.#known(agreement.id)
    const { state, version, money, later, amounts, terms, entered_ms, ended_ms, timers, due_ms } = agreement
    const { held, released, refunded } = walk
    same(
      [state, version, money, later, entered_ms],
      [walk.state, walk.version, walk.money(), walk.later, walk.since_ms],
      'the agreement',
    )
    const { held: is_held, released: is_released, refunded: is_refunded } = amounts
    same([is_held, is_released, is_refunded], [held, released, refunded], 'the amounts of the agreement')
    for (const [name, amount] of Object.entries(walk.kept)) {
      if (this.#races && walk.text.flow.amounts[name] === 'worked_out') continue
      assert.equal(amounts[name], amount, `${name} changed`)
    }
    if (terms !== walk.terms) assert.deepEqual(terms, walk.terms, 'the terms changed after the creation')
    const first_ms = timers.length === 0 ? null : Math.min(...timers.map(({ at_ms }) => at_ms))
    assert.equal(due_ms, first_ms, 'a timer is hidden behind another')
    const ends = walk.text.ends.has(state)
    assert.equal(ended_ms !== null, ends, 'ended, or not')
    if (ends && later === null) assert.equal(held, 0n, 'it ended and still holds money')
    const proposals = agreement.data['proposals']
    walk.said.check(agreement.marks, typeof proposals === 'object' && proposals !== null ? proposals : {})
    for (const [name, { after, since, reminds }] of walk.text.transitions) {
      if (after === null || since !== null) continue
      const runs = timers.filter(({ transition }) => transition === name)
      const due = runs.find(({ kind }) => kind === 'transition')
      assert.equal(due?.at_ms, walk.dueAt(name), `the timer of ${name}`)
      if (due !== undefined && reminds && walk.returned_in === version)
        assert.equal(runs.length, 2, `the reminder of ${name}`)
    }
  }
}

/** What the agreement below asks of the one above: amounts of its own by the same name, and nothing else. */
function drivenAsk({ agreement, transition, body }: AgreementEvent, ask: Ask, below: Walk): Ask {
  const { by, input = {} }: Observed = JSON.parse(body)
  assert.equal(by.role, 'child', `${transition} was not taken by the agreement below`)
  const given: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(input)) {
    const own = ask.input[name] ?? below.kept[name]
    if (typeof own === 'bigint')
      assert.equal(BigInt(String(value)), own, `${transition} was given another ${name}`)
    given[name] = typeof own === 'bigint' ? own : value
  }
  const actor = { kind: 'child', id: by.id, party: null } as const
  return { ...ask, kind: 'transition', agreement, creation: null, transition, actor, input: given, key: null }
}

/** Far quicker than a deep comparison, and this is asked of everything that is written. */
function same(is: readonly unknown[], should: readonly unknown[], what: string): void {
  if (is.every((value, i) => Object.is(value, should[i]))) return
  assert.fail(`${what}: ${is.join(', ')} where ${should.join(', ')} was right`)
}
