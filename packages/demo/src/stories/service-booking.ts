/** Demo: the service booking and the vendor's wallet, in the numbers of their document (product-docs/3-service-booking.md). */

import { Agreement } from '../agreement.ts'
import { outcome, pick, rowsOf, type Facts } from '../api.ts'
import { compareAmount } from '../check.ts'
import { display } from '@holdfast/kernel/money/amount.ts'
import { major } from '../major.ts'
import type { Scene } from '../scene.ts'
import type { Story } from '../story.ts'

const currency = 'PHP'
const pesos = (units: bigint) => major(units, currency)
/** ₱50,000.00 in centavos. */
const price = 5_000_000
/** Providers are asked again and again, so that nothing depends on whether their events come in. */
const told_within_hours = 1
const disputing = { dispute_reason: 'not_as_agreed', dispute_text: 'Half of the pictures are missing' }

export const serviceBooking: Story = {
  name: 'service-booking',
  says: 'A vendor quotes, the couple pays, and the vendor has the money when both say that the service was done.',
  chapters: [
    { title: 'From the booking to the money in GCash, as the document tells it', tell: theBooking },
    { title: 'The balances of a vendor with several bookings', tell: theBalances },
    { title: 'A deposit, the rest from the wallet, and the vendor cancels', tell: cancelled },
    { title: 'The couple is silent for 14 days, and the two agree', tell: silent },
    { title: 'What a provider may say twice, wrongly, or too late', tell: provider },
  ],
}

async function theBooking(scene: Scene): Promise<void> {
  const { couple, vendor, booking } = await quoted(scene, price)
  scene.check('quote_sent', 'quote_sent', (await booking.read(scene.api.as(couple)))['state'])
  const begun = await checkout(scene, couple, booking)
  scene.check('begun, nothing moves', 'quote_sent', (await booking.read(scene.api.as(vendor)))['state'])
  scene.check('its page is', 'paymongo', begun['provider'])
  await payThere(scene, begun)
  scene.check('the provider says paid', 'fully_paid', (await booking.read(scene.api.as(vendor)))['state'])
  const receipts = await receiptsOf(scene, couple, booking)
  scene.quiet(
    'its number is like WB-2025-000123',
    true,
    /^WB-\d{4}-\d{6}$/.test(String(receipts[0]?.['receipt_number'])),
  )
  scene.check('receipt', currency, receipts[0]?.['currency'])
  scene.amount('amount_paid', currency, pesos(50_000n), receipts[0]?.['amount_paid'])
  await dashboard(scene, vendor, 'pending', [0n, 0n, 50_000n, 0n])

  const half = await booking.take(scene.api.as(vendor), 'mark-complete')
  scene.check('vendor says done, waits', ['couple'], half['waiting_for'])
  scene.check(
    'again',
    '409 transition_not_open',
    await booking.attempt(scene.api.as(vendor), 'mark-complete'),
  )
  await dashboard(scene, vendor, 'still pending', [0n, 0n, 50_000n, 0n])
  const done = await booking.take(scene.api.as(couple), 'mark-complete')
  scene.check('the couple says done', ['completed', true], [done['state'], done['fully_completed']])
  scene.check('vendor_, couple_completed', [true, true], [done['vendor_completed'], done['couple_completed']])
  await dashboard(scene, vendor, 'available', [50_000n, 50_000n, 0n, 0n])

  const withdrawal = await withdraw(scene, vendor)
  await dashboard(scene, vendor, 'requested: reserved', [50_000n, 0n, 0n, 0n], 50_000n)
  await scene.advance(24)
  const approval = { pay_by: 'provider', reason: 'Identity seen' }
  await withdrawal.take(scene.api.operator, 'approve', approval)
  await scene.advance(told_within_hours)
  scene.check('transfers on their way', 1, await scene.outside.banksPay())
  await scene.advance(told_within_hours)
  const reading = scene.api.as(vendor).get(`/v1/withdrawals/${withdrawal.id}`)
  const { body: paid } = await scene.did('read', reading)
  scene.check('paid out by GCash', 'completed', paid['status'])
  scene.quiet('with the reference of the provider', 'string', typeof paid['payout_reference'])
  await dashboard(scene, vendor, 'withdrawn', [50_000n, 0n, 0n, 50_000n])
}

