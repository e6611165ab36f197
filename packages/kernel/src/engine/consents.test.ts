/** Engine: consents are shown, are taken back by who gave them, and end with the state and the amounts that they spoke of. */

import { describe, expect, test } from 'vitest'
import { workshop } from '../../test/simulation/workshop.ts'
import { specimens } from '../../test/specimens/index.ts'
import { client, developer, Studio } from '@holdfast/server/test/fixtures/freelance-shares.ts'
import { accepted, ana, ben, clock, operator, person, start_ms, Town } from '../../test/walkthrough.ts'
import { instant } from '../instant.ts'
import { proposalsOf, type Agreement } from './agreement.ts'
import type { Accepted, Actor, Ask } from './ask.ts'

const mia = person('mia')
const pat = person('pat')
const second: Actor = { ...operator, id: 'op_2' }
const revoke: Partial<Ask> = { kind: 'revoke' }

/** Ana has funded a workshop of 100.01 by ben. */
function funded(): Town {
  const town = new Town([workshop], 'workshop')
  town.put('ana', 10_001n)
  town.begin({ price: 10_001n }, { client: 'ana', maker: 'ben' })
  town.go('fund', ana)
  return town
}

/** An order of so much is disputed. */
function disputed(amount: bigint): Town {
  const town = new Town(specimens, 'specimen-ad')
  town.put('mia', 100_000n)
  const under = town.begin({ total: amount }, { maker: 'mia' }).agreement.id
  const order = town.create('specimen-ad-order', { amount }, { payer: 'mia', payee: 'pat' }, { under })
  town.agreement = accepted(town.take({ ...order, agreement: null }).verdicts[0]).agreement
  town.go('dispute', pat)
  return town
}

const parts = (to_payer: bigint, to_payee: bigint): Partial<Ask> => ({ input: { to_payer, to_payee } })
const shown = ({ body }: Accepted) => JSON.parse(body) as { waiting_for: string[]; consents: object[] }
const ended = ({ event }: Accepted): unknown => JSON.parse(event.body)['consents_ended']
const marksOf = ({ agreement }: Town) => agreement?.marks

describe('F6: a consent is shown', () => {
  test('with who gave it, when, and whom it waits for', () => {
    const town = funded()
    const { waiting_for, consents } = shown(town.go('share_early', ben))
    expect(waiting_for).toEqual(['client'])
    expect(consents).toEqual([
      {
        transition: 'share_early',
        says: 'Both agree on a part in advance',
        given_by: [{ role: 'maker', id: 'ben', at: instant(start_ms) }],
        waits_for: ['client'],
        input: null,
        reason: null,
      },
    ])
  })

  test('an offer with its amounts; of several consents, all whom one of them waits for', () => {
    const town = disputed(1_000n)
    expect(shown(town.go('settle', pat, parts(400n, 600n))).consents).toMatchObject([
      { transition: 'settle', given_by: [{ role: 'payee' }], input: { to_payer: 400, to_payee: 600 } },
    ])
    const shop = funded()
    shop.go('share_early', ben)
    expect(shown(shop.go('finish', ana)).waiting_for).toEqual(['client', 'maker'])
  })

  test('what an operator has asked for and a second one has not, to the staff alone', () => {
    const town = disputed(10_001n)
    expect(shown(town.go('refund', operator))).toMatchObject({
      waiting_for: ['operator'],
      consents: [{ transition: 'refund', given_by: [{ role: 'operator', id: 'op_1' }], reason: 'as agreed' }],
    })
    const to_a_side = shown(town.go('settle', pat, parts(0n, 10_001n)))
    expect(to_a_side.waiting_for).toEqual(['payer'])
    expect(JSON.stringify(to_a_side)).not.toContain('op_1')
  })
})

describe('F6: a consent is taken back', () => {
  test('by who gave it: then the other one alone brings nothing about', () => {
    const town = funded()
    town.go('share_early', ben)
    const back = town.go('share_early', ben, revoke)
    expect([back.event.kind, back.tells, shown(back).consents, back.transfers]).toEqual([
      'revoked',
      ['client'],
      [],
      [],
    ])
    expect(town.go('share_early', ana).event.kind).toBe('mark')
    expect(town.balance('ben', 'available')).toBe(0n)
  })

  test.each<[string, Actor, object]>([
    [
      'by who has not given it',
      ana,
      { code: 'transition_not_open', details: { reason: 'you have not said so' } },
    ],
    ['by an operator', operator, { code: 'not_your_transition' }],
    ['by a stranger', person('zoe'), { code: 'not_found' }],
  ])('not %s', (_, actor, problem) => {
    const town = funded()
    town.go('share_early', ben)
    expect(town.refused('share_early', actor, revoke)).toMatchObject(problem)
    expect(marksOf(town)).toEqual({ share_early: { maker: start_ms } })
  })

  test('once, and of nothing that waits for nobody', () => {
    const town = funded()
    town.go('share_early', ben)
    town.go('share_early', ben, revoke)
    expect(town.refused('share_early', ben, revoke).code).toBe('transition_not_open')
    expect(town.refused('drop', ben, revoke).code).toBe('transition_not_open')
  })

  test('a report, and the clock that counted from it', () => {
    const town = funded()
    town.go('finish', ana)
    const waits = () => town.agreement?.timers.some(({ transition }) => transition === 'nag')
    expect(waits()).toBe(true)
    town.go('finish', ana, revoke)
    expect([marksOf(town), waits()]).toEqual([{}, false])
  })

  test('an offer, which nobody can accept any more', () => {
    const town = disputed(1_000n)
    town.go('settle', pat, parts(0n, 1_000n))
    town.go('settle', pat, revoke)
    expect([proposalsOf(town.agreement as Agreement), marksOf(town)]).toEqual([{}, {}])
    expect(town.go('settle', mia, parts(0n, 1_000n)).event.kind).toBe('mark')
    expect(town.agreement?.state).toBe('disputed')
  })

  test("an operator's proposal, by that operator alone; another one then begins anew", () => {
    const town = disputed(10_001n)
    town.go('refund', operator)
    expect(town.refused('refund', second, revoke).details['reason']).toBe('you have not said so')
    expect(town.refused('refund', operator, { ...revoke, reason: null }).code).toBe('invalid_request')
    town.go('refund', operator, revoke)
    expect(town.go('refund', second).event.kind).toBe('mark')
    expect(town.balance('mia', 'held')).toBe(10_001n)
  })

  test('taken back and given by the other at the same instant: the order decides, and nothing moves twice', () => {
    const first = funded()
    first.go('share_early', ben)
    const kinds = first
      .take(first.ask('share_early', ben, revoke), first.ask('share_early', ana))
      .verdicts.map((verdict) => accepted(verdict).event.kind)
    expect([kinds, first.balance('ben', 'available')]).toEqual([['revoked', 'mark'], 0n])

    const other = funded()
    other.go('share_early', ben)
    const { verdicts } = other.take(other.ask('share_early', ana), other.ask('share_early', ben, revoke))
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(['accepted', 'refused'])
    expect(other.balance('ben', 'available')).toBe(2_000n)
  })
})

