/** Freelance milestone: what it needs beside its flow: how it is opened, why it is disputed, and its escrow record. */

import { Type } from 'typebox'
import type { Product } from '@holdfast/kernel/engine/product.ts'
import { escrowOf, statusOf } from './escrow.ts'
import { freelanceMilestone } from './flow.ts'
import { opening } from './opening.ts'

export const milestone: Product = {
  flow: freelanceMilestone,
  shapes: {
    dispute_reason: Type.Enum(['not_delivered', 'not_as_agreed', 'no_answer', 'other']),
  },
  opening,
  view: (agreement) => {
    const escrow = escrowOf(agreement)
    return { project_id: escrow['project_id'], status: statusOf(agreement), escrow }
  },
}
