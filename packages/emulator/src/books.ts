/** Emulator: what the providers' own books say: the truth that a ledger is compared with. */

import type { Tx } from './db.ts'
import { wallet_id } from './keys.ts'
import { operations, type Movement } from './momo/resources.ts'
import type { Payment, Refund, Transfer, Wallet } from './paymongo/resources.ts'
import { opening_centavos } from './paymongo/wallet.ts'
import { all, find } from './store.ts'

/** Amounts are minor units, as JSON integers, with both providers. */
export async function books(tx: Tx): Promise<object> {
  return { paymongo: await paymongoBooks(tx), momo: await momoBooks(tx) }
}

async function paymongoBooks(tx: Tx): Promise<object> {
  const wallet = await find<Wallet>(tx, 'wallet', wallet_id)
  const payments = await all<Payment>(tx, 'payment')
  const refunds = await all<Refund>(tx, 'refund')
  const transfers = await all<Transfer>(tx, 'transfer')
  return {
    payments: payments.map(({ id, body }) => ({
      id,
      intent: body.payment_intent_id,
      amount: body.amount,
      fee: body.fee,
      currency: body.currency,
      status: body.status,
      reference: body.external_reference_number,
      metadata: body.metadata,
    })),
    refunds: refunds.map(({ id, body }) => ({
      id,
      payment: body.payment_id,
      amount: body.amount,
      currency: body.currency,
      status: body.status,
      metadata: body.metadata,
    })),
    transfers: transfers.map(({ id, body, hidden }) => ({
      id,
      number: body.destination_account.number,
      direction: hidden.returns === null ? 'outward' : 'inward',
      returns: hidden.returns,
      returned: hidden.returned,
      amount: body.amount,
      fee: body.fee,
      currency: body.currency,
      status: body.status,
      reference: body.reference_number,
      metadata: body.metadata,
    })),
    wallet: {
      opening: opening_centavos,
      available: wallet?.body.available ?? 0,
      pending: wallet?.body.pending ?? 0,
    },
  }
}

async function momoBooks(tx: Tx): Promise<object> {
  const movements = []
  for (const operation of operations) {
    for (const { body, hidden } of await all<Movement>(tx, `momo_${operation}`)) {
      movements.push({
        operation,
        reference: hidden.reference,
        external_id: body.externalId,
        amount: hidden.minor,
        currency: body.currency,
        status: body.status,
        financial_transaction_id: body.financialTransactionId ?? null,
      })
    }
  }
  const accounts = await tx.any<{ id: string; minor: number }>(
    `select id, (body->>'minor')::float8 as minor
     from emulator.resources
     where kind = 'momo_account'
     order by id`,
  )
  return {
    movements,
    accounts: accounts.map(({ id, minor }) => {
      const [, product, currency] = id.split(' ')
      return { product, currency, available: minor }
    }),
  }
}
