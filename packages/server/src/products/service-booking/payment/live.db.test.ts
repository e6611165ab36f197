// Payments in live mode: that money arrived is the provider's word, or an operator's who may make money; never the marketplace's alone.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEngine, type Engine } from '../../../../test/fixtures/engine.ts'
import { price, settling, wed } from '../../../../test/fixtures/service-booking.ts'

let sandbox: Engine
/** The same database and keys; its clock was never moved. */
let live: Engine
beforeAll(async () => {
  sandbox = await startEngine()
  const { database_url: url } = sandbox.running
  const keys = { service_key: sandbox.service, operator_key: sandbox.admin }
  live = await startEngine({ url, keys, config: { mode: 'live' }, takes_lossy: true })
})
afterAll(async () => {
  await live.stop()
  await sandbox.stop()
})

test('the service neither settles nor sets aside, by no path', async () => {
  const wedding = await wed(live)
  const begun = await wedding.checkout()
  const [path, { body }] = settling(begun)
  const refusal = { code: 'not_your_transition', by: ['operator'] }
  expect(await live.ask(path, { body })).toMatchObject({ status: 403, body: refusal })
  const aside = await live.ask(`/v1/payments/${begun['id']}/set-aside`, {
    body: { because: 'not_awaited', suspense: 'sus_x' },
  })
  expect(aside).toMatchObject({ status: 403, body: refusal })
  for (const name of ['settle', 'set_aside'])
    expect((await live.ask(`/v1/agreements/${begun['id']}/transitions/${name}`, { body })).status).toBe(404)
  expect(await wedding.read()).toMatchObject({ state: 'quote_sent', held: 0 })

  const by_operator = { key: live.admin, body: { ...body, reason: 'seen on the statement of the bank' } }
  expect(await live.must(200, path, by_operator)).toMatchObject({ state: 'settled' })
  expect(await wedding.read()).toMatchObject({ state: 'fully_paid', held: price })
})
