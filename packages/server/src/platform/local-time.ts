/** Base: an instant in a sentence to people, on the wall clock of a zone that is named with it. */

export function localTime(ms: number, time_zone: string): string {
  const text = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: time_zone,
  }).format(ms)
  return `${text} (${time_zone})`
}
