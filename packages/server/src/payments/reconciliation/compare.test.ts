// Both sides held against each other: each movement in one pair, nothing lost, nothing counted twice, whatever the lists say.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Payment, PaymentKind, PaymentState } from '../providers/port.ts'
import { hasMoved, isOutdated, judge, keyOf, netOf, pairUp, type Ours, type Pair } from './compare.ts'

const theirs = (change: Partial<Payment> = {}): Payment => ({
  kind: 'pay_in',
  provider_id: 'pay_1',
  our_reference: null,
  state: 'succeeded',
  amount: 500n,
  currency: 'PHP',
  fee: null,
  status: 'paid',
  reason: null,
  checkout_url: null,
  settled_id: change.provider_id ?? 'pay_1',
  created_ms: null,
  settled_ms: null,
  ...change,
})

const ours = (change: Partial<Ours> = {}): Ours => ({
  id: 'row 1',
  kind: 'pay_in',
  agreement: 'agreement 1',
  token: 'token 1',
  our_reference: 'pp_1',
  place: null,
  provider_id: 'cs_1',
  settled_id: 'pay_1',
  refunds_settled_id: null,
  state: 'succeeded',
  told_amount: 500n,
  called: true,
  created_ms: 0,
  settled_ms: 0,
  gross: 500n,
  net: 500n,
  booked_currency: 'PHP',
  ...change,
})

describe('what two that belong together come to', () => {
  const sent = { kind: 'pay_out', provider_id: 'tr_1', settled_id: 'tr_1' } as const
  test.each<[string, Payment | null, Ours | null, string]>([
    ['the same', theirs(), ours(), 'matched'],
    ['they have it, we do not', theirs(), null, 'missing_here'],
    ['we have the row, the ledger has nothing', theirs(), ours({ gross: 0n, net: 0n }), 'missing_here'],
    ['we booked it, they know nothing', null, ours(), 'missing_there'],
    ['we never booked it, they know nothing', null, ours({ gross: 0n, net: 0n }), 'nothing'],
    ['another amount', theirs({ amount: 499n }), ours(), 'different'],
    ['another currency', theirs({ currency: 'USD' }), ours(), 'different'],
    ['booked here, failed there', theirs({ state: 'failed', settled_id: null }), ours(), 'different'],
    ['booked here, pending there', theirs({ state: 'pending', settled_id: null }), ours(), 'different'],
    ['failed there, and here', theirs({ state: 'failed' }), ours({ gross: 0n, net: 0n }), 'nothing'],
    ['pending there, unknown here', theirs({ state: 'pending' }), null, 'nothing'],
    ['on its way out there, unknown here', theirs({ ...sent, state: 'pending' }), null, 'missing_here'],
    [
      'on its way out there, and here',
      theirs({ ...sent, state: 'pending' }),
      ours({ ...sent, gross: 0n, net: 0n }),
      'nothing',
    ],
    ['returned on both sides', theirs({ ...sent, state: 'returned' }), ours({ ...sent, net: 0n }), 'matched'],
    ['returned there, completed here', theirs({ ...sent, state: 'returned' }), ours(sent), 'different'],
    ['completed there, returned here', theirs(sent), ours({ ...sent, net: 0n }), 'different'],
    [
      'went out and came back, and we know nothing',
      theirs({ ...sent, state: 'returned' }),
      null,
      'missing_here',
    ],
  ])('%s', (_, their_side, our_side, judgement) => {
    expect(judge({ theirs: their_side, ours: our_side })).toBe(judgement)
  })
})

test('a row that remembers what is no more so is asked about, whatever the ledger has', () => {
  expect(isOutdated({ theirs: theirs(), ours: ours() })).toBe(false)
  expect(isOutdated({ theirs: theirs({ amount: 499n }), ours: ours() })).toBe(true)
  expect(isOutdated({ theirs: theirs({ state: 'returned' }), ours: ours() })).toBe(true)
  expect(isOutdated({ theirs: theirs({ state: 'pending' }), ours: ours({ state: 'failed' }) })).toBe(false)
})

