/** Each complaint is really raised, by a flow with that one fault; the sound flow beside them raises none. */

import { describe, expect, test } from 'vitest'
import type { Agreement, Amounts } from '../../src/engine/agreement.ts'
import { explore } from '../../src/proof/explore.ts'
import type { Product } from '../../src/engine/product.ts'
import { faultsOf } from '../../src/proof/books.ts'
import { unborn, type Situation } from '../../src/proof/situation.ts'
import { complaintsAbout } from '../../src/flow/check/index.ts'
import type { Flow } from '../../src/flow/define.ts'
import { compileFlow } from '../../src/flow/compile.ts'
import { bound_purposes, newAccount, type Account } from '../../src/ledger/account.ts'
import { ad, adOrder } from './ad.ts'
import { misshapen, sound, unsafe } from './broken.ts'

test('the sound flow has no complaints and proves clean', () => {
  expect(complaintsAbout(sound)).toEqual([])
  expect(explore({ flow: sound })).toMatchObject({ complaints: [], conserved: true, never_stranded: true })
})

test('the clock waits for a job that still has money to post', () => {
  const flow: Flow = {
    ...sound,
    transitions: {
      ...sound.transitions,
      fund_ahead: {
        arrow: 'open -> funded',
        by: 'payer',
        says: 'Funded, and paid by a job',
        moves: [['price', 'payer.available -> payer.held', 'HOLD']],
        later: [['price', 'payer.held -> payee.available', 'PAY']],
      },
    },
  }
  expect(complaintsAbout(flow)).toEqual([])
  expect(explore({ flow })).toMatchObject({ complaints: [], conserved: true, never_stranded: true })
})

describe('the check says', () => {
  test.each(misshapen)('$complaint', ({ flow, complaint }) => {
    expect(complaintsAbout(flow).join('\n')).toContain(complaint)
  })
})

describe('the exploration says', () => {
  test.each(unsafe)('$complaint', ({ flow, complaint }) => {
    expect(complaintsAbout(flow)).toEqual([])
    const proof = explore({ flow })
    expect(proof.complaints.join('\n')).toContain(complaint)
  })
})

describe('the exploration of a flow and the one above it says', () => {
  type Broken = Record<string, Record<string, unknown>>
  const changed = (product: Product, change: (transitions: Broken) => void): Product => {
    const flow = structuredClone(product.flow)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the point of these is that no type checks them
    change(flow.transitions as unknown as Broken)
    return { ...product, flow }
  }
  const set = (transition: string, fields: object) => (transitions: Broken) => {
    Object.assign(transitions[transition] ?? {}, fields)
  }

  test.each<[string, Product, Product]>([
    [
      'breaks the engine: money of the agreement above moved without its knowing',
      ad,
      changed(adOrder, (transitions) => delete transitions['cancel']?.['drives']),
    ],
    // An ad that is closed over its orders takes nothing back.
    [
      'open: give_up by clock is refused: transition_not_open',
      { ...changed(ad, set('close', { needs: [] })), guards: {} },
      adOrder,
    ],
    [
      'open: holds money, and an operator cannot leave it',
      ad,
      changed(adOrder, set('cancel', { by: 'payee' })),
    ],
    [
      'disputed: operator and clock cannot bring it to an end',
      changed(ad, set('give_back', { counts: [['amount', 'sold -> remaining']] })),
      changed(adOrder, (transitions) => delete transitions['split']),
    ],
  ])('%s', (complaint, above, below) => {
    for (const { flow } of [above, below]) expect(complaintsAbout(flow)).toEqual([])
    expect(explore(below, [above, below]).complaints.join('\n')).toContain(complaint)
  })

  test.each<[string, Product, Product]>([
    [
      'fill: active -> sold_out was never taken',
      changed(ad, set('fill', { counts: [['amount', 'in_orders -> [*]']] })),
      adOrder,
    ],
    [
      'active: operator and clock cannot bring it to an end',
      changed(ad, set('give_back', { counts: [['amount', 'remaining -> [*]']] })),
      adOrder,
    ],
  ])('of the one above, whose money it moves: %s', (complaint, above, below) => {
    for (const { flow } of [above, below]) expect(complaintsAbout(flow)).toEqual([])
    expect(explore(above, [above, below]).complaints.join('\n')).toContain(complaint)
  })

  test('that it needs the one above', () => {
    expect(explore(adOrder).complaints[0]).toBe('in no situation of specimen-ad it can be opened')
  })

  test('with what it was explored, and nothing else of sound ones', () => {
    const box = [ad, adOrder]
    expect(explore(ad, box)).toMatchObject({
      complaints: [],
      together: expect.stringContaining('specimen-ad-order'),
    })
    expect(explore(adOrder, box)).toMatchObject({
      complaints: [],
      together: expect.stringContaining('specimen-ad'),
    })
  })
})

/** The ledger lets no flow do these, so the books are cooked by hand. */
describe('the auditor says', () => {
  const flow = compileFlow(sound)
  test.each([
    ['all accounts together are not zero', cooked('open', {}, 0n, account('payer', 'available', 3n))],
    [
      'payer.available is below its floor',
      cooked('open', {}, 0n, account('payer', 'available', -3n), account('payee', 'available', 3n)),
    ],
    [
      'the held amount is not the sum of the held accounts',
      cooked('funded', { held: 2n }, 2n, account('payer', 'held', 3n)),
    ],
    [
      'what came in is not what is held, released and refunded',
      cooked('funded', { held: 3n, released: 2n }, 3n, account('payer', 'held', 3n)),
    ],
    [
      'payer.debt is above its ceiling',
      cooked('open', {}, 0n, account('payer', 'debt', 3n), account('payee', 'due', -3n)),
    ],
    ['part is below zero', cooked('open', { part: -1n }, 0n)],
    [
      'an account holds money for no agreement',
      cooked('open', {}, 0n, { ...account('payer', 'held', 3n), agreement: 'another' }),
    ],
    ['the end still holds money', cooked('done', { held: 3n }, 3n, account('payer', 'held', 3n))],
  ])('%s', (fault, situation) => {
    expect(faultsOf(situation, flow)).toContain(fault)
  })

  test('nothing of sound books', () => {
    const situation = cooked(
      'funded',
      { held: 3n },
      3n,
      account('payer', 'held', 3n),
      account('outside', 'clearing', -3n),
    )
    expect(faultsOf(situation, flow)).toEqual([])
  })
})

function account(owner: string, purpose: Account['purpose'], balance: bigint): Account {
  const is = {
    id: `${owner}.${purpose}`,
    owner,
    purpose,
    currency: 'USD',
    agreement: bound_purposes.has(purpose) ? '' : null,
    beneficiary: null,
  }
  return { ...newAccount(is), balance }
}

function cooked(state: string, amounts: Amounts, taken_in: bigint, ...accounts: Account[]): Situation {
  const agreement: Agreement = {
    id: '',
    flow: 'sound',
    flow_version: 1,
    under: null,
    state,
    money: 'none',
    currency: 'USD',
    parties: {},
    amounts,
    terms: {},
    data: {},
    marks: {},
    timers: [],
    paused: null,
    later: null,
    reference: null,
    reference_scope: null,
    version: 1,
    due_ms: null,
    created_ms: 0,
    entered_ms: 0,
    ended_ms: null,
  }
  const setting = { name: '', parties: {}, schedule: {}, schedule_no: 0, size: 0n }
  const accounts_by_id = new Map(accounts.map((one) => [one.id, one]))
  return { ...unborn(setting, 0), agreement, accounts: accounts_by_id, funded: true, taken_in }
}
