/** Emulator: the keys and accounts that it knows from the start. They open nothing else, so they need no hiding. */

/** Keys of PayMongo's test mode. Any that begins so is taken, so that replacing a key can be tried. */
export const paymongo_secret_key = 'sk_test_emulator'
export const paymongo_public_key = 'pk_test_emulator'
/** Of the webhook of the engine that it runs beside; one that is registered by hand gets a secret of its own. */
export const paymongo_webhook_secret = 'whsk_emulator'

/** Subscription keys of MTN MoMo, one per product. Any that begins so is taken. */
export const momo_subscription_keys = {
  collection: 'emulator-collection-key',
  disbursement: 'emulator-disbursement-key',
} as const

/** An API user that need not be provisioned first; its callbacks go to 127.0.0.1. */
export const momo_api_user = 'e0000000-0000-4000-8000-000000004601'
export const momo_api_key = 'emulatorapikey000000000000000001'
export const momo_callback_host = '127.0.0.1'
export const momo_callback_word = 'emulator-callback'

/** PayMongo's own bank, our wallet with it and its number there. */
export const paymongo_bic = 'PAEYPHM2XXX'
export const wallet_id = 'wallet_emulator0000000000000001'
export const wallet_number = '000000000001'
export const wallet_name = 'HOLDFAST SANDBOX INC'
export const merchant_id = 'org_emulator00000000000000000001'
