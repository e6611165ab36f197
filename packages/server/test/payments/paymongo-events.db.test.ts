// PayMongo's events on the way from the emulator: what is verified leads to the truth, in whatever order and number it comes.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openPaymongo } from '../../src/payments/providers/paymongo/provider.ts'
import type { About, Provider, Verified } from '../../src/payments/providers/port.ts'
import { must } from './bench.ts'
import { openPaymongoBench, payByGcash, submit, type PaymongoBench } from './paymongo-bench.ts'
import { startReceiver, type Receiver } from './receiver.ts'
import { paymongo_key, paymongoAt } from './settings.ts'
import { payIn, payOut, refund, unanswered } from './wanted.ts'

const events = [
  'checkout_session.payment.paid',
  'payment.paid',
  'payment.failed',
  'payment.refunded',
  'payment.refund.updated',
  'refund.succeeded',
  'transfer.outward.successful',
  'transfer.outward.failed',
  'transfer.inward.successful',
]
const hour_ms = 3_600_000

let bench: PaymongoBench
let receiver: Receiver
let secret: string
/** Of the same emulator, with the secret of its webhook as the second of two. */
let paymongo: Provider

async function register(): Promise<string> {
  const response = await fetch(`${bench.emulated.paymongo.href}/v1/webhooks`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${paymongo_key}:`).toString('base64')}` },
    body: JSON.stringify({ data: { attributes: { url: receiver.url.href, events } } }),
  })
  const json = (await response.json()) as { data: { attributes: { secret_key: string } } }
  return json.data.attributes.secret_key
}

const withSecrets = (secrets: string): Provider =>
  openPaymongo(
    paymongoAt(bench.emulated.paymongo, { PAYMONGO_WEBHOOK_SECRETS: secrets }),
    bench.emulated.place,
  )

beforeAll(async () => {
  bench = await openPaymongoBench()
  receiver = await startReceiver(() => bench.emulated.place.now_ms)
  secret = await register()
  paymongo = withSecrets(`whsk_that_was,${secret}`)
})
// What one test brought about must not arrive in the next.
afterEach(async () => {
  await bench.emulated.clearFaults()
  await bench.emulated.pass(0)
  receiver.came.length = 0
})
afterAll(async () => {
  await bench.stop()
  await receiver.close()
})

/** All that came until the clock has gone on for as long, each verified at the time it came. */
async function verified(ms = 0, by = paymongo): Promise<Verified[]> {
  await bench.emulated.pass(ms)
  return receiver.came.map(({ incoming, at_ms }) => by.verify(incoming, at_ms))
}

const aboutOf = (all: readonly Verified[]): About[] => all.flatMap((one) => ('about' in one ? one.about : []))
const refusals = (all: readonly Verified[]) => all.flatMap((one) => ('refused' in one ? [one.refused] : []))
const fault = (name: string, operation: string | null = null) =>
  bench.emulated.admin('/faults', { provider: 'paymongo', operation, fault: name })

async function pay(change = {}) {
  const wanted = payIn(change)
  const payment = await must(paymongo.createPayIn(wanted))
  await payByGcash(payment.checkout_url)
  return { wanted, payment }
}

describe('one payment, told twice', () => {
  test('the session and its payment lead to one settled id, and to our reference', async () => {
    const { wanted, payment } = await pay()
    const about = aboutOf(await verified())
    expect(about).toHaveLength(2)
    const found = await Promise.all(
      about.map(({ kind, provider_id }) => must(paymongo.find(kind, { ...unanswered(wanted), provider_id }))),
    )
    expect(new Set(found.map(({ settled_id }) => settled_id)).size).toBe(1)
    for (const one of found) {
      expect(one).toMatchObject({
        state: 'succeeded',
        amount: wanted.amount,
        our_reference: wanted.our_reference,
      })
    }
    expect(about.map(({ our_reference }) => our_reference)).toEqual([
      wanted.our_reference,
      wanted.our_reference,
    ])
    expect(about.map(({ provider_id }) => provider_id)).toContain(payment.provider_id)
  })

  test('its fee is what PayMongo says', async () => {
    const { wanted, payment } = await pay({ amount: 150_000n })
    const found = await must(
      paymongo.find('pay_in', { ...unanswered(wanted), provider_id: payment.provider_id }),
    )
    expect(found.fee).toBe(3_345n)
  })

  test.each(['dup_webhook', 'reorder_webhooks', 'late_webhook:600'])(
    '%s: each event has one id',
    async (name) => {
      await fault(name)
      const { wanted } = await pay()
      const all = await verified(hour_ms)
      const ids = new Set(all.map((one) => ('event_id' in one ? one.event_id : 'refused')))
      expect(ids.size).toBe(2)
      expect(all.length).toBe(name === 'dup_webhook' ? 4 : 2)
      expect(new Set(aboutOf(all).map(({ our_reference }) => our_reference))).toEqual(
        new Set([wanted.our_reference]),
      )
    },
  )

  test('dropped: asking tells the same', async () => {
    await fault('drop_webhook')
    const { wanted, payment } = await pay()
    expect(await verified(hour_ms)).toEqual([])
    expect(
      await must(paymongo.find('pay_in', { ...unanswered(wanted), provider_id: payment.provider_id })),
    ).toMatchObject({
      state: 'succeeded',
    })
  })
})

