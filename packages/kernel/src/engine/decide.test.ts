/** Engine: what each ask of a batch comes to, row by row: refusals, repeats, marks, the clock, and batches that conflict. */

import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { workshop } from '../../test/simulation/workshop.ts'
import {
  accepted,
  ana,
  ben,
  clock,
  operator,
  person,
  service,
  start_ms,
  Town,
} from '../../test/walkthrough.ts'
import { derivedId, newId } from '../ids.ts'
import type { ProblemCode } from '../problem.ts'
import { order } from '../../test/specimens/marketplace-order.ts'
import { walletFreeze } from '../../test/specimens/wallet-freeze.ts'
import { walletTopUp } from '../../test/specimens/wallet-top-up.ts'
import type { Ask } from './ask.ts'
import { decide } from './decide.ts'
import { flowRegistryOf } from './product.ts'
import { timer_retry_ms_min } from './retry-timer.ts'

const products = [order, workshop, { flow: walletFreeze }, { flow: walletTopUp }]
const registry = flowRegistryOf(products)
const hour_ms = 3_600_000
const day_ms = 24 * hour_ms

/** Ana has 1,000.00 and has funded a workshop of 100.01 by ben. */
function funded(): Town {
  const town = affordable()
  town.go('fund', ana)
  return town
}

function affordable(): Town {
  const town = new Town(products, 'workshop')
  town.take(town.create('wallet-top-up', { amount: 100_000n }, { holder: 'ana' }))
  const made = town.take(town.create('workshop', { price: 10_001n }, { client: 'ana', maker: 'ben' }))
  town.agreement = accepted(made.verdicts[0]).agreement
  return town
}

