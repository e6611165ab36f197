/** Simulation: the products that are simulated: those in the box, the specimens, and a few of our own. */

import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Product } from '../../src/engine/product.ts'
import { products as boxed } from '../../src/flows/index.ts'
import { cashOut, topUp, walletBlock, workshop } from './workshop.ts'

const specimens_folder = fileURLToPath(new URL('../specimens/', import.meta.url))

/** What every run needs: a way in for money, a way out, a stop, and one flow that uses the whole vocabulary. */
export const own: readonly Product[] = [topUp, cashOut, walletBlock, workshop]

/** Our own top-up steps back as soon as there is one in the box. */
export async function allProducts(): Promise<readonly Product[]> {
  const others = [...boxed, ...(await specimens())]
  const names = new Set(others.map(({ flow }) => flow.name))
  return [...own.filter(({ flow }) => !names.has(flow.name)), ...others]
}

/** Whatever a specimen's module exports that is a product or a flow. */
async function specimens(): Promise<Product[]> {
  if (!existsSync(specimens_folder)) return []
  const files = readdirSync(specimens_folder).filter((file) => file.endsWith('.ts') && !file.includes('.test.'))
  const found = new Map<string, Product>()
  for (const file of files.toSorted()) {
    const exported: Record<string, unknown> = await import(new URL(file, `file://${specimens_folder}`).href)
    for (const value of Object.values(exported)) {
      const product = productOf(value)
      if (product !== null) found.set(product.flow.name, product)
    }
  }
  return [...found.values()]
}

function productOf(value: unknown): Product | null {
  if (typeof value !== 'object' || value === null) return null
  if ('flow' in value && productOf(value.flow) !== null) return value as Product
  return 'transitions' in value && 'arrow' in Object(Object.values(Object(value.transitions))[0])
    ? { flow: value as Product['flow'] }
    : null
}
