/** Payments: what a provider told, kept for a while. However many wait for it, it is asked for once. */

import { ok } from './result.ts'
import type { Reply } from './port.ts'

export interface Fresh<T> {
  readonly value: T
  readonly until_ms: number
}

export interface Cached<T> {
  get(now_ms: number): Promise<Reply<T>>
  /** Whoever found that this value serves no more. A newer one stays. */
  forget(value: T): void
}

export function cached<T>(load: (now_ms: number) => Promise<Reply<Fresh<T>>>): Cached<T> {
  let fresh: Fresh<T> | null = null
  let loading: Promise<Reply<Fresh<T>>> | null = null
  return {
    async get(now_ms) {
      if (fresh !== null && now_ms < fresh.until_ms) return ok(fresh.value)
      loading ??= load(now_ms).finally(() => {
        loading = null
      })
      const reply = await loading
      if (reply.outcome !== 'told') return reply
      fresh = reply.value
      return ok(reply.value.value)
    },
    forget(value) {
      if (fresh?.value === value) fresh = null
    },
  }
}
