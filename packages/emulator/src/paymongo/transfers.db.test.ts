// PayMongo's transfers and wallet: every documented number, every way an end may come, and to the centavo.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTown, type Town } from '@holdfast/server/test/payments/emulator.ts'
import type { Json } from '@holdfast/server/test/fixtures/engine.ts'
import { opening_centavos } from './wallet.ts'

let town: Town
beforeAll(async () => {
  town = await startTown()
})
beforeEach(() => town.reset())
afterAll(() => town.stop())

async function wallet(): Promise<Json> {
  return (await town.paymongo('/v2/wallets')).body['data'][0]
}

describe('transfers', () => {
  const one = (changes: Json = {}): Json => ({
    provider: 'instapay',
    amount: 100_000,
    currency: 'PHP',
    purpose: 'escrow release',
    description: 'Release es_01',
    reference_number: 'ES-01 release',
    source_account: { number: '000000000001', name: 'ESCROWLAB INC', bic: 'PAEYPHM2XXX' },
    destination_account: { number: '999999990001', name: 'Test Seller', bic: 'GXCHPHM2XXX' },
    callback_url: `${town.receiver.url}/transfers`,
    metadata: { payout_id: 'po_01' },
    ...changes,
  })
  const send = (transfers: readonly Json[], headers: Record<string, string> = {}) =>
    town.paymongo('/v2/batch_transfers', { body: { transfers }, headers })
  const to = (number: string) => ({
    destination_account: { number, name: 'Test Seller', bic: 'BNORPHMMXXX' },
  })
  const read = async (id: string) => (await town.paymongo(`/v2/transfers/${id}`)).body['data'] as Json

  async function listen(): Promise<void> {
    const events = ['transfer.outward.successful', 'transfer.outward.failed', 'transfer.inward.successful']
    await town.paymongo('/v1/webhooks', {
      body: { data: { attributes: { url: `${town.receiver.url}/webhooks`, events } } },
    })
  }

  test('flat, with instants as texts, and the reference made plain', async () => {
    const { status, body } = await send([one()])
    expect(status).toBe(200)
    const [transfer] = body['data']['transfers']
    expect(transfer).toMatchObject({
      livemode: false,
      amount: 100_000,
      fee: 1_000,
      status: 'pending',
      reference_number: 'es01 release',
      batch_transfer_id: body['data']['id'],
      created_at: '2026-11-20T04:00:00.000Z',
      destination_account: { number: '999999990001', bank_name: 'G-Xchange (GCash)' },
      metadata: { payout_id: 'po_01' },
    })
    expect(await read(transfer.id)).toEqual(transfer)
    expect((await town.paymongo(`/v2/batch_transfers/${body['data']['id']}`)).body).toEqual(body)
    const listed = await town.paymongo(
      `/v2/transfers?reference_number=${encodeURIComponent('ES-01 release')}`,
    )
    expect(listed.body['data']).toEqual([transfer])
  })

  test.each([
    ['999999990001', 'succeeded', null],
    ['999999990002', 'failed', 'test_failed_number'],
    ['999999990003', 'failed', 'account_not_found'],
    ['999999990004', 'failed', 'account_not_active'],
    ['999999990005', 'failed', 'account_limit_reached'],
    ['999999990006', 'failed', 'internal_server_error'],
    ['123456789012', 'pending', null],
  ])('%s: %s %s', async (number, status, code) => {
    await listen()
    const { body } = await send([one(to(number))])
    const { id } = body['data']['transfers'][0]
    expect((await wallet())['balance']['available']).toBe(opening_centavos - 101_000)
    await town.advance(4_999)
    expect((await read(id))['status']).toBe('pending')
    await town.advance(86_400_000)
    const now = await read(id)
    expect([now['status'], now['provider_error_code'] ?? null]).toEqual([status, code])
    const given_back = status === 'failed' ? 101_000 : 0
    expect((await wallet())['balance']['available']).toBe(opening_centavos - 101_000 + given_back)
    if (status === 'pending') return expect(town.receiver.received).toEqual([])
    const callback = town.receiver.received.find(({ path }) => path === '/transfers')
    expect(callback?.headers).not.toHaveProperty('paymongo-signature')
    expect(callback?.body['data']).toMatchObject({
      type: 'wallet_transaction',
      attributes: {
        transfer_id: id,
        status,
        amount: 100_000,
        fee: 1_000,
        provider_error_code: code,
        type: 'send_money',
      },
    })
    const event = town.receiver.received.find(({ path }) => path === '/webhooks')
    const { type, data }: Json = event?.body['data']['attributes'] ?? {}
    expect(type).toBe(`transfer.outward.${status === 'succeeded' ? 'successful' : 'failed'}`)
    expect(data.attributes.transfer_id ?? data.id).toBe(id)
  })

  test('PESONet takes a day', async () => {
    const { body } = await send([one({ provider: 'pesonet', ...to('999999990001') })])
    const { id } = body['data']['transfers'][0]
    await town.advance(86_399_999)
    expect((await read(id))['status']).toBe('pending')
    await town.advance(1)
    expect((await read(id))['status']).toBe('succeeded')
  })

  test('the same key is answered the same, whatever it is asked for, and sends once', async () => {
    const headers = { 'idempotency-key': 'po_01-attempt-1' }
    const first = await send([one()], headers)
    expect((await send([one({ amount: 1 })], headers)).text).toBe(first.text)
    expect((await town.paymongo('/v2/transfers')).body['data']).toHaveLength(1)
    expect((await wallet())['balance']['available']).toBe(opening_centavos - 101_000)
  })

  test.each([
    ['too much for InstaPay', { amount: 5_000_001 }, 'transaction_limit_exceeded', 'transfers[0].amount'],
    ['nothing', { amount: 0 }, 'parameter_below_minimum', 'transfers[0].amount'],
    [
      'not our account',
      { source_account: { number: '2', name: 'x' } },
      'parameter_invalid',
      'transfers[0].source_account.number',
    ],
    [
      'letters for a number',
      { destination_account: { number: 'ABC', name: 'x', bic: 'BNORPHMMXXX' } },
      'parameter_format_invalid',
      'transfers[0].destination_account.number',
    ],
    [
      'no such bank',
      { destination_account: { number: '1', name: 'x', bic: 'NOPE' } },
      'parameter_format_invalid',
      'transfers[0].destination_account.bic',
    ],
    [
      'no name',
      { destination_account: { number: '1', bic: 'BNORPHMMXXX' } },
      'parameter_required',
      'transfers[0].destination_account.name',
    ],
    ['another rail', { provider: 'swift' }, 'parameter_invalid', 'transfers[0].provider'],
  ])('%s', async (_, changes, code, pointer) => {
    const answer = await send([one(), one(changes)].slice(1))
    expect(answer.status).toBe(400)
    expect(answer.body['errors'][0]).toMatchObject({ code, source: { pointer } })
    expect((await town.paymongo('/v2/transfers')).body['data']).toEqual([])
  })

  test('too little in the wallet: all of a batch, or nothing', async () => {
    await town.admin('/paymongo/wallet', { available: 201_999 })
    const refused = await send([one(), one()])
    expect(refused.body['errors'][0]['detail']).toBe(
      'transfer_validator.source_account_balance: insufficient',
    )
    expect((await wallet())['balance']['available']).toBe(201_999)
    const answers = await Promise.all(Array.from({ length: 4 }, () => send([one()])))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await wallet())['balance']['available']).toBe(100_999)
  })

  describe('what had arrived comes back weeks later', () => {
    async function arrived(): Promise<string> {
      await listen()
      const { body } = await send([one()])
      await town.advance(21 * 86_400_000)
      town.receiver.received.splice(0)
      return body['data']['transfers'][0]['id']
    }

    test('as money that comes in', async () => {
      const id = await arrived()
      await town.admin(`/paymongo/transfers/${id}/return`, {})
      const [event] = await town.receiver.heard(1)
      const { type, data }: Json = event?.body['data']['attributes'] ?? {}
      expect(type).toBe('transfer.inward.successful')
      expect(data.attributes).toMatchObject({
        amount: 100_000,
        reference_number: 'es01 release',
        metadata: null,
      })
      expect((await read(id))['status']).toBe('succeeded')
      expect((await wallet())['balance']['available']).toBe(opening_centavos - 1_000)
      const { transfers } = (await town.admin('/books'))['paymongo']
      expect(transfers.map((row: Json) => [row['direction'], row['returned'], row['returns']])).toEqual([
        ['outward', true, null],
        ['inward', false, id],
      ])
      const again = await town.ask(`/__emulator/paymongo/transfers/${id}/return`, { body: {} })
      expect(again.status).toBe(400)
    })

    test.each([
      ['failed', 'failed'],
      ['status', 'returned'],
    ])('as %s', async (how, status) => {
      const id = await arrived()
      await town.admin(`/paymongo/transfers/${id}/return`, { how })
      await town.receiver.heard(2)
      expect(await read(id)).toMatchObject({ status, provider_error_code: 'AC04' })
      expect((await wallet())['balance']['available']).toBe(opening_centavos - 1_000)
    })
  })

  test('one that stays pending is settled by hand, either way, once', async () => {
    const { body } = await send([one(to('123456789012')), one(to('123456789013'))])
    const [good, bad] = body['data']['transfers']
    await town.admin(`/paymongo/transfers/${good.id}/settle`, { status: 'succeeded' })
    await town.admin(`/paymongo/transfers/${bad.id}/settle`, { status: 'failed', reason: 'AC01' })
    expect((await read(bad.id))['provider_error_code']).toBe('AC01')
    expect((await wallet())['balance']['available']).toBe(opening_centavos - 101_000)
    const again = await town.ask(`/__emulator/paymongo/transfers/${bad.id}/settle`, {
      body: { status: 'succeeded' },
    })
    expect(again.status).toBe(400)
  })
})

