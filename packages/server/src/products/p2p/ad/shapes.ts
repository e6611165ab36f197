/** P2P, pure: the shapes of fields that ads and orders share. */

import { Type } from 'typebox'
import { amount_max, toJson } from '@holdfast/kernel/money/amount.ts'
import { currency_codes } from '@holdfast/kernel/money/currency.ts'
import { account_kinds, AccountDetails } from '../../../system-flows/accounts/account-details.ts'

const strict = { additionalProperties: false }

export const kinds_max = Object.keys(account_kinds).length
export const AdType = Type.Enum(['buy_fx', 'sell_fx'], {
  description: 'buy_fx: the maker pays local money. sell_fx: the maker pays foreign money',
})
export const Currency = Type.Enum([...currency_codes])
/** Its digits are looked at closer by `readDecimal`. */
export const Price = Type.String({
  maxLength: 21,
  pattern: '^[0-9]+(\\.[0-9]+)?$',
  description: 'Local minor units per foreign major unit, an exact decimal',
})
export const ForeignAmount = Type.Integer({
  minimum: 1,
  maximum: toJson(amount_max),
  description: 'Minor units of the foreign currency',
})
export const Person = Type.String({ pattern: '^[A-Za-z0-9_.:@-]{1,64}$', description: 'Id of a person' })
export const Reference = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^[\\x21-\\x7e]+$',
  description: 'Business reference, used once',
})
export const Kind = Type.Enum(Object.keys(account_kinds))
export const PaymentMethodId = Type.String({ maxLength: 100, description: 'Id of a payment method, pm_…' })
/** Where the foreign money is to go, copied from a payment method. */
export const PayTo = Type.Object({ kind: Kind, currency: Currency, details: AccountDetails }, strict)

export interface Destination {
  readonly kind: string
  readonly currency: string
  readonly details: Readonly<Record<string, string>>
}
