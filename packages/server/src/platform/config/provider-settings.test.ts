// Settings of providers: addresses that cannot be made to point elsewhere, and secrets that nothing prints.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { env, momoAt, paymongoAt } from '../../../test/payments/settings.ts'
import { ConfigError, readConfig } from './config.ts'
import { Secret } from './secret.ts'

const here = new URL('http://127.0.0.1:4601/paymongo')
const folder = mkdtempSync(join(tmpdir(), 'holdfast-secrets-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('addresses', () => {
  test.each([
    ['https://api.paymongo.com', false],
    ['https://api.paymongo.com', true],
    ['http://localhost:4601/paymongo', false],
    ['http://[::1]:4601', false],
  ])('%s, live: %s', (address, live) => {
    const key = { PAYMONGO_SECRET_KEY: live ? 'sk_live_x' : 'sk_test_x' }
    expect(paymongoAt(new URL(address), key, live).url.href).toContain(address)
  })

  test.each([
    ['http://api.paymongo.com', false],
    ['http://localhost.evil.test', false],
    ['http://127.0.0.1.evil.test', false],
    ['http://10.0.0.1', false],
    ['http://127.0.0.1:4601', true],
    ['http://localhost', true],
    ['file:///etc/passwd', false],
    ['https://user:pass@api.paymongo.com', true],
    ['https://api.paymongo.com/?to=x', true],
    ['https://api.paymongo.com/#x', true],
  ])('not %s, live: %s', (address, live) => {
    const key = { PAYMONGO_SECRET_KEY: live ? 'sk_live_x' : 'sk_test_x' }
    expect(() => paymongoAt(new URL(address), key, live)).toThrow(/PAYMONGO_URL/)
  })

  test('callbacks have one as well', () => {
    expect(() => momoAt(here, { MOMO_CALLBACK_URL: 'http://shop.test/momo' })).toThrow(/MOMO_CALLBACK_URL/)
    expect(() => momoAt(here, { MOMO_CALLBACK_TOKEN: '' })).toThrow(/MOMO_CALLBACK_TOKEN/)
  })
})

describe('real money and the sandbox', () => {
  test.each([
    ['sk_test_x', true],
    ['sk_live_x', false],
    ['pk_live_x', true],
  ])('the key %s where live is %s stops the start', (key, live) => {
    expect(() => paymongoAt(new URL('https://x.test'), { PAYMONGO_SECRET_KEY: key }, live)).toThrow(
      /sk_live_/,
    )
  })

  test('MTN: its sandbox pays in EUR, a country in its own currency, and live mode needs a country', () => {
    expect(momoAt(here)).toMatchObject({ target_environment: 'sandbox', currency: 'EUR' })
    expect(momoAt(here, { MOMO_TARGET_ENVIRONMENT: 'mtnrwanda' })).toMatchObject({ currency: 'RWF' })
    expect(() => readConfig({ ...env({ MODE: 'live', MOMO_URL: 'https://x.test' }) })).toThrow(ConfigError)
  })
})