test('the wallet is shown as documented, to the last digit', async () => {
  const { id, ...shown } = await wallet()
  expect(shown).toMatchObject({
    status: 'activated',
    balance: { available: opening_centavos },
    account: { account_number: '000000000001' },
  })
  const one = await town.paymongo(`/v2/wallets/${id}?fields=account&fields=balance`)
  expect(one.text).toContain('"daily":999999999999999999')
  expect((await town.paymongo(`/v1/wallets/${id}`)).body['data']['attributes']['available_balance']).toBe(
    opening_centavos,
  )
  expect((await town.paymongo('/v2/wallets/wallet_none')).status).toBe(404)
})

test.each(['/v2/transfers', '/v1/wallets'])(
  '%s/receiving_institutions knows who can be reached how',
  async (path) => {
    const names = async (provider: string) =>
      (await town.paymongo(`${path}/receiving_institutions?provider=${provider}`)).body['data'].map(
        ({ attributes }: Json) => attributes.bic,
      )
    expect(await names('instapay')).toContain('GXCHPHM2XXX')
    expect(await names('pesonet')).not.toContain('GXCHPHM2XXX')
    expect(await names('paymongo')).toEqual(['PAEYPHM2XXX'])
    expect((await town.paymongo(`${path}/receiving_institutions`)).status).toBe(400)
  },
)
