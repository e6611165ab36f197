/** Each complaint is really raised, by a flow with that one fault; the sound flow beside them raises none. */

import { describe, expect, test } from 'vitest'
import type { Agreement, Amounts } from '../../src/engine/agreement.ts'
import { explore } from '../../src/engine/explore.ts'
import { faultsOf, type Situation } from '../../src/engine/explore-situation.ts'
import { complaintsAbout } from '../../src/flow/check.ts'
import type { Flow } from '../../src/flow/define.ts'
import { readFlow } from '../../src/flow/read.ts'
import { newAccount, type Account } from '../../src/ledger/account.ts'
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

/** The ledger lets no flow do these, so the books are cooked by hand. */
describe('the auditor says', () => {
  const flow = readFlow(sound)
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
    agreement: null,
    beneficiary: null,
  }
  return { ...newAccount(is), balance }
}

function cooked(state: string, amounts: Amounts, taken_in: bigint, ...accounts: Account[]): Situation {
  const agreement: Agreement = {
    id: '',
    flow: 'sound',
    flow_version: 1,
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
    version: 1,
    due_ms: null,
    created_ms: 0,
    entered_ms: 0,
    ended_ms: null,
  }
  const setting = { name: '', parties: {}, schedule: {} }
  return {
    setting,
    agreement,
    accounts: new Map(accounts.map((one) => [one.id, one])),
    funded: true,
    taken_in,
    now_ms: 0,
    way: [],
  }
}
