/** Simulation: a whole marketplace for a while, from one seed. Throws with the seed where the auditor finds fault. */

import { createHash, type Hash } from 'node:crypto'
import { newId } from '../../src/ids.ts'
import type { Ask, Verdict } from '../../src/engine/ask.ts'
import { decide as engine } from '../../src/engine/decide.ts'
import { flowRegistryOf, type FlowRegistry, type Product } from '../../src/engine/product.ts'
import type { BatchState } from '../../src/engine/batch-state.ts'
import { Asks } from './asks.ts'
import { Auditor } from './auditor.ts'
import { Random } from './random.ts'
import { Conflict, Store } from './store.ts'

export interface Options {
  readonly seed: number
  readonly asks: number
  readonly products: readonly Product[]
  /** The engine's own, or a broken one to see whether the auditor notices. */
  readonly decide?: typeof engine
  readonly progress?: (asks: number) => void
}

export interface Report {
  readonly seed: number
  asks: number
  batches: number
  accepted: number
  replayed: number
  deferred: number
  events: number
  transfers: number
  agreements: number
  crashes: number
  conflicts: number
  readonly refused: Record<string, number>
  readonly by_flow: Record<string, number>
  met: Auditor['met']
  /** SHA-256 over all event bodies: the same seed gives the same. */
  checksum: string
}

export class SimulationFailure extends Error {}

const batch_asks_max = 64
const sweep_batches = 200
/** Ended agreements that are still asked about, as clients do. */
const graves_max = 40
const day_ms = 86_400_000

export function simulate(options: Options): Report {
  const run = new Run(options)
  while (run.report.asks < options.asks) run.step()
  return run.finish()
}

class Run {
  readonly report: Report
  readonly #random: Random
  readonly #store = new Store()
  readonly #registry: FlowRegistry
  readonly #asks: Asks
  readonly #auditor: Auditor
  readonly #decide: typeof engine
  readonly #log: Hash = createHash('sha256')
  readonly #options: Options
  #graves: string[] = []
  #now_ms = Date.UTC(2025, 0, 1)
  /** Asks whose answer was lost, to be asked again under the same key. */
  #unanswered: Ask[] = []

  constructor(options: Options) {
    this.#options = options
    this.#random = new Random(options.seed)
    this.#registry = flowRegistryOf(options.products)
    this.#asks = new Asks(this.#random, this.#store, this.#registry)
    this.#auditor = new Auditor(options.products)
    this.#decide = options.decide ?? engine
    const none = { batches: 0, accepted: 0, replayed: 0, deferred: 0, events: 0, transfers: 0, agreements: 0 }
    this.report = {
      seed: options.seed,
      asks: 0,
      ...none,
      crashes: 0,
      conflicts: 0,
      refused: {},
      by_flow: {},
      met: this.#auditor.met,
      checksum: '',
    }
  }

  /** One batch, or two of two processes that began at the same time. */
  step(): void {
    const random = this.#random
    this.#passTime()
    const first = this.#batch()
    const second = random.chance(15) ? this.#rival(first) : []
    const world = this.#store.load(first, this.#registry)
    const rival = this.#store.load(second, this.#registry)
    this.#run(first, world)
    // Who wants a row that is locked waits, and loads after the commit. Unique indexes are all that the rest can meet.
    if (second.length > 0)
      this.#run(second, locksMeet(world, rival) ? this.#store.load(second, this.#registry) : rival)
    if (this.report.batches % sweep_batches === 0) this.#audited([], () => this.#auditor.sweep(this.#store))
    this.#bury()
    this.#options.progress?.(this.report.asks)
  }

  finish(): Report {
    this.#audited([], () => this.#auditor.sweep(this.#store))
    this.report.checksum = this.#log.digest('hex')
    return this.report
  }

  #batch(): Ask[] {
    const random = this.#random
    const size = random.weighted([
      [3, 1],
      [5, random.between(2, 8)],
      [4, random.between(9, batch_asks_max)],
    ])
    const again = this.#unanswered.splice(0)
    return [...again, ...this.#asks.batch(size, this.#now_ms)]
  }

