// The room of the clock tests: zones that have something to teach, and instants near their changes.
import fc from 'fast-check'

/** Each zone with instants around which its clocks change, or changed: sought by fast-check more often than others. */
export const zones: Readonly<Record<string, readonly string[]>> = {
  'Africa/Kigali': [],
  'Asia/Manila': [],
  'Europe/Berlin': ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z'],
  'America/New_York': ['2026-03-08T07:00:00Z', '2026-11-01T06:00:00Z'],
  // Half an hour.
  'Australia/Lord_Howe': ['2026-04-04T15:00:00Z', '2026-10-03T15:30:00Z'],
  // At midnight: a day without its first hour, and one with two last ones.
  'Africa/Cairo': ['2026-04-23T22:00:00Z', '2026-10-29T21:00:00Z'],
}

export const near_ms = 36 * 3_600_000

/** Any instant of 2000 to 2040, and often one near a change of these clocks, a month's end or a leap day. */
export function instantsOf(zone: string): fc.Arbitrary<number> {
  const marks = [
    ...(zones[zone] ?? []),
    '2024-02-29T00:00:00Z',
    '2026-02-28T22:00:00Z',
    '2026-12-31T22:00:00Z',
  ]
  return fc.oneof(
    fc.integer({ min: Date.UTC(2000), max: Date.UTC(2040) }),
    fc
      .tuple(fc.constantFrom(...marks), fc.integer({ min: -near_ms, max: near_ms }))
      .map(([mark, apart_ms]) => Date.parse(mark) + apart_ms),
  )
}

/** 23:00 of the product document, midnight, and cutoffs that changes of the clocks jump over or repeat. */
export const cutoffs = ['23:00', '24:00', '00:30', '01:45', '02:00', '02:15', '02:30', '23:30'] as const

/** The pattern of a daily job at the cutoff. */
export function dailyAt(cutoff: string): string {
  const [hour = 0, minute = 0] = cutoff.split(':').map((digits) => Number.parseInt(digits, 10))
  return `${minute} ${hour % 24} * * *`
}

/** "2026-03-29 03:00" as the people there would say it. */
export function wallOf(at_ms: number, zone: string): string {
  return new Date(at_ms).toLocaleString('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
}
