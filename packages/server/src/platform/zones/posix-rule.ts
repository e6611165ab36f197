/** Zones: the rule after the last listed change, as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3`. */

const hour_ms = 3_600_000
const day_ms = 86_400_000

const name = String.raw`(?:[A-Za-z]+|<[\w+-]+>)`
const time = String.raw`[+-]?\d{1,3}(?::\d\d){0,2}`
const date = String.raw`(?:J?\d{1,3}|M\d{1,2}\.\d\.\d)(?:/${time})?`
const pattern = new RegExp(`^${name}(${time})(?:${name}(${time})?,(${date}),(${date}))?$`)

/** The offset east of UTC at an instant, in milliseconds; null for no rule, or one that is not understood. */
export function readRule(rule: string): ((at_ms: number) => number) | null {
  const [, west, summer_west, begins, ends] = pattern.exec(rule) ?? []
  if (west === undefined) return null
  // Written west of UTC.
  const standard_ms = -msOf(west)
  if (begins === undefined || ends === undefined) return () => standard_ms
  const summer_ms = summer_west === undefined ? standard_ms + hour_ms : -msOf(summer_west)
  return (at_ms) => {
    const year = new Date(at_ms + standard_ms).getUTCFullYear()
    // Told in the time that is shown before the change.
    const from_ms = wallOf(begins, year) - standard_ms
    const to_ms = wallOf(ends, year) - summer_ms
    const summer = from_ms < to_ms ? at_ms >= from_ms && at_ms < to_ms : at_ms >= from_ms || at_ms < to_ms
    return summer ? summer_ms : standard_ms
  }
}

function msOf(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1
  const [hours = 0, minutes = 0, seconds = 0] = text
    .replace(/^[+-]/, '')
    .split(':')
    .map((part) => Number.parseInt(part, 10))
  return sign * ((hours * 60 + minutes) * 60 + seconds) * 1_000
}

/** The wall time of a change in a year: a weekday of a month, or a day of the year with or without February 29. */
function wallOf(text: string, year: number): number {
  const [day = '', at = '2'] = text.split('/')
  return dayOf(day, year) + msOf(at)
}

function dayOf(text: string, year: number): number {
  const first_ms = Date.UTC(year, 0, 1)
  const [, month, week, weekday] = /^M(\d+)\.(\d)\.(\d)$/.exec(text) ?? []
  if (month === undefined || week === undefined || weekday === undefined) {
    const number = Number.parseInt(text.replace('J', ''), 10)
    if (!text.startsWith('J')) return first_ms + number * day_ms
    const leap = new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1
    return first_ms + (number - 1 + (leap && number > 59 ? 1 : 0)) * day_ms
  }
  const month_ms = Date.UTC(year, Number.parseInt(month, 10) - 1, 1)
  const ahead = (Number.parseInt(weekday, 10) - new Date(month_ms).getUTCDay() + 7) % 7
  let day_at_ms = month_ms + (ahead + (Number.parseInt(week, 10) - 1) * 7) * day_ms
  // The fifth is the last.
  while (new Date(day_at_ms).getUTCMonth() !== new Date(month_ms).getUTCMonth()) day_at_ms -= 7 * day_ms
  return day_at_ms
}
