/** Zones: whether the data in use should be replaced. Laws change some times a year, often with weeks of notice. */

import { packageData, system_folder, versionIn, type ZoneData } from './zone-data.ts'

/** A sentence that says what to do; null where the data is good. */
export function ageWarning({ version, source }: ZoneData, now_ms: number): string | null {
  const found = newerThan(version, source)
  if (found !== null)
    return `The zone data in use is ${version} (${source}); ${found.where} has ${found.version}: ${found.what_to_do}.`
  if (!isOld(version, now_ms)) return null
  return `The zone data in use is ${version} (${source}), which is old: update Holdfast, or the system's package tzdata and set HOLDFAST_ZONE_DATA=${system_folder}.`
}

/** From July of the next year on: no year has passed without changes yet. */
export function isOld(version: string, now_ms: number): boolean {
  const year = Number.parseInt(version, 10)
  return Number.isNaN(year) || now_ms >= Date.UTC(year + 1, 6, 1)
}

function newerThan(version: string, source: string) {
  const others = [
    {
      where: "the system's folder",
      version: versionIn(system_folder),
      what_to_do: `set HOLDFAST_ZONE_DATA=${system_folder}`,
    },
    {
      where: 'the package that comes with Holdfast',
      version: source === 'package' ? null : packageData().version,
      what_to_do: 'take HOLDFAST_ZONE_DATA away, or update that folder',
    },
    { where: 'Node', version: process.versions['tz'] ?? null, what_to_do: 'update Holdfast, or that folder' },
  ]
  const newer = others.filter(
    (one) => one.version !== null && /^\d{4}[a-z]+$/.test(one.version) && one.version > version,
  )
  return newer.toSorted((a, b) => ((a.version ?? '') < (b.version ?? '') ? 1 : -1))[0] ?? null
}
