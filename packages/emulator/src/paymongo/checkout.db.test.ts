// PayMongo's checkout: sessions of both versions, and the hosted page clicked by plain form posts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTown, type Answer, type Town } from '@holdfast/server/test/payments/emulator.ts'
import type { Json } from '@holdfast/server/test/fixtures/engine.ts'

let town: Town
beforeAll(async () => {
  town = await startTown()
})
afterAll(() => town.stop())

const wanted = {
  line_items: [
    { name: 'Garden <work>', amount: 2_500_000, currency: 'PHP', quantity: 2, description: 'bkg_1' },
  ],
  payment_method_types: ['gcash', 'paymaya', 'card', 'qrph'],
  success_url: 'https://app.test/bookings/bkg_1/paid',
  cancel_url: 'https://app.test/bookings/bkg_1/cancelled',
  reference_number: 'bkg_1',
  description: 'Booking',
  metadata: { booking: 'bkg_1' },
}

async function session(version = 'v2', attributes: Json = {}): Promise<Json> {
  const body = { data: { attributes: { ...wanted, ...attributes } } }
  const answer = await town.paymongo(`/${version}/checkout_sessions`, { body })
  expect(answer.status).toBe(200)
  return answer.body['data']
}

async function read(id: string): Promise<Json> {
  return (await town.paymongo(`/v1/checkout_sessions/${id}`)).body['data']['attributes']
}

/** As a browser does: reads the form's address from the page, and posts the fields. */
async function click(page: Answer, fields: Record<string, string>): Promise<Answer> {
  const [, action = ''] = /action="([^"]+)"/.exec(page.text) ?? []
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return town.ask(action, { body: String(new URLSearchParams(fields)), headers })
}

async function open(one: Json): Promise<Answer> {
  return town.ask(one['attributes']['checkout_url'])
}

const card = {
  method: 'card',
  card_number: '4343 4343 4343 4345',
  exp_month: '12',
  exp_year: '35',
  cvc: '123',
}

test('v1 has its intent at once, v2 once somebody pays', async () => {
  const one = await session('v1')
  expect(one['attributes']['payment_intent']['attributes']).toMatchObject({ amount: 5_000_000, payments: [] })
  const two = await session('v2')
  expect(two['attributes']['payment_intent']).toBeNull()
  expect(two['attributes']).toMatchObject({
    ...wanted,
    line_items: [{ amount: 2_500_000, quantity: 2 }],
    status: 'active',
    payments: [],
  })
  const [address = '', fragment = ''] = two['attributes']['checkout_url'].split('#')
  expect(address).toContain(two['attributes']['client_key'])
  expect(Buffer.from(fragment, 'base64').toString()).toMatch(/^pk_test_/)
  const v2 = await town.paymongo(`/v2/checkout_sessions/${two['id']}`)
  expect(v2.body['data']['id']).toBe(two['id'])
})

