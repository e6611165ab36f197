// A database of the first release is brought up to date: what had been counted there is counted, once, whatever it came in by.
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newId } from '@holdfast/kernel/ids.ts'
import { migrate } from '../../src/platform/postgres/migrate.ts'
import type { FreshDatabase } from '../fixtures/database.ts'
import { startEngine } from '../fixtures/engine.ts'
import { agreementOfBefore, firstRelease, long_ago_ms } from '../first-release.ts'

let before: FreshDatabase
beforeEach(async () => {
  before = await firstRelease()
})
afterEach(() => before.drop())

test('F9 every way in of before stands in the registry, under who brought it; of two that are one by now, the first', async () => {
  const add = (flow: string, more: object) => agreementOfBefore(before, { flow, ...more })
  const top_up = await add('wallet-top-up', { reference: 'GC-1' })
  await add('wallet-top-up', { reference: 'gc-1' })
  const aside = await add('suspense', { reference: 'paymongo-pay_7', data: { provider: 'paymongo' } })
  const paid = await add('payment', { reference: 'pay_8', state: 'settled', data: { provider: 'paymongo' } })
  const by_hand = await add('payment', { reference: 'a-token', state: 'settled' })
  await manualPayment(by_hand, 'a-token', 'BANK-9')
  const tin = await add('wallet-pay-in', { reference: 'momo-1' })
  await payment(tin, 'momo', 'momo-1')
  const told = { payment_reference: 'MOMO-4711' }
  const repaid = await add('credit-repayment', { data: told, amounts: { amount: 5, at_once: 0 } })
  // Said by the retailer, and not there yet; and from the wallet, which is no way in.
  await add('credit-repayment', {
    data: { payment_reference: 'X-1' },
    state: 'pending',
    amounts: { at_once: 0 },
  })
  await add('credit-repayment', { data: { payment_reference: 'X-2' }, amounts: { at_once: 5 } })
  await add('wallet-sale', { reference: '1001' })
  await add('withdrawal', { reference: 'OUT-1' })

  await migrate(before.url)
  expect(
    await before.db.any(
      'select spelling, source, reference, agreement_id from outside_references order by spelling',
    ),
  ).toEqual([
    { spelling: 'a-token', source: 'manual', reference: 'a-token', agreement_id: by_hand },
    { spelling: 'bank-9', source: 'manual', reference: 'BANK-9', agreement_id: by_hand },
    { spelling: 'gc-1', source: 'manual', reference: 'GC-1', agreement_id: top_up },
    { spelling: 'momo-1', source: 'momo', reference: 'momo-1', agreement_id: tin },
    { spelling: 'momo-4711', source: 'manual', reference: 'MOMO-4711', agreement_id: repaid },
    { spelling: 'pay_7', source: 'paymongo', reference: 'pay_7', agreement_id: aside },
    { spelling: 'pay_8', source: 'paymongo', reference: 'pay_8', agreement_id: paid },
  ])
})

test('F9 F8 and counts no second time; two shops number their sales alike, also beside one of before', async () => {
  await agreementOfBefore(before, { flow: 'wallet-top-up', reference: 'GC-1' })
  await agreementOfBefore(before, {
    flow: 'wallet-sale',
    reference: '1001',
    currency: 'RWF',
    parties: { holder: 'shop-1' },
    amounts: { amount: 1_000 },
  })
  await migrate(before.url)
  const keys = { service_key: '', operator_key: '' }
  const engine = await startEngine({ url: before.url, keys })
  try {
    const service = await engine.newKey({ kind: 'service', name: 'shop', role: null } as never)
    const admin = await engine.newKey({ kind: 'operator', name: 'admin', role: 'admin' })
    const again = await engine.ask('/v1/wallets/eve/PHP/top-ups', {
      key: admin,
      body: { amount: 100, reference: 'gc-1', reason: 'seen' },
    })
    expect(again).toMatchObject({
      status: 409,
      body: { used_by: { flow: 'wallet-top-up', reference: 'GC-1' } },
    })
    const sell = (shop: string, amount: number) =>
      engine.ask(`/v1/wallets/${shop}/RWF/sales`, { key: service, body: { amount, reference: '1001' } })
    expect((await sell('shop-2', 7_000)).status).toBe(201)
    expect((await sell('shop-1', 7_000)).status).toBe(409)
  } finally {
    await engine.stop()
  }
})

/** A row of the desk that the engine has heard of. */
async function payment(
  agreement: string,
  provider: string,
  settled_id: string,
  token = randomUUID(),
): Promise<void> {
  const { flow } = await before.db.one<{ flow: string }>('select flow from agreements where id = $1', [
    agreement,
  ])
  await before.db.run(
    `insert into provider_payments (id, provider, kind, flow, agreement_id, token, our_reference, amount, currency, details,
       state, settled_id, heard, attempts, closing, created_at)
     values ($1, $2, 'pay_in', $3, $4, $5, $6, 100, 'PHP', '{}', 'succeeded', $7, 'succeeded', 0, false, $8)`,
    [newId(long_ago_ms), provider, flow, agreement, token, randomUUID(), settled_id, new Date(long_ago_ms)],
  )
}

async function manualPayment(agreement: string, settled_id: string, reference: string): Promise<void> {
  const token = randomUUID()
  await payment(agreement, 'manual', settled_id, token)
  await before.db.run(
    `insert into manual_payments (token, kind, our_reference, method, amount, currency, state, created_at, reference,
       operator, reason, said_at)
     values ($1, 'pay_in', 'x', 'bank_transfer', 100, 'PHP', 'succeeded', $2, $3, 'maria', 'seen', $2)`,
    [token, new Date(long_ago_ms + 86_400_000), reference],
  )
}
