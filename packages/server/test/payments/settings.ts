// The harness room of provider settings, as the configuration reads them for a provider on this machine.
import {
  readMomo,
  readPaymongo,
  type MomoSettings,
  type PaymongoSettings,
} from '../../src/platform/config/provider-settings.ts'

export const paymongo_key = 'sk_test_emulator'
export const old_secret = 'whsk_old'
export const new_secret = 'whsk_new'
export const callback_token = 'only-mtn-was-told'

const prefix = 'HOLDFAST_'

/** Settings without what all of them begin with. */
export function env(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [prefix + name, value]))
}

export function paymongoAt(
  url: URL,
  change: Readonly<Record<string, string>> = {},
  live = false,
): PaymongoSettings {
  const settings = readPaymongo(
    env({
      PAYMONGO_URL: url.href,
      PAYMONGO_SECRET_KEY: paymongo_key,
      PAYMONGO_WEBHOOK_SECRETS: `${old_secret},${new_secret}`,
      ...change,
    }),
    live,
  )
  if (settings === null) throw new Error('no address')
  return settings
}

export function momoAt(url: URL, change: Readonly<Record<string, string>> = {}): MomoSettings {
  const settings = readMomo(
    env({
      MOMO_URL: url.href,
      MOMO_API_USER: 'e0000000-0000-4000-8000-000000004601',
      MOMO_API_KEY: 'emulatorapikey000000000000000001',
      MOMO_COLLECTION_KEY: 'emulator-collection-key',
      MOMO_DISBURSEMENT_KEY: 'emulator-disbursement-key',
      MOMO_CALLBACK_URL: 'http://127.0.0.1:9/webhooks/momo',
      MOMO_CALLBACK_TOKEN: callback_token,
      ...change,
    }),
    false,
  )
  if (settings === null) throw new Error('no address')
  return settings
}
