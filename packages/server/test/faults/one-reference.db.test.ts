// One reference of a bank or a provider is one movement of money: whatever it comes in by, and however it is spelt, it counts once.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readId } from '@holdfast/kernel/ids.ts'
import { million } from '../fixtures/trade-credit.ts'
import { startEngine, type Answer, type Engine, type Json } from '../fixtures/engine.ts'
import { asDesk } from '../fixtures/suspense.ts'
import { wed } from '../fixtures/service-booking.ts'

const amount = 5_000
const currency = 'PHP'

let engine: Engine
beforeAll(async () => {
  // The test is the desk.
  engine = await startEngine({ uses: [] })
})
afterAll(() => engine.stop())
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
})

const operator = (path: string, body: Json): Promise<Answer> =>
  engine.ask(path, { key: engine.admin, body: { reason: 'seen', ...body } })

/** Every way in by which somebody can say that money with a reference came. Gives the answer, and whose money it would be. */
const ways: Readonly<Record<string, (reference: string, provider?: string) => Promise<Answer>>> = {
  'a top-up by an operator': (reference, provider) =>
    operator(`/v1/wallets/${someone()}/${currency}/top-ups`, { amount, reference, ...by(provider) }),
  'money that is set aside': (reference, provider) =>
    operator('/v1/suspense', { amount, currency, reference, because: 'other', ...by(provider) }),
  'a payment for a booking': async (reference, provider) => {
    const wedding = await wed(engine)
    const { id, amount: amount_paid } = await wedding.checkout()
    const body = { amount_paid, currency, provider_reference: reference, ...by(provider) }
    return operator(`/v1/payments/${id}/settle`, body)
  },
  'a top-up by a provider': async (reference, provider) => {
    const party = someone()
    const { id } = await engine.must(201, `/v1/wallets/${party}/${currency}/top-ups`, {
      party,
      body: { amount, method: 'bank_transfer' },
    })
    const body = { amount_paid: amount, currency, provider_reference: reference, ...by(provider) }
    return operator(`/v1/top-ups/${id}/settle`, body)
  },
  'a repayment': async (reference, provider) => {
    const retailer = await owing()
    const { id } = await engine.must(201, '/retailer/escrow/repayment', {
      party: retailer,
      body: { repayment_amount: amount, repayment_method: 'bank_transfer' },
    })
    const body = { payment_reference: reference, ...by(provider) }
    return operator(`/company/escrow-repayments/${id}/confirm`, body)
  },
  'a withdrawal that came back': async (reference, provider) => {
    const id = await paidOut()
    return operator(`/admin/withdrawals/${id}/mark-returned`, {
      return_reference: reference,
      ...by(provider),
    })
  },
}
const names = Object.keys(ways)

describe.each(names)('F9 first %s', (first) => {
  test.each(names)('then %s: refused, in any spelling, and what used it is named', async (second) => {
    const reference = `GC ${randomUUID().slice(0, 18)}`
    const counted = await ways[first]!(reference)
    expect([counted.text, counted.status < 300]).toEqual([expect.anything(), true])
    for (const spelt of [
      reference,
      ` ${reference.toLowerCase().replaceAll(' ', '')} `,
      reference.toUpperCase(),
    ]) {
      const answer = await ways[second]!(spelt)
      expect(answer).toMatchObject({
        status: 409,
        body: {
          code: 'reference_taken',
          reference: spelt.trim(),
          used_by: { agreement: counted.body['id'] },
        },
      })
    }
  })
})

test('F9 money that was set aside is credited once, and its reference nowhere else', async () => {
  const [party, reference] = [someone(), `GC-${randomUUID()}`]
  const aside = await operator('/v1/suspense', { amount, currency, reference, because: 'other' })
  const top_up = (spelt: string) =>
    operator(`/v1/wallets/${party}/${currency}/top-ups`, { amount, reference: spelt })
  expect([(await top_up(reference)).status, (await top_up(reference.toLowerCase())).status]).toEqual([
    409, 409,
  ])
  expect((await operator(`/v1/suspense/${aside.body['id']}/credit`, { party })).status).toBe(201)
  expect(await engine.wallet(party, currency)).toMatchObject({ available: amount })
})

test('F9 the same words at two banks are two transfers, where it is said at which; what an operator saw may be either', async () => {
  const words = `1001-${randomUUID()}`
  const [top_up] = [ways['a top-up by an operator']!]
  const [bdo, bpi] = [await top_up(words, 'bdo'), await top_up(words, 'bpi')]
  expect([bdo.status, bpi.status]).toEqual([201, 201])
  expect((await top_up(words, 'bdo')).body).toMatchObject({ used_by: { agreement: bdo.body['id'] } })
  const elsewhere = await ways['money that is set aside']!(words.toUpperCase(), 'bpi')
  expect(elsewhere.body).toMatchObject({ used_by: { agreement: bpi.body['id'], source: 'bpi' } })
  expect((await top_up(words)).status).toBe(409)
  const seen = `1002-${randomUUID()}`
  expect([(await top_up(seen)).status, (await top_up(seen, 'bdo')).status]).toEqual([201, 409])
})

