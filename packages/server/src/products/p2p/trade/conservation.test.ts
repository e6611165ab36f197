/** P2P, pure: whatever is ordered, cancelled, expired, disputed and filled over one ad, its money and its quantity are conserved. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newId } from '@holdfast/kernel/ids.ts'
import { isProblem } from '@holdfast/kernel/problem.ts'
import { amountOf, type Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Actor, Ask } from '@holdfast/kernel/engine/ask.ts'
import { decide } from '@holdfast/kernel/engine/decide.ts'
import { flowRegistryOf, type Opening } from '@holdfast/kernel/engine/product.ts'
import { no_debts, no_outgoings, type BatchState } from '@holdfast/kernel/engine/batch-state.ts'
import { newAccount, walletAccountId, type Account } from '@holdfast/kernel/ledger/account.ts'
import { currencies } from '@holdfast/kernel/money/currency.ts'
import { priceTimes, readDecimal } from '@holdfast/kernel/money/price.ts'
import { postingOf } from '../ad/posting.ts'
import { ad as ad_product } from '../ad/product.ts'
import { orderingOf } from './ordering.ts'
import { trade } from './product.ts'

const registry = flowRegistryOf([ad_product, trade])
const start_ms = Date.UTC(2026, 0, 1)
const rich = 1_000_000_000_000n
const pay_to = { kind: 'bank_transfer', currency: 'USD', details: {} }
const person = (id: string): Actor => ({ kind: 'party', id, party: id })
const operator = (id: string): Actor => ({ kind: 'operator', id, party: null })
const clock: Actor = { kind: 'clock', id: 'clock', party: null }

/** A world with one ad, a maker and takers who have more than enough. */
class Market {
  now_ms = start_ms
  readonly agreements = new Map<string, Agreement>()
  readonly accounts = new Map<string, Account>()
  readonly orders: string[] = []
  ad = ''
  #asks = 0

  constructor(currency: string, people: readonly string[]) {
    for (const owner of people) {
      const is = {
        owner,
        purpose: 'available',
        currency,
        agreement: null,
        beneficiary: null,
      } as const
      const id = walletAccountId(owner, 'available', currency)
      this.accounts.set(id, { ...newAccount({ id, ...is }), balance: rich })
    }
  }