describe('F6: a consent ends', () => {
  test('with a dispute, also where that is withdrawn', () => {
    const town = funded()
    town.go('share_early', ben)
    expect(ended(town.go('dispute', ben, { input: { why: 'unpaid' } }))).toEqual(['share_early'])
    town.go('withdraw', ben)
    expect(marksOf(town)).toEqual({})
    expect(town.go('share_early', ana).event.kind).toBe('mark')
  })

  test('but a report that a clock counts from stays: it speaks of what was done', () => {
    const town = funded()
    town.go('finish', ben)
    town.go('share_early', ben)
    expect(ended(town.go('dispute', ben, { input: { why: 'unpaid' } }))).toEqual(['finish', 'share_early'])
    town.go('withdraw', ben)
    expect(marksOf(town)).toEqual({ finish: { maker: start_ms } })
  })

  test.each<[string, (town: Town) => Accepted]>([
    ['a part that was paid', (town) => town.go('pay_part', ana, { input: { part: 1n } })],
    ['a part that was given back', (town) => town.go('give_back_part', ben, { input: { part: 1n } })],
  ])('with an amount: %s', (_, change) => {
    const town = funded()
    town.go('share_early', ben)
    town.go('finish', ana)
    expect(ended(change(town))).toEqual(['share_early', 'finish'])
    expect(marksOf(town)).toEqual({})
    expect(town.agreement?.timers.some(({ transition }) => transition === 'nag')).toBe(false)
    expect(town.go('share_early', ana).event.kind).toBe('mark')
  })

  test('with what another consent brought about', () => {
    const town = funded()
    town.go('finish', ana)
    town.go('share_early', ana)
    expect(ended(town.go('share_early', ben))).toEqual(['finish'])
    expect(marksOf(town)).toEqual({})
  })

  test('not with what changes neither: a reminder, a timer that stays, another consent', () => {
    const town = funded()
    town.go('share_early', ben)
    town.go('finish', ana)
    town.tick(86_400_000).go('nag', clock, { kind: 'timer' })
    town.tick(5 * 86_400_000).go('approve_unanswered', clock, { kind: 'reminder' })
    expect(Object.keys(marksOf(town) ?? {})).toEqual(['share_early', 'finish'])
    expect(town.go('share_early', ana).event.kind).toBe('transition')
  })

  test('also one that an older program had kept through a dispute', () => {
    const town = funded()
    town.go('dispute', ben, { input: { why: 'unpaid' } })
    const { agreement } = town
    if (agreement?.paused == null) throw new Error('not paused')
    const paused = { ...agreement.paused, marks: { share_early: { maker: 1 }, finish: { maker: 1 } } }
    town.world = { ...town.world, agreements: new Map([[agreement.id, { ...agreement, paused }]]) }
    town.go('withdraw', ben)
    expect(marksOf(town)).toEqual({ finish: { maker: 1 } })
  })

  test('with the dispute, an offer and what an operator has asked for', () => {
    const town = disputed(20_002n)
    town.go('split', operator, parts(1n, 20_001n))
    town.go('settle', pat, parts(1n, 20_001n))
    const withdrawn = town.go('withdraw_dispute', pat)
    expect(ended(withdrawn)).toEqual(['settle', 'split'])
    expect(withdrawn.agreement.data).not.toHaveProperty('proposals')
  })

  test("with a part that was paid, what an operator has asked for and the developer's yes", () => {
    const studio = new Studio({ currency: 'PHP', amount: 100_000_000n, broker: false })
    for (const [transition, actor] of [
      ['fund', client],
      ['complete', developer],
    ] as const)
      studio.go(transition, actor)
    studio.go('cancel_by_operator', operator)
    studio.go('cancel_together', developer)
    expect(ended(studio.go('release_part', client, { part: 1n }))).toEqual([
      'cancel_together',
      'cancel_by_operator',
    ])
    expect(studio.go('cancel_by_operator', second).event.kind).toBe('mark')
    expect(studio.go('cancel_together', client).event.kind).toBe('mark')
    expect(studio.held).toBe(99_999_999n)
  })
})