describe('a refused ask says why, and changes nothing', () => {
  const people = { client: 'ana', maker: 'ben' }
  const price = { price: 10n }
  test.each<[string, (town: Town) => Ask, ProblemCode, object]>([
    [
      'a flow that is not in the box',
      (t) => ({ ...t.create('workshop', price, people), flow: 'raffle' }),
      'not_found',
      { what: 'flow' },
    ],
    [
      'no such transition',
      (t) => t.ask('explode', ana),
      'not_found',
      { what: 'transition', transition: 'explode' },
    ],
    [
      'no such agreement',
      (t) => t.ask('drop', ben, { agreement: derivedId(t.agreement?.id ?? '', 9) }),
      'not_found',
      { what: 'agreement' },
    ],
    [
      'the agreement of another flow',
      (t) => t.ask('drop', ben, { flow: 'marketplace-order' }),
      'not_found',
      { what: 'agreement' },
    ],
    ['the agreement of others', (t) => t.ask('drop', person('zoe')), 'not_found', { what: 'agreement' }],
    [
      'a service for a stranger',
      (t) => t.ask('drop', { ...service, party: 'zoe' }),
      'not_found',
      { what: 'agreement' },
    ],
    ['a party called platform', (t) => t.ask('drop', person('platform')), 'not_found', { what: 'agreement' }],
    [
      'the other side',
      (t) => t.ask('drop', ana),
      'not_your_transition',
      { by: ['maker', 'operator'], you_are: 'client' },
    ],
    ['the service by itself', (t) => t.ask('drop', service), 'not_your_transition', { you_are: 'service' }],
    ['a person for the clock', (t) => t.ask('approve_unanswered', ana), 'not_your_transition', { by: [] }],
    ['the clock for a person', (t) => t.ask('drop', clock), 'not_your_transition', { you_are: 'clock' }],
    [
      'a stranger creates',
      (t) => ({ ...t.create('workshop', price, people), actor: person('zoe') }),
      'not_your_transition',
      { you_are: '' },
    ],
    [
      'another state',
      (t) => t.ask('fund', ana),
      'transition_not_open',
      { state: 'funded', money: 'held', reason: 'only from affordable or dear; it is funded' },
    ],
    [
      'creating by another transition',
      (t) => ({ ...t.create('workshop', price, people), transition: 'fund', actor: ana }),
      'transition_not_open',
      { state: '[*]' },
    ],
    [
      'a timer that is not due',
      (t) => t.ask('approve_unanswered', clock, { kind: 'timer' }),
      'transition_not_open',
      { reason: 'the clock does not wait for this' },
    ],
    [
      'a job with nothing to post',
      (t) => t.ask('approve', clock, { kind: 'later' }),
      'transition_not_open',
      { reason: 'nothing is left to post' },
    ],
    [
      'taking back what was not said',
      (t) => t.ask('unfinish', ana),
      'transition_not_open',
      { reason: 'you have not said so' },
    ],
    [
      'an operator without a reason',
      (t) => t.ask('drop', operator, { reason: null }),
      'invalid_request',
      { pointer: '/reason' },
    ],
    [
      'more than is held',
      (t) => t.ask('give_back_part', ben, { input: { part: 10_003n } }),
      'insufficient_funds',
      { account: 'ana.held', short_by: 2 },
    ],
    [
      'a missing party',
      (t) => t.create('workshop', price, { client: 'ana' }),
      'invalid_request',
      { pointer: '/maker' },
    ],
    [
      'a party that nobody knows',
      (t) => t.create('workshop', price, { ...people, judge: 'zoe' }),
      'invalid_request',
      { pointer: '/judge' },
    ],
    [
      'a reserved name',
      (t) => t.create('workshop', price, { ...people, maker: 'outside' }),
      'invalid_request',
      { pointer: '/maker', reason: 'a reserved name' },
    ],
    [
      'one person twice',
      (t) => t.create('workshop', price, { client: 'ana', maker: 'ana' }),
      'invalid_request',
      { pointer: '/client' },
    ],
    [
      'no such term',
      (t) => t.create('workshop', price, people, { terms: { luck: '1%' } }),
      'invalid_request',
      { pointer: '/terms/luck' },
    ],
    [
      'a term that is not set here',
      (t) => t.create('workshop', price, people, { terms: { fee: '1%' } }),
      'invalid_request',
      { pointer: '/terms/fee' },
    ],
    [
      'a span for a percentage',
      (t) => t.create('workshop', price, people, { terms: { agent_cut: '2 days' } }),
      'invalid_request',
      { reason: 'like 10%' },
    ],
    [
      'a term beyond its limits',
      (t) => t.create('workshop', price, people, { terms: { agent_cut: '21%' } }),
      'limit_exceeded',
      { min: '0%', max: '20%' },
    ],
    [
      'a balance out of range',
      (t) => t.create('wallet-top-up', { amount: 2n ** 53n - 1n }, { holder: 'ana' }),
      'amount_out_of_range',
      {},
    ],
  ])('%s', (_name, askOf, code, details) => {
    const town = funded()
    const { verdicts, changes } = decide(town.world, [askOf(town)], registry)
    expect(verdicts).toEqual([
      { outcome: 'refused', problem: { code, details: expect.objectContaining(details) } },
    ])
    const { agreements, accounts, transfers, events, answers, jobs } = changes
    expect([agreements.size, accounts.size, transfers, events, answers.size, jobs]).toEqual([
      0,
      0,
      [],
      [],
      0,
      [],
    ])
  })

  test('a split that does not sum leaves nothing behind, not even its first posting', () => {
    const town = funded()
    town.go('dispute', ana, { input: { why: 'late' } })
    const before = town.world.accounts
    const refused = town.take(town.ask('split', operator, { input: { to_client: 4_000n, to_maker: 6_000n } }))
    expect(refused.verdicts[0]).toMatchObject({
      problem: { code: 'distribution_mismatch', details: { left: 1 } },
    })
    const greedy = town.take(town.ask('split', operator, { input: { to_client: 4_000n, to_maker: 6_002n } }))
    expect(greedy.verdicts[0]).toMatchObject({
      problem: { code: 'insufficient_funds', details: { short_by: 1 } },
    })
    expect([...town.world.accounts]).toEqual([...before])
    expect(
      accepted(
        town.take(town.ask('split', operator, { input: { to_client: 4_000n, to_maker: 6_001n } }))
          .verdicts[0],
      ).agreement.money,
    ).toBe('split')
  })

  test('a stopped wallet neither pays nor is paid, in the direction that is stopped', () => {
    const town = funded()
    const freeze = town.create('wallet-freeze', {}, { holder: 'ben' })
    town.take({ ...freeze, input: { direction: 'in' } })
    const { verdicts } = town.take(town.ask('pay_part', ana, { input: { part: 10n } }))
    expect(verdicts[0]).toMatchObject({
      problem: { code: 'wallet_frozen', details: { wallet: 'ben', direction: 'in' } },
    })
    expect(town.go('give_back_part', ben, { input: { part: 10n } }).transfers).toHaveLength(1)
  })

  test('a wallet is frozen once: lifting the freeze lets all of it flow again', () => {
    const town = funded()
    const freeze = (direction: string) => ({
      ...town.create('wallet-freeze', {}, { holder: 'ben' }),
      input: { direction },
    })
    const first = accepted(town.take(freeze('in')).verdicts[0]).agreement
    const second = town.take(freeze('both'))
    expect(second.verdicts[0]).toMatchObject({
      problem: { code: 'wallet_frozen', details: { wallet: 'ben', direction: 'in' } },
    })
    expect([second.changes.agreements.size, town.wallet('ben')?.block]).toEqual([0, 'in'])
    town.go('lift', operator, { flow: 'wallet-freeze', agreement: first.id })
    expect(town.wallet('ben')?.block).toBe('none')
    accepted(town.take(freeze('both')).verdicts[0])
  })

  test('an agreement of an edition that this program does not know', () => {
    const town = funded()
    assert(town.agreement)
    town.world = {
      ...town.world,
      agreements: new Map([[town.agreement.id, { ...town.agreement, flow_version: 2 }]]),
    }
    expect(town.take(town.ask('drop', ben)).verdicts[0]).toMatchObject({
      problem: { code: 'not_found', details: { what: 'flow version' } },
    })
  })
})

