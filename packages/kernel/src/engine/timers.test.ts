/** Engine: the clock where it is refused, stopped, counts from marks, or comes again. */

import { describe, expect, test } from 'vitest'
import { workshop } from '../../test/simulation/workshop.ts'
import { accepted, ana, ben, clock, operator, start_ms, Town } from '../../test/walkthrough.ts'
import { walletFreeze } from '../../test/specimens/wallet-freeze.ts'
import { walletTopUp } from '../../test/specimens/wallet-top-up.ts'
import { timer_retry_ms_min } from './retry-timer.ts'
import type { Product } from './product.ts'

const day_ms = 86_400_000
const timer = { kind: 'timer' } as const

/** Ana has funded a workshop by ben, which waits 7 days for her and reminds her after 6. */
function funded(schedule: Readonly<Record<string, string>> = {}, like: Product = workshop): Town {
  const town = new Town([like, { flow: walletFreeze }, { flow: walletTopUp }], 'workshop')
  town.world = { ...town.world, schedules: new Map([['workshop', schedule]]) }
  town.put('ana', 10_000n)
  town.begin({ price: 10_000n }, { client: 'ana', maker: 'ben' })
  town.go('fund', ana)
  return town
}

function waits(town: Town, name: string): number[] {
  const timers = town.agreement?.timers ?? []
  return timers.filter((t) => t.transition === name && t.kind === 'transition').map((t) => t.at_ms - start_ms)
}

test('a refused timer waits for its next try: before it nothing is written, and no other timer is hidden', () => {
  const town = funded()
  town.take({ ...town.create('wallet-freeze', {}, { holder: 'ben' }), input: { direction: 'both' } })
  town.tick(6 * day_ms).go('approve_unanswered', clock, { kind: 'reminder' })
  town.tick(day_ms - 30_000).go('finish', ana)
  town.tick(30_000)
  expect(town.refused('approve_unanswered', clock, timer).code).toBe('wallet_frozen')
  const { version, due_ms } = town.agreement ?? {}
  expect(due_ms).toBe(town.now_ms + timer_retry_ms_min)

  const again = town.take(town.ask('approve_unanswered', clock, timer))
  expect(again.verdicts[0]).toMatchObject({ problem: { code: 'transition_not_open' } })
  expect([again.changes.events, town.agreement?.version]).toEqual([[], version])

  // Refused again and again, until it would be tried after the other timer is due.
  town.now_ms = start_ms + 8 * day_ms - 60_000
  expect(town.refused('approve_unanswered', clock, timer).code).toBe('wallet_frozen')
  expect(town.agreement?.due_ms).toBe(start_ms + 8 * day_ms - 30_000)
  town.now_ms = start_ms + 8 * day_ms - 30_000
  expect(town.go('nag', clock, timer).tells).toEqual(['operator'])
})

test('two timers due at once: the one that is refused does not hide the other', () => {
  const town = funded()
  town.take({ ...town.create('wallet-freeze', {}, { holder: 'ben' }), input: { direction: 'both' } })
  town.tick(6 * day_ms).go('finish', ana)
  town.tick(day_ms)
  town.refused('approve_unanswered', clock, timer)
  expect(town.agreement?.due_ms).toBeLessThanOrEqual(town.now_ms)
})

test('S18: after a withdrawn dispute the state is entered then, and the clock goes on with what was left', () => {
  const town = funded().tick(2 * day_ms)
  town.go('dispute', ben, { input: { why: 'unpaid' } })
  const back = town.tick(10 * day_ms).go('withdraw', ben).agreement
  expect([back.entered_ms - start_ms, waits(town, 'approve_unanswered')]).toEqual([
    12 * day_ms,
    [17 * day_ms],
  ])
})

const hour_ms = 3_600_000

