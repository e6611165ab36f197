/** Emulator, PayMongo: its limit on requests. Of real time: that is what a busy client runs into. */

const second_ms = 1_000
const minute_ms = 60_000
const seconds_per_minute = 60

/** Whether one more would be too much, now. Counts it. */
export function createRate(per_second_max: number): () => boolean {
  const second = createWindow(second_ms, per_second_max)
  const minute = createWindow(minute_ms, per_second_max * seconds_per_minute)
  return () => {
    if (per_second_max === 0) return false
    const now_ms = performance.now()
    const too_fast = second(now_ms)
    return minute(now_ms) || too_fast
  }
}

function createWindow(length_ms: number, max: number): (now_ms: number) => boolean {
  let window = -1
  let count = 0
  return (now_ms) => {
    const current = Math.floor(now_ms / length_ms)
    if (current !== window) count = 0
    window = current
    count += 1
    return count > max
  }
}
