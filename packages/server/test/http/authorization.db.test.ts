// Every route × every kind of caller. A route without a row fails, and so does a row without a route.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { schedulesOf } from '../../src/module-schedules.ts'
import { tableBook } from '../../src/payments/providers/manual/book-table.ts'
import { openManual } from '../../src/payments/providers/manual/provider.ts'
import { form, png } from '../fixtures/file-form.ts'
import { refundOf } from '../fixtures/suspense.ts'
import { contentsOf, startEngine, type Asking, type Engine, type Json } from '../fixtures/engine.ts'
import { around } from '../payments/runtime.ts'
import { payOut } from '../payments/wanted.ts'

let engine: Engine
const callers = [
  'nobody',
  'buyer',
  'seller',
  'stranger',
  'service',
  'as_buyer',
  'as_seller',
  'as_stranger',
  'admin',
  'finance',
  'support',
  'viewer',
] as const
type Caller = (typeof callers)[number]
const who: Partial<Record<Caller, Asking>> = {}
const order = { buyer: 'ayesha', seller: 'bilal', amount: 500 }
const payout = {
  amount: 50_000,
  currency: 'PHP',
  method: 'gcash',
  account_details: { mobile_number: '09171234567' },
}
let dispute_of_buyer: string
let id: string
let freeze: string
let withdrawal: string
let top_up: string
let dispute: string
let offer: string
let notification: string
let file: string

beforeAll(async () => {
  const yearly = { name: 'yearly', cron: '0 0 1 1 *', zone: 'UTC', run: () => Promise.resolve({}) }
  engine = await startEngine({ schedules: (context) => [yearly, ...schedulesOf(context)] })
  id = await engine.order(order, 'pay', 'ship', 'deliver')
  dispute_of_buyer = await engine.order(order, 'pay', 'ship', 'dispute')
  await openTrade()
  await openBookings()
  await openSuspense()
  await openProject()
  await openCredit()
  freeze = (await engine.operate('/v1/wallets/ayesha/USD/freezes', { direction: 'in' }))['id']
  await engine.topUp('ayesha', 100_000, 'PHP')
  const asked = { party: 'ayesha', body: payout }
  withdrawal = (await engine.must(201, '/api/wallet/ayesha/withdraw', asked))['id']
  const paying = { party: 'ayesha', body: { amount: 500, method: 'card' } }
  top_up = (await engine.must(201, '/v1/wallets/ayesha/PKR/top-ups', paying))['id']
  const { data: disputes } = await engine.must(200, `/v1/disputes?agreement=${dispute_of_buyer}`)
  dispute = `/v1/disputes/${disputes[0].id}`
  const distribution = { buyer: 400, seller: 100 }
  await engine.must(200, `${dispute}/offers`, { party: 'ayesha', body: { distribution } })
  offer = (await engine.must(200, dispute))['offer'].id
  notification = (await engine.must(200, '/v1/notifications?party=ayesha'))['data'][0].id
  file = (await engine.must(201, '/v1/files', { party: 'ayesha', ...form({ content: png }) }))['id']
  await openManual(tableBook(engine.running.db), around()).createPayOut(moved_by_hand)
  const operator = async (role: 'finance' | 'support' | 'viewer') => ({
    key: await engine.newKey({ kind: 'operator', name: role, role }),
  })
  Object.assign(who, {
    nobody: { key: null },
    buyer: { key: await engine.token('ayesha') },
    seller: { key: await engine.token('bilal') },
    stranger: { key: await engine.token('eve') },
    service: {},
    as_buyer: { party: 'ayesha' },
    as_seller: { party: 'bilal' },
    as_stranger: { party: 'eve' },
    admin: { key: engine.admin },
    finance: await operator('finance'),
    support: await operator('support'),
    viewer: await operator('viewer'),
  })
})
afterAll(() => engine.stop())

/**
 * One cell per caller, in the order of `callers`:
 * `+` may (2xx, or 409 where only the state is against it), `1` 401, `3` 403, `4` 404, `0` 400 (an operator's act without its reason, a role that nobody holds).
 */
interface Row {
  readonly cells: string
  /** Of a path with parameters. */
  readonly path?: () => string
  readonly body?: Json
  /** In place of a JSON body. */
  readonly form?: Asking
}

//                     nobody
//                     | the person: buyer, seller, stranger
//                     | |   service: itself, as buyer, as seller, as stranger
//                     | |   |    operator: admin, finance, support, viewer
//                     | |   |    |
const all_readers = '1 +++ ++++ ++++'
const who_see_it = '1 ++4 +++4 ++++'
const buyer_only = '1 +34 3+34 3333'
const seller_only = '1 3+4 33+4 3333'
const operators = '1 334 3334 +++3'
const keys_only = '1 333 ++++ ++++'
const everybody = '+ +++ ++++ ++++'

const because = { reason: 'a test' }
const of = (path: string) => () => path.replace('{id}', id)
const moved_by_hand = payOut()
const by_hand =
  (act = '') =>
  () =>
    `/v1/manual-payments/${moved_by_hand.token}${act}`
const disputed = (path: string) => () => path.replace('{id}', dispute_of_buyer)
const disputing = { dispute_reason: 'other', dispute_text: 'x' }
/** Who is not the buyer does not order in its name; a service may. */
const creators = '1 +33 ++33 3333'

/** P2P: ayesha has posted an ad that buys, and bilal has ordered from it. */
let ad: string
let trade: string
let payment_method: string
const account = {
  kind: 'bank_transfer',
  currency: 'NGN',
  details: { bank_name: 'Zenith', account_number: '0123456789', account_name: 'Ayesha' },
}
const posting = {
  type: 'sell_fx',
  currency: 'USD',
  foreign_currency: 'NGN',
  price: '0.07',
  total: 100_000,
  min: 100_000,
  max: 100_000,
}
async function openTrade(): Promise<void> {
  const [by_ayesha, by_bilal] = [{ party: 'ayesha' }, { party: 'bilal' }]
  payment_method = (await engine.must(201, '/p2p/payment-methods', { ...by_ayesha, body: account }))['id']
  await engine.topUp('ayesha', 100_000, 'USD')
  const body = { ...posting, type: 'buy_fx', payment_method, total: 1_000_000 }
  ad = (await engine.must(201, '/p2p/ads', { ...by_ayesha, body }))['id']
  trade = (await engine.must(201, '/p2p/orders', { ...by_bilal, body: { ad, quantity: 100_000 } }))['id']
}
const p2p = (path: string) => () => path.replace('{ad}', ad).replace('{trade}', trade)

