/** Flow: what the notations of a flow file are read as, where a flow leaves something out. */

import { expect, test } from 'vitest'
import { booking } from '../../test/specimens/booking.ts'
import { milestone } from '../../test/specimens/milestone.ts'
import { sound } from '../../test/specimens/broken.ts'
import { amountsAtCreation, basisPoints, compileFlow, spanMs } from './compile.ts'

test('a path that is not given follows the rule; a creation has no id yet', () => {
  const { creation, transitions } = compileFlow(sound)
  expect([creation.path, transitions.get('go_on')?.path]).toEqual(['/sounds', '/sounds/{id}/go-on'])
})

test('a creation names the fixed amounts, but for those that a later transition sets', () => {
  expect(amountsAtCreation(compileFlow(milestone.flow))).toEqual(['price'])
  expect(amountsAtCreation(compileFlow(booking.flow))).toEqual([])
  expect(compileFlow(booking.flow).transitions.get('send_quote')?.sets).toEqual(['price', 'deposit'])
})

test('neighbouring moves that divide one amount of one account are one group', () => {
  const { transitions } = compileFlow(milestone.flow)
  expect(transitions.get('split')?.move_groups.map((group) => group.length)).toEqual([1, 3])
})

test.each([
  ['2.5%', 250n],
  ['0%', 0n],
  ['100%', 10_000n],
  ['0.05%', 5n],
])('%s', (percent, bps) => {
  expect([basisPoints(percent), basisPoints(percent)]).toEqual([bps, bps])
})

test('a span, and what is none', () => {
  expect(spanMs('48 hours')).toBe(172_800_000)
  expect(() => spanMs('a while')).toThrow('not a span')
  expect(() => basisPoints('1.234%')).toThrow('not a percentage')
})
