/** Withdrawal, pure: no walk of requests and decisions makes or loses money; and the few rules that are its own. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { accepted, ana, operator, service, start_ms, Town } from '@holdfast/kernel/test/walkthrough.ts'
import { withdrawal, withdrawalNumber } from './product.ts'

const second = { ...operator, id: 'op_2' }
const day_ms = 86_400_000
const whole = 100_000_000n
const account = { method: 'gcash', account_details: { mobile_number: '09171234567' } }

const steps = {
  cancel: ana,
  approve: operator,
  reject: operator,
  mark_paid: service,
  mark_failed: operator,
  send: service,
  fall_back: service,
  arrived: service,
  bounced: operator,
  mark_returned: service,
} as const
const names = Object.keys(steps) as (keyof typeof steps)[]
const arrows = Object.fromEntries(
  Object.entries(withdrawal.flow.transitions).map(([name, { arrow }]) => [name, String(arrow)]),
)

const act = fc.oneof(
  fc.record({ ask: fc.bigInt({ min: 9_000n, max: 40_000_000n }) }),
  fc.record({
    /** Mostly one that is open; now and then any. */
    step: fc.nat(),
    any: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
    which: fc.nat(2),
    by_second: fc.boolean(),
    by_provider: fc.boolean(),
    days: fc.nat(2),
  }),
)

test('any walk of requests and decisions keeps available + reserved + withdrawn as it was', () => {
  let taken = 0
  fc.assert(
    fc.property(fc.array(act, { minLength: 1, maxLength: 60, size: 'max' }), (acts) => {
      const town = new Town([withdrawal], 'withdrawal')
      town.put('ana', whole)
      const ids: string[] = []
      for (const one of acts) {
        if ('ask' in one) {
          const destination_since = new Date(town.now_ms).toISOString()
          const asked = town.create('withdrawal', { amount: one.ask }, { holder: 'ana' })
          const [verdict] = town.take({ ...asked, input: { ...account, destination_since } }).verdicts
          if (verdict?.outcome === 'accepted') ids.push(verdict.agreement.id)
        } else {
          const agreement = ids[one.which % Math.max(ids.length, 1)]
          if (agreement === undefined) continue
          town.tick(one.days * day_ms)
          const { state = '' } = town.world.agreements.get(agreement) ?? {}
          const open = one.any ? names : names.filter((name) => arrows[name]?.includes(`${state} ->`))
          const step = open[one.step % Math.max(open.length, 1)]
          if (step === undefined) continue
          const actor = one.by_second && steps[step] === operator ? second : steps[step]
          const input = inputOf(step, one.by_provider, `paid-${town.now_ms}-${agreement}`)
          const [verdict] = town.take(
            town.ask(step, actor, { flow: 'withdrawal', agreement, input }),
          ).verdicts
          if (verdict?.outcome === 'accepted') taken += 1
        }
        const withdrawn = town.wallet('ana')?.withdrawn ?? 0n
        expect(town.balance('ana', 'available') + town.balance('ana', 'payout') + withdrawn).toBe(whole)
        expect(town.balance('outside', 'clearing')).toBe(withdrawn)
        expect(town.balance('ana', 'payout')).toBe(
          ids.reduce((sum, id) => sum + (town.world.agreements.get(id)?.amounts['held'] ?? 0n), 0n),
        )
      }
    }),
    { numRuns: 200 },
  )
  expect(taken).toBeGreaterThan(300)
})

test('a known destination may be approved at once, a new one to the millisecond when it has cooled off', () => {
  for (const [known_for_ms, waits_ms] of [
    [day_ms, 0],
    [day_ms - 1, 1],
    [0, day_ms],
    [-5, day_ms + 5],
  ] as const) {
    const town = new Town([withdrawal], 'withdrawal')
    town.put('ana', whole)
    const destination_since = new Date(start_ms - known_for_ms).toISOString()
    const asked = town.create('withdrawal', { amount: 50_000n }, { holder: 'ana' })
    town.agreement = accepted(
      town.take({ ...asked, input: { ...account, destination_since } }).verdicts[0],
    ).agreement
    if (waits_ms > 0) {
      expect(town.tick(waits_ms - 1).refused('approve', operator).details).toMatchObject({
        limit: 'cool_off',
        may_be_approved_at: new Date(start_ms + waits_ms).toISOString(),
      })
      town.tick(1)
    }
    expect(town.go('approve', operator).agreement.state).toBe('processing')
  }
})

test('two withdrawals in one batch take what is there, not twice; one payout reference in one batch is used once', () => {
  const town = new Town([withdrawal], 'withdrawal')
  town.put('ana', 100_000n)
  const input = { ...account, destination_since: new Date(0).toISOString() }
  const ask = (amount: bigint) => ({ ...town.create('withdrawal', { amount }, { holder: 'ana' }), input })
  const { verdicts } = town.take(ask(60_000n), ask(60_000n), ask(40_000n))
  expect(verdicts.map(({ outcome }) => outcome)).toEqual(['accepted', 'refused', 'accepted'])
  const ids = verdicts.flatMap((verdict) => (verdict.outcome === 'accepted' ? [verdict.agreement.id] : []))
  for (const agreement of ids) town.take(town.ask('approve', operator, { agreement }))
  const paid = town.take(
    ...ids.map((agreement) =>
      town.ask('mark_paid', service, { agreement, input: { payout_reference: 'one' } }),
    ),
  )
  expect(paid.verdicts.map((v) => (v.outcome === 'refused' ? v.problem.code : v.outcome))).toEqual([
    'accepted',
    'reference_taken',
  ])
  expect(town.wallet('ana')?.withdrawn).toBe(60_000n)
})

test('the number that people read out is the id, and no two are alike', () => {
  const one = withdrawalNumber('019b76da-a800-7000-8000-000000000001')
  expect(one).toMatch(/^WD-[0-9A-Z]{26}$/)
  expect(one).not.toBe(withdrawalNumber('019b76da-a800-7000-8000-000000000002'))
})

function inputOf(
  step: keyof typeof steps,
  by_provider: boolean,
  payout_reference: string,
): Record<string, string> {
  if (step === 'approve') return by_provider ? { pay_by: 'provider' } : {}
  if (step === 'fall_back') return { pay_by: 'manual_transfer' }
  return step === 'mark_paid' || step === 'arrived' ? { payout_reference } : {}
}