describe('C1: places', () => {
  const old = new URL('https://old.momo.test/')

  test('a payment is made at an address, as an account: the user of MTN, the key of PayMongo, or the name that is set', () => {
    expect(momoAt(old).place).toEqual({
      address: 'https://old.momo.test',
      account: 'sandbox e0000000-0000-4000-8000-000000004601',
    })
    expect(momoAt(old, { MOMO_ACCOUNT: 'shop' }).place.account).toBe('shop')
    const account = (change: Record<string, string>) => paymongoAt(here, change).place.account
    expect(account({})).toMatch(/^key [0-9a-f]{16}$/)
    expect(account({ PAYMONGO_SECRET_KEY: 'sk_test_other' })).not.toBe(account({}))
    expect(account({ PAYMONGO_SECRET_KEY: 'sk_test_other', PAYMONGO_ACCOUNT: 'shop' })).toBe('shop')
  })

  test('those of before are named by number, and say only what differs', () => {
    const { old: before, api_user } = momoAt(here, {
      MOMO_OLD_1_URL: old.href,
      MOMO_OLD_1_API_USER: 'e0000000-0000-4000-8000-000000000001',
      MOMO_OLD_3_URL: 'https://older.momo.test',
      MOMO_OLD_3_COLLECTION_KEY: 'key of before',
    })
    expect(before).toMatchObject([
      {
        place: { address: 'https://old.momo.test', account: 'sandbox e0000000-0000-4000-8000-000000000001' },
      },
      { api_user, place: { address: 'https://older.momo.test' }, old: [] },
    ])
    expect(before.map(({ collection_key }) => collection_key.reveal())).toEqual([
      'emulator-collection-key',
      'key of before',
    ])
  })

  test('a secret of before may stand in a file, or in its setting, whichever the current one does', () => {
    const file = join(folder, 'key')
    writeFileSync(file, 'sk_test_old')
    const { old: before } = paymongoAt(here, {
      PAYMONGO_OLD_1_URL: 'https://old.paymongo.test',
      PAYMONGO_OLD_1_SECRET_KEY_FILE: file,
    })
    expect(before[0]?.secret_key.reveal()).toBe('sk_test_old')
  })

  test.each<[Record<string, string>, RegExp]>([
    [{ MOMO_OLD_1_API_USER: 'x' }, /OLD_1_URL/],
    [{ MOMO_OLD_1_URL: here.href }, /named already/],
    [{ MOMO_OLD_1_URL: old.href, MOMO_OLD_2_URL: old.href }, /named already/],
    [{ MOMO_OLD_1_URL: 'http://old.momo.test' }, /not https/],
  ])('%o stops the start', (change, why) => {
    expect(() => momoAt(here, change)).toThrow(why)
  })

  test('one of before without one of now stops the start', () => {
    expect(() => readConfig(env({ MOMO_OLD_1_URL: old.href }))).toThrow(/both needed/)
  })
})

describe('secrets', () => {
  const one = { PAYMONGO_URL: here.href, PAYMONGO_SECRET_KEY: 'sk_test_hush' }

  test('nothing prints one', () => {
    const { paymongo } = readConfig(env({ ...one, PAYMONGO_WEBHOOK_SECRETS: 'whsk_hush' }))
    const printed = [
      JSON.stringify(paymongo),
      inspect(paymongo, { depth: 9, showHidden: true }),
      String(paymongo?.secret_key),
    ]
    for (const text of printed) {
      expect(text).toContain('[secret]')
      expect(text).not.toContain('hush')
    }
    expect(Object.values(new Secret('hush'))).toEqual([])
    expect(paymongo?.secret_key.reveal()).toBe('sk_test_hush')
  })

  test('from a file', () => {
    const file = join(folder, 'secrets')
    writeFileSync(file, ' whsk_a , whsk_b\n')
    const { paymongo } = readConfig(env({ ...one, PAYMONGO_WEBHOOK_SECRETS_FILE: file }))
    expect(paymongo?.webhook_secrets.map((secret) => secret.reveal())).toEqual(['whsk_a', 'whsk_b'])
    expect(() =>
      readConfig(env({ ...one, PAYMONGO_WEBHOOK_SECRETS: 'x', PAYMONGO_WEBHOOK_SECRETS_FILE: file })),
    ).toThrow(/both set/)
    expect(() => readConfig(env({ ...one, PAYMONGO_WEBHOOK_SECRETS_FILE: join(folder, 'none') }))).toThrow(
      /cannot be read/,
    )
    writeFileSync(file, '\n')
    expect(() => readConfig(env({ ...one, PAYMONGO_WEBHOOK_SECRETS_FILE: file }))).toThrow(/is empty/)
  })

  test.each(['', ',', 'a,b,c'])('webhook secrets "%s": one or two', (given) => {
    expect(() => readConfig(env({ ...one, PAYMONGO_WEBHOOK_SECRETS: given }))).toThrow(ConfigError)
  })

  test.each(['', ',', 'a,b,c', 'a/b', 'a b', '..', 'new,o%6cd'])(
    'the word in the path of callbacks "%s": one or two, each a part of a path as it stands',
    (given) => {
      expect(() => momoAt(here, { MOMO_CALLBACK_TOKEN: given })).toThrow(/MOMO_CALLBACK_TOKEN/)
    },
  )

  test('an address without its key stops the start, and says which', () => {
    expect(() => readConfig(env({ PAYMONGO_URL: here.href }))).toThrow(/PAYMONGO_SECRET_KEY is missing/)
    expect(() => readConfig(env({ MOMO_URL: here.href }))).toThrow(/MOMO_API_USER is missing/)
    expect(readConfig({})).toMatchObject({ paymongo: null, momo: null })
  })
})
