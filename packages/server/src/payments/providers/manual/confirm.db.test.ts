// What operators say of payments by hand: each word has its place, one reference confirms one payment, nothing moves by itself.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/fixtures/database.ts'
import { around, noon_ms, type Around } from '../../../../test/payments/runtime.ts'
import { kinds, payIn, payOut, refund, unanswered } from '../../../../test/payments/wanted.ts'
import { currency_codes } from '@holdfast/kernel/money/currency.ts'
import type { Provider } from '../port.ts'
import { book_page_max, tableBook } from './book-table.ts'
import type { ManualBook } from './book.ts'
import { confirmManual, type Said } from './confirm.ts'
import { openManual } from './provider.ts'

let fresh: FreshDatabase
let book: ManualBook
let place: Around
let manual: Provider
beforeAll(async () => {
  fresh = await freshDatabase()
  book = tableBook(fresh.db)
})
beforeEach(async () => {
  await fresh.db.run('delete from manual_payments')
  place = around()
  manual = openManual(book, place)
})
afterAll(() => fresh.drop())

const in_cash = payIn({ method: 'bank_transfer', amount: 5_000n })
const proof = '0195a3b2-0000-7000-8000-000000000000'
const said = (change: Partial<Said> = {}): Said => ({
  state: 'succeeded',
  reference: 'BANK-77',
  amount: null,
  proof,
  operator: 'maria',
  reason: 'Seen on the statement',
  ...change,
})
const say = (token: string, change: Partial<Said> = {}, kind: 'pay_in' | 'pay_out' = 'pay_in') =>
  fresh.db.transaction((tx) => confirmManual(tableBook(tx), kind, token, said(change), noon_ms + 1))

test('pending until an operator has said so, and then what the operator said', async () => {
  await manual.createPayIn(in_cash)
  expect(await manual.find('pay_in', unanswered(in_cash))).toMatchObject({
    value: { state: 'pending', settled_id: null },
  })
  expect(await manual.expirePayIn(unanswered(in_cash))).toMatchObject({ value: { state: 'pending' } })
  await say(in_cash.token, { amount: 4_900n })
  expect(await manual.find('pay_in', unanswered(in_cash))).toMatchObject({
    value: { state: 'succeeded', amount: 4_900n, settled_id: 'BANK-77', settled_ms: noon_ms + 1 },
  })
  expect(await book.find('pay_in', in_cash.token)).toMatchObject({
    said: { reference: 'BANK-77', proof, operator: 'maria', reason: 'Seen on the statement' },
    returned: null,
  })
})

test('wanted again with the same token after it was confirmed, it is as it was confirmed', async () => {
  await manual.createPayIn(in_cash)
  await say(in_cash.token)
  expect(await manual.createPayIn({ ...in_cash, amount: 9n })).toMatchObject({
    value: { state: 'succeeded', amount: 5_000n },
  })
})

describe('what may be said after what', () => {
  const after = {
    pending: [],
    succeeded: [{ state: 'succeeded' }],
    failed: [{ state: 'failed' }],
    expired: [{ state: 'expired' }],
    returned: [{ state: 'succeeded' }, { state: 'returned' }],
  } as const
  const words = ['succeeded', 'failed', 'expired', 'returned'] as const
  const fine: Record<string, readonly string[]> = {
    pending: ['succeeded', 'failed', 'expired'],
    succeeded: ['succeeded', 'returned'],
    failed: ['failed'],
    expired: ['expired'],
    returned: ['returned'],
  }

  test.each(Object.keys(after).flatMap((was) => words.map((word) => [was, word] as const)))(
    'after %s, %s',
    async (was, word) => {
      await manual.createPayIn(in_cash)
      for (const change of after[was as keyof typeof after]) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await say(in_cash.token, change)
      }
      const outcome = await say(in_cash.token, { state: word })
      const entry = await book.find('pay_in', in_cash.token)
      if (fine[was]?.includes(word)) expect(outcome).toMatchObject({ state: word })
      else expect(outcome).toMatchObject({ code: 'transition_not_open', details: { state: was } })
      expect(entry?.state).toBe(fine[was]?.includes(word) ? word : was)
    },
  )
})

