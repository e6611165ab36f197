// Trade credit, pure: whatever is asked for in whatever order, nothing is overpaid, no cap is passed, and the line counts what is held and owed.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { amountOf, type Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Actor, Ask, Verdict } from '@holdfast/kernel/engine/ask.ts'
import { debtsAmong } from '@holdfast/kernel/engine/accounts.ts'
import { walletAccountId } from '@holdfast/kernel/ledger/account.ts'
import { operator, person, service, Town } from '@holdfast/kernel/test/walkthrough.ts'
import { products } from '../../../modules.ts'
import { deductionAsk } from '../escrow/auto-deductions.ts'
import { lineAsk } from '../escrow/credit-lines.ts'
import { ownLimitOf } from '../line/product.ts'

const day = (n: number) => ({
  date: new Date(Date.UTC(2026, 0, n)).toISOString().slice(0, 10),
  from_ms: 0,
  to_ms: 0,
})
const retailer = person('shop')
const currency = 'RWF'

class Market {
  readonly town = new Town(products, 'credit-line')
  readonly line_id: string
  #orders = 0

  constructor(own_limit: bigint) {
    this.#top('company', 1_000_000_000n)
    const opening = lineAsk('company', 'shop')
    const line = this.take('open', service, opening)
    if (line.outcome !== 'accepted') throw new Error(JSON.stringify(line))
    this.line_id = line.agreement.id
    this.take('set_limit', service, {
      flow: 'credit-line',
      agreement: this.line_id,
      input: { own_limit: Number(own_limit) },
    })
  }

  take(transition: string, actor: Actor, more: Partial<Ask>): Verdict {
    const { town } = this
    town.world = { ...town.world, debts: debtsAmong(town.world.accounts.values()) }
    const ask = town.ask(transition, actor, more)
    const [verdict] = town.take(ask).verdicts
    if (verdict === undefined) throw new Error('no verdict')
    return verdict
  }

  #top(holder: string, amount: bigint): void {
    const creation = { parties: { holder }, currency, amounts: { amount }, terms: {}, reference: null }
    this.take('top_up', operator, { flow: 'wallet-top-up', creation })
  }

  pay = (amount: bigint) => this.#top('shop', amount)

  hold(amount: bigint): Verdict {
    this.#orders += 1
    return this.take('create', service, {
      flow: 'trade-credit',
      creation: {
        parties: { company: 'company', retailer: 'shop', wholesaler: `depot-${this.#orders}` },
        currency,
        amounts: { amount },
        terms: {},
        reference: `order-${this.#orders}`,
        under: this.line_id,
      },
    })
  }

  on(agreement: Agreement, transition: string, actor: Actor, input: Ask['input'] = {}): Verdict {
    return this.take(transition, actor, { flow: agreement.flow, agreement: agreement.id, input })
  }

  repay(amount: bigint, from_wallet: boolean): Verdict {
    return this.take('repay', retailer, {
      flow: 'credit-repayment',
      creation: {
        parties: { company: 'company', retailer: 'shop' },
        currency,
        amounts: { amount, at_once: from_wallet ? amount : 0n },
        terms: {},
        reference: null,
        under: this.line_id,
      },
      input: { repayment_method: from_wallet ? 'wallet' : 'mobile_money' },
    })
  }

  deduct(n: number, sales: bigint): Verdict {
    const ask = deductionAsk(day(n), { retailer: 'shop', line: this.line, sales }, this.town.now_ms)
    const { creation, actor, input } = ask
    return this.take(ask.transition, actor, { flow: ask.flow, creation, input })
  }

  get line(): Agreement {
    const line = this.town.world.agreements.get(this.line_id)
    if (line === undefined) throw new Error('no line')
    return line
  }

  those(flow: string, state: string): Agreement[] {
    return [...this.town.world.agreements.values()].filter((one) => one.flow === flow && one.state === state)
  }

  get wallet(): bigint {
    return this.town.world.accounts.get(walletAccountId('shop', 'available', currency))?.balance ?? 0n
  }

  get owed(): bigint {
    return -this.town.balance('shop', 'debt')
  }

  /** Σ used = held + owed; nobody repaid more than was owed; the company is owed what the retailer owes; no money made or lost. */
  audit(): void {
    const accounts = [...this.town.world.accounts.values()]
    const debts = accounts.filter(({ purpose }) => purpose === 'debt')
    expect(debts.filter(({ balance }) => balance > 0n)).toEqual([])
    expect(amountOf(this.line, 'used')).toBe(this.town.balance('company', 'held') + this.owed)
    expect(this.town.balance('company', 'due')).toBe(this.owed)
    expect(accounts.reduce((sum, { balance }) => sum + balance, 0n)).toBe(0n)
    expect(accounts.filter(({ purpose, balance }) => purpose === 'available' && balance < 0n)).toEqual([])
  }
}

const money = fc.bigInt(0n, 40_000n)
const some = fc.bigInt(1n, 40_000n)
const settings = fc.record({
  enabled: fc.boolean(),
  deduction_percentage: fc.oneof(fc.constantFrom(0, 30, 33.33, 100), fc.integer({ min: 0, max: 100 })),
  minimum_balance: money,
  max_daily: fc.option(money.map(Number)),
})