async function theBalances(scene: Scene): Promise<void> {
  const vendor = scene.name('vendor')
  const complete = async (units: number) => {
    const { couple, booking } = await paid(scene, units, vendor)
    for (const who of [couple, vendor]) await booking.take(scene.api.as(who), 'mark-complete')
  }
  await complete(20_000_000)
  await complete(30_000_000)
  const waiting = [await paid(scene, 10_000_000, vendor), await paid(scene, price, vendor)]
  await dashboard(scene, vendor, 'earned to withdrawn', [500_000n, 500_000n, 150_000n, 0n])
  const earned = await scene.did('earned', scene.api.as(vendor).get('/api/wallet/transactions?code=EARNING'))
  scene.check(
    'transactions',
    ['Earning', 'Earning'],
    rowsOf(earned).map(({ type }) => type),
  )
  for (const { booking } of waiting) await booking.take(scene.api.as(vendor), 'cancel')
  await dashboard(scene, vendor, 'two are cancelled', [500_000n, 500_000n, 0n, 0n])
}

async function cancelled(scene: Scene): Promise<void> {
  const vendor = scene.name('vendor')
  const couple = await scene.person('couple', currency, pesos(35_000n))
  const { booking } = await quoted(scene, price, vendor, couple, 1_500_000)
  const board = scene.board(currency, { Couple: couple })
  await payThere(scene, await checkout(scene, couple, booking))
  scene.check('a deposit of 15,000', 'deposit_paid', (await booking.read(scene.api.as(couple)))['state'])
  const rest = await booking.take(scene.api.as(couple), 'pay', { method: 'wallet' })
  scene.check('the rest from the wallet', 'fully_paid', rest['state'])
  scene.check('receipts', 2, (await receiptsOf(scene, couple, booking)).length)
  await board.row('all of it is held', [50_000n, 0n, 50_000n])
  const asked = await booking.take(scene.api.as(couple), 'cancel')
  scene.check('couple cancels, waits for', ['vendor'], asked['waiting_for'])
  const over = await booking.take(scene.api.as(vendor), 'cancel')
  scene.check('the vendor cancels', ['refunded', 'refunded'], [over['state'], over['money']])
  await board.row('the rest by the provider', [35_000n, 35_000n, 0n])
  await scene.advance(told_within_hours)
  const refund = await refundOf(scene, couple)
  scene.check('back to GCash', 'completed', refund['status'])
  scene.amount('amount', currency, pesos(15_000n), refund['amount'])
  await dashboard(scene, vendor, 'the vendor', [0n, 0n, 0n, 0n])
}

async function silent(scene: Scene): Promise<void> {
  const { couple, vendor, booking } = await paid(scene, price)
  await booking.take(scene.api.as(vendor), 'mark-complete')
  await scene.advance(13 * 24)
  scene.check('13 days later', 'fully_paid', (await booking.read(scene.api.as(vendor)))['state'])
  await scene.advance(24)
  scene.check('14 days later', 'disputed', (await booking.read(scene.api.as(vendor)))['state'])
  await dashboard(scene, vendor, 'silence pays nobody', [0n, 0n, 50_000n, 0n])
  const parts = { to_couple: 1_000_000, to_vendor: 4_000_000 }
  const offer = await booking.take(scene.api.as(couple), 'settle', parts)
  scene.check('the couple offers 40,000', ['vendor'], offer['waiting_for'])
  const agreed = await booking.take(scene.api.as(vendor), 'settle', parts)
  scene.check('the vendor agrees', ['completed', 'split'], [agreed['state'], agreed['money']])
  await dashboard(scene, vendor, 'divided', [40_000n, 40_000n, 0n, 0n])
  scene.check(
    'too late to dispute',
    '409 transition_not_open',
    await booking.attempt(scene.api.as(couple), 'dispute', disputing),
  )
}

