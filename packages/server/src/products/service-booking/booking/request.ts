/** Service booking, pure: what becomes of the body that asks for one: who books whom, in which currency, and for when. */

import { Type } from 'typebox'
import { instant } from '@holdfast/kernel/instant.ts'
import type { Problem } from '@holdfast/kernel/problem.ts'
import type { Opening, OpeningFacts } from '@holdfast/kernel/engine/product.ts'
import { amount_max, toJson } from '@holdfast/kernel/money/amount.ts'
import { currency_codes } from '@holdfast/kernel/money/currency.ts'

const items_max = 100
const strict = { additionalProperties: false }
const text = (maxLength: number) => Type.Optional(Type.String({ minLength: 1, maxLength }))
const Person = Type.Optional(
  Type.String({
    pattern: '^[A-Za-z0-9_.:@-]{1,64}$',
    description: 'Id of a person, as the marketplace knows it',
  }),
)

const details = {
  service_name: text(200),
  event_date: Type.Optional(
    Type.String({
      format: 'date-time',
      pattern: '^.{16}:[0-5]',
      description: 'RFC 3339; until then the silence of one side counts for nothing',
    }),
  ),
  notes: text(2_000),
}

export const BookingDetails = Type.Object(details, strict)

export interface BookingDetails {
  readonly service_name?: string
  readonly event_date?: string
  readonly notes?: string
}

export const QuoteItems = Type.Array(
  Type.Object(
    {
      name: Type.String({ minLength: 1, maxLength: 200 }),
      quantity: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
      amount: Type.Integer({ minimum: 0, maximum: toJson(amount_max), description: 'Minor units' }),
    },
    strict,
  ),
  { minItems: 1, maxItems: items_max, description: 'Lines of the quote; their amounts make the price' },
)

export const RequestBody = Type.Object(
  {
    couple: Person,
    vendor: Person,
    currency: Type.Enum([...currency_codes]),
    ...details,
    terms: Type.Optional(
      Type.Object(
        { quote_valid: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,4} (minutes|hours|days)$' })) },
        strict,
      ),
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
  strict,
)

/** What the body's schema lets in. */
interface Asked extends BookingDetails {
  readonly couple?: string
  readonly vendor?: string
  readonly currency: string
  readonly terms?: Readonly<Record<string, string>>
  readonly reference?: string
}

/** A person books for itself where it does not say for whom; whether it may, the flow says. */
export function requestOf({ body, party, now_ms }: OpeningFacts): Opening | Problem {
  const { couple = party, vendor, currency, terms = {}, reference = null, ...said } = body as unknown as Asked
  const { service_name, event_date, notes } = said
  return {
    creation: {
      parties: { ...(couple === null ? {} : { couple }), ...(vendor === undefined ? {} : { vendor }) },
      currency,
      amounts: {},
      terms,
      reference,
    },
    input: {
      // The clock counts from it, so a booking without a date is for now.
      service_at: event_date === undefined ? instant(now_ms) : instant(Date.parse(event_date)),
      details: {
        ...(service_name === undefined ? {} : { service_name }),
        ...(event_date === undefined ? {} : { event_date }),
        ...(notes === undefined ? {} : { notes }),
      },
    },
  }
}
