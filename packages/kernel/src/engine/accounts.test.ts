/** Engine: the accounts that are loaded and locked for an ask are all that deciding it touches. */

import { expect, test } from 'vitest'
import { order } from '../../test/specimens/marketplace-order.ts'
import { booking } from '../../test/specimens/booking.ts'
import { milestone } from '../../test/specimens/milestone.ts'
import { withdrawal } from '../../test/specimens/withdrawal.ts'
import { start_ms, Town } from '../../test/walkthrough.ts'
import { walletFreeze } from '../../test/specimens/wallet-freeze.ts'
import { accountsOf } from './accounts.ts'
import type { Ask } from './ask.ts'
import { newAgreement } from './create.ts'
import { isProblem } from '../problem.ts'
import { flowRegistryOf, type Product } from './product.ts'
import { no_debts } from './batch-state.ts'

const both = { client: 'ana', developer: 'ben' }

test.each<[string, Product, string, Ask['kind'], Record<string, string>, string[]]>([
  ['a condition', order, 'create', 'transition', { buyer: 'ana', seller: 'ben' }, ['ana.available']],
  [
    'money that is held for it',
    order,
    'pay',
    'transition',
    { buyer: 'ana', seller: 'ben' },
    ['ana.available', 'ana.held'],
  ],
  [
    'somebody absent, who has no account',
    milestone,
    'approve',
    'transition',
    both,
    ['ana.held', 'ben.available', 'platform.revenue'],
  ],
  [
    'a wallet that money is paid in to',
    booking,
    'confirm_payment',
    'transition',
    { couple: 'ana', vendor: 'ben' },
    ['ana.available', 'ana.held', 'outside.clearing'],
  ],
  [
    'a wallet that money goes back from',
    booking,
    'refund',
    'transition',
    { couple: 'ana', vendor: 'ben' },
    ['ana.available', 'ana.held', 'outside.clearing'],
  ],
  [
    'a wallet that a payout comes back to',
    withdrawal,
    'mark_returned',
    'transition',
    { vendor: 'ana' },
    ['ana.available', 'ana.payout', 'outside.clearing'],
  ],
  [
    'a wallet that is stopped',
    { flow: walletFreeze },
    'freeze',
    'transition',
    { holder: 'ana' },
    ['ana.available'],
  ],
  [
    'a wallet that flows again',
    { flow: walletFreeze },
    'lift',
    'transition',
    { holder: 'ana' },
    ['ana.available'],
  ],
  ['a reminder', order, 'complete_unanswered', 'reminder', { buyer: 'ana', seller: 'ben' }, []],
])('%s', (_name, product, name, kind, parties, names) => {
  expect(touched(product, name, kind, parties)).toEqual(names)
})

test('a percentage alone for somebody absent still looks at what it is taken of', () => {
  const flow = {
    ...milestone.flow,
    transitions: {
      ...milestone.flow.transitions,
      thank: {
        arrow: 'funded -> funded',
        by: 'client',
        says: 'The broker is thanked',
        moves: [['10% of held', 'client.held -> broker.available', 'REFUND']],
      },
    },
  } as const
  expect(touched({ flow }, 'thank', 'transition', both)).toEqual(['ana.held'])
})

function touched(
  product: Product,
  name: string,
  kind: Ask['kind'],
  parties: Record<string, string>,
): string[] {
  const flow = flowRegistryOf([product]).current.get(product.flow.name)?.flow
  const transition = flow?.transitions.get(name)
  const ask = new Town([product], product.flow.name).create(product.flow.name, {}, parties)
  const agreement = flow && ask.creation && newAgreement({ ...ask, now_ms: start_ms }, ask.creation, flow, {})
  if (!flow || !transition || !agreement || isProblem(agreement)) throw new Error(`no ${name} to look at`)
  const accounts = accountsOf({ flow, agreement, above: null }, transition, kind, no_debts)
  return [...new Set(accounts.map(({ owner, purpose }) => `${owner}.${purpose}`))].toSorted()
}