test('a daily deduction never takes the wallet below its minimum nor passes a cap, and is made once a day', () => {
  fc.assert(
    fc.property(settings, money, money, money, (change, sales, balance, owed) => {
      const market = new Market(1_000_000n)
      market.take('change_settings', retailer, {
        flow: 'credit-line',
        agreement: market.line_id,
        input: change,
      })
      if (owed > 0n) {
        const held = market.hold(owed)
        if (held.outcome === 'accepted') market.on(held.agreement, 'confirm_delivery', retailer)
      }
      if (balance > 0n) market.pay(balance)
      const verdict = market.deduct(1, sales)
      if (verdict.outcome !== 'accepted') throw new Error(JSON.stringify(verdict))
      const deducted = amountOf(verdict.agreement, 'deduction')
      const { enabled, minimum_balance, max_daily } = change
      const bps = BigInt(Math.round(change.deduction_percentage * 100))
      const share = (sales * bps + 5_000n) / 10_000n
      const room = balance > minimum_balance ? balance - minimum_balance : 0n
      const caps = [
        share,
        owed,
        room,
        ...(max_daily === null ? [] : [BigInt(max_daily)]),
        ...(enabled ? [] : [0n]),
      ]
      const least = caps.reduce((min, cap) => (cap < min ? cap : min))
      expect(deducted).toBe(least)
      expect(verdict.agreement.state).toBe(deducted > 0n ? 'deducted' : 'skipped')
      expect(market.wallet).toBe(balance - deducted)
      expect(market.owed).toBe(owed - deducted)
      market.audit()

      const again = market.deduct(1, sales)
      expect(again).toMatchObject({ outcome: 'refused', problem: { code: 'reference_taken' } })
      expect(market.wallet).toBe(balance - deducted)
    }),
    { numRuns: 300 },
  )
})

const step = fc.oneof(
  fc.record({ does: fc.constant('hold' as const), amount: some }),
  fc.record({
    does: fc.constantFrom('confirm' as const, 'cancel' as const, 'expire' as const),
    nth: fc.nat(1),
  }),
  fc.record({ does: fc.constant('split' as const), nth: fc.nat(1), part: fc.integer({ min: 0, max: 100 }) }),
  fc.record({ does: fc.constantFrom('repay' as const, 'announce' as const), amount: fc.bigInt(1n, 5_000n) }),
  fc.record({ does: fc.constant('earn' as const), amount: some }),
  fc.record({ does: fc.constantFrom('arrive' as const, 'reject' as const), nth: fc.nat(1) }),
  fc.record({ does: fc.constant('deduct' as const), amount: some }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function walk(market: Market, steps: readonly Step[]): Set<string> {
  const done = new Set<string>()
  const note = (verdict: Verdict | undefined, what: string) =>
    verdict?.outcome === 'accepted' && done.add(what)
  for (const [n, one] of steps.entries()) {
    if ('amount' in one) {
      if (one.does === 'hold') note(market.hold(one.amount), 'hold')
      else if (one.does === 'earn') market.pay(one.amount)
      else if (one.does === 'deduct') note(market.deduct(n + 1, one.amount), 'deduct')
      else note(market.repay(one.amount, one.does === 'repay'), one.does)
    } else if (one.does === 'arrive' || one.does === 'reject') {
      const pending = market.those('credit-repayment', 'pending').at(one.nth)
      const input: Ask['input'] = one.does === 'arrive' ? { payment_reference: `P${n}` } : {}
      if (pending)
        note(market.on(pending, one.does === 'arrive' ? 'confirm' : 'reject', service, input), one.does)
    } else {
      const held = market.those('trade-credit', 'held').at(one.nth)
      if (held === undefined) continue
      if (one.does === 'split') {
        market.on(held, 'dispute', retailer, { dispute_reason: 'other' })
        const to_company = (amountOf(held, 'amount') * BigInt(one.part)) / 100n
        const to_wholesaler = amountOf(held, 'amount') - to_company
        note(market.on(held, 'split', operator, { to_company, to_wholesaler }), 'split')
      } else if (one.does === 'cancel') note(market.on(held, 'cancel', service), 'cancel')
      else note(market.on(held, 'confirm_delivery', retailer), 'confirm')
    }
    market.audit()
    expect(amountOf(market.line, 'used')).toBeLessThanOrEqual(ownLimitOf(market.line) ?? 0n)
  }
  return done
}

test('no walk overpays a debt, passes the limit, or lets the line count anything but what is held and owed', () => {
  const done = new Set<string>()
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 20, maxLength: 60 }),
      fc.bigInt(10_000n, 100_000n),
      (steps, limit) => {
        for (const what of walk(new Market(limit), steps)) done.add(what)
      },
    ),
    { numRuns: 200 },
  )
  expect([...done].toSorted()).toEqual([
    'announce',
    'arrive',
    'cancel',
    'confirm',
    'deduct',
    'hold',
    'reject',
    'repay',
    'split',
  ])
})