describe('a key is used once', () => {
  const key = { id: '00000000-0000-8000-a000-000000000001', body_hash: 'one' }

  test.each(['in one batch', 'in the next batch'])('the same again gets the stored answer, %s', (when) => {
    const town = funded()
    const ask = town.ask('pay_part', ana, { key, input: { part: 1_000n } })
    const again = { ...ask, id: newId(start_ms) }
    const { verdicts } =
      when === 'in one batch'
        ? town.take(ask, again)
        : { verdicts: [...town.take(ask).verdicts, ...town.take(again).verdicts] }
    const { status, body } = accepted(verdicts[0])
    expect(verdicts[1]).toEqual({ outcome: 'replayed', status, body })
    expect(town.balance('ana', 'held')).toBe(9_001n)
  })

  test('another body under it is refused, and so is another transition', () => {
    const town = funded()
    town.go('pay_part', ana, { key, input: { part: 1n } })
    const other = town.ask('drop', operator, { key: { ...key, body_hash: 'two' } })
    expect(town.take(other).verdicts).toEqual([
      { outcome: 'refused', problem: { code: 'idempotency_key_reused', details: {} } },
    ])
    expect(town.agreement?.state).toBe('funded')
  })

  test('a refusal is not kept: the same key may try again', () => {
    const town = funded()
    const ask = town.ask('give_back_part', ben, { key, input: { part: 99_999n } })
    expect(town.take(ask).verdicts[0]).toMatchObject({ outcome: 'refused' })
    town.go('give_back_part', ben, { key, input: { part: 1n } })
  })
})

describe('by all of several', () => {
  test('each marks once, in any order; the last one moves the money', () => {
    for (const [first, second, waits] of [
      [ana, ben, 'maker'],
      [ben, ana, 'client'],
    ] as const) {
      const town = funded()
      const marked = town.go('finish', first)
      expect(JSON.parse(marked.body)).toMatchObject({ state: 'funded', waiting_for: [waits] })
      expect(marked.tells).toEqual([waits])
      expect(town.take(town.ask('finish', first)).verdicts[0]).toMatchObject({
        problem: { code: 'transition_not_open', details: { reason: 'you have already said so' } },
      })
      const done = town.go('finish', second).agreement
      expect([done.state, done.money, done.marks]).toEqual(['done', 'released', {}])
      expect([town.balance('ben', 'available'), town.balance('platform', 'revenue')]).toEqual([9_501n, 500n])
    }
  })

  test('who takes the own mark back is waited for again', () => {
    const town = funded()
    town.go('finish', ana)
    town.go('unfinish', ana)
    expect(town.go('finish', ben).agreement.state).toBe('funded')
    expect(town.go('finish', ana).agreement.state).toBe('done')
  })

  test('nobody takes back the mark of another', () => {
    const town = funded()
    town.go('finish', ana)
    expect(town.take(town.ask('unfinish', ben)).verdicts[0]).toMatchObject({
      problem: { details: { reason: 'you have not said so' } },
    })
  })

  test('what all have said is spent: undoing and saying it again does not pay twice', () => {
    const town = funded()
    town.go('share_early', ana)
    expect(town.go('share_early', ben).transfers).toHaveLength(1)
    expect(town.take(town.ask('unshare', ana)).verdicts[0]).toMatchObject({ outcome: 'refused' })
    expect(town.go('share_early', ana).transfers).toHaveLength(0)
  })
})

