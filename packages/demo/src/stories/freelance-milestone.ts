/** Demo: the freelance milestone, in the numbers of its document (product-docs/4-freelance-milestone.md). */

import { Agreement } from '../agreement.ts'
import { outcome, pick, rowsOf, type Facts } from '../api.ts'
import { netOf } from '../log.ts'
import type { Scene } from '../scene.ts'
import type { Story } from '../story.ts'

const currency = 'VND'
const price = 100_000_000n
const body_price = 100_000_000
const million = (units: bigint) => units * 1_000_000n
const day_h = 24

export const freelanceMilestone: Story = {
  name: 'freelance-milestone',
  says: 'A client puts 100,000,000 VND into escrow; developer, broker and platform have 85, 10 and 5 % of it.',
  chapters: [
    { title: 'The milestone, as its document tells it', tell: theMilestone },
    { title: 'Released in three parts: the shares of the parts are those of the whole', tell: inParts },
    { title: 'A dispute: the operator decides SPLIT', tell: split },
    { title: 'The client is silent for 7 days', tell: silence },
    { title: '10 % is retained for 30 days', tell: retained },
    { title: 'Another fee, for later projects only', tell: anotherFee },
  ],
}

interface Studio {
  /** What a project is made from. */
  readonly people: Facts
  readonly client: string
  readonly developer: string
  readonly broker: string
  readonly project: Agreement
  readonly milestone: (amount?: number) => Promise<Agreement>
}

/** A project of three people, whose client has the price of one milestone. */
async function openStudio(scene: Scene, terms: Facts = {}): Promise<Studio> {
  const client = await scene.person('client', currency, price)
  const [developer, broker] = ['developer', 'broker'].map((role) => client.replace('client', role)) as [
    string,
    string,
  ]
  const people = { developer, broker, currency, title: 'A shop', terms }
  const project = await scene.create(scene.api.as(client), '/projects', people)
  const milestone = async (amount = body_price) => {
    const made = await scene.create(scene.api.as(client), `${project.path}/milestones`, {
      amount,
      title: 'The checkout',
    })
    return new Agreement(scene, '/milestone', made.id)
  }
  return { people, client, developer, broker, project, milestone }
}

async function fund(scene: Scene, { client }: Studio, milestone: Agreement): Promise<Facts> {
  const { body } = await scene.did('fund', scene.api.as(client).post(`/escrow/fund/${milestone.id}`))
  return body
}

async function funded(scene: Scene, studio: Studio): Promise<Agreement> {
  const milestone = await studio.milestone()
  await fund(scene, studio, milestone)
  return milestone
}

function boardOf(scene: Scene, { client, developer, broker }: Studio): ReturnType<Scene['board']> {
  return scene.board(currency, { Client: client, Developer: developer, Broker: broker })
}

/** What the client has available and frozen, then what developer and broker have available. */
function row(
  board: ReturnType<Scene['board']>,
  label: string,
  [available, frozen]: readonly [bigint, bigint],
  developer: bigint,
  broker: bigint,
): Promise<void> {
  return board.row(
    label,
    [available + frozen, available, frozen],
    [developer, developer, 0n],
    [broker, broker, 0n],
  )
}

async function revenue(milestone: Agreement): Promise<number> {
  return Number(netOf(await milestone.events(), currency, 'platform.revenue'))
}

/** Its rows as the document writes them: type, and minor units with their sign. */
async function transactions(
  scene: Scene,
  milestone: Agreement,
  expected: readonly (readonly [string, string, number])[],
): Promise<void> {
  const answer = await scene.did('transactions', scene.api.service.get(`${milestone.path}/transactions`))
  const rows = rowsOf(answer).map((one) => [one['type'], one['wallet_id'], one['amount']])
  scene.quiet('rows', expected.length, rows.length)
  for (const [i, wanted] of expected.entries()) scene.check(`transaction ${i + 1}`, [...wanted], rows[i])
}

