/** Emulator, PayMongo: an event happens, and every webhook that asked for its name is told, however badly that may go. */

import { has, sortOf, valueOf, type Fault } from '../fault.ts'
import { recordDelivery } from '../record-delivery.ts'
import { newId } from '../new-id.ts'
import { all, put } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import type { EmulatorContext } from '../context.ts'
import type { EventType } from './event-types.ts'
import { shown, type Event, type Webhook } from './resources.ts'

/** `faults` are those that the resource was made with; the act has its own, and rules add theirs. */
export async function emit(
  world: EmulatorContext,
  act: EmulatorTx,
  type: EventType,
  data: object,
  faults: readonly Fault[] = [],
): Promise<void> {
  const webhooks = await all<Webhook>(act.tx, 'webhook')
  const told = webhooks.filter(({ body }) => body.status === 'enabled' && body.events.includes(type))
  const now_s = Math.floor(act.now_ms / 1_000)
  const event: Event = {
    id: newId('evt'),
    kind: 'event',
    parent: null,
    body: {
      type,
      livemode: false,
      data,
      previous_data: {},
      pending_webhooks: told.length,
      created_at: now_s,
      updated_at: now_s,
    },
    hidden: {},
  }
  await put(act.tx, event, act.now_ms)
  for (const webhook of told) {
    const drawn = await world.faults.draw(act.tx, 'paymongo', type, 'webhook')
    const own = [...act.faults, ...faults].filter(({ name }) => sortOf(name) === 'webhook')
    await send(world, act, event, webhook, [...own, ...drawn])
  }
}

const late_s_default = 600

async function send(
  world: EmulatorContext,
  act: EmulatorTx,
  event: Event,
  webhook: Webhook,
  faults: readonly Fault[],
): Promise<void> {
  if (has(faults, 'drop_webhook')) {
    const { type } = event.body
    await recordDelivery(act, {
      provider: 'paymongo',
      event: event.id,
      type,
      url: webhook.body.url,
      outcome: 'dropped',
    })
    return
  }
  const late_ms = (valueOf(faults, 'late_webhook', late_s_default) ?? 0) * 1_000
  const due_ms = act.now_ms + late_ms + (has(faults, 'reorder_webhooks') ? holdBack() : 0)
  const delivery = { webhook: webhook.id, event: event.id, attempt: 0 }
  const spoilt = has(faults, 'bad_signature') ? 'bad' : has(faults, 'stale_signature') ? 'stale' : 'none'
  await world.due.later(act.tx, due_ms, 'paymongo.deliver', { ...delivery, spoilt })
  if (has(faults, 'dup_webhook')) await world.due.later(act.tx, due_ms, 'paymongo.deliver', delivery)
  if (has(faults, 'forged_webhook')) {
    await world.due.later(act.tx, due_ms, 'paymongo.forge', { webhook: webhook.id, body: forged(event) })
  }
}

const reorder_group = 3
let held_back = 0

/** Of three that follow each other, the first waits longest: they arrive the other way round. */
function holdBack(): number {
  held_back = (held_back + 1) % reorder_group
  return (reorder_group - held_back) * 1_000
}

/** What a forger would like us to believe: the same, for another id and ten times as much. */
function forged(event: Event): string {
  const { type, data } = event.body
  const { attributes, id, ...rest } = data as { attributes?: object; id?: string }
  const more = (fields: object) =>
    'amount' in fields && typeof fields.amount === 'number'
      ? { ...fields, amount: fields.amount * 10 }
      : fields
  const id_forged = newId(id?.replace(/_.*$/, '') ?? 'pay')
  const lie =
    attributes === undefined
      ? more({ ...rest, id: id_forged })
      : { ...rest, id: id_forged, attributes: more(attributes) }
  return JSON.stringify({
    data: shown({ ...event, id: newId('evt'), body: { ...event.body, type, data: lie } }),
  })
}
