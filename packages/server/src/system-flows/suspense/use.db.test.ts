// What sending back makes wanted of providers, from the events of a real log: through whom the money came, and once.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readId } from '@holdfast/kernel/ids.ts'
import { readEvents } from '../../event-log/log.ts'
import { readAgreement } from '../../http/read-agreement.ts'
import { newPayment } from '../../payments/processor/new-payment.ts'
import { insertPayments } from '../../payments/processor/rows.ts'
import { startEngine, type Engine, type Json } from '../../../test/fixtures/engine.ts'
import { suspenseUse } from './use.ts'

const amount = 123_456
const currency = 'PHP'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine({ uses: [] })
})
afterAll(() => engine.stop())

test('seen on a statement: an operator sends it back by hand', async () => {
  const { id } = await aside({ payer: 'ana' })
  await engine.operate(`/v1/suspense/${id}/refund`)
  expect(await wantedOf(id)).toEqual([
    {
      agreement: readId('sus', id),
      provider: 'manual',
      method: null,
      amount: BigInt(amount),
      currency,
      details: { description: `Refund of ${id}`, party: 'ana' },
    },
  ])
})

test('brought by a provider: through the same one, and of the same payment', async () => {
  const { id } = await aside({ provider: 'paymongo' })
  const pay_in = await brought('paymongo', id)
  await engine.operate(`/v1/suspense/${id}/refund`)
  expect(await wantedOf(id)).toMatchObject([{ provider: 'paymongo', details: { refunds: pay_in } }])
})

test('sent back, come back, sent back again, and all of it read late: only the last is under way', async () => {
  const { id } = await aside({})
  await engine.operate(`/v1/suspense/${id}/refund`)
  await engine.advance(1)
  await engine.operate(`/v1/suspense/${id}/refund-failed`)
  await engine.operate(`/v1/suspense/${id}/refund`)
  expect((await refundsOf(id)).length).toBe(2)
  expect(await wantedOf(id)).toHaveLength(1)
})

function aside(over: Json): Promise<Json> {
  const seen = { amount, currency, because: 'other', reference: `seen-${randomUUID()}` }
  return engine.operate('/v1/suspense', { ...seen, ...over })
}

/** A row of the desk for money that this provider brought, and that lies there. Gives its id. */
async function brought(provider: string, suspense: string): Promise<string> {
  const told = { kind: 'pay_in', flow: null, agreement: null, method: null, state: 'succeeded' } as const
  const details = { description: 'x' }
  const row = newPayment({ ...told, provider, amount: BigInt(amount), currency, details }, 1)
  const { db } = engine.running
  await db.transaction((tx) => insertPayments(tx, [row]))
  await db.run('update provider_payments set suspense_id = $2, settled_id = $3 where id = $1', [
    row.id,
    readId('sus', suspense),
    `pay_${randomUUID()}`,
  ])
  return row.id
}

async function refundsOf(id: string) {
  const { db } = engine.running
  const { end } = await db.one<{ end: bigint }>('select seq as end from log_head')
  const events = await readEvents(db, 0n, end)
  return events.filter(
    ({ body }) => body.agreement === id && suspenseUse.on.transitions.includes(body.transition),
  )
}

async function wantedOf(id: string) {
  const { db } = engine.running
  const suspense = await readAgreement({ db }, readId('sus', id) ?? '')
  const events = await refundsOf(id)
  if (suspense === null) throw new Error(`no ${id}`)
  return (await Promise.all(events.map((event) => suspenseUse.wants(event, suspense, db)))).flat()
}
