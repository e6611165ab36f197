// Business days: they tile time, their dates go up one by one, and they end exactly when the daily job of their cutoff comes.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { businessDayOf } from '../../src/platform/business-day.ts'
import { nextAfter } from '../../src/scheduling/next-run.ts'
import { cutoffs, dailyAt, instantsOf, wallOf, zones } from './zones.ts'

const hour_ms = 3_600_000
const told = (ms: number) => new Date(ms).toISOString().replace(':00.000Z', 'Z')
const nextDate = (date: string) => new Date(Date.parse(date) + 24 * hour_ms).toISOString().slice(0, 10)

describe('business days', () => {
  test.each([
    [
      'the last moment',
      '2026-03-15T20:59:59.999Z',
      'Africa/Kigali',
      '23:00',
      '2026-03-15',
      '2026-03-14T21:00Z',
      '2026-03-15T21:00Z',
    ],
    [
      'the cutoff itself is of the next day',
      '2026-03-15T21:00:00Z',
      'Africa/Kigali',
      '23:00',
      '2026-03-16',
      '2026-03-15T21:00Z',
      '2026-03-16T21:00Z',
    ],
    [
      'midnight there',
      '2026-03-15T22:00:00Z',
      'Africa/Kigali',
      '23:00',
      '2026-03-16',
      '2026-03-15T21:00Z',
      '2026-03-16T21:00Z',
    ],
    [
      'the end of February',
      '2026-02-28T21:00:00Z',
      'Africa/Kigali',
      '23:00',
      '2026-03-01',
      '2026-02-28T21:00Z',
      '2026-03-01T21:00Z',
    ],
    [
      'a leap day',
      '2028-02-29T12:00:00Z',
      'Africa/Kigali',
      '23:00',
      '2028-02-29',
      '2028-02-28T21:00Z',
      '2028-02-29T21:00Z',
    ],
    [
      'the end of April',
      '2026-04-30T21:30:00Z',
      'Africa/Kigali',
      '23:00',
      '2026-05-01',
      '2026-04-30T21:00Z',
      '2026-05-01T21:00Z',
    ],
    [
      'the end of a year',
      '2026-12-31T15:00:00Z',
      'Asia/Manila',
      '23:00',
      '2027-01-01',
      '2026-12-31T15:00Z',
      '2027-01-01T15:00Z',
    ],
    [
      'before the epoch',
      '1969-12-31T20:00:00Z',
      'Africa/Kigali',
      '23:00',
      '1969-12-31',
      '1969-12-30T21:00Z',
      '1969-12-31T21:00Z',
    ],
    [
      'Berlin, 23 hours',
      '2026-03-29T12:00:00Z',
      'Europe/Berlin',
      '23:00',
      '2026-03-29',
      '2026-03-28T22:00Z',
      '2026-03-29T21:00Z',
    ],
    [
      'Berlin, 25 hours',
      '2026-10-25T12:00:00Z',
      'Europe/Berlin',
      '23:00',
      '2026-10-25',
      '2026-10-24T21:00Z',
      '2026-10-25T22:00Z',
    ],
    [
      'Berlin, the cutoff comes twice',
      '2026-10-25T00:45:00Z',
      'Europe/Berlin',
      '02:30',
      '2026-10-26',
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ],
    [
      'Berlin, the cutoff does not come',
      '2026-03-29T01:00:00Z',
      'Europe/Berlin',
      '02:30',
      '2026-03-30',
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ],
    [
      'New York, 23 hours',
      '2026-03-08T07:00:00Z',
      'America/New_York',
      '23:00',
      '2026-03-08',
      '2026-03-08T04:00Z',
      '2026-03-09T03:00Z',
    ],
    [
      'Lord Howe, 23 and a half',
      '2026-10-04T00:00:00Z',
      'Australia/Lord_Howe',
      '23:00',
      '2026-10-04',
      '2026-10-03T12:30Z',
      '2026-10-04T12:00Z',
    ],
    [
      'Lord Howe, 24 and a half',
      '2026-04-05T00:00:00Z',
      'Australia/Lord_Howe',
      '23:00',
      '2026-04-05',
      '2026-04-04T12:00Z',
      '2026-04-05T12:30Z',
    ],
    [
      'Cairo, calendar day without its first hour',
      '2026-04-23T22:00:00Z',
      'Africa/Cairo',
      '24:00',
      '2026-04-24',
      '2026-04-23T22:00Z',
      '2026-04-24T21:00Z',
    ],
    [
      'Cairo, 23:00 comes twice: the first',
      '2026-10-29T20:30:00Z',
      'Africa/Cairo',
      '23:00',
      '2026-10-30',
      '2026-10-29T20:00Z',
      '2026-10-30T21:00Z',
    ],
    [
      'Cairo, the second last hour of a calendar day',
      '2026-10-29T21:30:00Z',
      'Africa/Cairo',
      '24:00',
      '2026-10-29',
      '2026-10-28T21:00Z',
      '2026-10-29T22:00Z',
    ],
    [
      'Apia, the day before one that was left out',
      '2011-12-30T09:30:00Z',
      'Pacific/Apia',
      '23:00',
      '2011-12-30',
      '2011-12-30T09:00Z',
      '2011-12-30T10:00Z',
    ],
  ])('%s', (_, at, zone, cutoff, date, from, to) => {
    const day = businessDayOf(Date.parse(at), zone, cutoff)
    expect([day.date, told(day.from_ms), told(day.to_ms)]).toEqual([date, from, to])
  })

  describe.each(Object.keys(zones))('%s', (zone) => {
    const somewhere = fc.tuple(instantsOf(zone), fc.constantFrom(...cutoffs))

    test('days tile time, and their dates go up by one', () => {
      fc.assert(
        fc.property(somewhere, ([at_ms, cutoff]) => {
          const day = businessDayOf(at_ms, zone, cutoff)
          expect(day.from_ms).toBeLessThanOrEqual(at_ms)
          expect(day.to_ms).toBeGreaterThan(at_ms)
          expect(businessDayOf(day.from_ms, zone, cutoff)).toEqual(day)
          expect(businessDayOf(day.to_ms - 1, zone, cutoff)).toEqual(day)
          const next = businessDayOf(day.to_ms, zone, cutoff)
          expect([next.from_ms, next.date]).toEqual([day.to_ms, nextDate(day.date)])
        }),
        { numRuns: 300 },
      )
    })

    test('a day ends when the daily job of its cutoff comes, and is named after that date', () => {
      fc.assert(
        fc.property(somewhere, ([at_ms, cutoff]) => {
          const { date, to_ms } = businessDayOf(at_ms, zone, cutoff)
          expect(told(to_ms)).toBe(told(nextAfter(dailyAt(cutoff), zone, at_ms)))
          const last_date = wallOf(cutoff === '24:00' ? to_ms - 1 : to_ms, zone).slice(0, 10)
          expect(date).toBe(last_date)
        }),
        { numRuns: 300 },
      )
    })

    test('days last 24 hours, and an hour more or less where the clocks change', () => {
      let hours = 0
      let days = 0
      let at_ms = Date.parse('2026-01-01T12:00:00Z')
      for (; days < 365; days += 1) {
        const { from_ms, to_ms } = businessDayOf(at_ms, zone, '23:00')
        hours += (to_ms - from_ms) / hour_ms
        at_ms = to_ms
        expect(Math.abs((to_ms - from_ms) / hour_ms - 24)).toBeLessThanOrEqual(1)
      }
      // A year gives back what it took.
      expect(hours).toBe(365 * 24)
    })
  })

  test.each(['00:00', '24:01', '7:00', '23:60', '', '23:00:00', '-1:00'])('"%s" is no cutoff', (cutoff) => {
    expect(() => businessDayOf(0, 'UTC', cutoff)).toThrow(/cutoff/)
  })
})
