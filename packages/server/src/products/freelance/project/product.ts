/** Freelance project: what it needs beside its flow: the status in the words of its answer. */

import type { Product } from '@holdfast/kernel/engine/product.ts'
import { freelanceProject } from './flow.ts'

export const project: Product = {
  flow: freelanceProject,
  view: ({ state }) => ({ status: state.toUpperCase() }),
}
