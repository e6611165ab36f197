/** Engine: who may do what, where that is more than a row of the refusals in decide.test.ts. */

import { describe, expect, test } from 'vitest'
import { ana, ben, operator, service, Town } from '../../test/walkthrough.ts'
import { problem } from '../problem.ts'
import { defineFlow } from '../flow/define.ts'
import type { GuardFacts, Product } from './product.ts'

const heard: GuardFacts[] = []

const quoted: Product = {
  flow: defineFlow({
    name: 'quoted',
    noun: 'quoted',
    id_prefix: 'quo',
    about: 'The maker names the price, and may name it anew until money has moved.',
    parties: { client: 'Pays', maker: 'Names the price' },
    amounts: { price: 'fixed', tip: 'fixed', part: 'given' },
    terms: {},
    codes: { GO: ['Go', '{id}'] },
    states: { open: 'Open', over: 'Over' },
    ends: ['over'],
    transitions: {
      create: { arrow: '[*] -> open', by: 'client', says: 'Created' },
      quote: {
        arrow: 'open -> open',
        by: 'maker',
        says: 'Quoted',
        input: { price: 'amount' },
        needs: ['who'],
      },
      pay: {
        arrow: 'open -> open',
        by: 'client',
        says: 'Paid',
        input: { part: 'amount' },
        moves: [['part', 'client.available -> client.held', 'GO']],
      },
      end: {
        arrow: 'open -> over',
        by: { all: ['client', 'maker'] },
        says: 'Both end it',
        moves: [['held', 'client.held -> client.available', 'GO']],
      },
    },
  }),
  guards: {
    who: (facts) => {
      heard.push(facts)
      return facts.role === 'maker' ? null : problem('internal_error')
    },
  },
}

function town(): Town {
  const town = new Town([quoted], 'quoted')
  town.put('ana', 1_000n)
  const ask = { ...town.create('quoted', { tip: 3n }, { client: 'ana', maker: 'ben' }), actor: ana }
  const [verdict] = town.take(ask).verdicts
  town.agreement = verdict?.outcome === 'accepted' ? verdict.agreement : null
  return town
}

describe('a fixed amount that a later transition sets', () => {
  test('is not asked for at the creation, and may be set until money has moved', () => {
    const t = town()
    expect(t.agreement?.amounts).toMatchObject({ price: 0n, tip: 3n })
    expect(t.go('quote', ben, { input: { price: 10n } }).agreement.amounts).toMatchObject({ price: 10n })
    expect(t.go('quote', ben, { input: { price: 20n } }).agreement.amounts).toMatchObject({
      price: 20n,
      tip: 3n,
    })
  })

  test('stays as it is afterwards, also where all of it went back', () => {
    const t = town()
    t.go('quote', ben, { input: { price: 10n } })
    t.go('pay', ana, { input: { part: 10n } })
    expect(t.refused('quote', ben, { input: { price: 1n } })).toMatchObject({
      code: 'transition_not_open',
      details: { reason: 'price stays as it is once money has moved', allowed: ['end'] },
    })
    expect(t.agreement?.amounts['price']).toBe(10n)
  })
})

test('a guard hears who asks', () => {
  const t = town()
  t.go('quote', ben, { input: { price: 10n } })
  t.go('quote', { ...service, party: 'ben' }, { input: { price: 10n } })
  expect(heard.slice(-2).map(({ role }) => role)).toEqual(['maker', 'maker'])
})

test('a party that does not say who it is, is a mistake of the program, and not the service', () => {
  const t = town()
  expect(() => t.go('quote', { kind: 'party', id: 'ben', party: null })).toThrow('without saying who it is')
  expect(t.refused('quote', operator).details).toMatchObject({ you_are: 'operator' })
})