describe('what is not from PayMongo, or not from now', () => {
  test.each([
    ['bad_signature', 'forged'],
    ['stale_signature', 'stale'],
  ])('%s is %s', async (name, refused) => {
    await fault(name)
    await pay()
    const all = await verified()
    expect(refusals(all)).toEqual([refused, refused])
  })

  test('forged ones beside the true are refused; the true are taken', async () => {
    await fault('forged_webhook')
    await pay()
    const all = await verified()
    expect(refusals(all)).toContain('forged')
    expect(aboutOf(all)).toHaveLength(2)
  })

  test('what was true an hour ago is stale when it is sent again', async () => {
    await pay()
    expect(refusals(await verified())).toEqual([])
    const later = receiver.came.map(({ incoming, at_ms }) => paymongo.verify(incoming, at_ms + hour_ms))
    expect(refusals(later)).toEqual(['stale', 'stale'])
  })

  test('an event sent anew by PayMongo is the same event, under a signature of now', async () => {
    await pay()
    const [first] = await verified()
    if (first === undefined || !('event_id' in first)) throw new Error('no event came')
    bench.emulated.place.now_ms += hour_ms
    receiver.came.length = 0
    await bench.emulated.admin(`/paymongo/events/${first.event_id}/replay`, {})
    expect(await verified()).toEqual([first])
  })
})

test('while the secret is changed, both are right; afterwards one is', async () => {
  await pay()
  expect(refusals(await verified(0, withSecrets(`${secret},whsk_next`)))).toEqual([])
  expect(refusals(await verified(0, withSecrets(`whsk_before,${secret}`)))).toEqual([])
  expect(refusals(await verified(0, withSecrets('whsk_next')))).toEqual(['forged', 'forged'])
})

test('refunds and transfers are told under their own ids', async () => {
  const { wanted, payment } = await pay()
  const { settled_id } = await must(
    paymongo.find('pay_in', { ...unanswered(wanted), provider_id: payment.provider_id }),
  )
  await verified()
  receiver.came.length = 0
  const back = await must(paymongo.createRefund(refund(settled_id ?? '')))
  const out = await must(paymongo.createPayOut(payOut()))
  const failing = payOut({
    destination: { number: '999999990004', name: 'Closed', institution: 'BNORPHMMXXX' },
  })
  const bad = await must(paymongo.createPayOut(failing))
  const about = aboutOf(await verified(hour_ms)).map(({ kind, provider_id }) => `${kind} ${provider_id}`)
  expect(new Set(about)).toEqual(
    new Set([
      `pay_in ${settled_id}`,
      `refund ${back.provider_id}`,
      `pay_out ${out.provider_id}`,
      `pay_out ${bad.provider_id}`,
    ]),
  )
  expect(
    await must(paymongo.find('pay_out', { ...unanswered(failing), provider_id: bad.provider_id })),
  ).toMatchObject({
    state: 'failed',
    reason: 'account_not_active',
  })
})

describe('payers', () => {
  async function payByCard(checkout_url: string | null, card_number: string): Promise<void> {
    const page = new URL(checkout_url ?? 'none')
    const card = { method: 'card', card_number, exp_month: '12', exp_year: '2030', cvc: '123' }
    await submit(`${page.origin}${page.pathname}/pay`, { ...card, name: 'Test Payer' })
  }

  test('a card that is declined leaves the checkout open, and says why; a better one pays it', async () => {
    const wanted = payIn({ method: 'card' })
    const payment = await must(paymongo.createPayIn(wanted))
    const find = () =>
      must(paymongo.find('pay_in', { ...unanswered(wanted), provider_id: payment.provider_id }))
    await payByCard(payment.checkout_url, '5100000000000198')
    expect(await find()).toMatchObject({ state: 'pending', settled_id: null })
    expect((await find()).reason).toMatch(/insufficient_funds|generic_decline/)
    await payByCard(payment.checkout_url, '4343434343434345')
    expect(await find()).toMatchObject({ state: 'succeeded', amount: wanted.amount, reason: null })
  })

  test('one who says no in the wallet', async () => {
    const wanted = payIn()
    const payment = await must(paymongo.createPayIn(wanted))
    await payByGcash(payment.checkout_url, 'fail')
    expect(
      await must(paymongo.find('pay_in', { ...unanswered(wanted), provider_id: payment.provider_id })),
    ).toMatchObject({ state: 'pending', settled_id: null })
  })

  test('nobody: the checkout is closed, and closing it again changes nothing', async () => {
    const wanted = payIn()
    const payment = await must(paymongo.createPayIn(wanted))
    const sought = { ...unanswered(wanted), provider_id: payment.provider_id }
    expect(await must(paymongo.expirePayIn(sought))).toMatchObject({ state: 'expired' })
    expect(await must(paymongo.expirePayIn(sought))).toMatchObject({ state: 'expired' })
    expect(await must(paymongo.find('pay_in', sought))).toMatchObject({ state: 'expired' })
  })

  test('one who was faster than the closing: it is told as paid', async () => {
    const { wanted, payment } = await pay()
    expect(
      await must(paymongo.expirePayIn({ ...unanswered(wanted), provider_id: payment.provider_id })),
    ).toMatchObject({ state: 'succeeded', amount: wanted.amount })
  })

  test('another amount in another currency is told as it came', async () => {
    const wanted = payIn({ amount: 50_000n })
    const payment = await must(paymongo.createPayIn(wanted))
    await bench.emulated.admin('/paymongo/pay', { id: payment.provider_id, amount: 49_999, currency: 'USD' })
    expect(
      await must(paymongo.find('pay_in', { ...unanswered(wanted), provider_id: payment.provider_id })),
    ).toMatchObject({ state: 'succeeded', amount: 49_999n, currency: 'USD' })
  })

  test('below what PayMongo takes, it is refused with its code', async () => {
    expect(await paymongo.createPayIn(payIn({ amount: 1_999n }))).toMatchObject({
      outcome: 'refused',
      code: 'parameter_below_minimum',
    })
  })
})

