/** Engine: a timer that counts from one thing and waits for another. */

import { expect, test } from 'vitest'
import { ana, ben, clock, operator, start_ms, Town } from '../../test/walkthrough.ts'
import { instant } from '../instant.ts'
import { defineFlow } from '../flow/define.ts'
import type { Product } from './product.ts'

const day_ms = 86_400_000

const flow = defineFlow({
  name: 'visit',
  noun: 'visits',
  id_prefix: 'vis',
  about:
    'Two say that it was done; one who is silent for 5 days is asked about, but not before the day of it.',
  parties: { guest: 'Comes', host: 'Is there' },
  amounts: {},
  terms: {},
  codes: {},
  states: { agreed: 'Agreed', done: 'Done', asked: 'Asked about' },
  ends: ['done', 'asked'],
  transitions: {
    create: { arrow: '[*] -> agreed', by: 'service', says: 'Agreed', input: { day: 'instant?' } },
    move: { arrow: 'agreed -> agreed', by: 'operator', says: 'Another day', input: { day: 'instant' } },
    finish: { arrow: 'agreed -> done', by: { all: ['guest', 'host'] }, says: 'Done' },
    ask: {
      arrow: 'agreed -> asked',
      after: '5 days',
      since: 'finish',
      not_before: 'day',
      says: 'Asked about',
    },
  },
})
const visit: Product = { flow }

function agreed(day?: number): Town {
  const town = new Town([visit], 'visit')
  const asked = town.create('visit', {}, { guest: 'ana', host: 'ben' })
  const [verdict] = town.take({ ...asked, input: day === undefined ? {} : { day: at(day) } }).verdicts
  if (verdict?.outcome !== 'accepted') throw new Error('not accepted')
  town.agreement = verdict.agreement
  return town
}

const at = (day: number) => instant(start_ms + day * day_ms)
const waits = (town: Town) => town.agreement?.timers.map(({ at_ms }) => (at_ms - start_ms) / day_ms)

test.each([
  ['no day', undefined, 5],
  ['a day before the mark', -3, 5],
  ['a day within the silence', 4, 5],
  ['a day after it', 20, 20],
])('%s: the clock acts when both have come', (_what, day, due) => {
  const town = agreed(day)
  expect(waits(town)).toEqual([])
  town.go('finish', ana)
  expect(waits(town)).toEqual([due])
  town.now_ms = start_ms + due * day_ms - 1
  expect(town.refused('ask', clock, { kind: 'timer' }).code).toBe('transition_not_open')
  expect(town.tick(1).go('ask', clock, { kind: 'timer' }).agreement.state).toBe('asked')
})

test('another day: the clock waits for it, and goes back to its own time where the day comes sooner', () => {
  const town = agreed(20)
  town.go('finish', ben)
  town.go('move', operator, { input: { day: at(30) } })
  expect(waits(town)).toEqual([30])
  town.go('move', operator, { input: { day: at(1) } })
  expect(waits(town)).toEqual([5])
})
