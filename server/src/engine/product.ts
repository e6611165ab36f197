/** Engine: a product is a flow, and beside it only what that product alone needs. */

import type { TSchema } from 'typebox'
import type { Problem } from '../base/problem.ts'
import type { Flow } from '../flow/define.ts'
import { readFlow, type ReadFlow } from '../flow/read.ts'
import type { Agreement } from './agreement.ts'

/** What a guard may look at. It is pure: no clock, no database. */
export interface GuardFacts {
  readonly agreement: Agreement
  /** Who asks: a party's role in it, `operator`, `service` or `clock`. */
  readonly role: string
  readonly input: Readonly<Record<string, unknown>>
  readonly now_ms: number
}

export interface Product {
  readonly flow: Flow
  /** Schemas of the fields that are more than the common ones. */
  readonly shapes?: Readonly<Record<string, TSchema>>
  readonly guards?: Readonly<Record<string, (facts: GuardFacts) => Problem | null>>
  /** Fields of the agreement's answer in the words of the product's document. */
  readonly view?: (agreement: Agreement) => Readonly<Record<string, unknown>>
}

/** A product under one version of its flow. */
export interface Edition {
  readonly product: Product
  readonly flow: ReadFlow
}

/** All editions, by flow and version. New agreements are created under the flow as this program knows it. */
export class Catalogue {
  readonly current = new Map<string, Edition>()
  readonly #editions = new Map<string, Edition>()
  readonly #products: ReadonlyMap<string, Product>

  constructor(products: readonly Product[]) {
    this.#products = new Map(products.map((product) => [product.flow.name, product]))
  }

  /** Takes up a published version; a flow whose product is not in the box any more is left out. */
  learn(name: string, version: number, flow: Flow): void {
    const product = this.#products.get(name)
    if (product === undefined) return
    const edition = { product, flow: readFlow(flow, version) }
    this.#editions.set(`${name} ${version}`, edition)
    if (JSON.stringify(flow) === JSON.stringify(product.flow)) this.current.set(name, edition)
  }

  get(flow: string, version: number): Edition | undefined {
    return this.#editions.get(`${flow} ${version}`)
  }
}

/** The products with each flow as its version 1, for tests and proofs that need no database. */
export function catalogueOf(products: readonly Product[]): Catalogue {
  const catalogue = new Catalogue(products)
  for (const { flow } of products) catalogue.learn(flow.name, 1, flow)
  return catalogue
}
