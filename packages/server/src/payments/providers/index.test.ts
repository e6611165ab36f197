// Providers by name, and which of them carries what.
import { expect, test } from 'vitest'
import { around } from '../../../test/payments/runtime.ts'
import { momoAt, paymongoAt } from '../../../test/payments/settings.ts'
import { listServing, openProviders } from './index.ts'
import type { ManualBook } from './manual/book.ts'

const here = new URL('http://127.0.0.1:9')
// Nobody writes in it here.
const manual_book = {} as ManualBook
const needs = { surroundings: around(), manual_book }
const all = openProviders({
  ...needs,
  config: { paymongo: paymongoAt(here), momo: momoAt(here, { MOMO_CURRENCY: 'RWF' }) },
})

test('what is not set up is not there', () => {
  expect([...all.keys()]).toEqual(['paymongo', 'momo', 'manual'])
  expect([...openProviders({ ...needs, config: { paymongo: null, momo: null } }).keys()]).toEqual(['manual'])
})

test.each([
  ['pay_in', 'card', 'PHP', ['paymongo']],
  ['pay_in', 'gcash', 'PHP', ['paymongo', 'manual']],
  ['pay_in', 'gcash', 'PKR', ['manual']],
  ['refund', 'gcash', 'PHP', ['paymongo', 'manual']],
  ['refund', 'card', 'PKR', ['manual']],
  ['pay_out', 'bank_transfer', 'PHP', ['paymongo', 'manual']],
  ['pay_out', 'card', 'PHP', []],
  ['pay_in', 'mobile_money', 'RWF', ['momo', 'manual']],
  ['pay_out', 'mobile_money', 'RWF', ['momo', 'manual']],
  ['pay_in', 'mobile_money', 'EUR', ['manual']],
  ['pay_in', 'by_hand', 'XXX', []],
] as const)('%s by %s in %s: %j', (kind, method, currency, names) => {
  expect(listServing(all, kind, method, currency).map(({ name }) => name)).toEqual(names)
})
