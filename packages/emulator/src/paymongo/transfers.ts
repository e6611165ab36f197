/** Emulator, PayMongo: transfers in batches. The wallet pays when they are made; how they end, the number says. */

import { instant } from '../clock.ts'
import { has } from '../fault.ts'
import { merchant_id, paymongo_bic, wallet_name, wallet_number } from '../keys.ts'
import { newId } from '../new-id.ts'
import { children, find, put } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import type { EmulatorContext } from '../context.ts'
import { outcomeFaults, type Ask, type Endpoint } from './endpoint.ts'
import { isFields } from './fields.ts'
import { institutions } from './institutions.ts'
import { listOf } from './paging.ts'
import { plainReference, readTransfer, type WantedTransfer } from './read-transfer.ts'
import { complaint, isRefusal, notFound, refuse, type Refusal } from './refusal.ts'
import type { Transfer, TransferBody } from './resources.ts'
import { magic_numbers } from './settle-transfer.ts'
import { changeWallet, lockWallet } from './wallet.ts'

export const transfer_endpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/v2/batch_transfers',
    operation: 'transfers.create',
    is_movement: true,
    act: create,
  },
  {
    method: 'GET',
    path: '/v2/batch_transfers/:id',
    operation: 'batch_transfers.get',
    act: async ({ act, params: { id = '' } }) => {
      const transfers = await children<Transfer>(act.tx, 'transfer', id)
      return transfers.length === 0
        ? notFound('batch_transfer', id)
        : { data: { id, transfers: transfers.map(flat) } }
    },
  },
  {
    method: 'GET',
    path: '/v2/transfers/:id',
    operation: 'transfers.get',
    act: async ({ act, params: { id = '' } }) => {
      const transfer = await find<Transfer>(act.tx, 'transfer', id)
      return transfer === undefined ? notFound('transfer', id) : { data: flat(transfer) }
    },
  },
  {
    method: 'GET',
    path: '/v2/transfers',
    operation: 'transfers.list',
    act: (ask) => {
      const { reference_number } = ask.query
      const wanted = plainReference(reference_number ?? null)
      const where = wanted === null ? undefined : (['reference_number', wanted] as const)
      return listOf<Transfer>(ask, 'transfer', flat, { where })
    },
  },
]

export function flat({ id, body }: Transfer): object {
  return { id, ...body }
}

const transfers_max = 100
export const bank_fee_centavos = 1_000

async function create({ act, world, body }: Ask): Promise<object | Refusal> {
  const given = isFields(body) ? body['transfers'] : undefined
  if (!Array.isArray(given) || given.length === 0) {
    return refuse(400, complaint('parameter_required', 'transfers is required.', 'transfers'))
  }
  if (given.length > transfers_max) {
    return refuse(
      400,
      complaint('parameter_above_maximum', `At most ${transfers_max} transfers.`, 'transfers'),
    )
  }
  const wanted: WantedTransfer[] = []
  for (const [place, fields] of given.entries()) {
    const read = readTransfer(isFields(fields) ? fields : {}, place)
    if (isRefusal(read)) return read
    wanted.push(read)
  }
  const debit = wanted.reduce((sum, one) => sum + one.amount + feeOf(one), 0)
  const { body: wallet } = await lockWallet(act)
  // The sentence was seen; with which code, was not.
  if (debit > wallet.available) {
    return refuse(
      400,
      complaint('parameter_invalid', 'transfer_validator.source_account_balance: insufficient'),
    )
  }
  // When it is taken is not documented: at once is the careful reading.
  await changeWallet(act, { available: -debit })
  const batch = newId('batch_tr')
  const transfers: Transfer[] = []
  for (const one of wanted) transfers.push(await putTransfer(world, act, batch, one))
  return { data: { id: batch, transfers: transfers.map(flat) } }
}

async function putTransfer(
  world: EmulatorContext,
  act: EmulatorTx,
  batch: string,
  wanted: WantedTransfer,
): Promise<Transfer> {
  const { source_name, destination, ...told } = wanted
  const at = instant(act.now_ms)
  const faults = [...act.faults, ...(await outcomeFaults(world, act, 'transfers.create'))]
  const body: TransferBody = {
    ...told,
    livemode: false,
    merchant_id,
    source_account: {
      number: wallet_number,
      name: source_name ?? wallet_name,
      bic: paymongo_bic,
      bank_name: '',
    },
    destination_account: { ...destination, bank_name: institutions.get(destination.bic) ?? '' },
    fee: feeOf(wanted),
    provider_reference_number: newId('ref'),
    status: 'pending',
    batch_transfer_id: batch,
    created_at: at,
    updated_at: at,
  }
  const hidden = { faults, returns: null, returned: false, transaction: newId('wallet_tr') }
  const transfer: Transfer = { id: newId('tr'), kind: 'transfer', parent: batch, body, hidden }
  await put(act.tx, transfer, act.now_ms)
  // Any other number stays pending, as it does with PayMongo: an admin call settles it.
  const ends = Object.hasOwn(magic_numbers, destination.number) || has(faults, 'ends_failed')
  if (ends && !has(faults, 'never_final')) {
    const due_ms = act.now_ms + pendingOf(world, wanted)
    await world.due.later(act.tx, due_ms, 'paymongo.transfer', { id: transfer.id })
  }
  return transfer
}

const pesonet_pending_ms = 86_400_000

function pendingOf(world: EmulatorContext, { provider }: WantedTransfer): number {
  return provider === 'pesonet' ? pesonet_pending_ms : world.settings.pending_ms
}

function feeOf({ provider }: WantedTransfer): number {
  return provider === 'paymongo' ? 0 : bank_fee_centavos
}
