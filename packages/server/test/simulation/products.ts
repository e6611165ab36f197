/** Simulation: what is simulated: the products in the box, the specimens, and one flow that uses the whole vocabulary. */

import type { Product } from '@holdfast/kernel/engine/product.ts'
import { products as boxed } from '../../src/modules.ts'
import { specimens } from '@holdfast/kernel/test/specimens/index.ts'
import { workshop } from '@holdfast/kernel/test/simulation/workshop.ts'

export const simulated: readonly Product[] = [...boxed, ...specimens, workshop]
