/** Engine: what waits until others ask for the same: offers between the sides, and the second of two operators. */

import { describe, expect, test } from 'vitest'
import { specimens } from '../../test/specimens/index.ts'
import { accepted, operator, person, Town } from '../../test/walkthrough.ts'
import { defineFlow } from '../flow/define.ts'
import { proposalsOf } from './agreement.ts'
import type { Accepted, Actor, Ask } from './ask.ts'

const mia = person('mia')
const pat = person('pat')
const second: Actor = { ...operator, id: 'op_2' }

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
const waitingFor = ({ body }: Accepted): unknown => JSON.parse(body)['waiting_for']
const offersOf = ({ agreement }: Town) => (agreement === null ? {} : proposalsOf(agreement))

describe('an offer', () => {
  test('waits for the other side, moves nothing, and is told', () => {
    const town = disputed(1_000n)
    const offered = town.go('settle', pat, parts(400n, 600n))
    expect([offered.event.kind, waitingFor(offered), offered.transfers]).toEqual(['mark', ['payer'], []])
    expect(offersOf(town)).toMatchObject({
      settle: { role: 'payee', by: 'pat', input: { to_payer: 400, to_payee: 600 } },
    })
    expect(town.agreement).toMatchObject({ state: 'disputed', amounts: { held: 1_000n } })
    expect(offered.tells).toEqual(['payer'])
  })

  test('happens when the other side asks for the same', () => {
    const town = disputed(1_000n)
    town.go('settle', pat, parts(400n, 600n))
    const settled = town.go('settle', mia, parts(400n, 600n))
    expect([settled.event.kind, waitingFor(settled)]).toEqual(['transition', []])
    expect(town.agreement).toMatchObject({
      state: 'paid',
      money: 'split',
      amounts: { held: 0n, refunded: 400n },
    })
    expect(town.balance('pat', 'available')).toBe(594n)
    expect(offersOf(town)).toEqual({})
  })

  test('is not accepted by who made it', () => {
    const town = disputed(1_000n)
    town.go('settle', pat, parts(400n, 600n))
    const { code, details } = town.refused('settle', pat, parts(400n, 600n))
    expect([code, details['reason']]).toEqual(['transition_not_open', 'you have already said so'])
    expect(town.balance('pat', 'available')).toBe(0n)
  })

  test('gives way to another one, for which the other side is asked again', () => {
    const town = disputed(1_000n)
    town.go('settle', pat, parts(0n, 1_000n))
    const countered = town.go('settle', mia, parts(700n, 300n))
    expect([countered.event.kind, waitingFor(countered)]).toEqual(['mark', ['payee']])
    expect(town.agreement?.marks).toMatchObject({ settle: { payer: town.now_ms } })
    expect(Object.keys(town.agreement?.marks['settle'] ?? {})).toEqual(['payer'])
    // What was offered first is a new offer now.
    expect(waitingFor(town.go('settle', pat, parts(0n, 1_000n)))).toEqual(['payer'])
    expect(town.agreement?.state).toBe('disputed')
    town.go('settle', mia, parts(0n, 1_000n))
    expect(town.agreement).toMatchObject({ state: 'paid', money: 'released' })
  })

  test('may be replaced by who made it', () => {
    const town = disputed(1_000n)
    town.go('settle', pat, parts(0n, 1_000n))
    expect(waitingFor(town.go('settle', pat, parts(500n, 500n)))).toEqual(['payer'])
    expect(waitingFor(town.go('settle', mia, parts(0n, 1_000n)))).toEqual(['payee'])
  })

  test('that does not sum is refused when it would happen, and stands', () => {
    const town = disputed(1_000n)
    town.go('settle', pat, parts(1n, 1n))
    expect(town.refused('settle', mia, parts(1n, 1n)).code).toBe('distribution_mismatch')
    expect(offersOf(town)).toMatchObject({ settle: { by: 'pat' } })
    expect(town.balance('mia', 'held')).toBe(1_000n)
  })

  test('goes with the state: nobody accepts it after the dispute was withdrawn and raised again', () => {
    const town = disputed(1_000n)
    town.go('settle', pat, parts(0n, 1_000n))
    town.go('withdraw_dispute', pat)
    expect(offersOf(town)).toEqual({})
    town.go('dispute', pat)
    expect(waitingFor(town.go('settle', mia, parts(0n, 1_000n)))).toEqual(['payee'])
    expect(town.agreement?.state).toBe('disputed')
  })

  test.each([
    ['the same', parts(400n, 600n), parts(400n, 600n), ['mark', 'transition']],
    ['something else', parts(400n, 600n), parts(600n, 400n), ['mark', 'mark']],
  ])('both ask for %s in one batch', (_, one, other, kinds) => {
    const town = disputed(1_000n)
    const { verdicts } = town.take(town.ask('settle', pat, one), town.ask('settle', mia, other))
    expect(verdicts.map((verdict) => accepted(verdict).event.kind)).toEqual(kinds)
  })
})

