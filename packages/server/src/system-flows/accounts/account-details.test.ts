/** Flows, shared: every kind of account in every currency that it serves: one that is right, and every way to get it wrong. */

import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { account_kinds, accountIdentity, checkDetails, maskDetails } from './account-details.ts'

const bank = { bank_name: 'BDO Unibank', account_name: 'Amor Photography' }
const right: readonly [kind: string, currency: string, details: Record<string, string>][] = [
  ['gcash', 'PHP', { mobile_number: '09171234567' }],
  ['paymaya', 'PHP', { mobile_number: '09181234567', account_name: 'Amor' }],
  ['mobile_money', 'RWF', { mobile_number: '0781234567', account_name: 'Keza' }],
  ['mobile_money', 'RWF', { mobile_number: '250721234567', account_name: 'Keza' }],
  ['bank_transfer', 'PHP', { ...bank, account_number: '0012345678' }],
  ['bank_transfer', 'PHP', { ...bank, bank_code: 'BNORPHMM', account_number: '0012345678901234' }],
  ['bank_transfer', 'NGN', { ...bank, account_number: '0123456789' }],
  ['bank_transfer', 'VND', { ...bank, account_number: '123456' }],
  ['bank_transfer', 'VND', { ...bank, account_number: '1234567890123456789' }],
  ['bank_transfer', 'RWF', { ...bank, account_number: '12345678' }],
  ['bank_transfer', 'PKR', { iban: 'PK36SCBL0000001123456702', account_name: 'Bilal' }],
  ['bank_transfer', 'EUR', { iban: 'DE89370400440532013000', account_name: 'Ana' }],
  ['bank_transfer', 'EUR', { iban: 'NL91ABNA0417164300', account_name: 'Ana' }],
  ['bank_transfer', 'USD', { ...bank, routing_number: '021000021', account_number: '1234' }],
  ['bank_transfer', 'GBP', { sort_code: '200000', account_number: '55779911', account_name: 'Ben' }],
  [
    'bank_transfer',
    'CAD',
    { institution_number: '001', transit_number: '12345', account_number: '1234567', account_name: 'Dan' },
  ],
]

test.each(right)('%s in %s: %j', (kind, currency, details) => {
  expect(checkDetails(kind, currency, details)).toBeNull()
})

test('every kind and currency of the table is among them', () => {
  const served = Object.entries(account_kinds).flatMap(([kind, { currencies }]) =>
    Object.keys(currencies).map((currency) => `${kind} ${currency}`),
  )
  expect(new Set(right.map(([kind, currency]) => `${kind} ${currency}`))).toEqual(new Set(served))
})

/** Field → values that it must not have, in the row of `right` that the first two name. */
const wrong: readonly [kind: string, currency: string, field: string, values: readonly string[]][] = [
  [
    'gcash',
    'PHP',
    'mobile_number',
    [
      '0917123456', // a digit short
      '091712345678', // a digit long
      '9171234567',
      '08121234567',
      '+639171234567',
      '639171234567',
      '0917 123 4567',
      '0917-123-4567',
      '0917123456O',
      '٠٩١٧١٢٣٤٥٦٧',
      '09171234567\n',
      ' 09171234567',
    ],
  ],
  ['paymaya', 'PHP', 'mobile_number', ['19171234567', '0918123456']],
  [
    'mobile_money',
    'RWF',
    'mobile_number',
    ['0701234567', '078123456', '250781234', '+250781234567', '2500781234567'],
  ],
  [
    'mobile_money',
    'RWF',
    'account_name',
    [' ', 'Keza ', 'Ke\nza', 'Ke\u0000za', 'Ke\u2028za', 'x'.repeat(141)],
  ],
  [
    'bank_transfer',
    'PHP',
    'account_number',
    ['123456789', '12345678901234567', '00-1234-5678', '00123456789a'],
  ],
  ['bank_transfer', 'PHP', 'bank_code', ['B', 'bdo', 'BDO UNIBANK', 'ABCDEFGHIJKL']],
  ['bank_transfer', 'PHP', 'bank_name', [' BDO', '\t']],
  ['bank_transfer', 'NGN', 'account_number', ['012345678', '01234567890']],
  ['bank_transfer', 'VND', 'account_number', ['12345', '12345678901234567890']],
  ['bank_transfer', 'RWF', 'account_number', ['1234567', '123456789012345678901']],
  [
    'bank_transfer',
    'PKR',
    'iban',
    ['DE89370400440532013000', 'PK36SCBL0000001123456703', 'PK36SCBL000000112345670'],
  ],
  [
    'bank_transfer',
    'EUR',
    'iban',
    [
      'DE88370400440532013000', // its check digits are wrong
      'DE89370400440532013001',
      'DE8937040044053201300', // a digit short
      'DE893704004405320130000',
      'de89370400440532013000',
      'DE89 3704 0044 0532 0130 00',
      'XX89370400440532013000',
      '',
    ],
  ],
  [
    'bank_transfer',
    'USD',
    'routing_number',
    ['021000022', '000000000', '02100002', '0210000210', '990000000', '130000001'],
  ],
  ['bank_transfer', 'USD', 'account_number', ['123', '123456789012345678']],
  ['bank_transfer', 'GBP', 'sort_code', ['20-00-00', '20000', '2000000']],
  ['bank_transfer', 'GBP', 'account_number', ['5577991', '557799111']],
  ['bank_transfer', 'CAD', 'institution_number', ['01', '0001']],
  ['bank_transfer', 'CAD', 'transit_number', ['1234', '123456']],
  ['bank_transfer', 'CAD', 'account_number', ['123456', '1234567890123']],
]