describe('the clock', () => {
  test('a timer is taken when it is due, once', () => {
    const town = funded().tick(7 * day_ms)
    const timer = town.ask('approve_unanswered', clock, { kind: 'timer' })
    const { verdicts } = town.take(timer, { ...timer, id: newId(start_ms) })
    expect(accepted(verdicts[0]).agreement.state).toBe('done')
    expect(verdicts[1]).toMatchObject({ problem: { code: 'transition_not_open' } })
  })

  test('a reminder tells, moves nothing, and comes once', () => {
    const town = funded().tick(6 * day_ms)
    const reminded = town.go('approve_unanswered', clock, { kind: 'reminder' })
    expect([reminded.tells, reminded.agreement.state, reminded.transfers]).toEqual([['client'], 'funded', []])
    expect(town.take(town.ask('approve_unanswered', clock, { kind: 'reminder' })).verdicts[0]).toMatchObject({
      outcome: 'refused',
    })
  })

  test('a dispute stops it; withdrawing goes on with the time that was left', () => {
    const town = funded().tick(5 * day_ms)
    const waits = () =>
      town.agreement?.timers
        .filter(({ transition }) => transition === 'approve_unanswered')
        .map(({ at_ms }) => at_ms)
    town.go('dispute', ben, { input: { why: 'unpaid' } })
    expect(waits()).toEqual([])
    town.tick(30 * day_ms)
    expect(town.take(town.ask('withdraw', ana)).verdicts[0]).toMatchObject({
      problem: { code: 'not_your_transition', details: { by: ['maker'] } },
    })
    const back = town.go('withdraw', ben).agreement
    expect([back.state, back.paused]).toEqual(['funded', null])
    expect(waits()).toEqual([town.now_ms + day_ms, town.now_ms + 2 * day_ms])
  })

  test('marks come back with the state that they were made in', () => {
    const town = funded()
    town.go('finish', ana)
    town.go('dispute', ben, { input: { why: 'unpaid' } })
    town.go('withdraw', ben)
    expect(town.go('finish', ben).agreement.state).toBe('done')
  })

  test('a due timer that is refused stays, is told to an operator once (N2), and is tried again ever more rarely', () => {
    const town = funded()
    const freeze = town.create('wallet-freeze', {}, { holder: 'ben' })
    town.take({ ...freeze, input: { direction: 'both' } })
    town.tick(7 * day_ms).go('approve_unanswered', clock, { kind: 'reminder' })
    for (const late_ms of [0, 10 * timer_retry_ms_min]) {
      town.now_ms = start_ms + 7 * day_ms + late_ms
      const { verdicts, changes } = town.take(town.ask('approve_unanswered', clock, { kind: 'timer' }))
      expect(verdicts[0]).toMatchObject({ problem: { code: 'wallet_frozen' } })
      expect(changes.events.map(({ kind }) => kind)).toEqual(['deferred'])
      expect(JSON.parse(changes.events[0]?.body ?? '')).toMatchObject({
        problem: 'wallet_frozen',
        tells: late_ms === 0 ? ['operator'] : [],
      })
      expect(town.agreement?.due_ms).toBe(town.now_ms + Math.max(late_ms, timer_retry_ms_min))
      expect(town.agreement?.state).toBe('funded')
    }
  })

  test('the clock waits for a job that still posts', () => {
    const town = funded()
    town.go('approve', ana)
    town.tick(day_ms)
    const { verdicts } = town.take(town.ask('close', clock, { kind: 'timer' }))
    expect(verdicts[0]).toMatchObject({ problem: { details: { reason: 'money is being released' } } })
    expect(town.agreement?.due_ms).toBeGreaterThan(town.now_ms)
    town.go('approve', clock, { kind: 'later' })
    town.tick(timer_retry_ms_min)
    expect(town.go('close', clock, { kind: 'timer' }).agreement.state).toBe('done')
  })
})