test.each([
  ['no reference', { reference: null }, 'invalid_request'],
  ['no money', { amount: 0n }, 'amount_out_of_range'],
  ['less than none', { amount: -5n }, 'amount_out_of_range'],
  ['more than an account can hold', { amount: 9_007_199_254_740_992n }, 'amount_out_of_range'],
  ['an amount of what has not moved', { state: 'failed', amount: 4_000n }, 'amount_mismatch'],
] as const)('%s is refused', async (_, change, code) => {
  await manual.createPayIn(in_cash)
  expect(await say(in_cash.token, change)).toMatchObject({ code })
  expect(await book.find('pay_in', in_cash.token)).toMatchObject({ state: 'pending', amount: 5_000n })
})

test('another amount or reference for what is confirmed already is refused; the same again is not', async () => {
  await manual.createPayIn(in_cash)
  await say(in_cash.token)
  expect(await say(in_cash.token, { reason: 'once more' })).toMatchObject({
    state: 'succeeded',
    said: { reason: 'Seen on the statement' },
  })
  const other_proof = proof.replace('000000000000', '000000000001')
  for (const change of [{ amount: 1n }, { reference: 'BANK-78' }, { proof: other_proof }]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await say(in_cash.token, change)).toMatchObject({
      code: 'transition_not_open',
      details: { state: 'succeeded', allowed: ['returned'] },
    })
  }
})

test('one line of a statement confirms one payment, and the transaction that tried goes on', async () => {
  const other = payIn({ method: 'bank_transfer' })
  await manual.createPayIn(in_cash)
  await manual.createPayIn(other)
  await say(in_cash.token)
  const outcome = await fresh.db.transaction(async (tx) => {
    const first = await confirmManual(tableBook(tx), 'pay_in', other.token, said(), noon_ms)
    await confirmManual(tableBook(tx), 'pay_in', other.token, said({ reference: 'BANK-78' }), noon_ms)
    return first
  })
  expect(outcome).toMatchObject({ code: 'reference_taken', details: { reference: 'BANK-77' } })
  expect(await book.find('pay_in', other.token)).toMatchObject({
    state: 'succeeded',
    said: { reference: 'BANK-78' },
  })
})

test('of ten payments that one line is to confirm at once, it confirms one', async () => {
  const ten = Array.from({ length: 10 }, () => payIn({ method: 'bank_transfer' }))
  await Promise.all(ten.map((wanted) => manual.createPayIn(wanted)))
  const all = await Promise.all(ten.map(({ token }) => say(token)))
  expect(all.filter((outcome) => 'code' in outcome)).toEqual(
    Array.from({ length: 9 }, () => ({ code: 'reference_taken', details: { reference: 'BANK-77' } })),
  )
})

test('how it came back stands beside how it had moved, and its line is still taken', async () => {
  const [first, second] = [payOut(), payOut()]
  await manual.createPayOut(first)
  await manual.createPayOut(second)
  await say(first.token, {}, 'pay_out')
  const back = {
    state: 'returned',
    reference: 'BACK-1',
    proof: null,
    operator: 'jose',
    reason: 'Closed',
  } as const
  await say(first.token, back, 'pay_out')
  expect(await book.find('pay_out', first.token)).toMatchObject({
    state: 'returned',
    amount: first.amount,
    said: { reference: 'BANK-77', proof, operator: 'maria' },
    returned: { reference: 'BACK-1', proof: null, operator: 'jose', reason: 'Closed' },
  })
  expect(await manual.find('pay_out', unanswered(first))).toMatchObject({
    value: { state: 'returned', reason: 'Closed', settled_id: 'BANK-77', settled_ms: noon_ms + 1 },
  })
  expect(await say(second.token, {}, 'pay_out')).toMatchObject({ code: 'reference_taken' })
  await say(second.token, { reference: 'BANK-78' }, 'pay_out')
  expect(await say(second.token, back, 'pay_out')).toMatchObject({ code: 'reference_taken' })
  expect(await say(second.token, { ...back, reference: 'BACK-2', amount: 1n }, 'pay_out')).toMatchObject({
    code: 'amount_mismatch',
  })
  expect(await book.find('pay_out', second.token)).toMatchObject({ state: 'succeeded', returned: null })
})