test('the page needs nothing from elsewhere, and shows what others wrote as text', async () => {
  const page = await open(await session())
  expect(page.status).toBe(200)
  expect(page.text).toContain('₱50,000.00')
  expect(page.text).toContain('Garden &lt;work&gt; × 2')
  expect(page.text).not.toMatch(/<script|src=|@import|url\(/)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  const labels = [...page.text.matchAll(/<label for="(\w+)"/g)].map(([, id]) => id)
  const inputs = [...page.text.matchAll(/<input id="(\w+)"/g)].map(([, id]) => id)
  expect(inputs.length).toBeGreaterThan(3)
  expect(labels).toEqual(inputs)
})

test('a card pays, once, and the browser goes back to us', async () => {
  const one = await session()
  const page = await open(one)
  const paid = await click(page, { ...card, name: 'Maria' })
  expect([paid.status, paid.headers.get('location')]).toEqual([303, wanted.success_url])
  await click(page, card)
  const { payments, payment_intent, payment_method_used } = await read(one['id'])
  expect(payments).toHaveLength(1)
  expect(payment_method_used).toBe('card')
  expect(payment_intent.attributes.status).toBe('succeeded')
  expect(payments[0].attributes).toMatchObject({
    amount: 5_000_000,
    status: 'paid',
    external_reference_number: 'bkg_1',
    metadata: { booking: 'bkg_1' },
    billing: { name: 'Maria' },
  })
  expect((await open(one)).text).toContain('has been paid')
})

test('GCash: the payer says yes on another page', async () => {
  const one = await session()
  const asked = await click(await open(one), { method: 'gcash' })
  const page = await town.ask(asked.headers.get('location') ?? '')
  expect(page.text).toContain('GCash asks you to confirm')
  const id = /name="id" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const said = await click(page, { id, outcome: 'authorize' })
  expect(said.headers.get('location')).toBe(wanted.success_url)
  expect((await read(one['id']))['payments'][0]['attributes']['source']['type']).toBe('gcash')
})

test.each(['fail', 'expire'])(
  'GCash: %s leads back to the page, which says so, and a card may follow',
  async (outcome) => {
    const one = await session()
    const asked = await click(await open(one), { method: 'gcash' })
    const page = await town.ask(asked.headers.get('location') ?? '')
    const id = /name="id" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
    const said = await click(page, { id, outcome })
    const again = await town.ask(said.headers.get('location') ?? '')
    expect(again.text).toContain('role="alert"')
    expect((await read(one['id']))['payments']).toEqual([])
    await click(again, card)
    expect((await read(one['id']))['payments']).toHaveLength(1)
  },
)

test.each([
  ['declined', { ...card, card_number: '4111111111111111' }, 'declined'],
  ['of last year', { ...card, exp_year: '25' }, 'look at the card details'],
  ['with a slip', { ...card, card_number: '4343434343434346' }, 'look at the card details'],
  ['without a CVC', { ...card, cvc: '' }, 'look at the card details'],
])('a card that is %s', async (_, fields, sentence) => {
  const one = await session()
  const refused = await click(await open(one), fields)
  const page = await town.ask(refused.headers.get('location') ?? '')
  expect(page.text).toContain(sentence)
  expect((await read(one['id']))['payments']).toEqual([])
})

describe('expiry', () => {
  test('nobody pays an expired session', async () => {
    const one = await session()
    const page = await open(one)
    const expired = await town.paymongo(`/v2/checkout_sessions/${one['id']}/expire`, { body: {} })
    expect(expired.body['data']['attributes']['status']).toBe('expired')
    await click(page, card)
    expect((await read(one['id']))['payments']).toEqual([])
    expect((await open(one)).status).toBe(410)
  })

  test('one who was at the bank already still pays', async () => {
    const one = await session()
    const asked = await click(await open(one), { method: 'gcash' })
    const page = await town.ask(asked.headers.get('location') ?? '')
    await town.paymongo(`/v1/checkout_sessions/${one['id']}/expire`, { body: {} })
    await click(page, { id: /name="id" value="([^"]+)"/.exec(page.text)?.[1] ?? '', outcome: 'authorize' })
    const { status, payments } = await read(one['id'])
    expect([status, payments.length]).toEqual(['expired', 1])
  })

  test('what is paid does not expire', async () => {
    const one = await session()
    await click(await open(one), card)
    expect((await town.paymongo(`/v1/checkout_sessions/${one['id']}/expire`, { body: {} })).status).toBe(400)
  })
})

test('a guessed key opens no page', async () => {
  const one = await session()
  expect((await town.ask(`/paymongo/checkout/${one['id']}_client_${'x'.repeat(24)}`)).status).toBe(404)
})

test.each([
  [{ line_items: [] }, 'attributes.line_items'],
  [{ line_items: [{ name: 'x', amount: 1_999, currency: 'PHP', quantity: 1 }] }, 'attributes.line_items'],
  [
    { line_items: [{ name: 'x', amount: 2_000, currency: 'USD', quantity: 1 }] },
    'attributes.line_items[0].currency',
  ],
  [{ payment_method_types: ['cash'] }, 'attributes.payment_method_types'],
  [{ success_url: 'javascript:alert(1)' }, 'attributes.success_url'],
])('%j is refused', async (attributes, pointer) => {
  const body = { data: { attributes: { ...wanted, ...attributes } } }
  const answer = await town.paymongo('/v2/checkout_sessions', { body })
  expect(answer.status).toBe(400)
  expect(answer.body['errors'][0]['source']['pointer']).toBe(pointer)
})