async function theMilestone(scene: Scene): Promise<void> {
  const studio = await openStudio(scene)
  const { client, developer, broker } = studio
  const board = boardOf(scene, studio)
  await row(board, 'before', [price, 0n], 0n, 0n)
  const milestone = await studio.milestone()
  const pending = await milestone.read(scene.api.as(developer))
  const held = await fund(scene, studio, milestone)
  await row(board, 'funded', [0n, price], 0n, 0n)
  scene.check(
    'approved too early',
    '409 transition_not_open',
    await milestone.attempt(scene.api.as(client), 'approve'),
  )
  const done = await milestone.take(scene.api.as(developer), 'complete')
  scene.check(
    'the developer approves',
    '403 not_your_transition',
    await milestone.attempt(scene.api.as(developer), 'approve'),
  )
  scene.check(
    'a stranger reads',
    '404 not_found',
    outcome(await scene.api.as('stranger').get(milestone.path)),
  )
  const paid = await milestone.take(scene.api.as(client), 'approve')
  await row(board, 'approved', [0n, 0n], million(85n), million(10n))
  scene.amount('platform fee', currency, million(5n), await revenue(milestone))
  const told = [pending, held, done, paid]
  scene.check(
    'milestone',
    ['PENDING', 'FUNDED', 'COMPLETED', 'PAID'],
    told.map((one) => one['status']),
  )
  scene.check(
    'escrow',
    ['PENDING', 'FUNDED', 'FUNDED', 'RELEASED'],
    told.map((one) => pick(one, 'escrow.status')),
  )
  const shares = ['developer', 'broker', 'platform'].map((who) => pick(paid, `escrow.${who}_percentage`))
  scene.check('percentages, frozen', [85, 10, 5], shares)
  scene.check(
    'client_approved',
    [false, true],
    [pick(done, 'escrow.client_approved'), pick(paid, 'escrow.client_approved')],
  )
  const { body: wallet } = await scene.did(
    'wallet',
    scene.api.as(client).get(`/v1/wallets/${client}/${currency}`),
  )
  scene.amount('total spent by the client', currency, price, wallet['spent'])
  await transactions(scene, milestone, [
    ['ESCROW_HOLD', `${client}/VND`, -100_000_000],
    ['ESCROW_RELEASE', `${developer}/VND`, 85_000_000],
    ['ESCROW_RELEASE', `${broker}/VND`, 10_000_000],
    ['FEE_DEDUCTION', 'platform/VND', 5_000_000],
  ])
}

async function inParts(scene: Scene): Promise<void> {
  const studio = await openStudio(scene)
  const { client, developer } = studio
  const board = boardOf(scene, studio)
  const milestone = await funded(scene, studio)
  await milestone.take(scene.api.as(client), 'release-part', { part: 30_000_000 })
  await row(board, 'a part of 30,000,000', [0n, million(70n)], 25_500_000n, million(3n))
  scene.check(
    'a part above what is held',
    '409 insufficient_funds',
    await milestone.attempt(scene.api.as(client), 'release-part', { part: 70_000_001 }),
  )
  await milestone.take(scene.api.as(client), 'release-part', { part: 33_333_333 })
  await row(board, 'a part of 33,333,333', [0n, 36_666_667n], 53_833_333n, 6_333_333n)
  await milestone.take(scene.api.as(developer), 'complete')
  const paid = await milestone.take(scene.api.as(client), 'approve')
  await row(board, 'the rest, approved', [0n, 0n], million(85n), million(10n))
  scene.amount('platform fee', currency, million(5n), await revenue(milestone))
  scene.check('escrow', 'RELEASED', pick(paid, 'escrow.status'))
}

