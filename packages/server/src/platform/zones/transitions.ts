/** Zones: what a zone's clocks showed and will show, as a list of changes and, after the last of them, a rule. */

export interface Zone {
  /** How far its clocks are ahead of UTC, in milliseconds. */
  readonly offsetAt: (at_ms: number) => number
}

export interface Transitions {
  /** When the offset changes, in order. */
  readonly at_ms: readonly number[]
  /** One more than there are changes: the first is from before them. */
  readonly offsets_ms: readonly number[]
  /** After the last change; null where that goes on for ever. */
  readonly later: ((at_ms: number) => number) | null
}

export function zoneWith({ at_ms, offsets_ms, later }: Transitions): Zone {
  const last_ms = at_ms.at(-1) ?? -Infinity
  return {
    offsetAt(now_ms) {
      if (later !== null && now_ms >= last_ms) return later(now_ms)
      let [low, high] = [0, at_ms.length]
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((at_ms[middle] ?? Infinity) <= now_ms) low = middle + 1
        else high = middle
      }
      return offsets_ms[low] ?? 0
    },
  }
}