/** Freelance: ayesha is the client and bilal the developer of a project with one milestone. */
let project: string
let milestone: string
const people = { client: 'ayesha', developer: 'bilal', currency: 'PKR' }
async function openProject(): Promise<void> {
  project = (await engine.must(201, '/projects', { body: people }))['id']
  milestone = (await engine.must(201, `/projects/${project}/milestones`, { body: { amount: 5 } }))['id']
}
const both_sides = '1 ++4 3++4 3333'
const onMilestone = (act: string, cells: string, body: Json = {}): Readonly<Record<string, Row>> => ({
  [`POST /milestone/{id}/${act}`]: {
    cells,
    path: () => `/milestone/${milestone}/${act}`,
    body: { ...body, ...because },
  },
})

/** Trade credit: ayesha has an order that is held, one that she disputes, one that she owes for, and a repayment on its way. */
const credit: Record<string, string> = {}
const on_credit = (path: string) => () => path.replace(/\{(\w+)\}/, (_, name: string) => credit[name] ?? '')
const of_ayesha = (path: string) => () => `/retailer/escrow/${path}?retailer=ayesha`

async function openCredit(): Promise<void> {
  await engine.topUp('company', 1000, 'RWF')
  for (const name of ['held', 'disputed', 'owed']) {
    const body = { order_id: name, retailer: 'ayesha', wholesaler: 'bilal', amount: 10 }
    credit[name] = (await engine.must(201, '/company/escrow', { body }))['id']
  }
  const by = { party: 'ayesha' }
  const disputing_it = { dispute_reason: 'other' }
  await engine.must(200, `/retailer/escrow/dispute/${credit['disputed']}`, { ...by, body: disputing_it })
  await engine.must(200, `/wholesaler/escrow/confirm-delivery/${credit['owed']}`, { ...by, body: {} })
  const announced = { repayment_amount: 1, repayment_method: 'mobile_money' }
  credit['repayment'] = (await engine.must(201, '/retailer/escrow/repayment', { ...by, body: announced }))[
    'id'
  ]
  credit['line'] = (await engine.must(200, '/company/credit-lines', by))['data'][0].id
  await engine.operate('/admin/escrow-jobs/auto-deductions/run')
  credit['deduction'] = (await engine.must(200, '/company/escrow-deductions', by))['data'][0].id
}

/** Bookings: ayesha books bilal: one is quoted, one paid, one disputed by her, and a payment begun. */
const bookings = { quoted: '', paid: '', disputed: '', begun: '', receipt: '' }
async function openBookings(): Promise<void> {
  const open = async (amount: number) => {
    const body = { vendor: 'bilal', currency: 'PKR' }
    const { id: made } = await engine.must(201, '/bookings', { party: 'ayesha', body })
    await engine.must(200, `/bookings/${made}/send-quote`, { party: 'bilal', body: { price: amount } })
    return String(made)
  }
  const pay = async (made: string) => {
    await engine.topUp('ayesha', 500)
    await engine.must(200, `/bookings/${made}/pay`, { party: 'ayesha', body: { method: 'wallet' } })
    return made
  }
  bookings.quoted = await open(500)
  bookings.paid = await pay(await open(500))
  bookings.disputed = await pay(await open(500))
  await engine.must(200, `/bookings/${bookings.disputed}/dispute`, { party: 'ayesha', body: disputing })
  const { data } = await engine.must(200, `/bookings/${bookings.paid}/receipts`)
  bookings.receipt = data[0].receipt_number
  bookings.begun = (
    await engine.must(201, `/bookings/${bookings.quoted}/pay`, { party: 'ayesha', body: {} })
  )['id']
}
const receiptOfPaid = () => `/v1/receipts/${bookings.receipt}`
const booked =
  (which: 'quoted' | 'paid' | 'disputed', act = '') =>
  () =>
    `/bookings/${bookings[which]}${act}`
const begun =
  (act = '') =>
  () =>
    `/v1/payments/${bookings.begun}${act}`
const arrived = { amount_paid: 500, currency: 'PKR', provider_reference: 'x' }

/** Suspense: ayesha sent money that nothing waits for, twice; once it was credited to her. A refund to her is under way. */
const aside = { open: '', credit: '', refund: '' }
const seen = { amount: 500, currency: 'PKR', because: 'other', reference: 'seen-on-a-statement' }
async function openSuspense(): Promise<void> {
  const open = async (reference: string) =>
    (await engine.operate('/v1/suspense', { ...seen, reference, payer: 'ayesha' }))['id']
  aside.open = await open('first')
  aside.credit = (await engine.operate(`/v1/suspense/${await open('second')}/credit`))['id']
  const now_ms = (await engine.must(200, '/v1/test-clock'))['now']
  const created = await engine.running.engine.ask(refundOf('ayesha', Date.parse(now_ms)))
  if (created.outcome === 'accepted') aside.refund = JSON.parse(created.body).id
}
const setAside =
  (act = '') =>
  () =>
    `/v1/suspense/${aside.open}${act}`
const resolvers = '1 333 3333 ++33'
const payer_sees_it = '1 +44 ++44 ++++'
const onSuspense = (act: string, body: Json = {}): Record<string, Row> => ({
  [`POST /v1/suspense/{id}/${act}`]: {
    cells: '1 344 3344 ++33',
    path: setAside(`/${act}`),
    body: { ...body, ...because },
  },
})
const onRefund = (act: string, body: Json = {}): Record<string, Row> => ({
  [`POST /v1/refunds/{id}/${act}`]: {
    cells: '1 344 3344 ++33',
    path: () => `/v1/refunds/${aside.refund}/${act}`,
    body: { ...body, ...because },
  },
})

