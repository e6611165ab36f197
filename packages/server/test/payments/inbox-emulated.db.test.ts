// Events from the emulator beside the engine, over the wire: whatever it does to them, each leads to what it is about, and once.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from '../fixtures/engine.ts'
import { openStreet, type Street } from '../rails/fixture.ts'
import { paymongo_key } from './settings.ts'

let street: Street

// Without a worker, whose loops would ask about the first event of a payment before the next one is here, or after: then it
// is the machine that says whether that one is news. Here all that is due is done by `advance`, in order.
beforeAll(async () => {
  street = await openStreet({ parts: ['api', 'emulator'] })
})
afterAll(() => street.stop())

const events = async (): Promise<Json[]> =>
  (await street.engine.must(200, '/v1/provider-events?limit=100', { key: street.engine.admin }))['data']
const asked = async (): Promise<Json[]> =>
  (await street.engine.must(200, '/v1/provider-payments', { key: street.engine.admin }))['data']

/** Paid at PayMongo by somebody whom nobody here had sent there. */
async function strangerPays(amount: number): Promise<void> {
  const line_items = [{ name: 'x', amount, currency: 'PHP', quantity: 1 }]
  const attributes = { line_items, payment_method_types: ['gcash'] }
  const response = await fetch(`${street.engine.running.emulator_address}/paymongo/v2/checkout_sessions`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${paymongo_key}:`).toString('base64')}` },
    body: JSON.stringify({ data: { attributes } }),
  })
  const { data } = (await response.json()) as { data: { attributes: { checkout_url: string } } }
  await street.pay(data.attributes.checkout_url)
}

test('money of a stranger: its events are kept once each, and it is asked about', async () => {
  await strangerPays(12_300)
  await street.engine.advance(1)
  const told = await events()
  expect(told.length).toBeGreaterThan(1)
  for (const event of told) expect(event).toMatchObject({ provider: 'paymongo', outcome: 'told_of' })
  const rows = await asked()
  expect(rows.every(({ state }) => state !== 'unknown')).toBe(true)
  expect(rows.filter(({ state }) => state === 'succeeded')).toMatchObject([
    { told_amount: 12_300, flow: null },
  ])
})

test('doubled, reordered, forged and stale: no event more, and nothing of a lie', async () => {
  const before = await events()
  for (const fault of [
    'dup_webhook',
    'reorder_webhooks',
    'forged_webhook',
    'bad_signature',
    'stale_signature',
  ]) {
    await street.fault({ provider: 'paymongo', fault })
    await strangerPays(45_600)
    await street.engine.advance(1)
    await street.clearFaults()
  }
  // What was spoilt once is sent again as it should be.
  await street.engine.advance(3_600)
  const after = await events()
  const paid = 5
  expect(after.length - before.length).toBe(paid * before.length)
  expect(new Set(after.map(({ event_id }) => event_id)).size).toBe(after.length)
  expect(after.every(({ outcome }) => outcome !== null)).toBe(true)
  const { text } = await street.engine.ask('/metrics')
  for (const outcome of ['duplicate', 'forged', 'stale'])
    expect(text).toMatch(
      new RegExp(`holdfast_provider_events_total{provider="paymongo",outcome="${outcome}"} [1-9]`),
    )
  const rows = await asked()
  expect(rows.every(({ state }) => state !== 'unknown')).toBe(true)
  expect(rows.filter(({ state }) => state === 'succeeded')).toHaveLength(paid + 1)
})