async function split(scene: Scene): Promise<void> {
  const studio = await openStudio(scene)
  const { client, developer } = studio
  const board = boardOf(scene, studio)
  const milestone = await funded(scene, studio)
  await milestone.take(scene.api.as(developer), 'complete')
  await milestone.take(scene.api.as(client), 'dispute', {
    dispute_reason: 'not_as_agreed',
    dispute_text: 'Paying by card is missing',
  })
  await scene.advance(10 * day_h)
  await row(board, '10 days later, disputed', [0n, price], 0n, 0n)
  const path = `/admin/disputes/${milestone.id}/resolve`
  const decision = { result: 'SPLIT', client_percentage: 40, notes: 'Three of five pages are there' }
  scene.check(
    'decided by the client',
    '403 not_your_transition',
    outcome(await scene.api.as(client).post(path, decision)),
  )
  scene.check(
    '33.333 %',
    '400 invalid_request',
    outcome(await scene.api.operator.post(path, { ...decision, client_percentage: 33.333 })),
  )
  const { body: decided } = await scene.did('SPLIT', scene.api.operator.post(path, decision))
  await row(board, '40 % to the client', [million(40n), 0n], million(51n), million(6n))
  scene.amount('platform fee', currency, million(3n), await revenue(milestone))
  scene.check('milestone, money', ['PAID', 'split'], [decided['status'], decided['money']])
  scene.check(
    'decided again',
    '409 transition_not_open',
    outcome(await scene.api.operator.post(path, decision)),
  )
}

async function silence(scene: Scene): Promise<void> {
  const studio = await openStudio(scene)
  const { client, developer } = studio
  const board = boardOf(scene, studio)
  const milestone = await funded(scene, studio)
  await milestone.take(scene.api.as(developer), 'complete')
  await scene.advance(5 * day_h)
  const reminder = (await milestone.events()).at(-1)
  scene.check('5 days later', ['reminder', 'approve_unanswered'], [reminder?.kind, reminder?.transition])
  scene.check('it tells', ['client'], reminder?.tells)
  await row(board, 'reminded', [0n, price], 0n, 0n)
  await scene.advance(2 * day_h)
  await row(board, '2 days after that', [0n, 0n], million(85n), million(10n))
  const paid = await milestone.read(scene.api.as(client))
  scene.check(
    'milestone, approved by the client',
    ['PAID', false],
    [paid['status'], pick(paid, 'escrow.client_approved')],
  )
}

async function retained(scene: Scene): Promise<void> {
  const studio = await openStudio(scene, { retention: '10%' })
  const { client, developer } = studio
  const board = boardOf(scene, studio)
  const milestone = await funded(scene, studio)
  await milestone.take(scene.api.as(developer), 'complete')
  await milestone.take(scene.api.as(client), 'approve')
  await row(board, 'approved', [0n, million(10n)], 76_500_000n, million(9n))
  await scene.advance(30 * day_h)
  await row(board, '30 days later', [0n, 0n], million(85n), million(10n))
  scene.amount('platform fee', currency, million(5n), await revenue(milestone))
}

async function anotherFee(scene: Scene): Promise<void> {
  const studio = await openStudio(scene)
  const publish = (platform_share: string, broker_share: string) =>
    scene.did(
      'fee schedule',
      scene.api.operator.post('/v1/fee-schedules', {
        flow: 'freelance-project',
        terms: { platform_share, broker_share },
        reason: 'Price list',
      }),
      201,
    )
  await publish('8%', '2.5%')
  const old = await studio.milestone()
  const fresh = await scene.create(scene.api.as(studio.client), '/projects', studio.people)
  await publish('5%', '10%')
  const [before, after] = [await old.read(scene.api.service), await fresh.read(scene.api.service)]
  scene.check('shares of a new milestone, old project', ['5%', '10%'], sharesOf(before))
  scene.check('shares of a new project', ['8%', '2.5%'], sharesOf(after))
  await fund(scene, studio, old)
  await old.take(scene.api.as(studio.developer), 'complete')
  await old.take(scene.api.as(studio.client), 'approve')
  scene.amount('platform fee', currency, million(5n), await revenue(old))
}

function sharesOf(agreement: Facts): unknown[] {
  return ['terms.platform_share', 'terms.broker_share'].map((path) => pick(agreement, path))
}