async function provider(scene: Scene): Promise<void> {
  const { couple, vendor, booking } = await quoted(scene, price)
  const begun = await checkout(scene, couple, booking)
  const path = `/v1/payments/${String(begun['id'])}/settle`
  const said = { amount_paid: price, currency, provider_reference: `demo-${String(begun['id'])}` }
  const say = async (facts: Facts) => outcome(await scene.api.service.post(path, { ...said, ...facts }))
  scene.check('pesos taken for centavos', '409 amount_mismatch', await say({ amount_paid: 50_000 }))
  scene.check('another currency', '409 currency_mismatch', await say({ currency: 'USD' }))
  await dashboard(scene, vendor, 'nothing moved', [0n, 0n, 0n, 0n])
  const twice = await Promise.all([say({}), say({})])
  scene.check('said twice at once', ['200', '409 transition_not_open'], twice.toSorted())
  scene.check('receipts', 1, (await receiptsOf(scene, couple, booking)).length)
  scene.check('paying again', '409 transition_not_open', await booking.attempt(scene.api.as(couple), 'pay'))
  await booking.take(scene.api.as(couple), 'dispute', disputing)
  const refunded = await booking.take(scene.api.operator, 'refund', { reason: 'The vendor did not come' })
  scene.check('an operator refunds', ['refunded', 0], [refunded['state'], refunded['held']])
  await dashboard(scene, vendor, 'nothing is left', [0n, 0n, 0n, 0n])
}

interface Wedding {
  readonly couple: string
  readonly vendor: string
  readonly booking: Agreement
}

async function quoted(
  scene: Scene,
  units: number,
  vendor = scene.name('vendor'),
  couple = scene.name('couple'),
  deposit = 0,
): Promise<Wedding> {
  const asked = { vendor, currency, service_name: 'Photography' }
  const booking = await scene.create(scene.api.as(couple), '/bookings', asked)
  await booking.take(scene.api.as(vendor), 'send-quote', {
    price: units,
    ...(deposit > 0 ? { deposit } : {}),
  })
  return { couple, vendor, booking }
}

async function paid(scene: Scene, units: number, vendor?: string): Promise<Wedding> {
  const wedding = await quoted(scene, units, vendor)
  await payThere(scene, await checkout(scene, wedding.couple, wedding.booking))
  return wedding
}

async function checkout(scene: Scene, couple: string, booking: Agreement): Promise<Facts> {
  const { body } = await scene.did(
    'pay',
    scene.api.as(couple).post(`${booking.path}/pay`, { method: 'checkout' }),
    201,
  )
  return body
}

/** With GCash at the provider's page; its word is heard before the clock has gone on so far. */
async function payThere(scene: Scene, begun: Facts): Promise<void> {
  await scene.outside.pays(begun['checkout_url'])
  await scene.advance(told_within_hours)
}

/** The only one of this couple: opened for the provider, by whom the money goes back. */
async function refundOf(scene: Scene, couple: string): Promise<Facts> {
  const opened = (await scene.log()).find(
    ({ agreement, parties }) => agreement.startsWith('rfd_') && parties['payer'] === couple,
  )
  const { body } = await scene.did('refund', scene.api.as(couple).get(`/v1/refunds/${opened?.agreement}`))
  return body
}

async function receiptsOf(scene: Scene, couple: string, booking: Agreement): Promise<readonly Facts[]> {
  return rowsOf(await scene.did('receipts', scene.api.as(couple).get(`${booking.path}/receipts`)))
}

async function withdraw(scene: Scene, vendor: string): Promise<Agreement> {
  const account_details = { mobile_number: '09171234567' }
  const body = { amount: price, currency, method: 'gcash', account_details }
  const asked = scene.api.as(vendor).post(`/api/wallet/${vendor}/withdraw`, body)
  const { body: made } = await scene.did('withdraw', asked, 201)
  scene.check('withdrawal', 'pending', made['status'])
  return new Agreement(scene, '/admin/withdrawals', String(made['id']))
}

/** Earned, available, pending and withdrawn, in whole pesos: as integers, and as the page shows them. */
async function dashboard(
  scene: Scene,
  vendor: string,
  what: string,
  [earned, available, pending, withdrawn]: readonly [bigint, bigint, bigint, bigint],
  reserved = 0n,
): Promise<void> {
  const { body } = await scene.did('wallet', scene.api.as(vendor).get(`/api/wallet?currency=${currency}`))
  const expected = {
    total_earnings: pesos(earned),
    available_balance: pesos(available),
    pending_balance: pesos(pending),
    withdrawn_amount: pesos(withdrawn),
    reserved: pesos(reserved),
  }
  for (const [name, amount] of Object.entries(expected))
    scene.keep(compareAmount(`${what}: ${name}`, currency, amount, body[name]), false)
  const { reserved: _reserved, ...columns } = expected
  scene.check(
    what,
    Object.values(columns).map((amount) => display(amount, currency)),
    Object.keys(columns).map((name) => pick(body, `display.${name}`)),
  )
}