const own_rows: Readonly<Record<string, Row>> = {
  'GET /healthz': { cells: everybody },
  'GET /readyz': { cells: everybody },
  'GET /openapi.json': { cells: everybody },
  'GET /metrics': { cells: keys_only },
  'GET /v1/flows': { cells: all_readers },
  'GET /v1/flows/{name}': { cells: all_readers, path: () => '/v1/flows/marketplace-order' },
  'GET /v1/integrity': { cells: keys_only },
  'POST /v1/party-tokens': { cells: '1 333 ++++ +333', body: { party: 'eve' } },
  'GET /v1/test-clock': { cells: all_readers },
  'POST /v1/test-clock/advance': { cells: '1 333 ++++ +333', body: { seconds: 1 } },

  'POST /orders': {
    cells: creators,
    body: { buyer: 'ayesha', seller: 'bilal', amount: 5, currency: 'PKR', ...because },
  },
  'GET /orders': { cells: all_readers },
  'GET /orders/{id}': { cells: who_see_it, path: of('/orders/{id}') },
  'POST /orders/{id}/pay': { cells: buyer_only, path: of('/orders/{id}/pay'), body: because },
  'POST /orders/{id}/ship': { cells: seller_only, path: of('/orders/{id}/ship'), body: because },
  'POST /orders/{id}/deliver': { cells: '1 3+4 +3+4 +++3', path: of('/orders/{id}/deliver'), body: because },
  'POST /orders/{id}/confirm-delivery': {
    cells: buyer_only,
    path: of('/orders/{id}/confirm-delivery'),
    body: because,
  },
  'POST /orders/{id}/reject': {
    cells: buyer_only,
    path: of('/orders/{id}/reject'),
    body: { reject_reason: 'x', ...because },
  },
  'POST /orders/{id}/accept-return': {
    cells: seller_only,
    path: of('/orders/{id}/accept-return'),
    body: because,
  },
  'POST /orders/{id}/cancel': { cells: '1 ++4 3++4 +++3', path: of('/orders/{id}/cancel'), body: because },
  'POST /orders/{id}/dispute': {
    cells: '1 ++4 3++4 +++3',
    path: of('/orders/{id}/dispute'),
    body: { ...disputing, ...because },
  },
  // The buyer raised it: nobody else takes it back.
  'POST /orders/{id}/withdraw-dispute': {
    cells: '1 +34 3+34 3333',
    path: disputed('/orders/{id}/withdraw-dispute'),
    body: because,
  },
  'POST /orders/{id}/release': { cells: operators, path: disputed('/orders/{id}/release'), body: because },
  'POST /orders/{id}/refund': { cells: operators, path: disputed('/orders/{id}/refund'), body: because },
  'POST /orders/{id}/split': {
    cells: operators,
    path: disputed('/orders/{id}/split'),
    body: { to_buyer: 1, to_seller: 499, ...because },
  },
  'POST /orders/{id}/settle': {
    cells: '1 ++4 3++4 3333',
    path: disputed('/orders/{id}/settle'),
    body: { to_buyer: 1, to_seller: 499, ...because },
  },

  'POST /v1/agreements': {
    cells: creators,
    body: {
      flow: 'marketplace-order',
      buyer: 'ayesha',
      seller: 'bilal',
      amount: 5,
      currency: 'PKR',
      ...because,
    },
  },
  'GET /v1/agreements': { cells: all_readers },
  'GET /v1/agreements/{id}': { cells: who_see_it, path: of('/v1/agreements/{id}') },
  'POST /v1/agreements/{id}/transitions/{transition}': {
    cells: buyer_only,
    path: of('/v1/agreements/{id}/transitions/confirm_delivery'),
    body: because,
  },

  'GET /v1/wallets/{party}': { cells: '1 +44 ++44 ++++', path: () => '/v1/wallets/ayesha' },
  'GET /v1/wallets/{party}/{currency}': { cells: '1 +44 ++44 ++++', path: () => '/v1/wallets/ayesha/PKR' },
  'GET /v1/wallets/{party}/transactions': {
    cells: '1 +44 ++44 ++++',
    path: () => '/v1/wallets/ayesha/transactions',
  },
  'POST /v1/wallets/{party}/{currency}/top-ups': {
    cells: '1 333 3333 ++33',
    path: () => '/v1/wallets/ayesha/PKR/top-ups',
    body: { amount: 5, reference: 'once', ...because },
  },
  'POST /v1/wallets/{party}/{currency}/freezes': {
    cells: '1 333 3333 ++33',
    path: () => '/v1/wallets/ayesha/EUR/freezes',
    body: { direction: 'in', ...because },
  },
  'POST /wallet-freezes/{id}/widen': {
    cells: '1 333 3333 ++33',
    path: () => `/wallet-freezes/${freeze}/widen`,
    body: { ...because, direction: 'both' },
  },
  'POST /wallet-freezes/{id}/lift': {
    cells: '1 333 3333 ++33',
    path: () => `/wallet-freezes/${freeze}/lift`,
    body: because,
  },

  // Withdrawals and sales.
  'POST /v1/wallets/{party}/{currency}/sales': {
    cells: '1 333 +344 ++33',
    path: () => '/v1/wallets/ayesha/PKR/sales',
    body: { amount: 5, reference: 'sold', ...because },
  },
  'POST /api/wallet/{vendor_id}/withdraw': {
    cells: '1 +44 ++44 3333',
    path: () => '/api/wallet/ayesha/withdraw',
    body: { ...payout, ...because },
  },
  'GET /api/wallet/{vendor_id}/withdrawals': {
    cells: '1 +44 ++44 ++++',
    path: () => '/api/wallet/ayesha/withdrawals',
  },
  'GET /v1/withdrawals/{id}': { cells: '1 +44 ++44 ++++', path: () => `/v1/withdrawals/${withdrawal}` },
  'POST /v1/withdrawals/{id}/cancel': {
    cells: '1 +44 3+44 3333',
    path: () => `/v1/withdrawals/${withdrawal}/cancel`,
    body: because,
  },
  'GET /admin/withdrawals': { cells: '1 444 +444 ++++' },
  'POST /admin/withdrawals/{id}/approve': {
    cells: '1 344 3344 ++33',
    path: () => `/admin/withdrawals/${withdrawal}/approve`,
    body: because,
  },
  'POST /admin/withdrawals/{id}/reject': {
    cells: '1 344 3344 ++33',
    path: () => `/admin/withdrawals/${withdrawal}/reject`,
    body: because,
  },
  'POST /admin/withdrawals/{id}/mark-paid': {
    cells: '1 344 +344 ++33',
    path: () => `/admin/withdrawals/${withdrawal}/mark-paid`,
    body: { payout_reference: 'x', ...because },
  },
  'POST /admin/withdrawals/{id}/mark-failed': {
    cells: '1 344 +344 ++33',
    path: () => `/admin/withdrawals/${withdrawal}/mark-failed`,
    body: because,
  },
  'POST /admin/withdrawals/{id}/mark-returned': {
    cells: '1 344 +344 ++33',
    path: () => `/admin/withdrawals/${withdrawal}/mark-returned`,
    body: because,
  },

  'POST /admin/withdrawals/{id}/arrived': {
    cells: '1 344 3344 ++33',
    path: () => `/admin/withdrawals/${withdrawal}/arrived`,
    body: { payout_reference: 'x', ...because },
  },
  'POST /admin/withdrawals/{id}/bounced': {
    cells: '1 344 3344 ++33',
    path: () => `/admin/withdrawals/${withdrawal}/bounced`,
    body: because,
  },

  // Top-ups by a provider.
  'GET /v1/top-ups': { cells: all_readers },
  'GET /v1/top-ups/{id}': { cells: '1 +44 ++44 ++++', path: () => `/v1/top-ups/${top_up}` },
  'POST /v1/top-ups/{id}/settle': {
    cells: '1 344 +344 ++33',
    path: () => `/v1/top-ups/${top_up}/settle`,
    body: { ...arrived, ...because },
  },
  'POST /v1/top-ups/{id}/fail': {
    cells: '1 344 +344 ++33',
    path: () => `/v1/top-ups/${top_up}/fail`,
    body: because,
  },
  'POST /v1/top-ups/{id}/set-aside': {
    cells: '1 344 +344 ++33',
    path: () => `/v1/top-ups/${top_up}/set-aside`,
    body: { because: 'other', suspense: 'sus_x', ...because },
  },

  'GET /v1/jobs': { cells: '1 333 3333 ++++' },
  'POST /v1/jobs/{id}/retry': { cells: '1 333 3333 4433', path: () => '/v1/jobs/1/retry', body: because },
  'GET /v1/provider-payments': { cells: '1 333 3333 ++++' },
  'GET /v1/provider-payments/{id}': {
    cells: '1 333 3333 4444',
    path: () => '/v1/provider-payments/pp_01m7ym0b0yfr68725tpvpj7kr0',
  },
  'POST /v1/provider-payments/{id}/ask': {
    cells: '1 333 3333 4433',
    path: () => '/v1/provider-payments/pp_01m7ym0b0yfr68725tpvpj7kr0/ask',
    body: because,
  },
  'GET /v1/manual-payments': { cells: '1 333 3333 ++++' },
  'GET /v1/manual-payments/{token}': { cells: '1 333 3333 ++++', path: by_hand() },
  'POST /v1/manual-payments/{token}/confirm': {
    cells: '1 333 3333 ++33',
    path: by_hand('/confirm'),
    body: { state: 'failed', ...because },
  },

  'GET /v1/provider-events': { cells: '1 333 3333 ++++' },
  'GET /v1/provider-events/{id}': { cells: '1 333 3333 4444', path: () => '/v1/provider-events/x' },

  'PUT /v1/contacts/{party}': {
    cells: '1 +44 ++44 +++3',
    path: () => '/v1/contacts/ayesha',
    body: { email: 'ayesha@shop.test' },
  },
  'GET /v1/contacts/{party}': { cells: '1 +44 ++44 ++++', path: () => '/v1/contacts/ayesha' },
  'DELETE /v1/contacts/{party}': { cells: '1 4+4 +4+4 +++3', path: () => '/v1/contacts/bilal' },
  'GET /v1/emails': { cells: '1 333 3333 ++++' },
  'POST /v1/emails/{id}/retry': {
    cells: '1 333 3333 4433',
    path: () => '/v1/emails/eml_1/retry',
    body: because,
  },

  'POST /v1/reconciliations': { cells: resolvers, body: { provider: 'manual', ...because } },
  'POST /v1/reconciliations/bank': {
    cells: resolvers,
    path: () => '/v1/reconciliations/bank?currency=PKR&reason=x',
    form: { body: 'date,amount,reference\n2026-03-15,4.00,seen', headers: { 'content-type': 'text/csv' } },
  },
  'GET /v1/reconciliations': { cells: '1 333 3333 ++++' },
  'GET /v1/reconciliations/{id}': {
    cells: '1 333 3333 4444',
    path: () => '/v1/reconciliations/rec_00000000000000000000000000',
  },
  'GET /v1/reconciliation-exceptions': { cells: '1 333 3333 ++++' },
  'POST /v1/reconciliation-exceptions/{id}/resolve': {
    cells: '1 333 3333 4433',
    path: () => '/v1/reconciliation-exceptions/rex_00000000000000000000000000/resolve',
    body: because,
  },
  'GET /v1/schedules': { cells: '1 333 3333 ++++' },
  'GET /v1/schedules/{name}/runs': { cells: '1 333 3333 ++++', path: () => '/v1/schedules/yearly/runs' },
  'POST /v1/schedules/{name}/run': {
    cells: '1 333 3333 ++33',
    path: () => '/v1/schedules/yearly/run',
    body: because,
  },

  'GET /v1/notifications': { cells: all_readers },
  'POST /v1/notifications/{id}/read': {
    cells: '1 +44 4+44 4443',
    path: () => `/v1/notifications/${notification}/read`,
  },
  'POST /v1/notifications/read-all': { cells: '1 +++ ++++ +++3' },

  'POST /v1/files': { cells: '1 +++ ++++ +++3', form: form({ content: png }) },
  'GET /v1/files/{id}': { cells: '1 +44 ++44 ++++', path: () => `/v1/files/${file}` },

  'GET /v1/disputes': { cells: all_readers },
  'GET /v1/disputes/{id}': { cells: who_see_it, path: () => dispute },
  'POST /v1/disputes/{id}/evidence': {
    cells: '1 ++4 3++4 +++3',
    path: () => `${dispute}/evidence`,
    body: { text: 'x' },
  },
  'POST /v1/disputes/{id}/offers': {
    cells: '1 ++4 3++4 3333',
    path: () => `${dispute}/offers`,
    body: { distribution: { buyer: 250, seller: 250 }, ...because },
  },
  'POST /v1/disputes/{id}/offers/{offer_id}/accept': {
    cells: '1 ++4 3++4 3333',
    path: () => `${dispute}/offers/${offer}/accept`,
    body: because,
  },
  'POST /v1/disputes/{id}/offers/{offer_id}/withdraw': {
    cells: '1 ++4 3++4 3333',
    path: () => `${dispute}/offers/${offer}/withdraw`,
    body: because,
  },
  'POST /v1/disputes/{id}/withdraw': {
    cells: '1 +34 3+34 3333',
    path: () => `${dispute}/withdraw`,
    body: because,
  },
  'POST /v1/disputes/{id}/resolve': {
    cells: operators,
    path: () => `${dispute}/resolve`,
    body: { decision: 'refund', notes: 'a test' },
  },

  // Trade credit: ayesha buys on credit from bilal.
  'GET /company/credit-lines': { cells: all_readers },
  'POST /company/credit-lines': {
    cells: '1 333 +333 +++3',
    body: { retailer: 'eve', ...because },
  },
  'GET /company/credit-lines/{id}': {
    cells: '1 +44 ++44 ++++',
    path: on_credit('/company/credit-lines/{line}'),
  },
  'POST /company/credit-lines/{id}/set-limit': {
    cells: '1 344 +344 +++3',
    path: on_credit('/company/credit-lines/{line}/set-limit'),
    body: { own_limit: 0, ...because },
  },
  'POST /company/credit-lines/{id}/stop': {
    cells: '1 344 +344 +++3',
    path: on_credit('/company/credit-lines/{line}/stop'),
    body: because,
  },
  'POST /company/credit-lines/{id}/resume': {
    cells: '1 344 +344 +++3',
    path: on_credit('/company/credit-lines/{line}/resume'),
    body: because,
  },
  'GET /company/escrow': { cells: all_readers },
  'POST /company/escrow': {
    cells: '1 333 +333 +++3',
    body: { order_id: 'x', retailer: 'ayesha', wholesaler: 'bilal', amount: 5, ...because },
  },
  'GET /company/escrow/{id}': { cells: who_see_it, path: on_credit('/company/escrow/{held}') },
  'POST /company/escrow/{id}/cancel': {
    cells: '1 334 +334 +++3',
    path: on_credit('/company/escrow/{held}/cancel'),
    body: because,
  },
  'POST /company/escrow/{id}/withdraw-dispute': {
    cells: '1 +34 3+34 3333',
    path: on_credit('/company/escrow/{disputed}/withdraw-dispute'),
    body: because,
  },
  'POST /company/escrow/{id}/release': {
    cells: operators,
    path: on_credit('/company/escrow/{disputed}/release'),
    body: because,
  },
  'POST /company/escrow/{id}/refund': {
    cells: operators,
    path: on_credit('/company/escrow/{disputed}/refund'),
    body: because,
  },
  'POST /company/escrow/{id}/split': {
    cells: operators,
    path: on_credit('/company/escrow/{disputed}/split'),
    body: { to_company: 1, to_wholesaler: 9, ...because },
  },
  'POST /company/escrow/{id}/settle': {
    cells: '1 ++4 3++4 3333',
    path: on_credit('/company/escrow/{disputed}/settle'),
    body: { to_company: 1, to_wholesaler: 9, ...because },
  },
  'GET /company/escrow-repayments': { cells: all_readers },
  'GET /company/escrow-repayments/{id}': {
    cells: '1 +44 ++44 ++++',
    path: on_credit('/company/escrow-repayments/{repayment}'),
  },
  'POST /company/escrow-repayments/{id}/confirm': {
    cells: '1 344 +344 +++3',
    path: on_credit('/company/escrow-repayments/{repayment}/confirm'),
    body: { payment_reference: 'x', ...because },
  },
  'POST /company/escrow-repayments/{id}/reject': {
    cells: '1 344 +344 +++3',
    path: on_credit('/company/escrow-repayments/{repayment}/reject'),
    body: because,
  },
  'POST /company/escrow-repayments/{id}/withdraw': {
    cells: '1 +44 3+44 3333',
    path: on_credit('/company/escrow-repayments/{repayment}/withdraw'),
    body: because,
  },
  'GET /company/escrow-deductions': { cells: all_readers },
  'GET /company/escrow-deductions/{id}': {
    cells: '1 +44 ++44 ++++',
    path: on_credit('/company/escrow-deductions/{deduction}'),
  },
  'GET /retailer/escrow/summary': { cells: '1 +33 ++33 ++++', path: of_ayesha('summary') },
  'GET /retailer/escrow/transactions': { cells: '1 +33 ++33 ++++', path: of_ayesha('transactions') },
  // 403 and not 404, as the product's document asks.
  'GET /retailer/escrow/transactions/{id}': {
    cells: '1 +33 ++33 ++++',
    path: on_credit('/retailer/escrow/transactions/{held}'),
  },
  'GET /retailer/escrow/repayments': { cells: '1 +33 ++33 ++++', path: of_ayesha('repayments') },
  'POST /retailer/escrow/repayment': {
    cells: '1 +33 3+33 3333',
    path: of_ayesha('repayment'),
    body: { repayment_amount: 1, repayment_method: 'mobile_money', ...because },
  },
  'GET /retailer/escrow/auto-deduct-settings': {
    cells: '1 +33 ++33 ++++',
    path: of_ayesha('auto-deduct-settings'),
  },
  'PATCH /retailer/escrow/auto-deduct-settings': {
    cells: '1 +33 3+33 3333',
    path: of_ayesha('auto-deduct-settings'),
    body: { enabled: true, ...because },
  },
  'POST /retailer/escrow/dispute/{id}': {
    cells: '1 +34 3+34 +++3',
    path: on_credit('/retailer/escrow/dispute/{held}'),
    body: { dispute_reason: 'other', ...because },
  },
  'GET /wholesaler/escrow/pending-confirmations': {
    cells: '1 3+3 +3+3 ++++',
    path: () => '/wholesaler/escrow/pending-confirmations?wholesaler=bilal',
  },
  'GET /wholesaler/escrow/transactions': {
    cells: '1 3+3 +3+3 ++++',
    path: () => '/wholesaler/escrow/transactions?wholesaler=bilal',
  },
  'GET /wholesaler/escrow/summary': {
    cells: '1 3+3 +3+3 ++++',
    path: () => '/wholesaler/escrow/summary?wholesaler=bilal',
  },
  'POST /wholesaler/escrow/confirm-delivery/{id}': {
    cells: '1 ++4 3++4 +++3',
    path: on_credit('/wholesaler/escrow/confirm-delivery/{held}'),
    body: because,
  },
  'GET /admin/escrow-settings': { cells: keys_only },
  'PATCH /admin/escrow-settings': {
    cells: '1 333 3333 +333',
    body: { setting_key: 'auto_release_days', setting_value: 7, ...because },
  },
  'GET /admin/escrow-jobs': { cells: '1 333 3333 ++++' },
  'POST /admin/escrow-jobs/{job}/run': {
    cells: '1 333 3333 ++33',
    path: () => '/admin/escrow-jobs/auto-release/run',
    body: because,
  },

  // Bookings, their payments and receipts, the vendor's wallet
  'POST /bookings': {
    cells: creators,
    body: { couple: 'ayesha', vendor: 'bilal', currency: 'PKR', ...because },
  },
  'GET /bookings': { cells: all_readers },
  'GET /bookings/{id}': { cells: who_see_it, path: booked('paid') },
  'GET /bookings/{id}/receipts': { cells: who_see_it, path: booked('paid', '/receipts') },
  'POST /bookings/{id}/send-quote': {
    cells: seller_only,
    path: booked('paid', '/send-quote'),
    body: { price: 5, ...because },
  },
  'POST /bookings/{id}/decline': {
    cells: '1 ++4 3++4 3333',
    path: booked('paid', '/decline'),
    body: because,
  },
  'POST /bookings/{id}/pay': {
    cells: '1 +34 ++34 3333',
    path: booked('quoted', '/pay'),
    body: because,
  },
  'POST /bookings/{id}/pay-from-wallet': {
    cells: buyer_only,
    path: booked('paid', '/pay-from-wallet'),
    body: { amount_paid: 500, ...because },
  },
  'POST /bookings/{id}/mark-complete': {
    cells: '1 ++4 3++4 3333',
    path: booked('paid', '/mark-complete'),
    body: because,
  },
  'POST /bookings/{id}/unmark-complete': {
    cells: '1 ++4 3++4 3333',
    path: booked('paid', '/unmark-complete'),
    body: because,
  },
  'POST /bookings/{id}/cancel': { cells: '1 ++4 3++4 +++3', path: booked('paid', '/cancel'), body: because },
  'POST /bookings/{id}/cancel-unpaid': {
    cells: '1 ++4 3++4 +++3',
    path: booked('paid', '/cancel-unpaid'),
    body: because,
  },
  'POST /bookings/{id}/cancel-paid': {
    cells: '1 3+4 33+4 +++3',
    path: booked('paid', '/cancel-paid'),
    body: because,
  },
  'POST /bookings/{id}/cancel-together': {
    cells: '1 ++4 3++4 3333',
    path: booked('paid', '/cancel-together'),
    body: because,
  },
  'POST /bookings/{id}/dispute': {
    cells: '1 ++4 3++4 3333',
    path: booked('quoted', '/dispute'),
    body: { ...disputing, ...because },
  },
  'POST /bookings/{id}/withdraw-dispute': {
    cells: '1 ++4 3++4 3333',
    path: booked('disputed', '/withdraw-dispute'),
    body: because,
  },
  'POST /bookings/{id}/release': {
    cells: operators,
    path: booked('disputed', '/release'),
    body: because,
  },
  'POST /bookings/{id}/refund': { cells: operators, path: booked('disputed', '/refund'), body: because },
  'POST /bookings/{id}/split': {
    cells: operators,
    path: booked('disputed', '/split'),
    body: { to_couple: 1, to_vendor: 499, ...because },
  },
  'POST /bookings/{id}/settle': {
    cells: '1 ++4 3++4 3333',
    path: booked('disputed', '/settle'),
    body: { to_couple: 1, to_vendor: 499, ...because },
  },
  'GET /v1/receipts/{number}': { cells: who_see_it, path: receiptOfPaid },
  'POST /v1/payments': {
    cells: '1 +34 ++34 3333',
    get body() {
      return { booking: bookings.quoted, ...because }
    },
  },
  'GET /v1/payments': { cells: all_readers },
  'GET /v1/payments/{id}': { cells: who_see_it, path: begun() },
  'POST /v1/payments/{id}/settle': {
    cells: '1 334 +334 ++33',
    path: begun('/settle'),
    body: { ...arrived, ...because },
  },
  'POST /v1/payments/{id}/fail': { cells: '1 334 +334 ++33', path: begun('/fail'), body: because },
  'POST /v1/payments/{id}/set-aside': {
    cells: '1 334 +334 ++33',
    path: begun('/set-aside'),
    body: { because: 'not_awaited', suspense: 'sus_x', ...because },
  },

  // Money that nothing waits for, and money on its way back
  'POST /v1/suspense': { cells: resolvers, body: { ...seen, ...because } },
  'GET /v1/suspense': { cells: '1 444 3444 ++++' },
  'GET /v1/suspense/{id}': { cells: payer_sees_it, path: setAside() },
  'POST /v1/suspense/{suspense}/credit': {
    cells: resolvers,
    path: setAside('/credit'),
    body: { party: 'bilal', ...because },
  },
  ...onSuspense('refund'),
  ...onSuspense('refund-arrived'),
  ...onSuspense('refund-failed'),
  ...onSuspense('refunded-by-hand', { refund_reference: 'x' }),
  ...onSuspense('refund-returned'),
  'GET /v1/suspense-credits': { cells: all_readers },
  'GET /v1/suspense-credits/{id}': {
    cells: payer_sees_it,
    path: () => `/v1/suspense-credits/${aside.credit}`,
  },
  'GET /v1/refunds': { cells: all_readers },
  'GET /v1/refunds/{id}': { cells: payer_sees_it, path: () => `/v1/refunds/${aside.refund}` },
  ...onRefund('complete-by-hand', { refund_reference: 'x' }),
  ...onRefund('credit-by-hand'),
  ...onRefund('come-back'),
  'GET /api/wallet': { cells: '1 +++ 0+++ 0000', path: () => '/api/wallet?currency=PKR' },
  'GET /api/wallet/transactions': {
    cells: '1 +++ 0+++ 0000',
    path: () => '/api/wallet/transactions?currency=PKR',
  },
  'GET /api/wallet/export': { cells: '1 +++ 0+++ 0000', path: () => '/api/wallet/export?currency=PKR' },
  'GET /api/wallet/{vendor_id}': { cells: '1 +44 ++44 ++++', path: () => '/api/wallet/ayesha?currency=PKR' },
  'GET /api/wallet/{vendor_id}/transactions': {
    cells: '1 +44 ++44 ++++',
    path: () => '/api/wallet/ayesha/transactions?currency=PKR',
  },
  'GET /api/wallet/{vendor_id}/export': {
    cells: '1 +44 ++44 ++++',
    path: () => '/api/wallet/ayesha/export?currency=PKR',
  },

  // P2P
  'POST /p2p/ads': {
    cells: '1 +00 ++00 3333',
    body: { ...posting, maker: 'ayesha', payment_methods: ['bank_transfer'], ...because },
  },
  'GET /p2p/ads': { cells: all_readers },
  'GET /p2p/ads/{id}': { cells: all_readers, path: p2p('/p2p/ads/{ad}') },
  'POST /p2p/ads/{id}/pause': { cells: '1 +44 3+44 +++3', path: p2p('/p2p/ads/{ad}/pause'), body: because },
  'POST /p2p/ads/{id}/resume': { cells: '1 +44 3+44 +++3', path: p2p('/p2p/ads/{ad}/resume'), body: because },
  'POST /p2p/ads/{id}/close': { cells: '1 +44 3+44 +++3', path: p2p('/p2p/ads/{ad}/close'), body: because },
  'POST /p2p/orders': {
    cells: '1 00+ +00+ 3333',
    get body() {
      return { ad, quantity: 100_000, taker: 'eve', ...because }
    },
  },
  'GET /p2p/orders': { cells: all_readers },
  'GET /p2p/orders/{id}': { cells: who_see_it, path: p2p('/p2p/orders/{trade}') },
  'POST /p2p/orders/{id}/pay': {
    cells: seller_only,
    path: p2p('/p2p/orders/{trade}/pay'),
    body: { proof: { reference: 'x' }, ...because },
  },
  'POST /p2p/orders/{id}/undo-paid': {
    cells: '1 ++4 3++4 3333',
    path: p2p('/p2p/orders/{trade}/undo-paid'),
    body: because,
  },
  'POST /p2p/orders/{id}/confirm': {
    cells: buyer_only,
    path: p2p('/p2p/orders/{trade}/confirm'),
    body: because,
  },
  'POST /p2p/orders/{id}/cancel': {
    cells: '1 ++4 3++4 +++3',
    path: p2p('/p2p/orders/{trade}/cancel'),
    body: because,
  },
  'POST /p2p/orders/{id}/dispute': {
    cells: '1 ++4 3++4 +++3',
    path: p2p('/p2p/orders/{trade}/dispute'),
    body: { ...disputing, ...because },
  },
  'POST /p2p/orders/{id}/withdraw-dispute': {
    cells: '1 ++4 3++4 +++3',
    path: p2p('/p2p/orders/{trade}/withdraw-dispute'),
    body: because,
  },
  'POST /p2p/orders/{id}/release': {
    cells: operators,
    path: p2p('/p2p/orders/{trade}/release'),
    body: because,
  },
  'POST /p2p/orders/{id}/refund': {
    cells: operators,
    path: p2p('/p2p/orders/{trade}/refund'),
    body: because,
  },
  'POST /p2p/orders/{id}/split': {
    cells: operators,
    path: p2p('/p2p/orders/{trade}/split'),
    body: { to_payer: 1, to_payee: 1, ...because },
  },
  'POST /p2p/orders/{id}/settle': {
    cells: '1 ++4 3++4 3333',
    path: p2p('/p2p/orders/{trade}/settle'),
    body: { to_payer: 1, to_payee: 1, ...because },
  },
  'GET /p2p/orders/{id}/messages': { cells: who_see_it, path: p2p('/p2p/orders/{trade}/messages') },
  'POST /p2p/orders/{id}/messages': {
    cells: '1 ++4 3++4 +++3',
    path: p2p('/p2p/orders/{trade}/messages'),
    body: { text: 'x' },
  },
  'POST /p2p/payment-methods': { cells: '1 +++ 0+++ 0003', body: account },
  'GET /p2p/payment-methods': { cells: all_readers },
  'DELETE /p2p/payment-methods/{id}': {
    cells: '1 +44 0444 0003',
    path: () => `/p2p/payment-methods/${payment_method}`,
  },

  // Freelance projects and milestones.
  'POST /projects': { cells: creators, body: { ...people, ...because } },
  'GET /projects': { cells: all_readers },
  'GET /projects/{id}': { cells: who_see_it, path: () => `/projects/${project}` },
  'POST /projects/{id}/close': {
    cells: '1 +34 ++34 +++3',
    path: () => `/projects/${project}/close`,
    body: because,
  },
  'POST /projects/{project}/milestones': {
    cells: '1 +34 ++34 3333',
    path: () => `/projects/${project}/milestones`,
    body: { amount: 5, ...because },
  },
  'GET /projects/{project}/milestones': {
    cells: who_see_it,
    path: () => `/projects/${project}/milestones`,
  },
  'GET /milestone': { cells: all_readers },
  'GET /milestone/{id}': { cells: who_see_it, path: () => `/milestone/${milestone}` },
  'GET /milestone/{id}/transactions': {
    cells: who_see_it,
    path: () => `/milestone/${milestone}/transactions`,
  },
  'POST /escrow/fund/{id}': { cells: buyer_only, path: () => `/escrow/fund/${milestone}`, body: because },
  ...onMilestone('complete', seller_only),
  ...onMilestone('request-changes', buyer_only, { change_reason: 'x' }),
  ...onMilestone('release-part', buyer_only, { part: 1 }),
  ...onMilestone('approve', buyer_only),
  ...onMilestone('release-retained', '1 +34 3+34 +++3'),
  ...onMilestone('cancel', '1 ++4 3++4 +++3'),
  ...onMilestone('cancel-alone', buyer_only),
  ...onMilestone('cancel-together', both_sides),
  ...onMilestone('cancel-by-operator', operators),
  ...onMilestone('dispute', both_sides, disputing),
  ...onMilestone('withdraw-dispute', both_sides),
  ...onMilestone('release', operators),
  ...onMilestone('refund', operators),
  ...onMilestone('split', operators, { to_client: 1, to_developer: 4 }),
  ...onMilestone('settle', both_sides, { to_client: 1, to_developer: 4 }),
  'POST /admin/disputes/{id}/resolve': {
    cells: operators,
    path: () => `/admin/disputes/${milestone}/resolve`,
    body: { result: 'WIN_CLIENT', notes: 'x' },
  },

  'GET /v1/platform/accounts': { cells: '1 444 +444 ++++' },
  'GET /v1/events': { cells: keys_only },
  'POST /v1/fee-schedules': {
    cells: '1 333 3333 +333',
    body: { flow: 'marketplace-order', terms: {}, ...because },
  },
  'GET /v1/fee-schedules': { cells: keys_only },
}

