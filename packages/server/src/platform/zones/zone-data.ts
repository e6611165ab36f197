/** Zones: the one view of time zones in this process: the data of a package that is kept, or of a folder, such as the system's. */

import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { unpackZone, type PackedData } from './packed.ts'
import type { Zone } from './transitions.ts'
import { readTzif } from './tzif.ts'

export interface ZoneData {
  /** Of the IANA database, like `2026f`; `unknown` where the folder does not say. */
  readonly version: string
  /** `package`, or a folder. */
  readonly source: string
  find(name: string): Zone | null
}

export const system_folder = '/usr/share/zoneinfo'
const name_pattern = /^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+){0,2}$/

let in_use: ZoneData | undefined
const zones = new Map<string, Zone>()

/** That of the package until another is chosen. */
export function zoneData(): ZoneData {
  return (in_use ??= packageData())
}

/** Once, before anything asks for a zone. Throws where the folder has no zone data. */
export function useZoneData(folder: string | null): ZoneData {
  in_use = folder === null ? packageData() : folderData(folder)
  zones.clear()
  return in_use
}

export function isZone(name: string): boolean {
  return findZone(name) !== null
}

/** Throws for a name that is no zone: those that people give are asked about before. */
export function zoneOf(name: string): Zone {
  const zone = findZone(name)
  assert(zone !== null, `no zone is called ${name} in the zone data ${zoneData().version}`)
  return zone
}

function findZone(name: string): Zone | null {
  const known = zones.get(name)
  if (known !== undefined) return known
  const zone = name_pattern.test(name) ? zoneData().find(name) : null
  if (zone !== null) zones.set(name, zone)
  return zone
}

export function packageData(): ZoneData {
  const data = createRequire(import.meta.url)('moment-timezone/data/packed/latest.json') as PackedData
  const packed = new Map(data.zones.map((zone) => [zone.split('|', 1)[0] ?? '', zone]))
  const links = new Map(
    data.links.map((link) => {
      const [target = '', name = ''] = link.split('|')
      return [name, target]
    }),
  )
  return {
    version: data.version,
    source: 'package',
    find(name) {
      const zone = packed.get(name) ?? packed.get(links.get(name) ?? '')
      return zone === undefined ? null : unpackZone(zone, nodeZone(name))
    },
  }
}

export function folderData(folder: string): ZoneData {
  if (readFile(join(folder, 'UTC')) === null)
    throw new Error(
      `${folder} has no zone data: it is a folder such as ${system_folder}, with a file UTC in it`,
    )
  return {
    version: versionIn(folder) ?? 'unknown',
    source: folder,
    find(name) {
      const file = readFile(join(folder, ...name.split('/')))
      return file === null ? null : readTzif(file)
    },
  }
}

/** As the file says that comes with the data. */
export function versionIn(folder: string): string | null {
  const text = readFile(join(folder, 'tzdata.zi'))?.toString('latin1', 0, 100) ?? ''
  const own = readFile(join(folder, '+VERSION'))?.toString('latin1').trim()
  return /^# version (\d{4}[a-z]+)/.exec(text)?.[1] ?? own ?? null
}

function readFile(path: string): Buffer | null {
  try {
    return statSync(path).isFile() ? readFileSync(path) : null
  } catch {
    return null
  }
}

/** What Node itself knows of the zone: only for the far future, see packed.ts. */
function nodeZone(name: string): Zone['offsetAt'] {
  const format = new Intl.DateTimeFormat('en-u-ca-gregory-hc-h23', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  return (at_ms) => {
    const shown: Record<string, number> = {}
    const whole_ms = Math.floor(at_ms / 1_000) * 1_000
    for (const { type, value } of format.formatToParts(whole_ms))
      if (type !== 'literal') shown[type] = Number.parseInt(value, 10)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown
    return Date.UTC(year, month - 1, day, hour, minute, second) - whole_ms
  }
}
