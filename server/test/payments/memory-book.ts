// The harness room of payments by hand: the operators' book in memory.
import type { ManualBook, ManualEntry } from '../../src/payments/manual/book.ts'

const page_size = 2

export function memoryBook(): ManualBook {
  const entries = new Map<string, ManualEntry>()
  const key = ({ kind, token }: Pick<ManualEntry, 'kind' | 'token'>) => `${kind} ${token}`
  return {
    async open(entry) {
      const there = entries.get(key(entry)) ?? entry
      entries.set(key(entry), there)
      return there
    },
    find: async (kind, token) => entries.get(key({ kind, token })) ?? null,
    async change(entry, was) {
      if (entries.get(key(entry))?.state !== was) return 'changed_before'
      const taken = [...entries.values()].some(
        ({ kind, token, reference }) =>
          kind === entry.kind && token !== entry.token && reference !== null && reference === entry.reference,
      )
      if (taken) return 'reference_taken'
      entries.set(key(entry), entry)
      return 'changed'
    },
    async list(kind, from_ms, to_ms, cursor) {
      const found = [...entries.values()].filter(
        (entry) => entry.kind === kind && entry.created_ms >= from_ms && entry.created_ms < to_ms,
      )
      const from = cursor === null ? 0 : found.findIndex(({ token }) => token === cursor) + 1
      const page = found.slice(from, from + page_size)
      const more = from + page_size < found.length
      return { entries: page, cursor: more ? (page.at(-1)?.token ?? null) : null }
    },
  }
}
