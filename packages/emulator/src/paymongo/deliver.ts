/** Emulator, PayMongo: delivers events, signed, and tries again as documented: 12 times, ever more slowly. */

import { signatureOf } from './signature.ts'
import type { Facts } from '../schedule.ts'
import { letterText } from '../new-id.ts'
import { post, type Sent } from '../post.ts'
import { recordDelivery } from '../record-delivery.ts'
import { find, lock, save } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import type { EmulatorContext } from '../context.ts'
import { shown, type Event, type Webhook } from './resources.ts'

export const webhook_retries_max = 12
/** After so many events in a row that nobody took, a webhook is disabled. */
export const exhausted_events_max = 3

/**
 * Only the number of retries and the whole span are documented. Doubling from two seconds fits: 8,190 s.
 */
export function retryDelay_ms(retry: number): number {
  return 2 ** retry * 1_000
}

export function defineDeliveries(world: EmulatorContext): void {
  world.due.define('paymongo.deliver', {
    send: (facts, at_ms) => sendEvent(world, facts, at_ms),
    settle: (act, facts, sent) => settle(world, act, facts, sent as Sent | null),
  })
  world.due.define('paymongo.forge', {
    send: (facts, at_ms) => sendForged(world, facts, at_ms),
    settle: async (act, facts, sent) => {
      const { url, status } = sent as Sent & { url: string }
      const event = JSON.parse(String(facts['body'])) as {
        data: Event['body'] & { id: string; attributes: Event['body'] }
      }
      const { id, attributes } = event.data
      await recordDelivery(act, {
        provider: 'paymongo',
        event: id,
        type: attributes.type,
        url,
        outcome: 'forged',
        status,
      })
    },
  })
}

interface EventFacts {
  readonly webhook: string
  readonly event: string
  readonly attempt: number
  readonly spoilt?: 'none' | 'bad' | 'stale'
}

const stale_s = 600

async function sendEvent(world: EmulatorContext, facts: Facts, at_ms: number): Promise<Sent | null> {
  const { webhook: id, event: event_id, spoilt, attempt } = facts as unknown as EventFacts
  const webhook = await find<Webhook>(world.db, 'webhook', id)
  const event = await find<Event>(world.db, 'event', event_id)
  if (webhook === undefined || event === undefined || webhook.body.status === 'disabled') return null
  const body = JSON.stringify({ data: shown(event) })
  // Only the first attempt is spoilt: an honest provider's retry is right again.
  const fault = attempt === 0 ? (spoilt ?? 'none') : 'none'
  const secret = fault === 'bad' ? letterText(24) : webhook.body.secret_key
  const signed_at_s = Math.floor(at_ms / 1_000) - (fault === 'stale' ? stale_s : 0)
  return post({
    url: webhook.body.url,
    body,
    headers: { 'paymongo-signature': signatureOf(secret, signed_at_s, body, 'test') },
    answer_ms_max: world.settings.webhook_answer_ms_max,
    ending: world.ending,
  })
}

async function settle(
  world: EmulatorContext,
  act: EmulatorTx,
  facts: Facts,
  sent: Sent | null,
): Promise<void> {
  const { webhook: id, event: event_id, attempt } = facts as unknown as EventFacts
  const webhook = await lock<Webhook>(act.tx, 'webhook', id)
  const event = await find<Event>(act.tx, 'event', event_id)
  if (webhook === undefined || event === undefined) return
  const { url } = webhook.body
  const told = { provider: 'paymongo', event: event.id, type: event.body.type, url, attempt } as const
  // What happens while a webhook is disabled is not told later either.
  if (sent === null) return recordDelivery(act, { ...told, outcome: 'disabled' })
  const { status } = sent
  if (isTaken(sent)) {
    await recordDelivery(act, { ...told, outcome: 'delivered', status })
    if (webhook.hidden.exhausted > 0) await save(act.tx, { ...webhook, hidden: { exhausted: 0 } })
    return
  }
  if (attempt < webhook_retries_max) {
    await recordDelivery(act, { ...told, outcome: 'failed', status })
    const due_ms = act.now_ms + retryDelay_ms(attempt + 1)
    await world.due.later(act.tx, due_ms, 'paymongo.deliver', { ...facts, attempt: attempt + 1 })
    return
  }
  await recordDelivery(act, { ...told, outcome: 'exhausted', status })
  const exhausted = webhook.hidden.exhausted + 1
  const disabled = exhausted >= exhausted_events_max ? { status: 'disabled' as const } : {}
  await save(act.tx, { ...webhook, body: { ...webhook.body, ...disabled }, hidden: { exhausted } })
}

/** 200 to 209, and a JSON answer. */
function isTaken({ status, text }: Sent): boolean {
  if (status === null || status < 200 || status > 209) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

async function sendForged(
  world: EmulatorContext,
  facts: Facts,
  at_ms: number,
): Promise<Sent & { url: string }> {
  const { webhook: id, body } = facts as unknown as { webhook: string; body: string }
  const url = (await find<Webhook>(world.db, 'webhook', id))?.body.url ?? ''
  const signature = signatureOf(letterText(24), Math.floor(at_ms / 1_000), body, 'test')
  const sent = await post({
    url,
    body,
    headers: { 'paymongo-signature': signature },
    answer_ms_max: world.settings.webhook_answer_ms_max,
    ending: world.ending,
  })
  return { ...sent, url }
}
