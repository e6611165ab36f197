/** Emulator, PayMongo: a transfer as its callback tells of it, which is a wallet transaction. */

import { paymongo_bic, wallet_id } from '../keys.ts'
import type { Resource } from '../store.ts'
import type { Transfer, TransferAccount } from './resources.ts'

export function transactionOf(transfer: Transfer): Resource {
  const { body, hidden, id } = transfer
  return {
    id: hidden.transaction,
    kind: 'wallet_transaction',
    parent: null,
    hidden: {},
    body: {
      wallet_id,
      amount: body.amount,
      batch_transaction_id: null,
      callback_url: body.callback_url,
      currency: body.currency,
      description: body.description,
      fee: body.fee,
      livemode: false,
      metadata: body.metadata,
      // How this stands to the fee is not documented for sending.
      net_amount: body.amount + body.fee,
      provider: body.provider,
      provider_error: body.provider_error ?? null,
      provider_error_code: body.provider_error_code ?? null,
      purpose: body.purpose,
      receiver: party(body.destination_account),
      reference_number: body.reference_number,
      sender: party(body.source_account),
      sender_email: null,
      status: body.status,
      transfer_id: id,
      type: hidden.returns === null ? 'send_money' : 'receive_money',
      created_at: Math.floor(Date.parse(body.created_at) / 1_000),
      updated_at: Math.floor(Date.parse(body.updated_at) / 1_000),
    },
  }
}

function party({ bic, name, number, bank_name }: TransferAccount): object {
  return {
    bank_account_name: name,
    bank_account_number: number,
    bank_code: bic,
    bank_id: bic === paymongo_bic ? '824' : '001',
    bank_name,
  }
}
