// What operators say of payments by hand: each word has its place, one reference confirms one payment, nothing moves by itself.
import { beforeEach, describe, expect, test } from 'vitest'
import { around, noon_ms } from '../../../test/payments/around.ts'
import { memoryBook } from '../../../test/payments/memory-book.ts'
import { payIn, payOut, unanswered } from '../../../test/payments/wanted.ts'
import type { Provider } from '../port.ts'
import type { ManualBook } from './book.ts'
import { confirmManual, type Said } from './confirm.ts'
import { openManual } from './provider.ts'

let book: ManualBook
let manual: Provider
beforeEach(() => {
  book = memoryBook()
  manual = openManual(book, around())
})

const in_cash = payIn({ method: 'bank_transfer', amount: 5_000n })
const said = (change: Partial<Said> = {}): Said => ({
  state: 'succeeded',
  reference: 'BANK-77',
  amount: null,
  proof: 'fil_1',
  operator: 'maria',
  reason: 'Seen on the statement',
  ...change,
})
const say = (token: string, change: Partial<Said> = {}, kind: 'pay_in' | 'pay_out' = 'pay_in') =>
  confirmManual(book, kind, token, said(change), noon_ms + 1)

test('pending until an operator has said so, and then what the operator said', async () => {
  await manual.createPayIn(in_cash)
  expect(await manual.find('pay_in', unanswered(in_cash))).toMatchObject({
    value: { state: 'pending', settled_id: null },
  })
  expect(await manual.expirePayIn(unanswered(in_cash))).toMatchObject({ value: { state: 'pending' } })
  await say(in_cash.token, { amount: 4_900n })
  expect(await manual.find('pay_in', unanswered(in_cash))).toMatchObject({
    value: { state: 'succeeded', amount: 4_900n, settled_id: in_cash.token, settled_ms: noon_ms + 1 },
  })
  expect(await book.find('pay_in', in_cash.token)).toMatchObject({
    reference: 'BANK-77',
    proof: 'fil_1',
    operator: 'maria',
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
    reason: 'Seen on the statement',
  })
  expect(await say(in_cash.token, { amount: 1n })).toMatchObject({ code: 'transition_not_open' })
  expect(await say(in_cash.token, { reference: 'BANK-78' })).toMatchObject({ code: 'transition_not_open' })
})

test('one line of a statement confirms one payment', async () => {
  const other = payIn({ method: 'bank_transfer' })
  await manual.createPayIn(in_cash)
  await manual.createPayIn(other)
  await say(in_cash.token)
  expect(await say(other.token)).toMatchObject({ code: 'reference_taken' })
  expect(await book.find('pay_in', other.token)).toMatchObject({ state: 'pending', reference: null })
})

test('two operators at once: one of them is heard, and the other learns it', async () => {
  await manual.createPayIn(in_cash)
  const both = await Promise.all([
    say(in_cash.token),
    say(in_cash.token, { state: 'failed', reference: null }),
  ])
  expect(both.filter((outcome) => 'code' in outcome)).toHaveLength(1)
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

test('it lists what it was asked for, page by page', async () => {
  const wanted = [1, 2, 3, 4, 5].map(() => payOut())
  for (const one of wanted) {
    // oxlint-disable-next-line no-await-in-loop -- in order
    await manual.createPayOut(one)
  }
  const found: string[] = []
  let cursor: string | null = null
  do {
    // oxlint-disable-next-line no-await-in-loop -- a page names where the next begins
    const reply = await manual.list('pay_out', noon_ms, noon_ms + 1, cursor)
    if (reply.outcome !== 'told') throw new Error(reply.code)
    found.push(...reply.value.payments.map(({ provider_id }) => provider_id))
    cursor = reply.value.cursor
  } while (cursor !== null)
  expect(found).toEqual(wanted.map(({ token }) => token))
})