/** What waits for several is taken back beside where it is given, by the same callers. */
const revoked = [
  'POST /orders/{id}/settle',
  'POST /company/escrow/{id}/settle',
  'POST /bookings/{id}/settle',
  'POST /bookings/{id}/mark-complete',
  'POST /bookings/{id}/cancel',
  'POST /bookings/{id}/cancel-together',
  'POST /p2p/orders/{id}/undo-paid',
  'POST /p2p/orders/{id}/settle',
  'POST /milestone/{id}/settle',
  'POST /milestone/{id}/cancel',
  'POST /milestone/{id}/cancel-together',
  'POST /v1/agreements/{id}/transitions/{transition}',
]
const rows: Readonly<Record<string, Row>> = {
  ...own_rows,
  ...Object.fromEntries(
    revoked.flatMap((route): [string, Row][] => {
      const row = own_rows[route]
      const path = row?.path
      return row && path
        ? [[`${route}/revoke`, { cells: row.cells, path: () => `${path()}/revoke`, body: because }]]
        : []
    }),
  ),
}

const statuses: Readonly<Record<string, readonly number[]>> = {
  '+': [200, 201, 409],
  '1': [401],
  '3': [403],
  '4': [404],
  '0': [400],
}

test('every route has a row, and every row a route', async () => {
  const { paths } = await engine.must(200, '/openapi.json', { key: null })
  const routes = Object.entries(paths as Record<string, Json>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(Object.keys(rows).toSorted()).toEqual(routes.toSorted())
})

test.each(Object.entries(rows))('%s', async (route, { cells, path, body = {}, form: sent = { body } }) => {
  const [method = '', pattern = ''] = route.split(' ')
  const expected = cells.replaceAll(' ', '').split('')
  expect(expected).toHaveLength(callers.length)
  const found: string[] = []
  for (const [i, caller] of callers.entries()) {
    const before = await contentsOf(engine.running.db)
    const asking = { ...who[caller], method, ...(method === 'GET' || method === 'DELETE' ? {} : sent) }
    // Where it may, it is only tried: the next caller finds what this one found.
    const dry =
      method === 'POST' &&
      /^\/(orders|company|wholesaler|retailer\/escrow\/dispute|p2p\/(ads|orders(?!.*messages))|v1\/agreements|v1\/wallets|v1\/withdrawals|admin\/withdrawals|api\/wallet|wallet-freezes|projects|milestone|escrow\/fund|admin\/disputes|v1\/disputes(?!.*evidence)|v1\/suspense|v1\/refunds|v1\/top-ups)/.test(
        pattern,
      )
        ? '?dry_run=true'
        : ''
    const { status } = await engine.ask(`${path?.() ?? pattern}${dry}`, asking)
    found.push(
      statuses[expected[i] ?? '']?.includes(status) ? `${caller} ${expected[i]}` : `${caller} ${status}`,
    )
    const changes = expected[i] === '+' && method !== 'GET' && dry === ''
    if (!changes) expect([caller, await contentsOf(engine.running.db)]).toEqual([caller, before])
  }
  expect(found).toEqual(callers.map((caller, i) => `${caller} ${expected[i]}`))
})

test.each(Object.entries(rows).filter(([route]) => route.startsWith('GET')))(
  'HEAD like %s',
  async (route, { cells, path }) => {
    const expected = cells.replaceAll(' ', '').split('')
    const found: number[] = []
    for (const caller of callers)
      found.push(
        (await engine.ask(path?.() ?? route.split(' ')[1] ?? '', { ...who[caller], method: 'HEAD' })).status,
      )
    expect(found.map((status, i) => statuses[expected[i] ?? '']?.includes(status))).toEqual(
      callers.map(() => true),
    )
  },
)

test.each(['wallet-top-up', 'wallet-freeze'])('nobody makes a %s by the general API', async (flow) => {
  const body = {
    flow,
    holder: 'eve',
    currency: 'PKR',
    ...(flow === 'wallet-top-up' ? { amount: 5 } : { direction: 'in' }),
    ...because,
  }
  for (const caller of callers) {
    const answer = await engine.ask('/v1/agreements', { ...who[caller], body })
    expect([caller, answer.status]).toEqual([
      caller,
      caller === 'nobody' ? 401 : caller === 'viewer' ? 403 : 400,
    ])
  }
})

test('a list shows a person its own, whatever it asks for', async () => {
  await engine.order({ buyer: 'chanda', seller: 'dilawar', amount: 7 })
  for (const caller of ['buyer', 'as_buyer'] as const) {
    for (const path of [
      '/orders',
      '/orders?party=chanda',
      '/v1/agreements',
      '/v1/agreements?party=chanda&flow=marketplace-order',
    ]) {
      const { data } = await engine.must(200, path, who[caller])
      expect(data.length).toBeGreaterThan(0)
      expect(JSON.stringify(data)).not.toContain('chanda')
    }
  }
  expect((await engine.must(200, '/orders', who.stranger))['data']).toEqual([])
})
