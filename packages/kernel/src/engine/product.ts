/** Engine: a product is a flow, and beside it only what that product alone needs. */

import type { TObject, TSchema } from 'typebox'
import type { Problem } from '../problem.ts'
import type { Flow } from '../flow/define.ts'
import { compileFlow, type CompiledFlow } from '../flow/compile.ts'
import type { Agreement } from './agreement.ts'
import type { Creation } from './ask.ts'

/** What a guard may look at. It is pure: no clock, no database. */
export interface GuardFacts {
  readonly agreement: Agreement
  /** What it was opened under, as it is now. */
  readonly parent: Agreement | null
  /** The agreement below whose transition drives this one. */
  readonly child: Agreement | null
  /** Who asks: a party's role in it, `operator`, `service`, `clock` or `child`. */
  readonly role: string
  /** The caller itself: a person, or the name of a key. */
  readonly by: string
  readonly input: Readonly<Record<string, unknown>>
  readonly now_ms: number
  /** Minor units on an account that the transition moves or looks at; of `debts`, what is owed. */
  readonly balance: (account: string) => bigint
}

/** What a caller says of a new agreement, and the agreement that it is to be opened under. */
export interface OpeningFacts {
  readonly body: Readonly<Record<string, unknown>>
  readonly parent: Agreement | null
  /** Who asks, where a person does or is named. */
  readonly party: string | null
  readonly now_ms: number
}

/** What becomes of it: the creation, and the input of the transition that creates. */
export interface Opening {
  readonly creation: Creation
  readonly input: Readonly<Record<string, unknown>>
}

export interface Product {
  readonly flow: Flow
  /** Schemas of the fields that are more than the common ones. */
  readonly shapes?: Readonly<Record<string, TSchema>>
  readonly guards?: Readonly<Record<string, (facts: GuardFacts) => Problem | null>>
  /** Where a creation is more than the fields of the flow: its body, and what becomes of it. Pure. */
  readonly opening?: {
    readonly body: TObject
    readonly open: (facts: OpeningFacts) => Opening | Problem
  }
  /** Transitions whose routes the product brings itself; the general API does not offer them. `list` and `read` are the routes under its noun. */
  readonly own_routes?: readonly string[]
  /** Fields of the agreement's answer in the words of the product's document. */
  readonly view?: (agreement: Agreement) => Readonly<Record<string, unknown>>
  /** Its answer for an operator who may look but not act under this flow, where that one is not to see everything. */
  readonly masked?: (shown: Readonly<Record<string, unknown>>) => Record<string, unknown>
  /** Controls that hold for what runs under an older version of its flow as well: that version with their words. */
  readonly amends?: (flow: Flow) => Flow
  /** Its answer for one of its parties, where it has figures of another one's wallet. */
  readonly toParty?: (shown: Readonly<Record<string, unknown>>, role: string) => Record<string, unknown>
}

/** A product under one version of its flow. */
export interface FlowVersion {
  readonly product: Product
  readonly flow: CompiledFlow
}

/** All editions, by flow and version. New agreements are created under the flow as this program knows it. */
export class FlowRegistry {
  readonly current = new Map<string, FlowVersion>()
  readonly #editions = new Map<string, FlowVersion>()
  readonly #products: ReadonlyMap<string, Product>

  constructor(products: readonly Product[]) {
    this.#products = new Map(products.map((product) => [product.flow.name, product]))
  }

  /** Takes up a published version; a flow whose product is not in the box any more is left out. */
  learn(name: string, version: number, flow: Flow): void {
    const product = this.#products.get(name)
    if (product === undefined) return
    const edition = { product, flow: compileFlow(product.amends?.(flow) ?? flow, version) }
    this.#editions.set(`${name} ${version}`, edition)
    if (JSON.stringify(flow) === JSON.stringify(product.flow)) this.current.set(name, edition)
  }

  get(flow: string, version: number): FlowVersion | undefined {
    return this.#editions.get(`${flow} ${version}`)
  }
}

/** The products with each flow as its version 1, for tests and proofs that need no database. */
export function flowRegistryOf(products: readonly Product[]): FlowRegistry {
  const registry = new FlowRegistry(products)
  for (const { flow } of products) registry.learn(flow.name, 1, flow)
  return registry
}
