/** Base: instants as text. In code they are milliseconds of UTC. */

const seconds = new Map<number, string>()
const seconds_max = 10_000

/** RFC 3339 in UTC. Asks come at many instants of few seconds, so what is the same in a second is remembered. */
export function instant(ms: number): string {
  const second = Math.floor(ms / 1_000)
  const rest = String(ms - second * 1_000).padStart(3, '0')
  let text = seconds.get(second)
  if (text === undefined) {
    if (seconds.size >= seconds_max) seconds.clear()
    text = new Date(ms).toISOString().slice(0, -4)
    seconds.set(second, text)
  }
  return `${text}${rest}Z`
}
