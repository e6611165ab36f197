/** Emulator, PayMongo: our wallet, as it is read. */

import { merchant_id, paymongo_bic, wallet_id, wallet_name, wallet_number } from '../keys.ts'
import { find } from '../store.ts'
import type { Ask, Endpoint } from './endpoint.ts'
import { notFound, type Refusal } from './refusal.ts'
import { shown, type Transfer, type Wallet } from './resources.ts'
import { listOf } from './paging.ts'
import { transactionOf } from './transaction.ts'

export const wallet_endpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/v2/wallets',
    operation: 'wallets.list',
    act: async (ask) => {
      const wallet = await find<Wallet>(ask.act.tx, 'wallet', wallet_id)
      return { data: wallet === undefined ? [] : [flat(wallet)], has_more: false }
    },
  },
  { method: 'GET', path: '/v2/wallets/:id', operation: 'wallets.get', act: (ask) => get(ask, flat) },
  { method: 'GET', path: '/v1/wallets/:id', operation: 'wallets.get', act: (ask) => get(ask, older) },
  {
    method: 'GET',
    path: '/v1/wallets/:id/transactions',
    operation: 'wallet_transactions.list',
    act: (ask) => listOf<Transfer>(ask, 'transfer', (transfer) => shown(transactionOf(transfer))),
  },
]

async function get(
  { act, params: { id = '' } }: Ask,
  show: (wallet: Wallet) => object,
): Promise<object | Refusal> {
  const wallet = await find<Wallet>(act.tx, 'wallet', id)
  return wallet === undefined ? notFound('wallet', id) : { data: show(wallet) }
}

/** PayMongo's own sample: it is more than a JSON number holds exactly, and stands there to the last digit. */
const endless: unknown = rawNumber('999999999999999999')
const balance_centavos_max = 1_500_000_000
const outward_centavos_max = 700_000_000

function flat({ id, body }: Wallet): object {
  return {
    id,
    merchant_id,
    livemode: false,
    is_default: true,
    status: 'activated',
    type: 'standard',
    signed_statement_of_acceptance_file_record_id: 'file_emulator0000000000000001',
    statement_of_acceptance_signed_at: body.created_at,
    balance: { available: body.available, pending: body.pending },
    limits: {
      balance: balance_centavos_max,
      transactions: {
        inward: { daily: endless, monthly: balance_centavos_max },
        outward: { daily: outward_centavos_max, monthly: endless },
      },
    },
    running_transaction: { inward: { daily: 0, monthly: 0 }, outward: { daily: 0, monthly: 0 } },
    // Another page has a `source_account` here, and a `bic`.
    account: {
      provider: 'paymongo',
      account_name: wallet_name,
      account_number: wallet_number,
      currency: 'PHP',
      ledger_account_id: 'emulator-ledger-account',
    },
    created_at: body.created_at,
    updated_at: body.updated_at,
  }
}

function older({ id, kind, body }: Wallet): object {
  return {
    id,
    type: kind,
    attributes: {
      account_number: wallet_number,
      account_name: wallet_name,
      bank_code: paymongo_bic,
      available_balance: body.available,
      limits: { daily: outward_centavos_max },
      status: 'activated',
      type: 'basic',
      livemode: false,
      created_at: Math.floor(Date.parse(body.created_at) / 1_000),
      updated_at: Math.floor(Date.parse(body.updated_at) / 1_000),
    },
  }
}

/** Known to the engine, though not yet to the type checker. */
function rawNumber(digits: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(digits)
}
