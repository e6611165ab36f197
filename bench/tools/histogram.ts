/** Latencies in little memory: buckets that grow by 1 %, so that any percentile is right to 1 %. */

const growth = Math.log(1.01)
const smallest_ms = 0.01
const buckets_max = 2048

export interface Histogram {
  record(ms: number): void
  /** The latency that `share` (0 to 1) of the requests did not exceed, in milliseconds. */
  percentile(share: number): number
  readonly count: number
  readonly max_ms: number
}

export function histogram(): Histogram {
  const buckets = new Uint32Array(buckets_max)
  let count = 0
  let max_ms = 0
  return {
    get count() {
      return count
    },
    get max_ms() {
      return max_ms
    },
    record(ms) {
      const bucket = Math.ceil(Math.log(Math.max(ms, smallest_ms) / smallest_ms) / growth)
      buckets[Math.min(bucket, buckets_max - 1)]! += 1
      count += 1
      if (ms > max_ms) max_ms = ms
    },
    percentile(share) {
      let left = Math.ceil(count * share)
      for (let bucket = 0; bucket < buckets_max; bucket += 1) {
        left -= buckets[bucket]!
        if (left <= 0) return Math.min(smallest_ms * Math.exp(bucket * growth), max_ms)
      }
      return max_ms
    },
  }
}