describe('two operators', () => {
  // Above 100.00, by the terms of the order.
  const dear = 10_001n
  const cheap = 10_000n

  test('one is enough up to the sum', () => {
    const town = disputed(cheap)
    expect(town.go('refund', operator).event.kind).toBe('transition')
    expect(town.agreement).toMatchObject({ state: 'cancelled', money: 'refunded' })
  })

  test('above it the first one only proposes', () => {
    const town = disputed(dear)
    const proposed = town.go('refund', operator)
    expect([proposed.event.kind, waitingFor(proposed), proposed.transfers]).toEqual([
      'mark',
      ['operator'],
      [],
    ])
    expect(offersOf(town)).toMatchObject({ refund: { role: 'operator', by: 'op_1', reason: 'as agreed' } })
    expect(town.agreement).toMatchObject({ state: 'disputed', amounts: { held: dear } })
  })

  test('and is not the second one too', () => {
    const town = disputed(dear)
    town.go('refund', operator)
    const { code, details } = town.refused('refund', operator)
    expect([code, details['proposed_by']]).toEqual(['transition_not_open', 'op_1'])
    expect(town.go('refund', second).event.kind).toBe('transition')
    expect(town.agreement).toMatchObject({ state: 'cancelled', money: 'refunded', amounts: { held: 0n } })
    expect(offersOf(town)).toEqual({})
  })

  test('who must ask for the same', () => {
    const town = disputed(dear)
    town.go('split', operator, parts(1n, dear - 1n))
    expect(waitingFor(town.go('split', second, parts(2n, dear - 2n)))).toEqual(['operator'])
    expect(town.refused('split', second, parts(2n, dear - 2n)).code).toBe('transition_not_open')
    town.go('split', operator, parts(2n, dear - 2n))
    expect(town.agreement).toMatchObject({ state: 'paid', amounts: { refunded: 2n } })
  })

  test('in one batch, the same one twice and then another', () => {
    const town = disputed(dear)
    const { verdicts } = town.take(
      town.ask('refund', operator),
      town.ask('refund', operator),
      town.ask('refund', second),
    )
    expect(
      verdicts.map((verdict) => (verdict.outcome === 'accepted' ? verdict.event.kind : verdict.outcome)),
    ).toEqual(['mark', 'refused', 'transition'])
  })

  test('the sides are not operators: their offer does not help one', () => {
    const town = disputed(dear)
    town.go('settle', pat, parts(0n, dear))
    expect(town.go('split', operator, parts(0n, dear)).event.kind).toBe('mark')
  })
})

test('what has happened is proposed anew: two operators each time', () => {
  const flow = defineFlow({
    name: 'till',
    noun: 'tills',
    id_prefix: 'till',
    about: 'Operators pay out of it, part by part.',
    parties: { owner: 'Owns it' },
    amounts: { total: 'fixed', part: 'given' },
    terms: { two_above: '1.00 PHP' },
    codes: { IN: ['In', '{id}'], OUT: ['Out', '{id}'] },
    states: { open: 'Open', closed: 'Closed' },
    ends: ['closed'],
    transitions: {
      open: {
        arrow: '[*] -> open',
        by: 'service',
        says: 'Opened',
        moves: [['total', 'owner.available -> owner.held', 'IN']],
      },
      pay: {
        arrow: 'open -> open',
        by: 'operator',
        says: 'A part is paid out',
        input: { part: 'amount' },
        moves: [['part', 'owner.held -> owner.available', 'OUT']],
        four_eyes_above: 'two_above',
      },
      close: {
        arrow: 'open -> closed',
        by: 'operator',
        says: 'Closed',
        moves: [['held', 'owner.held -> owner.available', 'OUT']],
      },
    },
  })
  const town = new Town([{ flow }], 'till')
  town.put('mia', 1_000n)
  town.begin({ total: 1_000n }, { owner: 'mia' })
  const part = { input: { part: 10n } }
  town.go('pay', operator, part)
  town.go('pay', second, part)
  expect(town.balance('mia', 'held')).toBe(990n)
  expect(town.go('pay', second, part).event.kind).toBe('mark')
  expect(town.balance('mia', 'held')).toBe(990n)
})
