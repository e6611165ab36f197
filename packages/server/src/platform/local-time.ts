/** Base: an instant in a sentence to people, on the wall clock of a zone that is named with it. */

import { wallAt } from './zones/wall-clock.ts'

export function localTime(ms: number, time_zone: string): string {
  const text = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
    // The wall clock's time is handed over as UTC's, since zones are known in one place alone.
    timeZone: 'UTC',
  }).format(wallAt(ms, time_zone))
  return `${text} (${time_zone})`
}
