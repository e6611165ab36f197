/** Service booking: what may be paid now, and what is refused. */

import { expect, test } from 'vitest'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import { dueOf, notDue, partDue, type PaymentPart } from './due.ts'

function booking(state: string, price: bigint, deposit: bigint, paid: bigint): Agreement {
  const amounts = { price, deposit, paid }
  // Only what is looked at here.
  return { state, amounts } as unknown as Agreement
}

test.each<[state: string, deposit: bigint, paid: bigint, due: [PaymentPart, bigint][]]>([
  ['request', 0n, 0n, []],
  ['quote_sent', 0n, 0n, [['full', 100n]]],
  [
    'quote_sent',
    30n,
    0n,
    [
      ['deposit', 30n],
      ['full', 100n],
    ],
  ],
  ['deposit_paid', 30n, 30n, [['balance', 70n]]],
  ['fully_paid', 30n, 100n, []],
  ['disputed', 0n, 100n, []],
  ['cancelled', 0n, 0n, []],
])('in %s with a deposit of %s and %s paid', (state, deposit, paid, due) => {
  const is = booking(state, 100n, deposit, paid)
  expect(dueOf(is).map(({ part, amount }) => [part, amount])).toEqual(due)
  for (const part of [undefined, 'deposit', 'full', 'balance'] as const) {
    const wanted = part === undefined ? due[0] : due.find(([name]) => name === part)
    const found = partDue(is, part)
    if (wanted === undefined) expect(found).toMatchObject({ code: 'transition_not_open' })
    else expect(found).toEqual({ part: wanted[0], amount: wanted[1] })
  }
  for (const amount of [0n, 1n, 29n, 30n, 31n, 69n, 70n, 71n, 99n, 100n, 101n]) {
    const is_due = due.some(([, each]) => each === amount)
    expect([amount, notDue(is, amount)?.code]).toEqual([
      amount,
      is_due ? undefined : due.length === 0 ? 'transition_not_open' : 'amount_mismatch',
    ])
  }
})
