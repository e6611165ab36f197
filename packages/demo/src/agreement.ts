/** Demo: one agreement, and what may be done with it through its product's own paths. */

import { outcome, rowsOf, type Caller, type Facts } from './api.ts'
import { compareAmount } from './check.ts'
import type { LogEvent } from './log.ts'
import type { Stage } from './stage.ts'

/** A row of a statement: type, minor units, description. */
export type Entry = readonly [type: string, amount: bigint, description: string]

export class Agreement {
  readonly id: string
  readonly path: string
  readonly #scene: Stage

  constructor(scene: Stage, path: string, id: string) {
    this.#scene = scene
    this.id = id
    this.path = `${path}/${id}`
  }

  async take(caller: Caller, act: string, body: Facts = {}): Promise<Facts> {
    const { body: taken } = await this.#scene.did(act, caller.post(`${this.path}/${act}`, body))
    return taken
  }

  /** "409 transition_not_open" where it is refused, as it should be. */
  async attempt(caller: Caller, act: string, body: Facts = {}): Promise<string> {
    return outcome(await caller.post(`${this.path}/${act}`, body))
  }

  async read(caller: Caller): Promise<Facts> {
    const { body } = await this.#scene.did('read', caller.get(this.path))
    return body
  }

  async events(): Promise<LogEvent[]> {
    return (await this.#scene.log()).filter(({ agreement }) => agreement === this.id)
  }

  /** Its rows in the statement of a party, oldest first: these and no others. */
  async statement(party: string, currency: string, expected: readonly Entry[]): Promise<void> {
    const scene = this.#scene
    const role = party.slice(0, party.lastIndexOf('-'))
    const path = `/v1/wallets/${party}/transactions?limit=100&currency=${currency}`
    const answer = await scene.did(`statement of ${role}`, scene.api.as(party).get(path))
    const rows = rowsOf(answer)
      .filter(({ agreement }) => agreement === this.id)
      .toReversed()
    scene.quiet(`rows in ${role}'s statement`, expected.length, rows.length)
    for (const [i, [type, amount, description]] of expected.entries()) {
      const row = rows[i] ?? {}
      const before = scene.checks.length
      const what = `${role}'s row ${i + 1}`
      scene.quiet(`${what}: type`, type, row['type'])
      scene.keep(compareAmount(`${what}: amount`, currency, amount, row['amount']), false)
      scene.quiet(`${what}: currency`, currency, row['currency'])
      scene.quiet(`${what}: description`, description, row['description'])
      const ok = scene.checks.slice(before).every((check) => check.ok)
      if (ok) scene.page.entry(i === 0 ? `statement of ${role}` : '', type, amount, currency, description)
    }
  }
}
