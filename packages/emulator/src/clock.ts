/** Emulator: the time that its books go by. Whoever starts it may bring a clock that can be moved. */

export interface Clock {
  /** Milliseconds of UTC. */
  now(): number
  /** Where others may have moved it. */
  refresh?(): Promise<void>
  /** While somebody leads it from one due instant to the next, what is due is theirs, in order. */
  readonly isLed?: boolean
}

export const system_clock: Clock = { now: () => Date.now() }

/** RFC 3339 in UTC. */
export function instant(ms: number): string {
  return new Date(ms).toISOString()
}
