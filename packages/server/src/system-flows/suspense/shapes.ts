/** Suspense: the shapes of its fields. */

import { Type } from 'typebox'
import { suspense_reasons } from '../../payments/providers/suspense.ts'

export const Because = Type.Enum([...suspense_reasons])

export const ProviderName = Type.String({
  pattern: '^[a-z][a-z0-9_-]{0,31}$',
  description: 'Who brought the money; `manual` for what was seen on a bank statement',
})

/** What the money is known by where it came from: with the provider's name it is a reference of ours. */
export const MoneyReference = Type.String({
  pattern: '^[\\x21-\\x7e]{1,160}$',
  description: 'What the money is known by at the provider or the bank; counts once',
})

export const OutsideReference = Type.String({
  pattern: '^[\\x21-\\x7e]{1,200}$',
  description: 'What the transfer is known by at the bank',
})
