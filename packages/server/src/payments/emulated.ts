/** Payments: how the engine that runs beside it reaches it, as its configuration would say it. */

import type { Config } from '../platform/config/config.ts'
import { Secret } from '../platform/config/secret.ts'
import { eventsPath } from './webhooks/path.ts'
import {
  momo_api_key,
  momo_api_user,
  momo_callback_word,
  momo_subscription_keys,
  paymongo_secret_key,
  paymongo_webhook_secret,
} from '@holdfast/payment-emulator/keys.ts'

export type EmulatedSettings = { readonly [name in 'paymongo' | 'momo']: NonNullable<Config[name]> }

/** `own_address`: where the engine listens, which it knows a little later. */
export function engineSettings(address: string, own_address: () => string): EmulatedSettings {
  return {
    paymongo: {
      url: new URL(`${address}/paymongo`),
      // Its books are in the engine's own database, on whatever port it listens.
      place: { address: 'emulator', account: 'paymongo' },
      old: [],
      secret_key: new Secret(paymongo_secret_key),
      webhook_secrets: [new Secret(paymongo_webhook_secret)],
      wallet: null,
      live: false,
    },
    momo: {
      url: new URL(`${address}/momo`),
      place: { address: 'emulator', account: 'momo' },
      old: [],
      api_user: momo_api_user,
      api_key: new Secret(momo_api_key),
      collection_key: new Secret(momo_subscription_keys.collection),
      disbursement_key: new Secret(momo_subscription_keys.disbursement),
      target_environment: 'mtnrwanda',
      currency: 'RWF',
      get callback_url() {
        return new URL(eventsPath('momo'), own_address())
      },
      callback_tokens: [new Secret(momo_callback_word)],
      live: false,
    },
  }
}