describe('which two belong together', () => {
  const idsOf = (pairs: readonly Pair[]) =>
    pairs.map((pair) => [pair.theirs?.provider_id ?? null, pair.ours?.id ?? null])

  test('by any of its ids: the checkout, the payment, the token', () => {
    for (const provider_id of ['cs_1', 'pay_1', 'token 1'])
      expect(idsOf(pairUp([theirs({ provider_id, settled_id: null })], [ours()]))).toEqual([
        [provider_id, 'row 1'],
      ])
  })

  test('an id of another kind is another id', () => {
    const pairs = pairUp([theirs({ kind: 'refund' })], [ours()])
    expect(idsOf(pairs)).toEqual([
      ['pay_1', null],
      [null, 'row 1'],
    ])
  })

  test('by our reference where the row has no money yet', () => {
    const waiting = ours({ settled_id: null, gross: 0n, net: 0n })
    const paid = theirs({ provider_id: 'pay_7', our_reference: 'pp_1' })
    expect(idsOf(pairUp([paid], [waiting]))).toEqual([['pay_7', 'row 1']])
  })

  test('who pays one checkout twice has paid two', () => {
    const again = theirs({ provider_id: 'pay_2', our_reference: 'pp_1' })
    const first = theirs({ our_reference: 'pp_1' })
    for (const told of [
      [first, again],
      [again, first],
    ]) {
      const pairs = pairUp(told, [ours()])
      expect(new Map(pairs.map((pair) => [pair.theirs?.provider_id, judge(pair)]))).toEqual(
        new Map([
          ['pay_1', 'matched'],
          ['pay_2', 'missing_here'],
        ]),
      )
    }
  })

  test('a try that failed takes no row from the payment that came', () => {
    const failed = theirs({ provider_id: 'pay_0', settled_id: null, state: 'failed', our_reference: 'pp_1' })
    const paid = theirs({ provider_id: 'pay_7', our_reference: 'pp_1' })
    const waiting = ours({ settled_id: null, gross: 0n, net: 0n })
    const pairs = pairUp([failed, paid], [waiting])
    expect(pairs.find((pair) => pair.ours !== null)?.theirs?.provider_id).toBe('pay_7')
  })

  test('told twice, as gone and as come back, it has come back', () => {
    const sent = { kind: 'pay_out', provider_id: 'tr_1', settled_id: 'tr_1' } as const
    const row = ours({ ...sent, net: 0n })
    for (const states of [
      ['succeeded', 'returned'],
      ['returned', 'succeeded'],
    ] as const) {
      const pairs = pairUp(
        states.map((state) => theirs({ ...sent, state })),
        [row],
      )
      expect(pairs.map(judge)).toEqual(['matched'])
    }
  })
})

/** Few ids, so that they collide. */
const id = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const kind = fc.constantFrom<PaymentKind>('pay_in', 'refund', 'pay_out')
const amount = fc.bigInt({ min: 1n, max: 5n })
const currency = fc.constantFrom('PHP', 'RWF')
const state = fc.constantFrom<PaymentState>(
  'pending',
  'succeeded',
  'failed',
  'expired',
  'unknown',
  'returned',
)
const anyTheirs: fc.Arbitrary<Payment> = fc
  .record({
    kind,
    provider_id: id,
    our_reference: fc.option(id),
    state,
    amount,
    currency,
    settled_id: fc.option(id),
  })
  .map((change) => theirs(change))
const anyOurs = fc
  .record({
    kind,
    token: id,
    our_reference: id,
    provider_id: fc.option(id),
    settled_id: fc.option(id),
    booked_currency: currency,
    booked: fc.constantFrom('nothing', 'all', 'returned'),
    amount,
  })
  .map(({ booked, amount: gross, ...change }) =>
    ours({
      ...change,
      gross: booked === 'nothing' ? 0n : gross,
      net: booked === 'all' ? gross : 0n,
    }),
  )
const both = [
  fc.array(anyTheirs, { maxLength: 12 }),
  fc.array(anyOurs, { maxLength: 12 }).map((rows) => rows.map((row, n) => ({ ...row, id: `row ${n}` }))),
] as const

test('whatever is told, each of theirs and each of ours is in exactly one pair', () => {
  fc.assert(
    fc.property(...both, (told, rows) => {
      const pairs = pairUp(told, rows)
      const [there, here] = [pairs.map((pair) => pair.theirs), pairs.map((pair) => pair.ours)]
      expect(
        here
          .filter((row) => row !== null)
          .map((row) => row.id)
          .toSorted(),
      ).toEqual(rows.map((row) => row.id).toSorted())
      const keys = there.filter((payment) => payment !== null).map(keyOf)
      expect(new Set(keys).size).toBe(keys.length)
      expect(new Set(keys)).toEqual(new Set(told.map(keyOf)))
      for (const pair of pairs) if (pair.theirs && pair.ours) expect(pair.theirs.kind).toBe(pair.ours.kind)
    }),
  )
})

test('what differs explains the difference of the sums, to the unit and per currency', () => {
  fc.assert(
    fc.property(...both, (told, rows) => {
      const pairs = pairUp(told, rows)
      const sums = (chosen: readonly Pair[], of: string) => {
        const there = chosen.map((pair) => (pair.theirs?.currency === of ? netOf(pair.theirs) : 0n))
        const here = chosen.map((pair) => (pair.ours?.booked_currency === of ? pair.ours.net : 0n))
        return [...there, ...here.map((net) => -net)].reduce((sum, one) => sum + one, 0n)
      }
      for (const of of ['PHP', 'RWF']) {
        const found = pairs.filter((pair) => !['matched', 'nothing'].includes(judge(pair)))
        expect(sums(found, of)).toBe(sums(pairs, of))
      }
      for (const pair of pairs) {
        const moved = pair.theirs !== null && hasMoved(pair.theirs)
        if (judge(pair) === 'nothing') expect([moved, pair.ours?.net ?? 0n]).toEqual([false, 0n])
      }
    }),
  )
})
