/** Emulator: the hand that ends what is pending, as the test wants it to end. */

import { lock } from './store.ts'
import { idOf, operations, type Movement } from './momo/resources.ts'
import { settleMovement } from './momo/settle-movement.ts'
import type { Refund, Transfer } from './paymongo/resources.ts'
import { settleRefund } from './paymongo/refunds.ts'
import { settleTransfer } from './paymongo/settle-transfer.ts'
import type { EmulatorTx } from './emulator-tx.ts'
import type { EmulatorContext } from './context.ts'

interface Wanted {
  readonly status?: unknown
  readonly reason?: unknown
}

/** `kind` is `refunds`, `transfers`, or an operation of MTN. The status is the provider's word, in any letters. */
export async function settleByHand(
  world: EmulatorContext,
  act: EmulatorTx,
  kind: string,
  id: string,
  { status, reason }: Wanted,
): Promise<{ data: object } | { error: string }> {
  const word = String(status).toLowerCase()
  const good = word === 'succeeded' || word === 'successful'
  if (!good && word !== 'failed') return { error: '{ status: succeeded or failed, reason? }' }
  const why = typeof reason === 'string' ? reason : 'account_not_found'
  if (kind === 'refunds') {
    const refund = await lock<Refund>(act.tx, 'refund', id)
    if (refund?.body.status !== 'pending') return { error: `no pending refund ${id}` }
    await settleRefund(world, act, refund, good ? 'succeeded' : 'failed')
    return { data: { id } }
  }
  if (kind === 'transfers') {
    const transfer = await lock<Transfer>(act.tx, 'transfer', id)
    if (transfer?.body.status !== 'pending') return { error: `no pending transfer ${id}` }
    return { data: await settleTransfer(world, act, transfer, good ? null : { code: why, message: why }) }
  }
  const operation = operations.find((known) => known === kind)
  if (operation === undefined) return { error: `nothing of kind ${kind} is settled by hand` }
  const movement = await lock<Movement>(act.tx, `momo_${operation}`, idOf(operation, id))
  if (movement?.body.status !== 'PENDING') return { error: `no pending ${kind} ${id}` }
  const failed = {
    status: 'FAILED',
    reason: typeof reason === 'string' ? reason : 'APPROVAL_REJECTED',
  } as const
  const settlement = good ? ({ status: 'SUCCESSFUL', reason: null } as const) : failed
  return { data: await settleMovement(world, act, movement, settlement) }
}
