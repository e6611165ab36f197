/** Freelance milestone, pure: what it is opened with: the people and the currency of its project, and a date it is due on. */

import { Type } from 'typebox'
import { instant } from '@holdfast/kernel/instant.ts'
import { problem } from '@holdfast/kernel/problem.ts'
import type { OpeningFacts, Product } from '@holdfast/kernel/engine/product.ts'
import { amount_max, fromJson, toJson } from '@holdfast/kernel/money/amount.ts'

const day_ms = 86_400_000
/** Where nobody says when it is due, so that the clock has something to count from. */
const due_days_default = 30
/** Beyond this a date is a slip of the pen, and money would lie there as long. */
export const due_days_max = 1_825

const text = (maxLength: number) => Type.Optional(Type.String({ minLength: 1, maxLength }))

const body = Type.Object(
  {
    amount: Type.Integer({ minimum: 1, maximum: toJson(amount_max), description: 'Minor units' }),
    title: text(200),
    description: text(2_000),
    due_date: Type.Optional(
      Type.String({
        format: 'date-time',
        description: `RFC 3339; ${due_days_default} days from now where it is left out`,
      }),
    ),
    reference: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        pattern: '^[\\x21-\\x7e]+$',
        description: 'Business reference, used once',
      }),
    ),
  },
  { additionalProperties: false },
)

/** What the body's schema lets in. */
interface Asked {
  readonly amount: number
  readonly title?: string
  readonly description?: string
  readonly due_date?: string
  readonly reference?: string
}

export const opening: NonNullable<Product['opening']> = {
  body,
  open: ({ body: said, parent, party, now_ms }: OpeningFacts) => {
    // What a person has no part in does not exist for it.
    if (parent === null || (party !== null && !Object.values(parent.parties).includes(party)))
      return problem('not_found', { what: 'project' })
    const { amount, due_date, reference, title, description } = said as unknown as Asked
    const due_ms = due_date === undefined ? now_ms + due_days_default * day_ms : Date.parse(due_date)
    if (!(due_ms > now_ms && due_ms <= now_ms + due_days_max * day_ms))
      return problem('invalid_request', {
        pointer: '/due_date',
        reason: `later than now, and not by more than ${due_days_max} days`,
      })
    const { parties, currency } = parent
    return {
      creation: {
        parties,
        currency,
        amounts: { amount: fromJson(amount) },
        terms: {},
        reference: reference ?? null,
      },
      input: {
        ...(title === undefined ? {} : { title }),
        ...(description === undefined ? {} : { description }),
        due_date: instant(due_ms),
      },
    }
  },
}
