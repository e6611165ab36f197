/** Simulation: makes a sensible ask a wrong one, in one of the ways that clients get it wrong or try their luck. */

import type { Ask } from '../../src/engine/ask.ts'
import type { FlowRegistry } from '../../src/engine/product.ts'
import { amount_max } from '../../src/money/amount.ts'
import { actorFor, anyAmount, inputOf, people } from './forms.ts'
import type { Random } from './random.ts'
import type { Store } from './store.ts'

export function spoil(random: Random, ask: Ask, registry: FlowRegistry, store: Store): Ask {
  if (ask.creation !== null) return spoilCreation(random, ask)
  const agreement = store.agreements.get(ask.agreement ?? '')
  const edition = registry.current.get(ask.flow)
  if (agreement === undefined || edition === undefined) return ask
  const { flow } = edition
  const other = random.pick([...flow.transitions.values()])
  const roles = [...flow.parties, 'operator', 'service']
  return random.weighted<() => Ask>([
    // Another role of the same agreement, a stranger, a transition of another state, an operator without a reason.
    [4, () => ({ ...ask, actor: actorFor(random, random.pick(roles), agreement.parties), reason: null })],
    [4, () => stranger(random, ask)],
    [
      6,
      () => ({
        ...ask,
        transition: other.name,
        input: inputOf(random, edition, other, agreement, ask.now_ms),
        reason: 'as agreed',
      }),
    ],
    [2, () => ({ ...ask, actor: { kind: 'operator', id: 'op_3', party: null }, reason: null })],
    [
      2,
      () => ({ ...ask, kind: random.pick(['later', 'timer', 'reminder', 'revoke']), input: {}, key: null }),
    ],
    [3, () => ({ ...ask, input: tooMuch(random, ask.input) })],
    [1, () => ({ ...ask, transition: 'no_such_transition' })],
    [1, () => ({ ...ask, agreement: ask.id })],
    [1, () => ({ ...ask, flow: 'another-flow' })],
    [
      1,
      () => ({
        ...ask,
        creation: { parties: agreement.parties, currency: 'PHP', amounts: {}, terms: {}, reference: null },
      }),
    ],
  ])()
}

function stranger(random: Random, ask: Ask): Ask {
  const party = random.pick([...people, 'platform', 'outside', 'nobody'])
  return { ...ask, actor: { kind: 'party', id: party, party } }
}

function tooMuch(random: Random, input: Ask['input']): Ask['input'] {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? atMost(amount_max, value + anyAmount(random)) : value,
    ]),
  )
}

function atMost(most: bigint, amount: bigint): bigint {
  return amount > most ? most : amount
}

function spoilCreation(random: Random, ask: Ask): Ask {
  const { creation } = ask
  if (creation === null) return ask
  const { parties } = creation
  const [role = 'nobody'] = Object.keys(parties)
  const { [role]: _gone, ...fewer } = parties
  return random.pick<() => Ask>([
    () => ({ ...ask, creation: { ...creation, parties: fewer } }),
    () => ({ ...ask, creation: { ...creation, parties: { ...parties, [role]: 'platform' } } }),
    () => ({ ...ask, creation: { ...creation, parties: { ...parties, passer_by: 'zoe' } } }),
    () => ({
      ...ask,
      creation: { ...creation, parties: Object.fromEntries(Object.keys(parties).map((r) => [r, 'ana'])) },
    }),
    () => ({ ...ask, creation: { ...creation, terms: { no_such_term: '1%' } } }),
    () => ({ ...ask, flow: 'no-such-flow' }),
    () => stranger(random, ask),
  ])()
}
