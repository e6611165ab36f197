// MTN MoMo's callbacks and test numbers, from the emulator: a callback is a hint, and without one asking tells the same.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openMomo } from '../../src/payments/providers/momo/provider.ts'
import type { Provider, Verified } from '../../src/payments/providers/port.ts'
import { must } from './bench.ts'
import { startEmulated, type Emulated } from './emulated.ts'
import { startReceiver, type Receiver } from './receiver.ts'
import { momoAt } from './settings.ts'
import { payIn, payOut, unanswered } from './wanted.ts'

const hour_ms = 3_600_000

let emulated: Emulated
let receiver: Receiver
let momo: Provider

beforeAll(async () => {
  emulated = await startEmulated()
  receiver = await startReceiver(() => emulated.place.now_ms)
  momo = openMomo(
    momoAt(emulated.momo, { MOMO_TARGET_ENVIRONMENT: 'mtnrwanda', MOMO_CALLBACK_URL: receiver.url.href }),
    emulated.place,
  )
})
afterEach(async () => {
  await emulated.clearFaults()
  await emulated.pass(0)
  receiver.came.length = 0
})
afterAll(async () => {
  await emulated.stop()
  await receiver.close()
})

const repayment = (payer_number = '250788000000') =>
  payIn({ method: 'mobile_money', currency: 'RWF', amount: 5_000n, payer_number })
const withdrawal = (number = '250788000000') =>
  payOut({
    method: 'mobile_money',
    currency: 'RWF',
    amount: 12_000n,
    destination: { number, name: 'Test Seller', institution: null },
  })

async function verified(ms: number): Promise<Verified[]> {
  await emulated.pass(ms)
  return receiver.came.map(({ incoming, at_ms }) => momo.verify(incoming, at_ms))
}

describe('callbacks', () => {
  test('each leads to its payment, by the id that we gave it', async () => {
    const [into, out] = [repayment(), withdrawal()]
    await must(momo.createPayIn(into))
    await must(momo.createPayOut(out))
    const all = await verified(hour_ms)
    expect(new Set(all)).toEqual(
      new Set(
        [{ kind: 'pay_in', id: into.token } as const, { kind: 'pay_out', id: out.token } as const].map(
          ({ kind, id }) => ({
            event_id: `${kind}:${id}:SUCCESSFUL`,
            type: `${kind}.successful`,
            about: [{ kind, provider_id: id, our_reference: null }],
          }),
        ),
      ),
    )
    expect(await must(momo.find('pay_in', { ...unanswered(into), provider_id: into.token }))).toMatchObject({
      state: 'succeeded',
      amount: 5_000n,
      our_reference: into.our_reference,
    })
  })

  test('twice is once; dropped, asking tells', async () => {
    await emulated.admin('/faults', { provider: 'momo', fault: 'dup_webhook', times: 1 })
    await must(momo.createPayIn(repayment()))
    const twice = await verified(hour_ms)
    expect(twice).toHaveLength(2)
    expect(twice[0]).toEqual(twice[1])
    receiver.came.length = 0
    await emulated.clearFaults()
    await emulated.admin('/faults', { provider: 'momo', fault: 'drop_webhook' })
    const wanted = repayment()
    await must(momo.createPayIn(wanted))
    expect(await verified(hour_ms)).toEqual([])
    expect(await must(momo.find('pay_in', unanswered(wanted)))).toMatchObject({ state: 'succeeded' })
  })

  test('a forged one can at most make us ask: what it says is not what is told', async () => {
    await emulated.admin('/faults', {
      provider: 'momo',
      operation: 'requesttopay.create',
      fault: 'never_final',
    })
    const wanted = repayment()
    await must(momo.createPayIn(wanted))
    const body = Buffer.from(
      JSON.stringify({ externalId: wanted.token, status: 'SUCCESSFUL', amount: '999999' }),
    )
    expect(momo.verify({ body, headers: {}, path: 'guessed/pay_in' }, 0)).toEqual({ refused: 'forged' })
    expect(await must(momo.find('pay_in', unanswered(wanted)))).toMatchObject({
      state: 'pending',
      amount: 5_000n,
    })
  })
})

describe('test numbers', () => {
  const payers = [
    ['450', 'failed', 'INTERNAL_PROCESSING_ERROR'],
    ['451', 'failed', 'APPROVAL_REJECTED'],
    ['452', 'expired', 'EXPIRED'],
    ['453', 'pending', null],
    ['455', 'failed', 'PAYER_NOT_FOUND'],
    ['457', 'failed', 'NOT_ALLOWED'],
    ['460', 'failed', 'INVALID_CURRENCY'],
    ['463', 'failed', 'COULD_NOT_PERFORM_TRANSACTION'],
    ['464', 'failed', null],
  ] as const

  test.each(payers)('a payer whose number ends in %s: %s', async (end, state, reason) => {
    const wanted = repayment(`46733123${end}`)
    await must(momo.createPayIn(wanted))
    await emulated.pass(hour_ms)
    expect(await must(momo.find('pay_in', unanswered(wanted)))).toMatchObject({ state, reason })
  })

  test.each([
    ['452', 'failed', 'EXPIRED'],
    ['453', 'pending', null],
    ['455', 'failed', 'NOT_ENOUGH_FUNDS'],
    ['457', 'failed', 'PAYEE_NOT_FOUND'],
  ] as const)('a payee whose number ends in %s: %s', async (end, state, reason) => {
    const wanted = withdrawal(`46733123${end}`)
    await must(momo.createPayOut(wanted))
    await emulated.pass(hour_ms)
    expect(await must(momo.find('pay_out', unanswered(wanted)))).toMatchObject({ state, reason })
  })

  test('reasons that are objects are read as well', async () => {
    await emulated.admin('/faults', { provider: 'momo', fault: 'reason_object' })
    const wanted = repayment('46733123451')
    await must(momo.createPayIn(wanted))
    await emulated.pass(hour_ms)
    expect(await must(momo.find('pay_in', unanswered(wanted)))).toMatchObject({
      state: 'failed',
      reason: 'APPROVAL_REJECTED',
    })
  })

  test.each([
    ['455', 'refused', 'PAYER_NOT_FOUND'],
    ['457', 'refused', 'NOT_ALLOWED'],
    ['460', 'refused', 'INVALID_CURRENCY'],
    ['461', 'unknown', 'INTERNAL_PROCESSING_ERROR'],
    ['462', 'unknown', 'SERVICE_UNAVAILABLE'],
  ] as const)('refused at once, %s is %s', async (end, outcome, code) => {
    await emulated.admin('/faults', { provider: 'momo', fault: 'sync_refusal' })
    const wanted = repayment(`46733123${end}`)
    expect(await momo.createPayIn(wanted)).toMatchObject({ outcome, code })
    expect(await momo.find('pay_in', unanswered(wanted))).toMatchObject({ outcome: 'not_found' })
  })
})

test('a token that has ended in the middle of the day is renewed by itself', async () => {
  await must(momo.createPayIn(repayment()))
  emulated.place.now_ms += 24 * hour_ms
  await must(momo.createPayIn(repayment()))
  const wanted = repayment()
  await must(momo.createPayIn(wanted))
  expect(await must(momo.find('pay_in', unanswered(wanted)))).toMatchObject({ state: 'pending' })
})