describe('F5: a clock that was stopped just before the end', () => {
  const reminders = ({ agreement, now_ms }: Town) =>
    agreement?.timers.filter(({ kind }) => kind === 'reminder').map(({ at_ms }) => at_ms - now_ms)

  test('goes on with the least time, and its reminder comes again', () => {
    const town = funded().tick(6 * day_ms)
    town.go('approve_unanswered', clock, { kind: 'reminder' })
    town.tick(day_ms - 2_000).go('dispute', ben, { input: { why: 'unpaid' } })
    town.tick(5 * day_ms).go('withdraw', ben)
    expect(waits(town, 'approve_unanswered')).toEqual([town.now_ms - start_ms + 36 * hour_ms])
    expect(reminders(town)).toEqual([12 * hour_ms])
    expect(town.refused('approve_unanswered', clock, timer).code).toBe('transition_not_open')
    town.tick(36 * hour_ms)
    expect(town.go('approve_unanswered', clock, timer).agreement.state).toBe('done')
  })

  test('is not shortened where more was left', () => {
    const town = funded().tick(3 * day_ms)
    town.go('dispute', ben, { input: { why: 'unpaid' } })
    town.tick(5 * day_ms).go('withdraw', ben)
    expect(waits(town, 'approve_unanswered')).toEqual([12 * day_ms])
    expect(reminders(town)).toEqual([3 * day_ms])
  })

  test('reminds halfway where less is left than the reminder comes before', () => {
    const town = funded({ after_dispute: '12 hours' }).tick(7 * day_ms - 1)
    town.go('dispute', ben, { input: { why: 'unpaid' } })
    town.go('withdraw', ben)
    expect(reminders(town)).toEqual([6 * hour_ms])
  })

  test('of a flow that was published before there was a least time, goes on as it did', () => {
    const flow = structuredClone(workshop.flow)
    delete (flow.transitions['withdraw'] as { at_least?: string }).at_least
    const town = funded({}, { flow }).tick(7 * day_ms - 2_000)
    town.go('dispute', ben, { input: { why: 'unpaid' } })
    town.tick(5 * day_ms).go('withdraw', ben)
    expect(waits(town, 'approve_unanswered')).toEqual([town.now_ms - start_ms + 2_000])
  })
})

test('a timer since a mark is not counted from the old mark again after a withdrawn dispute', () => {
  const town = funded()
  town.go('finish', ana)
  town.tick(day_ms / 2).go('dispute', ben, { input: { why: 'unpaid' } })
  const back = town.tick(10 * day_ms).go('withdraw', ben).agreement
  expect(waits(town, 'nag')).toEqual([12 * day_ms])
  expect(back.marks).toEqual({ finish: { client: start_ms } })
  town.go('share_early', ben)
  expect(waits(town, 'nag')).toEqual([12 * day_ms])
})

test('a timer since a mark that came does not come at once again with the next mark', () => {
  const town = funded()
  town.go('finish', ana)
  town.tick(day_ms).go('nag', clock, timer)
  town.tick(day_ms / 4).go('share_early', ben)
  expect(waits(town, 'nag')).toEqual([2 * day_ms])
})

test('a timer since a mark is counted anew where that was taken back and made again', () => {
  const town = funded()
  town.go('finish', ana)
  town.go('unfinish', ana)
  expect(waits(town, 'nag')).toEqual([])
  town.tick(day_ms / 2).go('finish', ben)
  expect(waits(town, 'nag')).toEqual([1.5 * day_ms])
})

test('a reminder that came does not come again with the next mark', () => {
  const town = funded().tick(6 * day_ms)
  town.go('approve_unanswered', clock, { kind: 'reminder' })
  town.go('finish', ben)
  expect(town.agreement?.timers.filter(({ kind }) => kind === 'reminder')).toEqual([])
})

test('a lifted freeze lets the next try through', () => {
  const town = funded()
  const freeze = { ...town.create('wallet-freeze', {}, { holder: 'ben' }), input: { direction: 'both' } }
  const { id } = accepted(town.take(freeze).verdicts[0]).agreement
  town.tick(7 * day_ms)
  town.refused('approve_unanswered', clock, timer)
  town.go('lift', operator, { flow: 'wallet-freeze', agreement: id })
  expect(town.tick(timer_retry_ms_min).go('approve_unanswered', clock, timer).agreement.state).toBe('done')
})
