// What answers make of a payment that we want: only a clear no is a no, and whoever does not know asks again.
import { describe, expect, test } from 'vitest'
import type { Payment, Reply } from '../providers/port.ts'
import {
  afterCreate,
  ask_again_ms_max,
  ask_again_ms_min,
  asked_for_ms_max,
  denied,
  denied_ms_max,
  isDenied,
  interpreted,
  mayRepeat,
  nextLook,
} from './interpret.ts'
import { newPayment } from './new-payment.ts'
import { processor_states, type ProcessorState, type ProviderPayment } from './provider-payment.ts'

const noon_ms = Date.UTC(2026, 10, 20, 12)
const day_ms = 86_400_000

const wanted: ProviderPayment = newPayment(
  {
    provider: 'paymongo',
    kind: 'pay_in',
    flow: 'payment',
    agreement: null,
    method: 'gcash',
    amount: 5_000_000n,
    currency: 'PHP',
    details: { description: 'Booking' },
    state: 'wanted',
  },
  noon_ms,
)

const paid: Payment = {
  kind: 'pay_in',
  provider_id: 'cs_1',
  our_reference: wanted.our_reference,
  state: 'succeeded',
  amount: 5_000_000n,
  currency: 'PHP',
  fee: 125_000n,
  status: 'paid',
  reason: null,
  checkout_url: null,
  settled_id: 'pay_1',
  created_ms: noon_ms,
  settled_ms: noon_ms + 1_000,
}
const told = (change: Partial<Payment> = {}): Reply<Payment> => ({
  outcome: 'told',
  value: { ...paid, ...change },
})
const failure = (outcome: 'refused' | 'unavailable' | 'unknown' | 'not_found'): Reply<Payment> => ({
  outcome,
  code: 'some_code',
  reason: 'in words',
})
const as = (state: ProcessorState, change: Partial<ProviderPayment> = {}) => ({ ...wanted, state, ...change })

const looked = (told: boolean, changes_alone = true) => ({ told, changes_alone })

describe('after a create', () => {
  test.each([
    ['wanted', 'unavailable', 'wanted'],
    ['wanted', 'unknown', 'unknown'],
    ['wanted', 'not_found', 'unknown'],
    ['wanted', 'refused', 'refused'],
    // Once it may have happened, a later "nothing happened" is about the repeat alone.
    ['unknown', 'unavailable', 'unknown'],
    ['unknown', 'unknown', 'unknown'],
    ['unknown', 'refused', 'refused'],
  ] as const)('%s, and the answer is %s: %s', (state, outcome, after) => {
    expect(afterCreate(as(state), failure(outcome), noon_ms).state).toBe(after)
  })

  test('what is told is what stands there, and our own wish stays beside it', () => {
    expect(afterCreate(wanted, told({ amount: 4_999_999n, currency: 'USD' }), noon_ms)).toMatchObject({
      state: 'succeeded',
      amount: 5_000_000n,
      currency: 'PHP',
      told_amount: 4_999_999n,
      told_currency: 'USD',
      settled_id: 'pay_1',
      settled_ms: noon_ms + 1_000,
    })
  })
})

describe('after asking', () => {
  test.each(['unavailable', 'unknown', 'not_found'] as const)(
    '%s changes nothing that we knew',
    (outcome) => {
      for (const state of ['unknown', 'pending', 'succeeded', 'returned'] as const)
        expect(interpreted(as(state), failure(outcome), noon_ms).state).toBe(state)
    },
  )

  test('a word that we do not know changes nothing either', () => {
    expect(interpreted(as('pending'), told({ state: 'unknown' }), noon_ms).state).toBe('pending')
    expect(interpreted(as('succeeded'), told({ state: 'unknown' }), noon_ms).state).toBe('succeeded')
  })

  test('ids that are known are not replaced, nor is the address forgotten once it is paid', () => {
    const known = as('pending', {
      provider_id: 'cs_1',
      settled_id: 'pay_1',
      checkout_url: 'https://pay.test/1',
    })
    expect(interpreted(known, told({ provider_id: 'pay_2', settled_id: 'pay_2' }), noon_ms)).toMatchObject({
      provider_id: 'cs_1',
      settled_id: 'pay_1',
      checkout_url: 'https://pay.test/1',
    })
  })
})

