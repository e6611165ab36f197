// Repayments by mobile money through an emulated MTN: the phone is asked, the payer says yes or no, and the debt follows.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCredit, type Credit } from '../fixtures/trade-credit.ts'

const owed = 2_000_000
const by_phone = {
  repayment_amount: 500_000,
  repayment_method: 'mobile_money',
  mobile_number: '0781234567',
}
const hour_s = 3_600

let credit: Credit
beforeAll(async () => {
  credit = await startCredit({ parts: ['api', 'worker', 'emulator'], config: { emulator_port: 0 } })
})
afterAll(() => credit.engine.stop())

/** 500,000 of 2,000,000 by the phone, and an hour later. */
async function repaid(): Promise<{ retailer: string; state: unknown; outstanding: unknown }> {
  const { engine } = credit
  const { retailer } = credit.couple()
  await credit.owe(retailer, owed)
  const { status, body } = await credit.repay(retailer, by_phone)
  expect({ status, state: body['status'] }).toEqual({ status: 201, state: 'pending' })
  await engine.advance(hour_s)
  const { data } = await engine.must(200, `/v1/provider-payments?agreement=${body['id']}`, {
    key: engine.admin,
  })
  expect(data).toMatchObject([{ provider: 'momo', kind: 'pay_in', amount: 500_000, currency: 'RWF' }])
  const { outstanding_amount } = await credit.summary(retailer)
  return { retailer, state: data[0]['state'], outstanding: outstanding_amount }
}

test('500,000 on 2,000,000 by the phone leaves 1,500,000', async () => {
  expect(await repaid()).toMatchObject({ state: 'succeeded', outstanding: 1_500_000 })
  expect(await credit.engine.integrity()).toMatchObject({ clean: true })
})

test('what the payer refuses on the phone repays nothing', async () => {
  const response = await fetch(`${credit.engine.running.emulator_address}/__emulator/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ provider: 'momo', fault: 'ends_failed', times: 1 }),
  })
  expect(response.status).toBe(200)
  expect(await repaid()).toMatchObject({ state: 'failed', outstanding: owed })
  expect(await credit.engine.integrity()).toMatchObject({ clean: true })
})
