/** What an agreement has from the one above, and what the two share within a batch: terms, references. */

import { expect, test } from 'vitest'
import { specimens } from '../../test/specimens/index.ts'
import { accepted, service, Town } from '../../test/walkthrough.ts'
import { defineFlow } from '../flow/define.ts'
import type { Ask, Verdict } from './ask.ts'

const codeOf = (verdict: Verdict | undefined) =>
  verdict?.outcome === 'refused' ? verdict.problem.code : verdict?.outcome

test('a term that both have is that of the agreement above', () => {
  const town = new Town(specimens, 'specimen-line')
  town.put('lea', 60_000n)
  const people = { lender: 'lea', borrower: 'bob' }
  town.world = { ...town.world, schedules: new Map([['specimen-line', { lending: 'off' }]]) }
  const off = town.begin({ limit: 9_000n }, people).agreement.id
  town.world = { ...town.world, schedules: new Map([['specimen-loan', { lending: 'off' }]]) }
  const on = accepted(town.take(town.create('specimen-line', { limit: 9_000n }, people)).verdicts[0])
    .agreement.id
  const [under_off, under_on] = town.take(
    town.create('specimen-loan', { amount: 100n }, people, { under: off }),
    town.create('specimen-loan', { amount: 100n }, people, { under: on }),
  ).verdicts
  expect([codeOf(under_off), codeOf(under_on)]).toEqual(['transition_not_open', 'accepted'])
})

test('a reference counts once within a batch, also where each takes something with it', () => {
  const tally = defineFlow({
    name: 'tally',
    noun: 'tallies',
    id_prefix: 'tly',
    about: 'Counts slips.',
    parties: { keeper: 'Keeps it' },
    amounts: {},
    terms: {},
    codes: {},
    states: { open: 'Open', closed: 'Closed' },
    ends: ['closed'],
    transitions: {
      open: { arrow: '[*] -> open', by: 'service', says: 'Opened' },
      note: { arrow: 'open -> open', by: 'child', says: 'A slip' },
      close: { arrow: 'open -> closed', by: 'operator', says: 'Closed' },
    },
  })
  const slip = defineFlow({
    name: 'slip',
    noun: 'slips',
    id_prefix: 'slp',
    about: 'Has a paper.',
    under: { tally: 'tally' },
    parties: { writer: 'Writes it' },
    amounts: {},
    terms: {},
    codes: {},
    states: { open: 'Open', filed: 'Filed' },
    ends: ['filed'],
    transitions: {
      open: { arrow: '[*] -> open', by: 'service', says: 'Opened' },
      file: {
        arrow: 'open -> filed',
        by: 'service',
        says: 'Filed',
        input: { paper: 'reference' },
        drives: 'note',
      },
    },
  })
  const town = new Town([{ flow: tally }, { flow: slip }], 'tally')
  const under = town.begin({}, { keeper: 'kim' }).agreement.id
  const slips = [1, 2].map(() => town.create('slip', {}, { writer: 'wim' }, { under }))
  town.take(...slips)
  const file = ({ id }: Ask) =>
    town.ask('file', service, { flow: 'slip', agreement: id, input: { paper: 'A-1' } })
  const { verdicts, changes } = town.take(...slips.map(file))
  expect(verdicts.map(codeOf)).toEqual(['accepted', 'reference_taken'])
  expect(changes.events.map(({ transition }) => transition)).toEqual(['file', 'note'])
})
