// The harness room of waiting: for what comes by itself, however long a slow machine needs for it.
import { setTimeout as sleep } from 'node:timers/promises'

/** Ends what hangs; nothing is measured by it. */
export const patience_ms = 120_000
const look_ms = 20

/** What was read when it was so for the first time. */
export async function until<T>(
  read: () => T | Promise<T>,
  is: (value: T) => boolean = Boolean,
  what = 'what was waited for',
): Promise<T> {
  const from_ms = performance.now()
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one look after another
    const value = await read()
    if (is(value)) return value
    if (performance.now() - from_ms > patience_ms) throw new Error(`${what}: still ${JSON.stringify(value)}`)
    // oxlint-disable-next-line no-await-in-loop -- one look after another
    await sleep(look_ms)
  }
}