describe('what a job posts later', () => {
  test('is posted once, and until then the money is releasing', () => {
    const town = funded()
    const { changes } = town.take(town.ask('approve', ana))
    expect(changes.jobs).toEqual([
      { name: 'post-later', agreement: town.agreement?.id, transition: 'approve' },
    ])
    expect([town.agreement?.state, town.agreement?.money, town.balance('ana', 'held')]).toEqual([
      'settling',
      'releasing',
      10_001n,
    ])
    const job = town.ask('approve', clock, { kind: 'later' })
    const { verdicts } = town.take(job, { ...job, id: newId(start_ms) })
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(['accepted', 'refused'])
    expect([town.agreement?.money, town.balance('ana', 'held'), town.balance('ben', 'available')]).toEqual([
      'released',
      0n,
      9_501n,
    ])
  })
})

describe('one batch', () => {
  test('of two that want the last of it, one wins, and the loser hears where it stands', () => {
    const town = funded()
    const { verdicts } = town.take(
      town.ask('drop', ben),
      town.ask('approve', ana),
      town.ask('drop', operator),
    )
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(['accepted', 'refused', 'refused'])
    expect(verdicts[1]).toMatchObject({
      problem: {
        code: 'transition_not_open',
        details: { state: 'cancelled', money: 'refunded', allowed: [] },
      },
    })
  })

  test('two agreements cannot spend one balance', () => {
    const town = new Town(products, 'workshop')
    town.take(town.create('wallet-top-up', { amount: 100n }, { holder: 'ana' }))
    const ids = [1, 2].map(
      () =>
        accepted(
          town.take(town.create('workshop', { price: 60n }, { client: 'ana', maker: 'ben' })).verdicts[0],
        ).agreement.id,
    )
    const { verdicts } = town.take(...ids.map((agreement) => town.ask('fund', ana, { agreement })))
    expect(verdicts[0]?.outcome).toBe('accepted')
    expect(verdicts[1]).toMatchObject({
      problem: { code: 'insufficient_funds', details: { account: 'ana.available', short_by: 20 } },
    })
  })

  test('a business reference counts once, also within it; after a refusal it is free', () => {
    const town = affordable()
    const named = (price: bigint, parties: Record<string, string>) =>
      town.create('workshop', { price }, parties, { reference: 'po-1' })
    const people = { client: 'ana', maker: 'ben' }
    const { verdicts } = town.take(named(1n, { client: 'ana' }), named(1n, people), named(1n, people))
    expect(
      verdicts.map((verdict) => (verdict.outcome === 'refused' ? verdict.problem.code : verdict.outcome)),
    ).toEqual(['invalid_request', 'accepted', 'reference_taken'])
  })

  test('the second ask sees what the first one left', () => {
    const town = affordable()
    const { verdicts } = town.take(
      town.ask('fund', ana),
      town.ask('pay_part', ana, { input: { part: 1_001n } }),
    )
    expect(accepted(verdicts[1]).agreement).toMatchObject({
      version: 3,
      amounts: { held: 9_000n, released: 1_001n, shared: 1_001n },
    })
  })
})

test('all ids derive from the ask, so that the same ask writes the same', () => {
  const town = affordable()
  const ask = town.ask('fund', ana)
  const [one, same] = [1, 2].map(() => decide(town.world, [ask], registry))
  expect(same).toEqual(one)
  expect(one?.changes.transfers.map(({ id }) => id)).toEqual([derivedId(ask.id, 1)])
  const born = town.create('workshop', { price: 1n }, { client: 'ana', maker: 'ben' })
  expect(accepted(town.take(born).verdicts[0]).agreement.id).toBe(born.id)
})

test('nothing that was loaded is written to', () => {
  const town = funded()
  const before = structuredClone([[...town.world.agreements], [...town.world.accounts]])
  decide(
    town.world,
    [town.ask('pay_part', ana, { input: { part: 7n } }), town.ask('finish', ana), town.ask('drop', ben)],
    registry,
  )
  expect([[...town.world.agreements], [...town.world.accounts]]).toEqual(before)
})
