/** PayMongo (Philippines): pay-ins by its hosted checkout, refunds, and pay-outs by transfer, all in PHP. */

import type { PaymongoSettings } from '../../../platform/config/provider-settings.ts'
import type { Provider, Service } from '../port.ts'
import type { ProviderRuntime } from '../runtime.ts'
import { createCheckout, expireCheckout, findPayIn, method_types } from './checkouts.ts'
import { createPaymongoClient } from './client.ts'
import { verifyEvent } from './events.ts'
import { keepInstitutions } from './institutions.ts'
import { listPayments } from './list.ts'
import { createRefund, findRefund } from './refunds.ts'
import { createTransfer, findTransfer, keepSource } from './transfers.ts'

const pay_in_methods = [
  'card',
  'gcash',
  'maya',
  'grab_pay',
  'qr_ph',
] as const satisfies (keyof typeof method_types)[]

const services: readonly Service[] = [
  { kind: 'pay_in', methods: pay_in_methods, currencies: ['PHP'] },
  { kind: 'refund', methods: pay_in_methods, currencies: ['PHP'] },
  { kind: 'pay_out', methods: ['gcash', 'bank_transfer'], currencies: ['PHP'] },
]

const idempotency_kept_ms = 86_400_000

export function openPaymongo(settings: PaymongoSettings, { clock, ...waiting }: ProviderRuntime): Provider {
  const client = createPaymongoClient(settings, waiting)
  const institutions = keepInstitutions(client)
  const source = keepSource(client, settings.wallet)
  const sending = { client, institutions, source, now: () => clock.now() }
  const { live } = settings
  return {
    name: 'paymongo',
    places: [settings.place],
    services,
    lists: ['pay_in', 'refund', 'pay_out'],
    changes_alone: true,
    tokens_kept_ms: idempotency_kept_ms,
    createPayIn: (wanted) => createCheckout(client, live, wanted),
    expirePayIn: (sought) => expireCheckout(client, live, sought),
    createRefund: (wanted) => createRefund(client, wanted),
    createPayOut: (wanted) => createTransfer(sending, wanted),
    find(kind, sought) {
      if (kind === 'pay_in') return findPayIn(client, live, sought)
      return kind === 'refund' ? findRefund(client, sought) : findTransfer(client, sought)
    },
    list: (kind, from_ms, to_ms, cursor) => listPayments(client, kind, { from_ms, to_ms }, cursor),
    institutions: () => institutions.get(clock.now()),
    verify: (incoming, now_ms) => verifyEvent(incoming, settings, now_ms),
  }
}
