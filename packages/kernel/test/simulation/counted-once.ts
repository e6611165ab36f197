/** Simulation: the auditor's own list of what money from outside was known by: whatever it came in by, it counts once. */

import assert from 'node:assert/strict'
import type { AgreementEvent } from '../../src/engine/ask.ts'
import type { FlowText } from './flow-text.ts'
import type { Observed } from './walk.ts'

interface Counted {
  readonly agreement: string
  readonly source: string
  readonly currency: string
}

const anywhere = 'manual'

export class CountedOnce {
  readonly #counted = new Map<string, Counted[]>()
  /** Agreement → who brings its money, where that was said before. */
  readonly #sources = new Map<string, string>()

  /** `races`: money in two currencies may be counted by two processes at the same instant, where one does not name its source. */
  take({ agreement, transition }: AgreementEvent, told: Observed, { flow }: FlowText, races: boolean): void {
    const { input = {}, kind, currency } = told
    if (typeof input['provider'] === 'string') this.#sources.set(agreement, input['provider'])
    const { reference: field = '', from = 'provider' } = flow.transitions[transition]?.counts_once ?? {}
    const written = field === 'reference' ? told.reference : input[field]
    if (kind !== 'transition' || typeof written !== 'string') return
    const spelling = written.split(/\s+/).join('').toLowerCase()
    const named = input[from]
    const source = typeof named === 'string' ? named : (this.#sources.get(agreement) ?? anywhere)
    const before = this.#counted.get(spelling) ?? []
    const twice = before.find(
      (one) =>
        one.agreement !== agreement &&
        (one.source === source ||
          ((one.source === anywhere || source === anywhere) && !(races && one.currency !== currency))),
    )
    assert(
      twice === undefined,
      `${written} of ${source} was counted before by ${twice?.agreement} of ${twice?.source}`,
    )
    this.#counted.set(spelling, [...before, { agreement, source, currency }])
  }
}
