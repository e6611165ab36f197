/** Emulator, MTN MoMo: a movement ends, and the callback says that it did, once and unsigned. */

import { randomInt } from 'node:crypto'
import { has, sortOf, valueOf } from '../fault.ts'
import { post, type Sent } from '../post.ts'
import { recordDelivery } from '../record-delivery.ts'
import { lock, save } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import type { EmulatorContext } from '../context.ts'
import { sentenceOf } from './answer.ts'
import { changeBalance } from './balance.ts'
import type { Movement, MovementBody, Operation } from './resources.ts'

export interface Settlement {
  readonly status: 'SUCCESSFUL' | 'FAILED'
  readonly reason: string | null
}

export function defineMovements(world: EmulatorContext): void {
  world.due.define('momo.settle', {
    settle: async (act, facts) => {
      const { id, kind, ...settlement } = facts as unknown as {
        id: string
        kind: Movement['kind']
      } & Settlement
      const movement = await lock<Movement>(act.tx, kind, id)
      if (movement?.body.status === 'PENDING') await settleMovement(world, act, movement, settlement)
    },
  })
  world.due.define('momo.callback', {
    send: (facts) => sendCallback(world, facts as unknown as Callback),
    settle: async (act, facts, sent) => {
      const { reference, operation, url, outcome } = facts as unknown as Callback
      const { status } = sent as Sent
      const taken = status !== null && status >= 200 && status < 300
      const told = { provider: 'momo', event: reference, type: operation, url, status } as const
      await recordDelivery(act, { ...told, outcome: outcome ?? (taken ? 'delivered' : 'failed') })
    },
  })
}

const transaction_id_min = 100_000_000
const transaction_id_max = 1_000_000_000

export async function settleMovement(
  world: EmulatorContext,
  act: EmulatorTx,
  movement: Movement,
  { status, reason }: Settlement,
): Promise<Movement> {
  const { hidden } = movement
  const { operation } = hidden
  const body: MovementBody = {
    ...movement.body,
    status,
    ...(status === 'SUCCESSFUL'
      ? { financialTransactionId: String(randomInt(transaction_id_min, transaction_id_max)) }
      : {}),
    ...(reason === null ? {} : { reason: reasonOf(movement, reason) }),
  }
  const settled = { ...movement, body }
  await save(act.tx, settled)
  const { currency } = body
  if (operation === 'requesttopay' && status === 'SUCCESSFUL') {
    await changeBalance(act, 'collection', currency, hidden.minor)
  }
  // What was too much was never taken.
  if (operation !== 'requesttopay' && status === 'FAILED' && reason !== 'NOT_ENOUGH_FUNDS') {
    await changeBalance(act, 'disbursement', currency, hidden.minor)
  }
  await callBack(world, act, settled)
  return settled
}

/** The specification shows an object; what is really sent is a text. */
function reasonOf({ hidden }: Movement, code: string): string | { code: string; message: string } {
  return has(hidden.faults, 'reason_object') ? { code, message: sentenceOf(code) } : code
}

interface Callback {
  readonly reference: string
  readonly operation: Operation
  readonly url: string
  readonly body: string
  readonly outcome?: 'forged'
}

const hold_back_ms = 3_000
const late_s_default = 600

async function callBack(world: EmulatorContext, act: EmulatorTx, { body, hidden }: Movement): Promise<void> {
  const { operation, reference, callback_url: url } = hidden
  if (url === null) return
  const drawn = await world.faults.draw(act.tx, 'momo', operation, 'webhook')
  const faults = [...hidden.faults.filter(({ name }) => sortOf(name) === 'webhook'), ...drawn]
  if (has(faults, 'drop_webhook')) {
    return recordDelivery(act, {
      provider: 'momo',
      event: reference,
      type: operation,
      url,
      outcome: 'dropped',
    })
  }
  const late_ms = (valueOf(faults, 'late_webhook', late_s_default) ?? 0) * 1_000
  const due_ms = act.now_ms + late_ms + (has(faults, 'reorder_webhooks') ? hold_back_ms : 0)
  const callback: Callback = { reference, operation, url, body: JSON.stringify(body) }
  await world.due.later(act.tx, due_ms, 'momo.callback', { ...callback })
  if (has(faults, 'dup_webhook')) await world.due.later(act.tx, due_ms, 'momo.callback', { ...callback })
  if (has(faults, 'forged_webhook')) {
    // Anybody can send one: it says the opposite.
    const status = body.status === 'FAILED' ? 'SUCCESSFUL' : 'FAILED'
    const lie = JSON.stringify({ ...body, status, amount: `${body.amount}0` })
    await world.due.later(act.tx, due_ms, 'momo.callback', { ...callback, body: lie, outcome: 'forged' })
  }
}

/** Documentation says PUT, and code POST: each gets its share, by the first sign of the reference. */
async function sendCallback(world: EmulatorContext, { reference, url, body }: Callback): Promise<Sent> {
  const method = /^[0-7]/.test(reference) ? 'PUT' : 'POST'
  return post({
    url,
    method,
    body,
    answer_ms_max: world.settings.webhook_answer_ms_max,
    ending: world.ending,
  })
}
