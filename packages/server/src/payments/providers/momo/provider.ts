/** MTN MoMo: mobile money, in by a request that the payer approves on the phone, out by a transfer. */

import type { MomoSettings } from '../../../platform/config/provider-settings.ts'
import { refused } from '../result.ts'
import type { Provider, Service } from '../port.ts'
import type { ProviderRuntime } from '../runtime.ts'
import { verifyCallback } from './callbacks.ts'
import { createMomoClient } from './client.ts'
import { createMovement, findMovement } from './movements.ts'

export function openMomo(settings: MomoSettings, surroundings: ProviderRuntime): Provider {
  const client = createMomoClient(settings, surroundings)
  return {
    name: 'momo',
    places: [settings.place],
    services: servicesIn(settings.currency),
    lists: [],
    changes_alone: true,
    tokens_kept_ms: null,
    createPayIn: (wanted) => createMovement(client, settings, 'pay_in', wanted),
    // A request ends by itself within minutes, and MTN takes none back.
    expirePayIn: ({ provider_id, token }) => findMovement(client, 'pay_in', provider_id ?? token),
    createRefund: (wanted) => createMovement(client, settings, 'refund', wanted),
    createPayOut: (wanted) => createMovement(client, settings, 'pay_out', wanted),
    find: (kind, { provider_id, token }) => findMovement(client, kind, provider_id ?? token),
    list: async () => refused('not_supported', 'MTN has no list; payments are asked for one by one'),
    institutions: async () => refused('not_supported', 'MoMo pays out to phones'),
    verify: (incoming) => verifyCallback(incoming, settings),
  }
}

function servicesIn(currency: string): readonly Service[] {
  const currencies = [currency]
  return [
    { kind: 'pay_in', methods: ['mobile_money'], currencies },
    { kind: 'refund', methods: ['mobile_money'], currencies },
    { kind: 'pay_out', methods: ['mobile_money'], currencies },
  ]
}
