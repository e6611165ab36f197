/** Emulator, PayMongo: how transfers end, and how money that had arrived comes back. */

import { instant } from '../clock.ts'
import { has, valueOf } from '../fault.ts'
import { newId } from '../new-id.ts'
import { post, type Sent } from '../post.ts'
import { recordDelivery } from '../record-delivery.ts'
import { find, lock, put, save } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import type { EmulatorContext } from '../context.ts'
import type { Failure } from './cards.ts'
import { emit } from './emit.ts'
import { shown, type Transfer, type TransferBody } from './resources.ts'
import { transactionOf } from './transaction.ts'
import { changeWallet } from './wallet.ts'

/** By the number of the account it goes to. Null is success; any other number stays pending. */
export const magic_numbers: Readonly<Record<string, Failure | null>> = {
  '999999990001': null,
  '999999990002': { code: 'test_failed_number', message: 'Simulated failure for test number' },
  '999999990003': { code: 'account_not_found', message: 'The account was not found' },
  '999999990004': { code: 'account_not_active', message: 'The account is not active' },
  '999999990005': { code: 'account_limit_reached', message: 'The account has reached its limit' },
  '999999990006': { code: 'internal_server_error', message: 'Internal server error' },
}

const closed_account: Failure = { code: 'AC04', message: 'The account is closed' }

export function defineTransfers(world: EmulatorContext): void {
  world.due.define('paymongo.transfer', {
    settle: async (act, { id }) => {
      const transfer = await lock<Transfer>(act.tx, 'transfer', String(id))
      if (transfer?.body.status !== 'pending') return
      const { number } = transfer.body.destination_account
      const failed = has(transfer.hidden.faults, 'ends_failed')
      await settleTransfer(world, act, transfer, failed ? closed_account : (magic_numbers[number] ?? null))
    },
  })
  world.due.define('paymongo.callback', {
    send: (facts) => sendCallback(world, facts as unknown as CallbackFacts),
    settle: (act, facts, sent) => settleCallback(act, facts as unknown as CallbackFacts, sent as Sent),
  })
}

/** A transfer that fails is given back, with its fee. */
export async function settleTransfer(
  world: EmulatorContext,
  act: EmulatorTx,
  transfer: Transfer,
  failure: Failure | null,
): Promise<Transfer> {
  const settled = await change(act, transfer, {
    status: failure === null ? 'succeeded' : 'failed',
    // By which keys a transfer tells why it failed is not documented; a wallet transaction has these.
    ...(failure === null ? {} : { provider_error: failure.message, provider_error_code: failure.code }),
  })
  const { amount, fee } = transfer.body
  if (failure !== null) await changeWallet(act, { available: amount + fee })
  await tell(
    world,
    act,
    settled,
    failure === null ? 'transfer.outward.successful' : 'transfer.outward.failed',
  )
  return settled
}

export type Return = 'inward' | 'failed' | 'status'

/**
 * Weeks later the bank sends it back; the fee is gone. No event is documented for that, so there are three ways it may
 * be seen: money that comes in, under the reference of what went out; the transfer that fails after all; a status that
 * nobody has named.
 */
export async function returnTransfer(
  world: EmulatorContext,
  act: EmulatorTx,
  transfer: Transfer,
  how: Return,
): Promise<Transfer> {
  const { amount } = transfer.body
  const marked = { ...transfer, hidden: { ...transfer.hidden, returned: true } }
  await changeWallet(act, { available: amount })
  if (how === 'inward') {
    await save(act.tx, marked)
    await receive(world, act, marked)
    return marked
  }
  const error = { provider_error: closed_account.message, provider_error_code: closed_account.code }
  const changed = await change(act, marked, { status: how === 'failed' ? 'failed' : 'returned', ...error })
  await tell(world, act, changed, 'transfer.outward.failed')
  return changed
}

async function receive(world: EmulatorContext, act: EmulatorTx, sent: Transfer): Promise<void> {
  const at = instant(act.now_ms)
  const inward: Transfer = {
    id: newId('tr'),
    kind: 'transfer',
    parent: null,
    hidden: {
      faults: sent.hidden.faults,
      returns: sent.id,
      returned: false,
      transaction: newId('wallet_tr'),
    },
    body: {
      ...sent.body,
      source_account: sent.body.destination_account,
      destination_account: sent.body.source_account,
      fee: 0,
      provider_reference_number: newId('ref'),
      purpose: 'return',
      description: `Return of ${sent.body.provider_reference_number}`,
      callback_url: null,
      // A bank knows nothing of what we had noted.
      metadata: null,
      status: 'succeeded',
      batch_transfer_id: null,
      created_at: at,
      updated_at: at,
    },
  }
  await put(act.tx, inward, act.now_ms)
  const { faults } = sent.hidden
  await emit(world, act, 'transfer.inward.successful', shownEventData(inward), faults)
  await emit(world, act, 'wallet.transaction.cash_in.created', shown(transactionOf(inward)), faults)
}

async function change(
  act: EmulatorTx,
  transfer: Transfer,
  changes: Partial<TransferBody>,
): Promise<Transfer> {
  const body = { ...transfer.body, ...changes, updated_at: instant(act.now_ms) }
  const changed = { ...transfer, body }
  await save(act.tx, changed)
  return changed
}

async function tell(
  world: EmulatorContext,
  act: EmulatorTx,
  transfer: Transfer,
  type: 'transfer.outward.successful' | 'transfer.outward.failed',
): Promise<void> {
  const { faults } = transfer.hidden
  await emit(world, act, type, shownEventData(transfer), faults)
  const { callback_url } = transfer.body
  if (callback_url === null || has(faults, 'drop_webhook')) return
  const due_ms = act.now_ms + (valueOf(faults, 'late_webhook', 600) ?? 0) * 1_000
  const body = JSON.stringify({ data: shown(transactionOf(transfer)) })
  const times = has(faults, 'dup_webhook') ? 2 : 1
  for (let n = 0; n < times; n += 1) {
    await world.due.later(act.tx, due_ms, 'paymongo.callback', { id: transfer.id, url: callback_url, body })
  }
}

/**
 * Whether it is a transfer or a wallet transaction that the event carries, is not documented. Both have been seen, so
 * both are sent: by the last letter of the id.
 */
function shownEventData(transfer: Transfer): object {
  return /[0-9A-Z]$/.test(transfer.id)
    ? { id: transfer.id, type: 'transfer', attributes: transfer.body }
    : shown(transactionOf(transfer))
}

interface CallbackFacts {
  readonly id: string
  readonly url: string
  readonly body: string
}

/** Sent once and unsigned: whether it is ever signed or repeated is not documented. */
async function sendCallback(world: EmulatorContext, { url, body }: CallbackFacts): Promise<Sent> {
  return post({ url, body, answer_ms_max: world.settings.webhook_answer_ms_max, ending: world.ending })
}

async function settleCallback(act: EmulatorTx, { id, url }: CallbackFacts, { status }: Sent): Promise<void> {
  const taken = status !== null && status >= 200 && status < 300
  const transfer = await find<Transfer>(act.tx, 'transfer', id)
  await recordDelivery(act, {
    provider: 'paymongo',
    event: transfer?.id ?? id,
    type: 'transfer.callback',
    url,
    outcome: taken ? 'delivered' : 'failed',
    status,
  })
}
