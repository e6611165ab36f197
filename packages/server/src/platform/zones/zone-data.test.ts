// Examines our view of time zones: laws of this autumn, both sources, the far future, and what is old.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { nextAfter } from '../../scheduling/next-run.ts'
import { businessDayOf } from '../business-day.ts'
import { readConfig } from '../config/config.ts'
import { localTime } from '../local-time.ts'
import { ageWarning, isOld } from './age.ts'
import { readRule } from './posix-rule.ts'
import {
  folderData,
  isZone,
  packageData,
  system_folder,
  useZoneData,
  versionIn,
  zoneData,
} from './zone-data.ts'

const hour_ms = 3_600_000

afterEach(() => void useZoneData(null))

describe('N7: zones whose law changed in autumn 2026', () => {
  test.each([
    // [zone, instant, date, hours ahead of UTC]
    ['America/Winnipeg', '2026-12-15T05:30:00Z', '2026-12-15', -5],
    ['America/Winnipeg', '2026-12-15T04:59:00Z', '2026-12-14', -5],
    ['America/Winnipeg', '2027-01-01T05:00:00Z', '2027-01-01', -5],
    ['America/Havana', '2026-12-15T04:30:00Z', '2026-12-15', -4],
    ['America/Inuvik', '2026-12-15T06:30:00Z', '2026-12-15', -6],
    // As before.
    ['America/Winnipeg', '2025-12-15T05:30:00Z', '2025-12-14', -6],
    ['Africa/Kigali', '2026-12-14T22:30:00Z', '2026-12-15', 2],
    ['Asia/Manila', '2026-12-14T16:30:00Z', '2026-12-15', 8],
    ['Africa/Casablanca', '2026-12-15T00:30:00Z', '2026-12-15', 0],
  ])('%s at %s is the business day %s', (zone, at, date, hours) => {
    expect(businessDayOf(Date.parse(at), zone, '24:00').date).toBe(date)
    expect(zoneData().find(zone)?.offsetAt(Date.parse(at))).toBe(hours * hour_ms)
  })

  test('daily work and the time in a sentence are the same hour', () => {
    expect(
      new Date(nextAfter('30 0 * * *', 'America/Winnipeg', Date.parse('2026-12-14T12:00Z'))).toISOString(),
    ).toBe('2026-12-15T05:30:00.000Z')
    expect(localTime(Date.parse('2026-12-15T05:30:00Z'), 'America/Winnipeg')).toBe(
      '15 Dec 2026, 00:30 (America/Winnipeg)',
    )
  })
})

describe('sources', () => {
  test('the package is the default, and knows aliases; a name that is no zone is none', () => {
    expect(zoneData()).toMatchObject({ source: 'package', version: expect.stringMatching(/^20\d\d[a-z]$/) })
    for (const name of [
      'UTC',
      'Etc/UTC',
      'Asia/Calcutta',
      'Asia/Kolkata',
      'America/Argentina/Ushuaia',
      'Etc/GMT+5',
    ])
      expect([name, isZone(name)]).toEqual([name, true])
    for (const name of ['', 'Moon/Base', '../passwd', 'Asia', 'asia/manila ', 'UTC/../UTC'])
      expect([name, isZone(name)]).toEqual([name, false])
  })

  test.skipIf(!existsSync(join(system_folder, 'UTC')))(
    "the system's files say the same of the years that no release differs in (skipped where there are none)",
    () => {
      const system = folderData(system_folder)
      const own = packageData()
      const differ = new Set<string>()
      for (const name of Intl.supportedValuesOf('timeZone')) {
        const [theirs, ours] = [system.find(name), own.find(name)]
        for (let at_ms = Date.UTC(2005, 0, 1); at_ms < Date.UTC(2024, 0, 1); at_ms += 1_111 * hour_ms)
          if (theirs?.offsetAt(at_ms) !== ours?.offsetAt(at_ms)) differ.add(name)
      }
      expect([...differ]).toEqual([])
    },
  )

  test('HOLDFAST_ZONE_DATA names a folder, and one without zone data stops the start', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-zones-'))
    expect(() => readConfig({ HOLDFAST_ZONE_DATA: folder })).toThrow(
      /HOLDFAST_ZONE_DATA: .* has no zone data/,
    )
    writeFileSync(join(folder, 'UTC'), tzif([0], '<-07>7'))
    writeFileSync(join(folder, 'tzdata.zi'), '# version 2031b\nR x')
    const { zone_data } = readConfig({ HOLDFAST_ZONE_DATA: folder, HOLDFAST_TIME_ZONE: 'UTC' })
    expect(zone_data).toMatchObject({ version: '2031b', source: folder })
    expect(businessDayOf(Date.parse('2026-12-15T05:30:00Z'), 'UTC', '24:00').date).toBe('2026-12-14')
    expect(() => readConfig({ HOLDFAST_ZONE_DATA: folder, HOLDFAST_TIME_ZONE: 'Asia/Manila' })).toThrow(
      /IANA zone/,
    )
    expect(versionIn(folder)).toBe('2031b')
    rmSync(folder, { recursive: true })
  })

  test('a file that is none, or is cut off, is no zone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-zones-'))
    writeFileSync(join(folder, 'UTC'), tzif([0], ''))
    writeFileSync(join(folder, 'Text'), 'TZif and nothing')
    writeFileSync(join(folder, 'Cut'), tzif([0], '').subarray(0, 60))
    const data = folderData(folder)
    expect(data.version).toBe('unknown')
    expect(['UTC', 'Text', 'Cut', 'None'].map((name) => data.find(name)?.offsetAt(0))).toEqual([
      0,
      undefined,
      undefined,
      undefined,
    ])
    rmSync(folder, { recursive: true })
  })
})

