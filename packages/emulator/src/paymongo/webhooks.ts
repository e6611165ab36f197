/** Emulator, PayMongo: the webhooks that were registered. */

import { letterText, newId } from '../new-id.ts'
import { all, find, lock, put, save } from '../store.ts'
import type { Ask, Endpoint } from './endpoint.ts'
import { attributesOf, Reading } from './fields.ts'
import { isRefusal, notFound, type Refusal } from './refusal.ts'
import { shown, type Webhook, type WebhookBody } from './resources.ts'
import { event_types } from './event-types.ts'

export const webhook_endpoints: readonly Endpoint[] = [
  { method: 'POST', path: '/v1/webhooks', operation: 'webhooks.create', act: create },
  {
    method: 'GET',
    path: '/v1/webhooks',
    operation: 'webhooks.list',
    act: async ({ act }) => ({ data: (await all<Webhook>(act.tx, 'webhook')).map(shown) }),
  },
  {
    method: 'GET',
    path: '/v1/webhooks/:id',
    operation: 'webhooks.get',
    act: async ({ act, params: { id = '' } }) => {
      const webhook = await find<Webhook>(act.tx, 'webhook', id)
      return webhook === undefined ? notFound('webhook', id) : { data: shown(webhook) }
    },
  },
  // Documented with PUT; a client of others uses POST.
  { method: 'PUT', path: '/v1/webhooks/:id', operation: 'webhooks.update', act: update },
  { method: 'POST', path: '/v1/webhooks/:id', operation: 'webhooks.update', act: update },
  {
    method: 'POST',
    path: '/v1/webhooks/:id/enable',
    operation: 'webhooks.enable',
    act: (ask) => change(ask, { status: 'enabled' }),
  },
  {
    method: 'POST',
    path: '/v1/webhooks/:id/disable',
    operation: 'webhooks.disable',
    act: (ask) => change(ask, { status: 'disabled' }),
  },
]

const secret_length = 24

async function create({ act, body }: Ask): Promise<object | Refusal> {
  const attributes = attributesOf(body)
  if (isRefusal(attributes)) return attributes
  const reading = new Reading(attributes)
  const url = reading.url('url')
  const events = reading.words('events', event_types)
  if (reading.refusal !== null) return reading.refusal
  const now_s = Math.floor(act.now_ms / 1_000)
  const webhook: Webhook = {
    id: newId('hook'),
    kind: 'webhook',
    parent: null,
    body: {
      livemode: false,
      secret_key: `whsk_${letterText(secret_length)}`,
      status: 'enabled',
      url,
      events,
      created_at: now_s,
      updated_at: now_s,
    },
    hidden: { exhausted: 0 },
  }
  await put(act.tx, webhook, act.now_ms)
  return { data: shown(webhook) }
}

async function update(ask: Ask): Promise<object | Refusal> {
  const attributes = attributesOf(ask.body)
  if (isRefusal(attributes)) return attributes
  const reading = new Reading(attributes)
  const changes = {
    ...(attributes['url'] === undefined ? {} : { url: reading.url('url') }),
    ...(attributes['events'] === undefined ? {} : { events: reading.words('events', event_types) }),
  }
  return reading.refusal ?? change(ask, changes)
}

async function change(
  { act, params: { id = '' } }: Ask,
  changes: Partial<WebhookBody>,
): Promise<object | Refusal> {
  const webhook = await lock<Webhook>(act.tx, 'webhook', id)
  if (webhook === undefined) return notFound('webhook', id)
  const body = { ...webhook.body, ...changes, updated_at: Math.floor(act.now_ms / 1_000) }
  const changed = { ...webhook, body, hidden: { exhausted: 0 } }
  await save(act.tx, changed)
  return { data: shown(changed) }
}
