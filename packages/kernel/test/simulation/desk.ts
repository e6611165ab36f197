/** Simulation: the desk of payments, as far as it opens agreements: what a product sends back is brought there by one of its own. */

import type { Creation } from '../../src/engine/ask.ts'
import { amountOf, type Agreement } from '../../src/engine/agreement.ts'
import type { FlowRegistry, FlowVersion } from '../../src/engine/product.ts'
import type { AccountRef, PlannedMove, CompiledFlow } from '../../src/flow/compile.ts'
import type { Random } from './random.ts'

/** Money in transit that no agreement speaks for yet. */
interface UnderWay {
  readonly owner: string
  readonly currency: string
  readonly amount: bigint
}

export class Desk {
  readonly #under_way: UnderWay[] = []
  readonly #random: Random
  readonly #registry: FlowRegistry

  constructor(random: Random, registry: FlowRegistry) {
    this.#random = random
    this.#registry = registry
  }

  /** Whether agreements of this flow take up what others have sent on its way, and so are opened for that alone. */
  opens({ flow }: FlowVersion): boolean {
    const moves = movesOf(flow)
    return moves.some(({ from }) => isTransit(from)) && !moves.some(({ to }) => isTransit(to))
  }

  /** A transition was taken: what it sent on its way is remembered, unless its own flow brings it there. */
  hear(name: string, before: Agreement, agreement: Agreement): void {
    const flow = this.#registry.get(agreement.flow, agreement.flow_version)?.flow
    const transition = flow?.transitions.get(name)
    if (flow === undefined || movesOf(flow).some(({ from }) => isTransit(from))) return
    // One of several who have to say so has said so.
    if (!transition?.edges.some(({ from, to }) => from === before.state && to === agreement.state)) return
    for (const { amount: of, from, to, into } of transition.moves) {
      const amount = amountOf(agreement, of)
      if (!isTransit(to) || amount === 0n || (into !== null && into !== agreement.state)) continue
      const { currency, parties } = agreement
      this.#under_way.push({ owner: parties[from.party] ?? '', currency, amount })
    }
  }

  /** For any of it; each once. Null where nothing is on its way. */
  next({ flow }: FlowVersion, creation: Creation): Creation | null {
    const [picked] = this.#under_way.splice(this.#random.below(this.#under_way.length), 1)
    if (picked === undefined) return null
    const parties = Object.fromEntries(flow.parties.slice(0, 1).map((role) => [role, picked.owner]))
    return { ...creation, parties, currency: picked.currency, amounts: { [flow.whole]: picked.amount } }
  }
}

function movesOf({ transitions }: CompiledFlow): PlannedMove[] {
  return [...transitions.values()].flatMap(({ moves, later }) => [...moves, ...later])
}

function isTransit({ party, purpose }: AccountRef): boolean {
  return party === 'outside' && purpose === 'transit'
}