describe('after the last change that is listed', () => {
  test.each([
    ['CET-1CEST,M3.5.0,M10.5.0/3', 'Europe/Berlin'],
    ['EST5EDT,M3.2.0,M11.1.0', 'America/New_York'],
    ['<+1030>-10:30<+11>-11,M10.1.0,M4.1.0', 'Australia/Lord_Howe'],
    ['IST-2IDT,M3.4.4/26,M10.5.0', 'Asia/Jerusalem'],
    ['<-02>2<-01>,M3.5.0/-1,M10.5.0/0', 'America/Nuuk'],
    ['<-04>4<-03>,M9.1.6/24,M4.1.6/24', 'America/Santiago'],
    ['EET-2EEST,M4.5.5/0,M10.5.4/24', 'Africa/Cairo'],
    ['<+0545>-5:45', 'Asia/Kathmandu'],
    ['CST6', 'America/Costa_Rica'],
  ])('%s is %s', (rule, zone) => {
    const offsetAt = readRule(rule)
    const own = packageData().find(zone)
    const differ: string[] = []
    for (let at_ms = Date.UTC(2027, 0, 1); at_ms < Date.UTC(2060, 0, 1); at_ms += 7 * hour_ms)
      if (offsetAt?.(at_ms) !== own?.offsetAt(at_ms)) differ.push(new Date(at_ms).toISOString())
    expect(differ).toEqual([])
  })

  test.each([
    ['AAA3BBB,J60/0,J300/0', '2028-03-01T02:59Z', -3],
    ['AAA3BBB,J60/0,J300/0', '2028-03-01T03:00Z', -2],
    ['AAA3BBB,59/0,299/0', '2027-03-01T03:00Z', -2],
    ['AAA3BBB,59/0,299/0', '2028-02-29T03:00Z', -2],
  ])('%s at %s', (rule, at, hours) => {
    expect(readRule(rule)?.(Date.parse(at))).toBe(hours * hour_ms)
  })

  test('no rule, and one that nobody understands', () => {
    expect([readRule(''), readRule('what'), readRule('CET-1CEST,M3.5.0')]).toEqual([null, null, null])
  })
})

describe('age', () => {
  test('a year without an update is old', () => {
    expect(isOld('2026f', Date.parse('2027-06-30T00:00Z'))).toBe(false)
    expect(isOld('2026f', Date.parse('2027-07-01T00:00Z'))).toBe(true)
    expect(isOld('unknown', 0)).toBe(true)
  })

  test('newer data at hand is named, with what to do', () => {
    const now_ms = Date.parse('2026-12-01T00:00Z')
    expect(ageWarning({ ...packageData(), version: '2019a' }, now_ms)).toMatch(
      /^The zone data in use is 2019a \(package\); .* has 20\d\d[a-z]: /,
    )
    expect(ageWarning({ ...packageData(), version: '9999a', source: 'package' }, now_ms)).toBeNull()
    expect(
      ageWarning({ ...packageData(), version: '9999a', source: 'package' }, Date.UTC(10_001, 0, 1)),
    ).toMatch(/which is old: update Holdfast/)
  })
})

/** A file as zic writes it, with no changes. */
function tzif(offsets_s: readonly number[], rule: string): Buffer {
  const block = (version: number) => {
    const header = Buffer.alloc(44)
    header.write('TZif')
    header[4] = version
    header.writeUInt32BE(offsets_s.length, 36)
    header.writeUInt32BE(4, 40)
    const types = offsets_s.map((offset) => {
      const type = Buffer.alloc(6)
      type.writeInt32BE(offset)
      return type
    })
    return Buffer.concat([header, ...types, Buffer.from('UTC\0')])
  }
  return Buffer.concat([block(0x32), block(0x32), Buffer.from(`\n${rule}\n`)])
}
