// MTN MoMo: every test number, transfers, deposits, refunds, and callbacks.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTown, type Town } from '@holdfast/server/test/payments/emulator.ts'
import { good, momoOf } from '@holdfast/server/test/payments/momo.ts'
import type { Json } from '@holdfast/server/test/fixtures/engine.ts'

let town: Town
let momo: ReturnType<typeof momoOf>
beforeAll(async () => {
  town = await startTown()
  momo = momoOf(town)
})
beforeEach(() => town.reset())
afterAll(() => town.stop())

const opening = '100000000.00'

const table = [
  ['450', 'INTERNAL_PROCESSING_ERROR', 'INTERNAL_PROCESSING_ERROR'],
  ['451', 'APPROVAL_REJECTED', 'APPROVAL_REJECTED'],
  ['452', 'EXPIRED', 'EXPIRED'],
  ['455', 'PAYER_NOT_FOUND', 'NOT_ENOUGH_FUNDS'],
  ['456', 'PAYEE_NOT_ALLOWED_TO_RECEIVE', 'PAYER_LIMIT_REACHED'],
  ['457', 'NOT_ALLOWED', 'PAYEE_NOT_FOUND'],
  ['458', 'NOT_ALLOWED_TARGET_ENVIRONMENT', 'NOT_ALLOWED'],
  ['459', 'INVALID_CALLBACK_URL_HOST', 'NOT_ALLOWED_TARGET_ENVIRONMENT'],
  ['460', 'INVALID_CURRENCY', 'INVALID_CALLBACK_URL_HOST'],
  ['461', 'INTERNAL_PROCESSING_ERROR', 'INVALID_CURRENCY'],
  ['462', 'SERVICE_UNAVAILABLE', 'INTERNAL_PROCESSING_ERROR'],
  ['463', 'COULD_NOT_PERFORM_TRANSACTION', 'SERVICE_UNAVAILABLE'],
  ['464', undefined, undefined],
] as const

describe('test numbers', () => {
  test.each(table)('46733123%s fails: %s when asked to pay, %s when sent to', async (last, payer, payee) => {
    for (const [operation, reason] of [
      ['requesttopay', payer],
      ['transfer', payee],
    ] as const) {
      const { reference, answer } = await momo.ask(operation, { number: `46733123${last}` })
      expect(answer.status).toBe(202)
      await town.advance(5_000)
      const { body } = await momo.read(operation, reference)
      expect([body['status'], body['reason']]).toEqual(['FAILED', reason])
    }
    expect(await momo.balance('collection')).toBe('0.00')
    expect(await momo.balance('disbursement')).toBe(opening)
  })

  test.each(['requesttopay', 'transfer'] as const)(
    '453 pends for ever and 454 for an hour: %s',
    async (operation) => {
      const ongoing = await momo.ask(operation, { number: '46733123453' })
      const delayed = await momo.ask(operation, { number: '46733123454' })
      await town.advance(3_599_999)
      expect((await momo.read(operation, delayed.reference)).body['status']).toBe('PENDING')
      await town.advance(30 * 86_400_000)
      const states = []
      for (const { reference } of [ongoing, delayed]) {
        const { body } = await town.ask('/__emulator/books')
        states.push(body['momo']['movements'].find((row: Json) => row['reference'] === reference)['status'])
      }
      expect(states).toEqual(['PENDING', 'SUCCESSFUL'])
    },
  )

  test('from 455 on the refusal may come at once instead', async () => {
    const headers = { 'emulator-fault': 'sync_refusal' }
    const answers = []
    for (const last of ['451', '455', '458', '462']) {
      const { answer } = await momo.ask('requesttopay', { number: `46733123${last}`, headers })
      answers.push([answer.status, answer.body['code']])
    }
    expect(answers).toEqual([
      [202, undefined],
      [404, 'PAYER_NOT_FOUND'],
      [500, 'NOT_ALLOWED_TARGET_ENVIRONMENT'],
      [503, 'SERVICE_UNAVAILABLE'],
    ])
  })

  test('a reason may be an object', async () => {
    await town.admin('/faults', {
      provider: 'momo',
      operation: 'requesttopay.create',
      fault: 'reason_object',
    })
    const { reference } = await momo.ask('requesttopay', { number: '46733123455' })
    await town.advance(5_000)
    expect((await momo.read('requesttopay', reference)).body['reason']).toEqual({
      code: 'PAYER_NOT_FOUND',
      message: 'Payer does not exist.',
    })
  })

  test('account holders', async () => {
    const active = (number: string) => town.momo('collection', `/v1_0/accountholder/msisdn/${number}/active`)
    expect((await active(good)).body).toEqual({ result: true })
    expect((await active('46733123451')).body).toEqual({ result: false })
    expect((await active('46733123450')).status).toBe(404)
    expect((await active('46733123452')).body['code']).toBe('NOT_ALLOWED')
    expect((await active('46733123455')).status).toBe(503)
    expect((await town.momo('disbursement', `/v1_0/accountholder/msisdn/${good}/basicuserinfo`)).status).toBe(
      200,
    )
  })
})

