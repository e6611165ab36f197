/** Simulation: what is simulated: the products in the box, the specimens, and one flow that uses the whole vocabulary. */

import type { Product } from '../../src/engine/product.ts'
import { products as boxed } from '../../src/flows/index.ts'
import { specimens } from '../specimens/index.ts'
import { workshop } from './workshop.ts'

export const simulated: readonly Product[] = [...boxed, ...specimens, workshop]
