/** HTTP: schemas that several routes share, and those that come from a flow. */

import { Type, type TObject, type TSchema } from 'typebox'
import type { FlowVersion, Product } from '@holdfast/kernel/engine/product.ts'
import { OutsideReference, printable, ProviderName } from '../system-flows/outside-reference.ts'
import {
  amountsAtCreation,
  isPercent,
  type CompiledFlow,
  type CompiledTransition,
} from '@holdfast/kernel/flow/compile.ts'
import { amount_max, toJson } from '@holdfast/kernel/money/amount.ts'
import { currency_codes } from '@holdfast/kernel/money/currency.ts'

export const text_length_max = 2_000
export const page_size_max = 100
export const page_size_default = 20

const strict = { additionalProperties: false }

export const Party = Type.String({
  pattern: '^[A-Za-z0-9_.:@-]{1,64}$',
  description: 'Id of a person, as the marketplace knows it',
})
export const CurrencyCode = Type.Enum([...currency_codes])
export const Amount = Type.Integer({ minimum: 1, maximum: toJson(amount_max), description: 'Minor units' })
export const AmountOrZero = Type.Integer({
  minimum: 0,
  maximum: toJson(amount_max),
  description: 'Minor units',
})
export const Reference = Type.String({ ...printable, description: 'Business reference, used once' })
export const Reason = Type.String({
  minLength: 1,
  maxLength: text_length_max,
  description: 'Why; needed from operators',
})
/** Leap seconds are refused: nobody's clock here can show them. */
export const Instant = Type.String({
  format: 'date-time',
  pattern: '^.{16}:[0-5]',
  description: 'RFC 3339, UTC',
})

/** The fields that a flow file may name without bringing a shape. */
const common: Readonly<Record<string, TSchema>> = {
  text: Type.String({ minLength: 1, maxLength: text_length_max }),
  amount: Amount,
  amount_or_zero: AmountOrZero,
  instant: Instant,
  party: Party,
  direction: Type.Enum(['in', 'out', 'both']),
  wider: Type.Enum(['both']),
  reference: Reference,
  outside_reference: OutsideReference,
  provider: ProviderName,
  id: Type.String({ minLength: 1, maxLength: 100, description: 'A typed id' }),
}

export const PageQuery = {
  limit: Type.Optional(
    Type.String({
      pattern: '^[0-9]{1,3}$',
      description: `1 to ${page_size_max}, default ${page_size_default}`,
    }),
  ),
  starting_after: Type.Optional(Type.String({ maxLength: 100, description: 'Id of the last one seen' })),
}

export const DryRunQuery = Type.Object({ dry_run: Type.Optional(Type.Enum(['true', 'false'])) }, strict)

/** The body of a transition: its input, and a reason. */
export function transitionBodyOf({ product }: FlowVersion, transition: CompiledTransition): TObject {
  return Type.Object({ ...fieldsOf(product, transition), reason: Type.Optional(Reason) }, strict)
}

/**
 * The body of a creation: parties, amounts and terms by the names that the flow gives them, or what the product asks
 * for. `above` is what it names an agreement by that it is opened under, unless the path does.
 */
export function creationBodyOf({ product, flow }: FlowVersion, above: CompiledFlow['under']): TObject {
  const named =
    above === null
      ? {}
      : { [above.as]: Type.String({ maxLength: 100, description: `Id of a ${above.flow}` }) }
  if (product.opening !== undefined)
    return Type.Object(
      { ...named, ...product.opening.body.properties, reason: Type.Optional(Reason) },
      strict,
    )
  const terms = Object.entries(flow.flow.terms).filter(([, term]) => typeof term !== 'string')
  const settable = Object.fromEntries(
    terms.map(([name, term]) => [name, Type.Optional(termSchema(typeof term === 'string' ? term : term.is))]),
  )
  return Type.Object(
    {
      ...Object.fromEntries(flow.parties.map((party) => [party, Type.Optional(Party)])),
      ...Object.fromEntries(amountsAtCreation(flow).map((name) => [name, Amount])),
      ...named,
      ...(flow.under === null ? { currency: CurrencyCode } : {}),
      reference: Type.Optional(Reference),
      ...(terms.length > 0 ? { terms: Type.Optional(Type.Object(settable, strict)) } : {}),
      ...fieldsOf(product, flow.creation),
      reason: Type.Optional(Reason),
    },
    strict,
  )
}

export function termSchema(like: string): TSchema {
  return isPercent(like)
    ? Type.String({ pattern: '^(100|[0-9]{1,2})(\\.[0-9]{1,2})?%$' })
    : Type.String({ pattern: '^[1-9][0-9]{0,4} (minutes|hours|days)$' })
}

function fieldsOf(product: Product, transition: CompiledTransition): Record<string, TSchema> {
  return Object.fromEntries(
    Object.entries(transition.input).map(([name, { shape, optional }]) => {
      const schema = product.shapes?.[shape] ?? common[shape]
      if (schema === undefined) throw new Error(`${product.flow.name}: no shape is called ${shape}`)
      return [name, optional ? Type.Optional(schema) : schema]
    }),
  )
}