describe('a create that was never answered', () => {
  const place = { address: 'https://new.test', account: 'ours' }
  const forgets = { places: [place], tokens_kept_ms: day_ms } as const
  const keeps = { places: [place], tokens_kept_ms: null } as const
  const called = as('unknown', { kind: 'pay_out', called_ms: noon_ms, place })

  test('is repeated as long as the provider keeps its token, and not up to the last hour', () => {
    expect(mayRepeat(called, forgets, noon_ms + day_ms - 3_600_001)).toBe(true)
    expect(mayRepeat(called, forgets, noon_ms + day_ms - 3_600_000)).toBe(false)
    expect(mayRepeat(called, keeps, noon_ms + 365 * day_ms)).toBe(true)
    // Nobody has the address of a checkout that was never answered.
    expect(mayRepeat({ ...called, kind: 'pay_in' }, forgets, noon_ms + 365 * day_ms)).toBe(true)
  })

  test.each(['pay_in', 'refund', 'pay_out'] as const)(
    'C1: a %s is not repeated at another address, nor as another account, nor where nobody knows where it was made',
    (kind) => {
      const { address, account } = place
      for (const elsewhere of [
        { address: 'https://old.test', account },
        { address, account: 'other' },
        null,
      ]) {
        expect(mayRepeat({ ...called, kind, place: elsewhere }, keeps, noon_ms)).toBe(false)
        // A place of before is asked, and nothing is made there.
        const places = [place, ...(elsewhere === null ? [] : [elsewhere])] as const
        expect(mayRepeat({ ...called, kind, place: elsewhere }, { ...keeps, places }, noon_ms)).toBe(false)
      }
    },
  )
})

describe('C5: a provider that denies what it had taken', () => {
  const elsewhere = { outcome: 'unavailable', code: 'made_elsewhere', reason: 'not set up' } as const

  test.each([failure('not_found'), elsewhere])(
    'is asked again soon, and after its term it is an operator’s to decide',
    (reply) => {
      const first = denied(as('pending', { attempts: 12 }), reply, noon_ms)
      expect(first).toMatchObject({ state: 'pending', denied_ms: noon_ms, attempts: 1 })
      const still = denied(first, reply, noon_ms + denied_ms_max - 1)
      expect(still).toMatchObject({ state: 'pending', denied_ms: noon_ms })
      expect(denied(still, reply, noon_ms + denied_ms_max)).toMatchObject({
        state: 'lost',
        denied_ms: noon_ms,
      })
    },
  )

  test('what it tells later counts, and takes the denial back', () => {
    const lost = as('lost', { denied_ms: noon_ms })
    expect(interpreted(lost, told(), noon_ms)).toMatchObject({ state: 'succeeded', denied_ms: null })
    expect(nextLook(lost, looked(true), noon_ms)).toBe(noon_ms + day_ms)
    expect(nextLook(lost, looked(true), noon_ms + asked_for_ms_max + 1)).toBeNull()
  })

  test('whoever cannot be reached denies nothing, and what has ended is not denied', () => {
    for (const outcome of ['unavailable', 'unknown', 'refused'] as const)
      expect(isDenied(as('pending'), failure(outcome))).toBe(false)
    for (const state of ['succeeded', 'failed', 'returned', 'lost'] as const)
      expect(isDenied(as(state), failure('not_found'))).toBe(false)
    // Nobody here had asked for it.
    expect(isDenied(as('unknown', { flow: null }), failure('not_found'))).toBe(false)
  })
})

describe('when to look again', () => {
  test('each time twice as long, within its limits', () => {
    const gaps = Array.from({ length: 30 }, (_, attempts) => {
      const next_ms = nextLook(as('pending', { attempts }), looked(true), noon_ms)
      return (next_ms ?? Number.NaN) - noon_ms
    })
    expect(gaps.slice(0, 4)).toEqual([5_000, 10_000, 20_000, 40_000])
    expect(Math.min(...gaps)).toBe(ask_again_ms_min)
    expect(gaps.at(-1)).toBe(ask_again_ms_max)
  })

  const under_way: readonly ProcessorState[] = ['wanted', 'unknown', 'pending', 'lost']
  test.each(processor_states.filter((state) => !under_way.includes(state)))(
    '%s rests once the engine has heard it, and not before',
    (state) => {
      expect(nextLook(as(state), looked(true), noon_ms)).toBeNull()
      expect(nextLook(as(state), looked(false), noon_ms)).toBe(noon_ms + ask_again_ms_min)
    },
  )

  test('nobody asks whether an operator has said something, who says it here', () => {
    expect(nextLook(as('pending'), looked(true, false), noon_ms)).toBeNull()
    expect(nextLook(as('unknown'), looked(true, false), noon_ms)).not.toBeNull()
  })

  test('what stays pending for months is left to reconciliation; what is unknown never is', () => {
    const late_ms = noon_ms + asked_for_ms_max + 1
    expect(nextLook(as('pending'), looked(true), late_ms)).toBeNull()
    expect(nextLook(as('unknown'), looked(true), late_ms)).not.toBeNull()
  })
})