describe('sending', () => {
  test('a transfer is taken from the balance at once, and arrives', async () => {
    const { reference } = await momo.ask('transfer', { body: { amount: '12000.50' } })
    expect(await momo.balance('disbursement')).toBe('99987999.50')
    await town.advance(5_000)
    expect((await momo.read('transfer', reference)).body).toMatchObject({
      status: 'SUCCESSFUL',
      payee: { partyId: good },
    })
    expect(await momo.balance('disbursement')).toBe('99987999.50')
    expect(await momo.balance('collection')).toBe('0.00')
  })

  test('more than there is fails', async () => {
    const { reference } = await momo.ask('transfer', { body: { amount: '100000000.01' } })
    await town.advance(5_000)
    expect((await momo.read('transfer', reference)).body['reason']).toBe('NOT_ENOUGH_FUNDS')
    expect(await momo.balance('disbursement')).toBe(opening)
  })

  test('deposits, in both versions', async () => {
    const { reference, answer } = await momo.ask('deposit')
    expect(answer.status).toBe(202)
    await town.advance(5_000)
    expect((await town.momo('disbursement', `/v2_0/deposit/${reference}`)).body['status']).toBe('SUCCESSFUL')
  })

  test('a refund gives back what was collected, and no more', async () => {
    const { reference: referenceIdToRefund } = await momo.ask('requesttopay')
    const early = await momo.ask('refund', { body: { referenceIdToRefund, amount: '1' } })
    expect(early.answer.status).toBe(500)
    await town.advance(5_000)
    const { reference, answer } = await momo.ask('refund', { body: { referenceIdToRefund, amount: '3000' } })
    expect(answer.status).toBe(202)
    const more = await momo.ask('refund', { body: { referenceIdToRefund, amount: '2000.01' } })
    expect([more.answer.status, more.answer.body['code']]).toEqual([500, 'NOT_ALLOWED'])
    await town.advance(5_000)
    expect((await momo.read('refund', reference)).body).toMatchObject({
      status: 'SUCCESSFUL',
      payee: { partyId: good },
    })
    expect(await momo.balance('disbursement')).toBe('99997000.00')
    const unknown = await momo.ask('refund', { body: { referenceIdToRefund: randomUUID() } })
    expect(unknown.answer.status).toBe(404)
  })

  test('one that pends is settled by hand, once', async () => {
    const { reference } = await momo.ask('transfer', { number: '46733123453' })
    const settle = () =>
      town.ask(`/__emulator/momo/transfer/${reference}/settle`, {
        body: { status: 'FAILED', reason: 'EXPIRED' },
      })
    expect((await settle()).status).toBe(200)
    expect((await settle()).status).toBe(400)
    expect((await momo.read('transfer', reference)).body).toMatchObject({
      status: 'FAILED',
      reason: 'EXPIRED',
    })
    expect(await momo.balance('disbursement')).toBe(opening)
  })
})

describe('callbacks', () => {
  const called = (headers: Record<string, string> = {}) => ({
    headers: { 'x-callback-url': `${town.receiver.url}/momo/secret`, ...headers },
  })

  test('say what the resource says, unsigned, with PUT or POST, once', async () => {
    town.receiver.answers(500)
    for (const first of ['0', 'f']) {
      const reference = first + randomUUID().slice(1)
      await momo.ask('requesttopay', { reference, ...called() })
      await town.advance(600_000)
      const one = town.receiver.received.at(-1)
      expect(one).toMatchObject({ method: first === '0' ? 'PUT' : 'POST', path: '/momo/secret' })
      expect(one?.body).toMatchObject({ status: 'SUCCESSFUL', amount: '5000', externalId: 'rp_01' })
    }
    expect(town.receiver.received).toHaveLength(2)
  })

  test.each([
    ['drop_webhook', 0],
    ['dup_webhook', 2],
    ['late_webhook:60', 1],
    ['reorder_webhooks', 1],
  ])('%s', async (fault, times) => {
    await town.admin('/faults', { provider: 'momo', operation: 'requesttopay', fault })
    await momo.ask('requesttopay', called())
    await town.advance(5_000)
    await town.advance(60_000)
    expect(town.receiver.received).toHaveLength(times)
  })

  test('a forged one says the opposite', async () => {
    await momo.ask('requesttopay', called({ 'emulator-fault': 'forged_webhook' }))
    await town.advance(5_000)
    expect(town.receiver.received.map(({ body }) => String(body['status'])).toSorted()).toEqual([
      'FAILED',
      'SUCCESSFUL',
    ])
  })
})
