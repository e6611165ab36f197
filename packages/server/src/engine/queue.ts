/**
 * Engine: the asks that wait for a lane.
 *
 * Accounts of the platform and of the outside are touched by asks of all agreements. Were such asks spread over the
 * lanes, each lane would wait for the lock of the one before it and all would go at the pace of one. So one lane, the
 * first, takes them all, and fills up with others; the other lanes never meet those accounts.
 */

import type { Ask, Verdict } from '@holdfast/kernel/engine/ask.ts'
import { standing_owners } from '@holdfast/kernel/ledger/account.ts'
import type { CompiledTransition } from '@holdfast/kernel/flow/compile.ts'
import type { FlowRegistry } from '@holdfast/kernel/engine/product.ts'

export interface QueuedAsk {
  readonly ask: Ask
  readonly answer: (verdict: Verdict) => void
  readonly fail: (error: unknown) => void
}

export class AskQueue {
  readonly #registry: FlowRegistry
  readonly #lanes: number
  #shared: QueuedAsk[] = []
  #own: QueuedAsk[] = []

  constructor(registry: FlowRegistry, lanes: number) {
    this.#registry = registry
    this.#lanes = lanes
  }

  get length(): number {
    return this.#shared.length + this.#own.length
  }

  push(waiting: QueuedAsk): void {
    const { flow, transition } = waiting.ask
    const found = this.#registry.current.get(flow)?.flow.transitions.get(transition)
    // A lane alone takes all in the order of arrival: nobody waits behind a never-ending row of others.
    if (this.#lanes === 1 || (found !== undefined && touchesShared(found))) this.#shared.push(waiting)
    else this.#own.push(waiting)
  }

  /** The next batch of a lane, in the order of arrival; empty where nothing waits for this lane. */
  take(first_lane: boolean, asks_max: number): QueuedAsk[] {
    const shared = first_lane ? this.#shared.splice(0, asks_max) : []
    return [...shared, ...this.#own.splice(0, asks_max - shared.length)]
  }
}

const known = new WeakMap<CompiledTransition, boolean>()

function touchesShared(transition: CompiledTransition): boolean {
  let touches = known.get(transition)
  if (touches === undefined) {
    const moves = [...transition.moves, ...transition.later]
    touches = moves.some(({ from, to }) => standing_owners.has(from.party) || standing_owners.has(to.party))
    known.set(transition, touches)
  }
  return touches
}
