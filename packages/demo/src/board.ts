/** Demo: a table of balances: total, available and frozen of some wallets, line by line as the story goes on. */

import { compareAmount } from './check.ts'
import { major } from './major.ts'
import type { Stage } from './stage.ts'

/** Total, available, frozen, in whole units of the currency. */
export type Balances = readonly [total: bigint, available: bigint, frozen: bigint]

const columns = ['total', 'available', 'frozen'] as const

export class Board {
  readonly #scene: Stage
  readonly #currency: string
  readonly #wallets: Readonly<Record<string, string>>
  #headed = false

  /** `wallets` are parties by the names that the table gives them. */
  constructor(scene: Stage, currency: string, wallets: Readonly<Record<string, string>>) {
    this.#scene = scene
    this.#currency = currency
    this.#wallets = wallets
  }

  /** Reads every wallet as its owner does, and compares every number. */
  async row(label: string, ...expected: readonly Balances[]): Promise<void> {
    const { api } = this.#scene
    const wallets = Object.entries(this.#wallets)
    if (expected.length !== wallets.length) throw new Error(`${label}: a row has a cell for every wallet`)
    const checks = []
    for (const [i, [name, party]] of wallets.entries()) {
      const path = `/v1/wallets/${party}/${this.#currency}`
      const { body } = await this.#scene.did(`wallet of ${name}`, api.as(party).get(path))
      for (const [j, column] of columns.entries()) {
        const wanted = major(expected[i]?.[j] ?? 0n, this.#currency)
        checks.push(compareAmount(`${label}: ${column} of ${name}`, this.#currency, wanted, body[column]))
      }
    }
    this.#scene.checks.push(...checks)
    if (!this.#headed) this.#scene.page.head(this.#currency, Object.keys(this.#wallets))
    this.#headed = true
    this.#scene.page.row(label, this.#currency, checks)
  }
}
