// Tokens that derive from what wants a payment: the same in every copy of the database, and of no other payment.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readId } from '@holdfast/kernel/ids.ts'
import { isUuid } from '../providers/momo/callbacks.ts'
import { agreementWords, payInWords, referenceOf, tokenOf } from './derive.ts'
import { newPayment, nextTry } from './new-payment.ts'

const kinds = ['pay_in', 'refund', 'pay_out'] as const

test('C2: a token never changes: whoever restores a backup years later works out the same', () => {
  const agreement = '0198c1a2-7c3b-7def-8123-456789abcd00'
  expect(kinds.map((kind) => tokenOf({ derived_from: agreementWords(agreement), kind, try: 1 }))).toEqual([
    'dd78ee15-f139-401f-b993-0a77824a3d55',
    '36db2141-e4dd-42d1-9934-8f4aea578f4b',
    '87a2acee-5e79-4771-b29e-4d47644e5e50',
  ])
})

test('C2: every kind, every try and every agreement has a token of its own, in the form that providers take', () => {
  const derivation = fc.record({
    derived_from: fc.oneof(
      fc.uuid().map(agreementWords),
      fc.string({ minLength: 1 }).map((settled_id) => payInWords({ provider: 'paymongo', settled_id })),
    ),
    kind: fc.constantFrom(...kinds),
    try: fc.integer({ min: 1, max: 9 }),
  })
  fc.assert(
    fc.property(derivation, derivation, (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other)
      expect(tokenOf(one) === tokenOf(other)).toBe(same)
      expect(isUuid(tokenOf(one))).toBe(true)
      expect(readId('pp', referenceOf(tokenOf(one)))).toBe(tokenOf(one))
    }),
  )
})

test('C2: a row has the token of its try, whenever it is written; what a provider told of has one by chance', () => {
  const given = {
    provider: 'momo',
    kind: 'pay_out',
    flow: 'withdrawal',
    agreement: null,
    method: 'mobile_money',
    amount: 500n,
    currency: 'RWF',
    details: { description: 'x' },
    state: 'wanted',
  } as const
  const row = (now_ms: number, nth = 1) =>
    newPayment({ ...given, derived: { from: 'agreement 1', try: nth } }, now_ms)
  expect(row(0).token).toBe(row(86_400_000).token)
  expect(row(0).our_reference).toBe(row(86_400_000).our_reference)
  expect(row(0).id).not.toBe(row(86_400_000).id)
  expect(nextTry(row(0)).token).toBe(row(0, 2).token)
  expect(newPayment(given, 0).token).not.toBe(newPayment(given, 0).token)
})
