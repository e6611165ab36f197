// C4: MTN's newer platform wants the environment with the request for a token as well.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openMomo } from '../../src/payments/providers/momo/provider.ts'
import type { Emulated } from './house.ts'
import { rwanda, startProviders } from './house.ts'
import { momoAt } from '../payments/settings.ts'
import { payIn, payOut, unanswered } from '../payments/wanted.ts'

let providers: Emulated

beforeAll(async () => {
  providers = await startProviders()
})
afterAll(() => providers.stop())

const number = '250788000000'
const money = { amount: 500n, currency: 'RWF', method: 'mobile_money' } as const

function token(product: string, headers: Record<string, string> = {}): Promise<Response> {
  const basic = Buffer.from('e0000000-0000-4000-8000-000000004601:emulatorapikey000000000000000001')
  return fetch(`${providers.momo.href}/${product}/token/`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${basic.toString('base64')}`,
      'ocp-apim-subscription-key': `emulator-${product}-key`,
      ...headers,
    },
  })
}

test('C4: the strict platform answers 400 to a token request without an environment, or with another', async () => {
  expect((await token('collection')).status).toBe(200)
  expect(await providers.admin('/momo/strict', { strict: true })).toEqual({ strict: true })
  for (const product of ['collection', 'disbursement']) {
    // oxlint-disable no-await-in-loop -- one after another
    expect((await token(product)).status).toBe(400)
    expect((await token(product, { 'x-target-environment': 'elsewhere' })).status).toBe(400)
    expect((await token(product, { 'x-target-environment': 'mtnrwanda' })).status).toBe(200)
    // oxlint-enable no-await-in-loop
  }
})

test('C4: what we ask for has it, for every product and kind', async () => {
  const momo = openMomo(momoAt(providers.momo, rwanda), providers.place)
  const request = payIn({ ...money, payer_number: number })
  expect(await momo.createPayIn(request)).toMatchObject({ outcome: 'told', value: { state: 'pending' } })
  const destination = { number, name: 'Jean', institution: null }
  const transfer = payOut({ ...money, destination })
  expect(await momo.createPayOut(transfer)).toMatchObject({ outcome: 'told', value: { state: 'pending' } })
  await providers.pass(10_000)
  for (const [kind, wanted] of [
    ['pay_in', request],
    ['pay_out', transfer],
  ] as const)
    // oxlint-disable-next-line no-await-in-loop -- one after another
    expect(await momo.find(kind, unanswered(wanted))).toMatchObject({ value: { state: 'succeeded' } })
})
