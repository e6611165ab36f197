/** Engine: agreements as this process last saw them. Only a hint: a row's version, read under its lock, says whether it still counts. */

import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'

/** About 10 MB at the most. */
export const cached_agreements_max = 4_000

export class AgreementCache {
  #older = new Map<string, Agreement>()
  #newer = new Map<string, Agreement>()

  get(id: string): Agreement | undefined {
    return this.#newer.get(id) ?? this.#older.get(id)
  }

  /** Two halves: when the newer is full, the older is forgotten at once. */
  set(agreement: Agreement): void {
    if (agreement.ended_ms !== null) {
      this.#newer.delete(agreement.id)
      this.#older.delete(agreement.id)
      return
    }
    if (this.#newer.size >= cached_agreements_max / 2) {
      this.#older = this.#newer
      this.#newer = new Map()
    }
    this.#newer.set(agreement.id, agreement)
  }
}
