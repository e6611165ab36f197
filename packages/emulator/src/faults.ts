/** Emulator: the rules by which things go wrong, set by an admin call. Kept, so that a restart does not heal anything. */

import { hash } from 'node:crypto'
import type { Database, Tx } from './db.ts'
import { readFault, sortOf, type Fault, type FaultSort } from './fault.ts'

export type Provider = 'paymongo' | 'momo'

export interface FaultRule {
  readonly id: string
  readonly provider: Provider
  /** An operation such as `refunds.create`, or for webhooks the type of the event; null for all. */
  readonly operation: string | null
  /** As it is written: `late_webhook:600`. */
  readonly fault: string
  /** How often it still strikes; null for ever. */
  readonly times: number | null
  readonly probability: number
  /** The same seed and the same order of asks: the same faults. */
  readonly seed: string
  readonly drawn: number
}

export type NewFaultRule = Omit<FaultRule, 'id' | 'drawn'>

const columns = 'id::text, provider, operation, fault, times, probability, seed, drawn'

/** One process fires what is due, so the rules it remembers are the rules. */
export class Faults {
  readonly #db: Database
  #rules: FaultRule[] = []

  constructor(db: Database) {
    this.#db = db
  }

  async load(): Promise<void> {
    this.#rules = await this.#db.any<FaultRule>(`select ${columns} from emulator.faults order by id`)
  }

  list(): readonly FaultRule[] {
    return this.#rules
  }

  async add(rule: NewFaultRule): Promise<FaultRule> {
    const { provider, operation, fault, times, probability, seed } = rule
    const added = await this.#db.one<FaultRule>(
      `insert into emulator.faults (provider, operation, fault, times, probability, seed)
       values ($1, $2, $3, $4, $5, $6)
       returning ${columns}`,
      [provider, operation, fault, times, probability, seed],
    )
    this.#rules.push(added)
    return added
  }

  async clear(): Promise<void> {
    // Waits for whoever draws: row by row it would wait in another order than they do.
    await this.#db.run('truncate emulator.faults')
    this.#rules = []
  }

  /** What goes wrong this time. Every rule that fits is drawn from, and one that has struck often enough is gone. */
  async draw(tx: Tx, provider: Provider, operation: string, sort: FaultSort): Promise<Fault[]> {
    const struck: Fault[] = []
    for (const rule of this.#rules) {
      const fault = readFault(rule.fault)
      if (fault === null || sortOf(fault.name) !== sort || rule.provider !== provider) continue
      if ((rule.operation ?? operation) !== operation || rule.times === 0) continue
      if (await this.#strikes(tx, rule)) struck.push(fault)
    }
    return struck
  }

  async #strikes(tx: Tx, rule: FaultRule): Promise<boolean> {
    const hit = fraction(rule.seed, rule.drawn) < rule.probability
    const times = rule.times !== null && hit ? rule.times - 1 : rule.times
    const next = { ...rule, drawn: rule.drawn + 1, times }
    this.#rules = this.#rules.map((one) => (one.id === rule.id ? next : one))
    await tx.run('update emulator.faults set drawn = $2, times = $3 where id = $1', [
      rule.id,
      next.drawn,
      next.times,
    ])
    return hit
  }
}

const fraction_hex_digits = 13

/** From 0 up to 1, the same for the same seed and count. */
function fraction(seed: string, count: number): number {
  const hex = hash('sha256', `${seed} ${count}`, 'hex').slice(0, fraction_hex_digits)
  return Number.parseInt(hex, 16) / 16 ** fraction_hex_digits
}