describe.each(wrong)('%s in %s, %s', (kind, currency, field, values) => {
  const [, , details = {}] = right.find(([k, c]) => k === kind && c === currency) ?? []
  test.each(values)('is not %j', (value) => {
    expect(checkDetails(kind, currency, { ...details, [field]: value })).toMatchObject({
      code: 'invalid_request',
      details: { pointer: `/details/${field}` },
    })
  })
})

test.each(right)('%s in %s: each field that may not be left out', (kind, currency, details) => {
  const rules = account_kinds[kind]?.currencies[currency] ?? {}
  for (const [field, { optional }] of Object.entries(rules)) {
    const { [field]: _, ...rest } = details
    const refusal = checkDetails(kind, currency, rest)
    if (optional) expect(refusal).toBeNull()
    else expect(refusal?.details).toMatchObject({ pointer: `/details/${field}` })
  }
})

test('an unknown kind, a currency that it does not serve, a field of another kind', () => {
  const number = { mobile_number: '09171234567' }
  for (const kind of ['cheque', 'GCASH', '', 'constructor', '__proto__'])
    expect(checkDetails(kind, 'PHP', number)?.details).toMatchObject({ pointer: '/kind' })
  for (const currency of ['USD', 'php', 'toString'])
    expect(checkDetails('gcash', currency, number)?.details).toMatchObject({
      pointer: '/currency',
      allowed: ['PHP'],
    })
  expect(checkDetails('bank_transfer', 'BTC', {})?.details).toMatchObject({ pointer: '/currency' })
  for (const field of ['account_number', 'constructor', 'toString'])
    expect(checkDetails('gcash', 'PHP', { ...number, [field]: '1' })?.details).toMatchObject({
      pointer: `/details/${field}`,
      reason: 'unknown field',
    })
  const at = { kind: '/method', currency: '/currency', details: '/account_details' }
  expect(checkDetails('gcash', 'PHP', {}, at)?.details).toMatchObject({
    pointer: '/account_details/mobile_number',
  })
  expect(checkDetails('cash', 'PHP', {}, at)?.details).toMatchObject({ pointer: '/method' })
})

test('any one digit of an IBAN or a routing number changed is noticed', () => {
  const digit = fc.integer({ min: 0, max: 9 }).map(String)
  const usd = { ...bank, account_number: '123456', routing_number: '021000021' }
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8 }), digit, (i, changed) => {
      const routing_number = usd.routing_number.slice(0, i) + changed + usd.routing_number.slice(i + 1)
      const is_same = routing_number === usd.routing_number
      expect(checkDetails('bank_transfer', 'USD', { ...usd, routing_number }) === null).toBe(is_same)
    }),
  )
  const iban = 'DE89370400440532013000'
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 21 }), digit, (i, changed) => {
      const other = iban.slice(0, i) + changed + iban.slice(i + 1)
      expect(checkDetails('bank_transfer', 'EUR', { iban: other, account_name: 'Ana' }) === null).toBe(
        other === iban,
      )
    }),
  )
})

test('one account in two spellings is one account; another number, bank, kind or currency is another', () => {
  const of = (kind: string, currency: string, details: Record<string, string>) =>
    JSON.stringify(accountIdentity(kind, currency, details))
  const keza = { mobile_number: '0781234567', account_name: 'Keza' }
  expect(of('mobile_money', 'RWF', keza)).toBe(
    of('mobile_money', 'RWF', { ...keza, mobile_number: '250781234567' }),
  )
  expect(of('mobile_money', 'RWF', keza)).toBe(
    of('mobile_money', 'RWF', { ...keza, account_name: 'K. Uwase' }),
  )
  const php = { ...bank, account_number: '0012345678' }
  expect(of('bank_transfer', 'PHP', php)).toBe(
    of('bank_transfer', 'PHP', { ...php, bank_name: 'bdo  unibank' }),
  )
  const all = [
    of('mobile_money', 'RWF', keza),
    of('mobile_money', 'RWF', { ...keza, mobile_number: '0781234568' }),
    of('gcash', 'PHP', { mobile_number: '09171234567' }),
    of('paymaya', 'PHP', { mobile_number: '09171234567' }),
    of('bank_transfer', 'PHP', php),
    of('bank_transfer', 'PHP', { ...php, bank_name: 'BPI' }),
    of('bank_transfer', 'VND', php),
    of('bank_transfer', 'PHP', { ...php, account_number: '0012345679' }),
  ]
  expect(new Set(all).size).toBe(all.length)
})

test('masked: the last four of each number, and never the whole', () => {
  expect(maskDetails({ mobile_number: '09171234567', account_name: 'Amor' })).toEqual({
    mobile_number: '*******4567',
    account_name: 'Amor',
  })
  expect(
    maskDetails({ iban: 'DE89370400440532013000', routing_number: '021000021', account_number: '1234' }),
  ).toEqual({
    iban: '******************3000',
    routing_number: '*****0021',
    account_number: '*234',
  })
})