test('two operators at once: one of them is heard, and the other learns it', async () => {
  await manual.createPayIn(in_cash)
  const both = await Promise.all([
    say(in_cash.token),
    say(in_cash.token, { state: 'failed', reference: null }),
  ])
  const now = await book.find('pay_in', in_cash.token)
  const refusals = both.filter((outcome) => 'code' in outcome)
  expect(refusals).toMatchObject([{ code: 'transition_not_open', details: { state: now?.state } }])
})

test('two operators at once who say the same: both are heard, and the first stands there', async () => {
  await manual.createPayIn(in_cash)
  const both = await Promise.all([say(in_cash.token), say(in_cash.token, { operator: 'jose' })])
  expect(both.map((outcome) => ('code' in outcome ? outcome.code : outcome.state))).toEqual([
    'succeeded',
    'succeeded',
  ])
  expect(both[0]).toEqual(both[1])
})

test('of what we send, no other amount goes than was wanted', async () => {
  const wanted = payOut()
  await manual.createPayOut(wanted)
  expect(await say(wanted.token, { amount: wanted.amount - 1n }, 'pay_out')).toEqual({
    code: 'amount_mismatch',
    details: { pointer: '/amount', expected: [100_000] },
  })
  expect(await say(wanted.token, { amount: wanted.amount }, 'pay_out')).toMatchObject({ state: 'succeeded' })
})

test('a pay-out does not expire, and what nobody wanted is not found', async () => {
  const wanted = payOut()
  await manual.createPayOut(wanted)
  expect(await say(wanted.token, { state: 'expired' }, 'pay_out')).toMatchObject({ code: 'invalid_request' })
  expect(await say(in_cash.token)).toMatchObject({ code: 'not_found' })
  expect(await manual.find('pay_in', unanswered(wanted))).toMatchObject({ outcome: 'not_found' })
})

test('no event comes in for it, and no card is taken by hand', async () => {
  const incoming = { body: Buffer.from('{}'), headers: {}, path: '' }
  expect(manual.verify(incoming, noon_ms)).toEqual({ refused: 'forged' })
  expect(await manual.createPayIn(payIn({ method: 'card' }))).toMatchObject({ outcome: 'refused' })
})

test('what no card pays is wanted of it in every currency, and all that came can be given back by hand', async () => {
  expect(manual.services.map(({ kind }) => kind)).toEqual(kinds)
  for (const { methods, currencies } of manual.services) {
    expect(methods).toEqual(expect.arrayContaining(['by_hand', 'bank_transfer']))
    expect(currencies).toEqual(currency_codes)
  }
  const serves = manual.services.filter(({ methods }) => methods.includes('card'))
  expect(serves.map(({ kind }) => kind)).toEqual(['refund'])
  expect(await manual.createRefund(refund('pay_1'))).toMatchObject({ value: { state: 'pending' } })
  // Whoever pays may choose.
  expect(await manual.createPayIn(payIn({ method: null }))).toMatchObject({ value: { state: 'pending' } })
})

test('it lists what it was asked for, page by page and in order, also where many are of one instant', async () => {
  const wanted = Array.from({ length: 2 * book_page_max + 1 }, () => payOut())
  for (const [i, one] of wanted.entries()) {
    place.now_ms = noon_ms + Math.trunc(i / 40)
    // oxlint-disable-next-line no-await-in-loop -- in order
    await manual.createPayOut(one)
  }
  await manual.createPayIn(in_cash)
  place.now_ms = noon_ms + 10
  await manual.createPayOut(payOut())
  const found: { created_ms: number | null; provider_id: string }[] = []
  const pages: number[] = []
  let cursor: string | null = null
  do {
    // oxlint-disable-next-line no-await-in-loop -- a page names where the next begins
    const reply = await manual.list('pay_out', noon_ms, noon_ms + 10, cursor)
    if (reply.outcome !== 'told') throw new Error(reply.code)
    found.push(...reply.value.payments)
    pages.push(reply.value.payments.length)
    cursor = reply.value.cursor
  } while (cursor !== null)
  expect(pages).toEqual([book_page_max, book_page_max, 1])
  const listed = found.map(({ provider_id }) => provider_id)
  expect(listed.toSorted()).toEqual(wanted.map(({ token }) => token).toSorted())
  const order = found.map(({ created_ms, provider_id }) => `${created_ms} ${provider_id}`)
  expect(order).toEqual(order.toSorted())
})
