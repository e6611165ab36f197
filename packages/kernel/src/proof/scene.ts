/** Engine, pure: which other flows a flow is explored with: the one that it is opened under, and those that move its money. */

import { compileFlow, type PlannedMove, type CompiledFlow } from '../flow/compile.ts'
import { flowRegistryOf, type FlowRegistry, type Product } from '../engine/product.ts'

export interface Cast {
  readonly product: Product
  readonly flow: CompiledFlow
}

export interface Scene {
  readonly self: Cast
  readonly registry: FlowRegistry
  /** What it is opened under; null where that is nothing, or not in the box. */
  readonly above: Cast | null
  /** Whether anything after the creation depends on what it is opened under, so that what that does meanwhile counts. */
  readonly depends: boolean
  /** What is opened under it and moves its money: explored beside it, one agreement at a time. */
  readonly below: readonly Cast[]
  /** What others below may drive, which move no money here: asked for in their name. */
  readonly driven: ReadonlySet<string>
}

export function sceneOf(product: Product, products: readonly Product[]): Scene {
  const self = castOf(product)
  const { under } = self.flow
  const above = products.find(({ flow }) => flow.name === under?.flow)
  const children = products.map(castOf).filter(({ flow }) => flow.under?.flow === self.flow.name)
  const below = children.filter(({ flow }) => movesAbove(flow))
  const driven_below = new Set(
    below.flatMap(({ flow }) =>
      [...flow.transitions.values()].flatMap(({ drives }) => drives.map(({ transition }) => transition)),
    ),
  )
  const by_child = [...self.flow.transitions.values()].filter(({ by }) => by.includes('child'))
  const driven = by_child.map(({ name }) => name).filter((name) => !driven_below.has(name))
  return {
    self,
    registry: flowRegistryOf([product, ...(above ? [above] : []), ...below.map((one) => one.product)]),
    above: above === undefined ? null : castOf(above),
    depends: [...self.flow.transitions.values()].some(
      ({ creates, drives, needs, moves, later }) =>
        !creates && (drives.length > 0 || needs.length > 0 || touches(self.flow, [...moves, ...later])),
    ),
    below,
    driven: new Set(driven),
  }
}

function castOf(product: Product): Cast {
  return { product, flow: compileFlow(product.flow) }
}

/** Whether it moves money of the agreement that it is opened under. */
function movesAbove(flow: CompiledFlow): boolean {
  return [...flow.transitions.values()].some(({ moves, later }) => touches(flow, [...moves, ...later]))
}

function touches({ under }: CompiledFlow, moves: readonly PlannedMove[]): boolean {
  return under !== null && moves.some(({ from, to }) => from.party === under.as || to.party === under.as)
}