describe('pay-outs', () => {
  test.each([
    ['999999990001', 'succeeded', null],
    ['999999990002', 'failed', 'test_failed_number'],
    ['999999990003', 'failed', 'account_not_found'],
    ['999999990004', 'failed', 'account_not_active'],
    ['999999990005', 'failed', 'account_limit_reached'],
    ['999999990006', 'failed', 'internal_server_error'],
    ['123456789012', 'pending', null],
  ])('to %s: %s', async (number, state, reason) => {
    const wanted = payOut({ destination: { number, name: 'Test Seller', institution: 'BNORPHMMXXX' } })
    const payment = await must(paymongo.createPayOut(wanted))
    await bench.emulated.pass(25 * hour_ms)
    const sought = { ...unanswered(wanted), provider_id: payment.provider_id }
    expect(await must(paymongo.find('pay_out', sought))).toMatchObject({ state, reason })
  })

  test('to GCash, to a bank by each rail, and nowhere that PayMongo does not know', async () => {
    const { outcome, ...institutions } = await paymongo.institutions()
    expect(outcome).toBe('told')
    expect(institutions).toMatchObject({
      value: expect.arrayContaining([
        { code: 'GXCHPHM2XXX', name: 'G-Xchange (GCash)', rails: ['instapay'] },
        { code: 'BNORPHMMXXX', name: 'BDO Unibank, Inc.', rails: ['instapay', 'pesonet'] },
      ]),
    })
    for (const change of [{ method: 'gcash' as const }, { amount: 5_000_000n }, { amount: 5_000_001n }]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await paymongo.createPayOut(payOut(change))).toMatchObject({
        outcome: 'told',
        value: { state: 'pending' },
      })
    }
  })

  test('more than our wallet with it has: refused, and nothing has left', async () => {
    await bench.emulated.admin('/paymongo/wallet', { available: 1_000 })
    expect(await paymongo.createPayOut(payOut())).toMatchObject({ outcome: 'refused' })
    await bench.emulated.admin('/paymongo/wallet', { available: 1_000_000_000 })
  })

  test.each([
    ['inward', 'returned'],
    ['status', 'returned'],
    ['failed', 'failed'],
  ])('one that comes back weeks later, seen as %s', async (how, state) => {
    const wanted = payOut()
    const untouched = payOut({ amount: wanted.amount })
    const { provider_id } = await must(paymongo.createPayOut(wanted))
    const other = await must(paymongo.createPayOut(untouched))
    await bench.emulated.pass(21 * 24 * hour_ms)
    receiver.came.length = 0
    await bench.emulated.admin(`/paymongo/transfers/${provider_id}/return`, { how })
    const told = aboutOf(await verified()).filter(({ kind }) => kind === 'pay_out')
    expect(told.length).toBeGreaterThan(0)
    // The event, our own id for it, and the token alone: all lead to what had gone out.
    for (const id of [...told.map((about) => about.provider_id), provider_id, null]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await must(paymongo.find('pay_out', { ...unanswered(wanted), provider_id: id }))).toMatchObject({
        state,
        provider_id,
        amount: wanted.amount,
        our_reference: wanted.our_reference,
      })
    }
    const now_ms = bench.emulated.place.now_ms
    const page = await paymongo.list('pay_out', now_ms - hour_ms, now_ms + hour_ms, null)
    expect(page).toMatchObject({
      value: { payments: how === 'inward' ? [{ provider_id, state: 'returned' }] : [] },
    })
    expect(
      await must(paymongo.find('pay_out', { ...unanswered(untouched), provider_id: other.provider_id })),
    ).toMatchObject({ state: 'succeeded' })
  })
})
