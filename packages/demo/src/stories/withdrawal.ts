/** Demo: the withdrawal of the service booking's document (product-docs/3-service-booking.md, steps 7 to 9), and how it comes back. */

import { outcome, pick, rowsOf, type Facts } from '../api.ts'
import { major } from '../major.ts'
import type { Agreement } from '../agreement.ts'
import { Agreement as Deal } from '../agreement.ts'
import type { Scene } from '../scene.ts'
import type { Story } from '../story.ts'

const currency = 'PHP'
const pesos = (units: bigint) => major(units, currency)
const fifty_thousand = pesos(50_000n)

export const withdrawal: Story = {
  name: 'withdrawal',
  says: 'The owner of a wallet takes money out of it; an operator approves, and it is paid outside.',
  chapters: [
    { title: 'Requested, processed, received, as the document tells it', tell: received },
    { title: 'The bank sends it back, weeks later', tell: returned },
    { title: 'Two at once, and what does not pass', tell: refused },
    { title: 'A large one takes two operators', tell: large },
  ],
}

async function received(scene: Scene): Promise<void> {
  const vendor = await scene.person('vendor', currency, fifty_thousand)
  await dashboard(scene, vendor, 'before', [50_000n, 0n, 0n])
  const payout = await request(scene, vendor, 5_000_000)
  const asked = await payout.deal.read(scene.api.as(vendor))
  scene.check('its number begins', 'WD-', String(asked['withdrawal_number']).slice(0, 3))
  scene.check(
    'method',
    ['gcash', '09171234567'],
    [asked['method'], pick(asked, 'account_details.mobile_number')],
  )
  scene.check('status', 'pending', asked['status'])
  await dashboard(scene, vendor, 'reserved at once', [0n, 50_000n, 0n])
  scene.check('a new number, approved at once', '409 limit_exceeded', await payout.attempt('approve'))
  await scene.advance(24)
  scene.check('24 h later', 'processing', pick(await payout.take('approve'), 'status'))
  const paid = await payout.take('mark-paid', { payout_reference: `GCASH-${payout.deal.id}` })
  scene.check('paid', 'completed', paid['status'])
  scene.quiet('processed_at', true, typeof paid['processed_at'] === 'string')
  await dashboard(scene, vendor, 'received', [0n, 0n, 50_000n])
  const told = await scene.did('notifications', scene.api.as(vendor).get('/v1/notifications?limit=1'))
  scene.check('the vendor is told', 'Your withdrawal has been paid out', rowsOf(told)[0]?.['says'])
}

async function returned(scene: Scene): Promise<void> {
  const vendor = await scene.person('vendor', currency, fifty_thousand)
  const payout = await request(scene, vendor, 5_000_000)
  await scene.advance(24)
  await payout.take('approve')
  await payout.take('mark-paid', { payout_reference: `GCASH-${payout.deal.id}` })
  await scene.advance(21 * 24)
  scene.check('three weeks later', 'returned', pick(await payout.take('mark-returned'), 'status'))
  await dashboard(scene, vendor, 'it is back', [50_000n, 0n, 0n])
  scene.check('once', '409 transition_not_open', await payout.attempt('mark-returned'))
}

async function refused(scene: Scene): Promise<void> {
  const vendor = await scene.person('vendor', currency, fifty_thousand)
  const caller = scene.api.as(vendor)
  const ask = (body: Facts) =>
    caller.post(`/api/wallet/${vendor}/withdraw`, { ...bodyOf(5_000_000), ...body })
  const both = (await Promise.all([ask({}), ask({})])).map(outcome)
  scene.check('the same balance twice', ['201', '409 insufficient_funds'], both.toSorted())
  const wrong = { account_details: { mobile_number: '0917123456' } }
  scene.check('a digit short', '400 invalid_request', outcome(await ask(wrong)))
  scene.check('below the minimum', '409 limit_exceeded', outcome(await ask({ amount: 9_999 })))
  const { text } = await scene.did('list', caller.get(`/api/wallet/${vendor}/withdrawals`))
  const { data }: { data: readonly { id: string }[] } = JSON.parse(text)
  scene.check('withdrawals there are', 1, data.length)
  await scene.did('cancel', caller.post(`/v1/withdrawals/${data[0]?.id}/cancel`))
  await dashboard(scene, vendor, 'taken back', [50_000n, 0n, 0n])
}

async function large(scene: Scene): Promise<void> {
  const vendor = await scene.person('vendor', currency, pesos(300_000n))
  const payout = await request(scene, vendor, 30_000_000)
  await scene.advance(24)
  const first = await payout.take('approve')
  scene.check('the first operator', ['pending', ['operator']], [first['status'], first['waiting_for']])
  scene.check('the same one again', '409 transition_not_open', await payout.attempt('approve'))
  await payout.take('reject', { note: 'We call you first' })
  await dashboard(scene, vendor, 'rejected', [300_000n, 0n, 0n])
}

interface Payout {
  readonly deal: Agreement
  readonly take: (decision: string, body?: Facts) => Promise<Facts>
  readonly attempt: (decision: string) => Promise<string>
}

async function request(scene: Scene, vendor: string, amount: number): Promise<Payout> {
  const asked = scene.api.as(vendor).post(`/api/wallet/${vendor}/withdraw`, bodyOf(amount))
  const { body } = await scene.did('withdraw', asked, 201)
  const id = String(body['id'])
  const decided = new Deal(scene, '/admin/withdrawals', id)
  const because = { reason: 'Checked by phone' }
  return {
    deal: new Deal(scene, '/v1/withdrawals', id),
    take: (decision, more = {}) => decided.take(scene.api.operator, decision, { ...because, ...more }),
    attempt: (decision) => decided.attempt(scene.api.operator, decision, because),
  }
}

function bodyOf(amount: number): Facts {
  return { amount, currency, method: 'gcash', account_details: { mobile_number: '09171234567' } }
}

/** Available, reserved and withdrawn, in whole units. */
async function dashboard(
  scene: Scene,
  vendor: string,
  when: string,
  [available, reserved, withdrawn]: readonly [bigint, bigint, bigint],
): Promise<void> {
  const { body } = await scene.did('wallet', scene.api.as(vendor).get(`/v1/wallets/${vendor}/${currency}`))
  scene.amount(`${when}: available`, currency, pesos(available), body['available'])
  scene.amount(`${when}: reserved`, currency, pesos(reserved), body['payout'])
  scene.amount(`${when}: withdrawn`, currency, pesos(withdrawn), body['withdrawn'])
}