  /** The agreement after it, or null where it was refused. */
  ask(ask: Pick<Ask, 'flow' | 'transition' | 'actor'> & Partial<Ask>): Agreement | null {
    this.#asks += 1
    const bytes = (length: number) =>
      Buffer.from((this.#asks * 16).toString(16).padStart(length * 2, '0'), 'hex')
    const whole: Ask = {
      id: newId(this.now_ms, bytes),
      kind: 'transition',
      agreement: null,
      creation: null,
      input: {},
      reason: ask.actor.kind === 'operator' ? 'decided' : null,
      key: null,
      now_ms: this.now_ms,
      ...ask,
    }
    const world: BatchState = {
      agreements: this.agreements,
      accounts: this.accounts,
      answers: new Map(),
      references: new Map(),
      outside: new Map(),
      schedules: new Map(),
      debts: no_debts,
      outgoings: no_outgoings,
    }
    const { verdicts, changes } = decide(world, [whole], registry)
    const [verdict] = verdicts
    for (const [id, agreement] of changes.agreements) this.agreements.set(id, agreement)
    for (const [id, account] of changes.accounts) this.accounts.set(id, account)
    return verdict?.outcome === 'accepted' ? verdict.agreement : null
  }

  open(flow: string, transition: string, opening: Opening, by: string): Agreement | null {
    const { creation, input } = opening
    const under = flow === 'p2p-trade' ? this.ad : null
    return this.ask({ flow, transition, actor: person(by), creation: { ...creation, under }, input })
  }

  get(id: string): Agreement {
    const found = this.agreements.get(id)
    if (found === undefined) throw new Error('no such agreement')
    return found
  }

  balance(owner: string, purpose: string): bigint {
    return [...this.accounts.values()]
      .filter((account) => account.owner === owner && account.purpose === purpose)
      .reduce((sum, { balance }) => sum + balance, 0n)
  }
}

type Step = readonly [what: string, which: number, how_much: number]

function take(market: Market, which: number, quantity: bigint, type: string): void {
  const parent = market.get(market.ad)
  const taker = `taker-${which}`
  const body = { ad: '', quantity: Number(quantity), ...(type === 'sell_fx' ? { pay_to } : {}) }
  const opening = orderingOf({ body, parent, party: taker, now_ms: market.now_ms })
  if (isProblem(opening)) return
  const order = market.open('p2p-trade', 'create', opening, taker)
  if (order !== null) market.orders.push(order.id)
}

/** All that is left is taken, paid and confirmed. */
function sellOut(market: Market, type: string): void {
  take(market, 0, amountOf(market.get(market.ad), 'remaining'), type)
  for (const [i] of market.orders.entries())
    for (const what of ['pay', 'confirm', 'release']) act(market, [what, i, 0])
}

/** One step of one order, by whoever may; refused where it is not open. */
function act(market: Market, [what, which, how_much]: Step): void {
  const id = market.orders[which % Math.max(1, market.orders.length)]
  if (id === undefined) return
  const { parties, state, timers } = market.get(id)
  const [payer, payee] = [person(parties['payer'] ?? ''), person(parties['payee'] ?? '')]
  const on = { flow: 'p2p-trade', agreement: id }
  const decided = (transition: string, input = {}) => {
    // Above the limit it takes two.
    for (const name of ['one', 'two']) market.ask({ ...on, transition, actor: operator(name), input })
  }
  if (what === 'pay')
    market.ask({ ...on, transition: 'pay', actor: payee, input: { proof: { reference: 'x' } } })
  if (what === 'confirm' && state === 'paid') {
    expect(market.ask({ ...on, transition: 'confirm', actor: payer })).not.toBeNull()
    expect(market.ask({ ...on, kind: 'later', transition: 'confirm', actor: clock })).not.toBeNull()
  }
  if (what === 'cancel') market.ask({ ...on, transition: 'cancel', actor: payer })
  if (what === 'undo')
    for (const actor of [payer, payee]) market.ask({ ...on, transition: 'undo_paid', actor })
  if (what === 'expire' && state === 'pending') {
    market.now_ms += 3_600_000
    for (const { transition, kind } of timers)
      market.ask({ ...on, kind: kind === 'reminder' ? 'reminder' : 'timer', transition, actor: clock })
  }
  if (what === 'dispute') market.ask({ ...on, transition: 'dispute', actor: operator('one') })
  if (what === 'refund') decided('refund')
  if (what === 'release') decided('release')
  if (what === 'split') {
    const held = amountOf(market.get(id), 'held')
    const to_payer = (held * BigInt(how_much)) / 1_000n
    decided('split', { to_payer, to_payee: held - to_payer })
  }
}

/** What must hold after every step. */
function check(market: Market, type: string, price: string, people: readonly string[]): void {
  const parent = market.get(market.ad)
  const is = (name: string) => amountOf(parent, name)
  expect(is('remaining') + is('in_orders') + is('sold')).toBe(is('total'))
  const orders = market.orders.map((id) => market.get(id))
  const open = orders.filter(({ state }) => ['pending', 'paid', 'disputed'].includes(state))
  const sum = (of: readonly Agreement[], name: string) =>
    of.reduce((so_far, one) => so_far + amountOf(one, name), 0n)
  expect(sum(open, 'quantity')).toBe(is('in_orders'))
  expect(
    sum(
      orders.filter(({ state }) => state === 'completed'),
      'quantity',
    ),
  ).toBe(is('sold'))
  const kept = orders.filter(({ state }) => state !== 'cancelled' && state !== 'expired')
  const over = parent.state === 'completed' || parent.state === 'closed'
  expect(is('held')).toBe(over ? 0n : is('inventory') - sum(kept, 'from_ad'))
  // Whatever is still for sale can be paid from what the ad holds.
  if (type === 'buy_fx' && !over) {
    const decimal = readDecimal(price)
    if (decimal === null) throw new Error('no price')
    expect(is('held')).toBeGreaterThanOrEqual(priceTimes(decimal, is('remaining'), 2))
  }
  for (const order of orders)
    expect(amountOf(order, 'from_ad') + amountOf(order, 'from_wallet')).toBe(amountOf(order, 'amount'))
  const total = [...market.accounts.values()].reduce((all, { balance }) => all + balance, 0n)
  expect(total).toBe(rich * BigInt(people.length))
  for (const { balance } of market.accounts.values()) expect(balance).toBeGreaterThanOrEqual(0n)
}

const whats = [
  'take',
  'take',
  'take',
  'pay',
  'pay',
  'confirm',
  'confirm',
  'cancel',
  'undo',
  'expire',
  'dispute',
  'refund',
  'release',
  'split',
  'sell_out',
]
const steps = fc.array(
  fc.tuple(fc.constantFrom(...whats), fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 1_000 })),
  { maxLength: 30 },
)
const prices = fc
  .tuple(
    fc.integer({ min: 100, max: 99_999_999 }),
    fc.integer({ min: 0, max: 8 }),
    fc.integer({ min: 0, max: 99_999_999 }),
  )
  .map(([whole, scale, rest]) =>
    scale === 0 ? `${whole}` : `${whole}.${String(rest).padStart(8, '0').slice(0, scale)}`,
  )

test.each(['RWF', 'NGN', 'USDT', 'BTC'])(
  'orders over one ad conserve inventory and remaining, in %s',
  (currency) => {
    expect(currencies.get(currency)).toBeDefined()
    const types = fc.constantFrom('buy_fx', 'sell_fx')
    const totals = fc.integer({ min: 1, max: 100_000 })
    const one = fc.property(types, prices, totals, steps, (type, price, total, walk) => {
      const people = ['maker', ...Array.from({ length: 8 }, (_, i) => `taker-${i}`)]
      const market = new Market(currency, people)
      const how = type === 'buy_fx' ? { pay_to } : { payment_methods: ['bank_transfer'] }
      const body = { type, currency, foreign_currency: 'USD', price, total, min: 1, max: total, ...how }
      const opening = postingOf({ body, parent: null, party: 'maker', now_ms: start_ms })
      // A cent that costs less than one unit is not sold.
      if (isProblem(opening)) return
      market.ad = market.open('p2p-ad', 'post', opening, 'maker')?.id ?? ''
      for (const step of walk) {
        const [what, which, how_much] = step
        if (what === 'take') take(market, which, (BigInt(total) * BigInt(how_much)) / 1_000n + 1n, type)
        else if (what === 'sell_out') sellOut(market, type)
        else act(market, step)
        check(market, type, price, people)
      }
      for (const [i] of market.orders.entries()) {
        for (const what of ['pay', 'dispute', 'refund']) act(market, [what, i, 0])
        check(market, type, price, people)
      }
      const { state } = market.get(market.ad)
      const closing = { flow: 'p2p-ad', agreement: market.ad, transition: 'close', actor: person('maker') }
      if (state !== 'completed') expect(market.ask(closing)?.state).toBe('closed')
      check(market, type, price, people)
      for (const person_of of people) expect(market.balance(person_of, 'held')).toBe(0n)
      expect(market.balance('platform', 'clearing')).toBe(0n)
    })
    fc.assert(one, { numRuns: 150 })
  },
)
