/** Simulation: what clients were told, by key. Told once, it is done once, and told the same ever after. */

import assert from 'node:assert/strict'
import type { Ask, Verdict } from '../../src/engine/ask.ts'
import type { WriteSet } from '../../src/engine/batch-state.ts'

interface Answer {
  readonly body_hash: string
  readonly body: string
}

/** Younger than the store's own answers, older than any repeat. */
const answers_max = 15_000

export class Acknowledged {
  readonly #answers = new Map<string, Answer>()

  check(ask: Ask, verdict: Verdict, changes: WriteSet): void {
    if (ask.key === null) return assert(verdict.outcome !== 'replayed', 'replayed without a key')
    const { id, body_hash } = ask.key
    const told = this.#answers.get(id)
    if (verdict.outcome === 'accepted') {
      assert.equal(told, undefined, `${ask.transition} was done twice under one key`)
      const stored = changes.answers.get(id)
      const kept =
        stored?.body_hash === body_hash && stored.status === verdict.status && stored.body === verdict.body
      assert(kept, 'the answer was not stored')
      this.#answers.set(id, { body_hash, body: verdict.body })
      if (this.#answers.size > answers_max) this.#answers.delete(this.#answers.keys().next().value ?? '')
    } else if (verdict.outcome === 'replayed') {
      assert(
        told?.body_hash === body_hash && told.body === verdict.body,
        'another answer than the first time',
      )
    } else if (verdict.problem.code === 'idempotency_key_reused') {
      assert(told !== undefined && told.body_hash !== body_hash, 'a key was refused that nobody used')
    } else {
      assert.equal(told, undefined, 'a repeat was not answered as the first time')
    }
  }
}
