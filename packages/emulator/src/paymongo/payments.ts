/** Emulator, PayMongo: payments, as they are read and listed. They come about by paying, never by a request. */

import { children, find } from '../store.ts'
import type { Tx } from '../db.ts'
import type { Endpoint } from './endpoint.ts'
import { listOf } from './paging.ts'
import { notFound } from './refusal.ts'
import { shown, type Payment, type Refund } from './resources.ts'

export const payment_endpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/v1/payments/:id',
    operation: 'payments.get',
    act: async ({ act, params: { id = '' } }) => {
      const payment = await find<Payment>(act.tx, 'payment', id)
      return payment === undefined ? notFound('payment', id) : { data: await shownPayment(act.tx, payment) }
    },
  },
  {
    method: 'GET',
    path: '/v1/payments',
    operation: 'payments.list',
    act: (ask) => listOf<Payment>(ask, 'payment', (payment) => shownPayment(ask.act.tx, payment)),
  },
]

export async function shownPayment(tx: Tx, payment: Payment): Promise<object> {
  const refunds = await children<Refund>(tx, 'refund', payment.id)
  return shown({ ...payment, body: { ...payment.body, refunds: refunds.map(shown) } })
}
