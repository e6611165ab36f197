/** Emulator, PayMongo: the webhook of the engine that it runs beside. There is one, wherever that engine listens now. */

import type { Tx } from '../db.ts'
import { paymongo_webhook_secret } from '../keys.ts'
import { lock, put, save } from '../store.ts'
import { event_types } from './event-types.ts'
import type { Webhook } from './resources.ts'

const id = 'hook_engine00000000000000000001'

export async function keepEngineWebhook(tx: Tx, url: string, now_ms: number): Promise<void> {
  const now_s = Math.floor(now_ms / 1_000)
  const known = await lock<Webhook>(tx, 'webhook', id)
  const webhook: Webhook = {
    id,
    kind: 'webhook',
    parent: null,
    body: {
      livemode: false,
      secret_key: paymongo_webhook_secret,
      status: 'enabled',
      url,
      events: [...event_types],
      created_at: known?.body.created_at ?? now_s,
      updated_at: now_s,
    },
    hidden: { exhausted: 0 },
  }
  if (known === undefined) await put(tx, webhook, now_ms)
  else await save(tx, webhook)
}