  /** What another process was asked meanwhile: at times the same thing under the same key. */
  #rival(first: readonly Ask[]): Ask[] {
    const random = this.#random
    const born = first.filter(({ creation }) => creation !== null)
    if (born.length === 0 || random.chance(50)) return this.#batch()
    const twin = random.pick(born)
    return [{ ...twin, id: newId(this.#now_ms, (n) => random.bytes(n)) }]
  }

  #run(asks: readonly Ask[], world: BatchState): void {
    const { report } = this
    const random = this.#random
    this.#audited(asks, () => {
      const { verdicts, changes } = this.#decide(world, asks, this.#registry)
      report.batches += 1
      report.asks += asks.length
      if (random.chance(3)) {
        report.crashes += 1
        this.#unanswered.push(...asks.filter(({ key }) => key !== null && random.chance(70)))
        return
      }
      try {
        this.#store.commit(world, changes)
      } catch (error) {
        if (!(error instanceof Conflict)) throw error
        report.conflicts += 1
        return this.#run(asks, this.#store.load(asks, this.#registry))
      }
      this.#auditor.check(asks, verdicts, changes)
      for (const { body } of changes.events) this.#log.update(body)
      report.events += changes.events.length
      report.transfers += changes.transfers.length
      report.deferred += changes.events.filter(({ kind }) => kind === 'deferred').length
      for (const [i, ask] of asks.entries()) this.#answered(ask, verdicts[i])
    })
  }

  #answered(ask: Ask, verdict: Verdict | undefined): void {
    const { report } = this
    if (verdict?.outcome === 'replayed') report.replayed += 1
    if (verdict?.outcome === 'refused')
      report.refused[verdict.problem.code] = (report.refused[verdict.problem.code] ?? 0) + 1
    if (verdict?.outcome !== 'accepted') return
    report.accepted += 1
    report.by_flow[ask.flow] = (report.by_flow[ask.flow] ?? 0) + 1
    if (ask.key !== null && this.#random.chance(2)) this.#unanswered.push(ask)
    this.#asks.hear(ask, verdict)
    if (verdict.before !== null) return
    report.agreements += 1
    this.#asks.live.push(verdict.agreement.id)
  }

  #passTime(): void {
    const random = this.#random
    const jump = random.weighted<() => number>([
      [600, () => random.below(2_000)],
      [300, () => random.below(day_ms / 4)],
      [90, () => random.below(2 * day_ms)],
      [8, () => random.below(21 * day_ms)],
      // What came out weeks ago may still come back for so long.
      [2, () => random.below(100 * day_ms)],
    ])
    this.#now_ms += jump()
    if (!random.chance(2)) return
    // The fee schedule changes; agreements that exist do not.
    const { flow } = random.pick([...this.#registry.current.values()])
    const rates = Object.entries(flow.flow.terms).filter(([, term]) =>
      (typeof term === 'string' ? term : term.is).endsWith('%'),
    )
    const terms = rates.map(([name]) => [name, `${random.below(15)}.${random.below(10)}%`])
    const switches = Object.entries(flow.flow.terms).filter(([, term]) => term === 'on' || term === 'off')
    const turned = switches.map(([name]) => [name, random.chance(85) ? 'on' : 'off'])
    this.#store.schedules.set(flow.name, Object.fromEntries([...terms, ...turned]))
  }

  /** What has ended is forgotten after a while: by the store, and by the auditor, who looks at it a last time. */
  #bury(): void {
    const { live } = this.#asks
    for (let i = live.length - 1; i >= 0; i -= 1) {
      const agreement = this.#store.agreements.get(live[i] ?? '')
      if (!agreement || agreement.ended_ms === null || agreement.later !== null || !this.#random.chance(30))
        continue
      this.#graves.push(agreement.id)
      live[i] = live.at(-1) ?? ''
      live.pop()
    }
    const rest = this.#graves.length - graves_max
    const over = rest > 0 ? this.#graves.filter((id) => this.#store.isOver(id)).slice(0, rest) : []
    if (over.length > 0) this.#graves = this.#graves.filter((id) => !over.includes(id))
    for (const id of over) {
      const agreement = this.#store.agreements.get(id)
      if (agreement) this.#audited([], () => this.#auditor.forget(agreement))
      this.#store.forget(id)
    }
  }

  #audited(asks: readonly Ask[], work: () => void): void {
    try {
      work()
    } catch (error) {
      if (error instanceof SimulationFailure) throw error
      const { seed, asks: step } = this.report
      const why = error instanceof Error ? error.message : String(error)
      throw new SimulationFailure(`seed ${seed}, ask ${step}: ${why}\n${this.#story(asks)}`, { cause: error })
    }
  }

  /** What happened last to the agreement at fault, and what the batch asked of it. */
  #story(asks: readonly Ask[]): string {
    const { at, walks } = this.#auditor
    const asked = asks
      .filter(({ agreement, id }) => (agreement ?? id) === at)
      .map((ask) => JSON.stringify(ask, readable))
    return [
      `agreement ${at}`,
      ...(walks.get(at ?? '')?.history ?? []),
      'the batch asked of it',
      ...asked,
    ].join('\n')
  }
}

function readable(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value
}

function locksMeet(one: BatchState, other: BatchState): boolean {
  return share(one.agreements, other.agreements) || share(one.accounts, other.accounts)
}

function share(some: ReadonlyMap<string, unknown>, others: ReadonlyMap<string, unknown>): boolean {
  return [...some.keys()].some((key) => others.has(key))
}