test('F9 a provider tells of money that an operator has credited under its id: it is not counted again, and stays for an operator', async () => {
  const wedding = await wed(engine)
  const { id, amount: due } = await wedding.checkout()
  const settled_id = `pay_${randomUUID()}`
  const counted = await ways['a top-up by an operator']!(settled_id.toUpperCase())
  const { now } = await engine.must(200, '/v1/test-clock')
  const input = { amount_paid: BigInt(due), currency, provider_reference: settled_id, provider: 'paymongo' }
  const settling = asDesk('payment', 'settle', Date.parse(now), { agreement: readId('pay', id), input })
  expect(await engine.running.engine.ask(settling)).toMatchObject({
    problem: {
      code: 'reference_taken',
      details: { used_by: { flow: 'wallet-top-up', agreement: counted.body['id'] } },
    },
  })
  expect(await engine.must(200, `/v1/payments/${id}`)).toMatchObject({ state: 'pending', money: 'none' })
})

test('F9 sixteen credits of one reference at the same instant, by every way: one of them', async () => {
  for (let round = 0; round < 4; round += 1) {
    const reference = `FT 2026 ${randomUUID().slice(0, 13)}`
    const [top_up, aside] = [ways['a top-up by an operator']!, ways['money that is set aside']!]
    const spelt = [reference, reference.toLowerCase(), reference.replaceAll(' ', ''), `${reference} `]
    const answers = await Promise.all(
      spelt.flatMap((one) => [top_up(one), aside(one), top_up(one), aside(one)]),
    )
    const refused = answers.filter(({ status }) => status === 409)
    expect([refused.length, answers.filter(({ status }) => status === 201).length]).toEqual([15, 1])
  }
})

test('F9 a dry run names it too, and counts nothing', async () => {
  const reference = `dry ${randomUUID()}`
  const path = `/v1/wallets/${someone()}/${currency}/top-ups`
  const dry = () => operator(`${path}?dry_run=true`, { amount, reference })
  expect([(await dry()).status, (await dry()).status]).toEqual([200, 200])
  const { body } = await operator(path, { amount, reference })
  expect((await dry()).body).toMatchObject({ code: 'reference_taken', used_by: { agreement: body['id'] } })
})

test.each(['FT 2026 0001', 'Chuyển tiền số 7', 'No. 12/34 #5', '参考 9'])(
  'N5 a reference is text as people see it: %s is kept as written, without the spaces around it',
  async (written) => {
    const reference = `${written} ${randomUUID()}`
    const { status, body } = await ways['a top-up by an operator']!(`  ${reference} `)
    expect([status, body['reference']]).toEqual([201, reference])
  },
)

test.each([
  ['only spaces', '   '],
  ['a line break', 'FT\n1'],
  ['what cannot be seen', 'FT\u200b1'],
  ['nothing', ''],
])('N5 %s is no reference', async (_says, reference) => {
  const { status, body } = await ways['a top-up by an operator']!(reference)
  expect([status, body['pointer']]).toEqual([400, '/reference'])
})

let people = 0
function someone(): string {
  people += 1
  return `someone-${people}`
}

function by(provider: string | undefined): Json {
  return provider === undefined ? {} : { provider }
}

/** A retailer that owes a million. */
async function owing(): Promise<string> {
  const retailer = someone()
  await engine.topUp('company', million, 'RWF')
  const order = { order_id: randomUUID(), retailer, wholesaler: `${retailer}-supplier`, amount: million }
  const { id } = await engine.must(201, '/company/escrow', { body: order })
  await engine.must(200, `/wholesaler/escrow/confirm-delivery/${id}`, { party: order.wholesaler, body: {} })
  return retailer
}

/** A withdrawal that was paid by hand. */
async function paidOut(): Promise<string> {
  const party = someone()
  await engine.topUp(party, 1_000_000, currency)
  const { id } = await engine.must(201, `/api/wallet/${party}/withdraw`, {
    party,
    body: { amount: 100_000, currency, method: 'gcash', account_details: { mobile_number: '09171234567' } },
  })
  await engine.advance(86_401)
  await engine.operate(`/admin/withdrawals/${id}/approve`, { pay_by: 'manual_transfer' })
  await engine.operate(`/admin/withdrawals/${id}/mark-paid`, { payout_reference: randomUUID() })
  return id
}
