// Daily jobs by the wall clock: once a day, whatever the clocks do, and whatever zone this machine is in.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextAfter } from '../../src/scheduling/next-run.ts'
import { instantsOf, wallOf, zones } from './zones.ts'

function series(cron: string, zone: string, after: string, count: number): string[] {
  const found: string[] = []
  for (let at_ms = Date.parse(after); found.length < count;) {
    at_ms = nextAfter(cron, zone, at_ms)
    found.push(new Date(at_ms).toISOString().replace(':00.000Z', 'Z'))
  }
  return found
}

describe('next runs', () => {
  test.each([
    [
      'month ends of 28',
      '0 23 * * *',
      'Africa/Kigali',
      '2026-02-27T00:00:00Z',
      ['2026-02-27T21:00Z', '2026-02-28T21:00Z', '2026-03-01T21:00Z'],
    ],
    [
      'of 29',
      '0 23 * * *',
      'Africa/Kigali',
      '2028-02-28T00:00:00Z',
      ['2028-02-28T21:00Z', '2028-02-29T21:00Z', '2028-03-01T21:00Z'],
    ],
    [
      'of 30',
      '0 2 * * *',
      'Africa/Kigali',
      '2026-04-29T12:00:00Z',
      ['2026-04-30T00:00Z', '2026-05-01T00:00Z'],
    ],
    [
      'of 31, over midnight of UTC',
      '0 2 * * *',
      'Asia/Manila',
      '2026-07-30T18:00:00Z',
      ['2026-07-31T18:00Z', '2026-08-01T18:00Z'],
    ],
    [
      'of a year',
      '0 23 * * *',
      'Asia/Manila',
      '2026-12-30T15:00:00Z',
      ['2026-12-31T15:00Z', '2027-01-01T15:00Z'],
    ],
    [
      'Berlin jumps over 02:30: at the jump',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T01:30:00Z',
      ['2026-03-29T01:00Z', '2026-03-30T00:30Z'],
    ],
    [
      'Berlin has 02:30 twice: the first',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-10-24T00:30:00Z',
      ['2026-10-25T00:30Z', '2026-10-26T01:30Z'],
    ],
    [
      'New York jumps over 02:30',
      '30 2 * * *',
      'America/New_York',
      '2026-03-07T07:30:00Z',
      ['2026-03-08T07:00Z', '2026-03-09T06:30Z'],
    ],
    [
      'New York has 01:30 twice',
      '30 1 * * *',
      'America/New_York',
      '2026-10-31T05:30:00Z',
      ['2026-11-01T05:30Z', '2026-11-02T06:30Z'],
    ],
    [
      'Lord Howe jumps over half an hour',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-02T15:45:00Z',
      ['2026-10-03T15:30Z', '2026-10-04T15:15Z'],
    ],
    [
      'Lord Howe repeats half an hour',
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2026-04-03T14:45:00Z',
      ['2026-04-04T14:45Z', '2026-04-05T15:15Z'],
    ],
    [
      'Cairo jumps over midnight',
      '0 0 * * *',
      'Africa/Cairo',
      '2026-04-22T22:00:00Z',
      ['2026-04-23T22:00Z', '2026-04-24T21:00Z'],
    ],
    [
      'Cairo has 23:30 twice',
      '30 23 * * *',
      'Africa/Cairo',
      '2026-10-28T20:30:00Z',
      ['2026-10-29T20:30Z', '2026-10-30T21:30Z'],
    ],
    ['strictly after', '0 23 * * *', 'Africa/Kigali', '2026-03-15T21:00:00Z', ['2026-03-16T21:00Z']],
    ['a moment before', '0 23 * * *', 'Africa/Kigali', '2026-03-15T20:59:59.999Z', ['2026-03-15T21:00Z']],
    ['between the two comings', '30 2 * * *', 'Europe/Berlin', '2026-10-25T00:59:00Z', ['2026-10-26T01:30Z']],
    ['in the second coming', '30 2 * * *', 'Europe/Berlin', '2026-10-25T01:15:00Z', ['2026-10-26T01:30Z']],
  ])('%s', (_, cron, zone, after, runs) => {
    expect(series(cron, zone, after, runs.length)).toEqual(runs)
  })

  test.each(Object.keys(zones))(
    '%s: every date of 2026 has one run, of every minute of the day that there is',
    (zone) => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), (hour, minute) => {
          const dates: string[] = []
          for (let at_ms = Date.parse('2025-12-31T12:00:00Z'); at_ms < Date.parse('2027-01-02');)
            dates.push(wallOf((at_ms = nextAfter(`${minute} ${hour} * * *`, zone, at_ms)), zone).slice(0, 10))
          expect(dates.filter((date) => date.startsWith('2026'))).toHaveLength(365)
          expect(new Set(dates).size).toBe(dates.length)
        }),
        { numRuns: 20 },
      )
    },
  )

  test.each(Object.keys(zones))('%s: from anywhere before it, the next run is the same', (zone) => {
    fc.assert(
      fc.property(instantsOf(zone), fc.double({ min: 0, max: 1, noNaN: true }), (at_ms, part) => {
        const next_ms = nextAfter('30 2 * * *', zone, at_ms)
        expect(next_ms).toBeGreaterThan(at_ms)
        const between_ms = at_ms + Math.floor((next_ms - 1 - at_ms) * part)
        expect(nextAfter('30 2 * * *', zone, between_ms)).toBe(next_ms)
      }),
      { numRuns: 500 },
    )
  })

  test('the zone of the machine plays no part', () => {
    const script = `
      import { nextAfter } from ${JSON.stringify(fileURLToPath(new URL('../../src/scheduling/next-run.ts', import.meta.url)))}
      for (const zone of ${JSON.stringify(Object.keys(zones))})
        for (let day = 0, at = Date.UTC(2026, 0, 1); day < 366; day += 1) process.stdout.write((at = nextAfter('30 2 * * *', zone, at)) + ' ')`
    const told = ['UTC', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo'].map((TZ) =>
      spawnSync(process.execPath, ['--input-type=module', '-e', script], {
        env: { ...process.env, TZ },
      }).stdout.toString(),
    )
    expect(told[0]?.length).toBeGreaterThan(10_000)
    expect(new Set(told).size).toBe(1)
  })

  test.each([
    ['not a pattern', 'UTC', 'CronPattern'],
    ['* * * * * *', 'UTC', 'exactly 5 parts'],
    ['0 23 * * *', 'Moon/Base', 'no zone is called Moon/Base'],
    ['0 0 30 2 *', 'UTC', 'never comes'],
  ])('"%s" in %s is a mistake', (cron, zone, says) => {
    expect(() => nextAfter(cron, zone, 0)).toThrow(says)
  })
})
