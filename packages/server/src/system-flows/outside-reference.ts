/** Flows: the shapes of what money from outside is known by, see `counts_once` in a flow. */

import { Type } from 'typebox'

/** One line of text that people can see, as banks write it: "FT 2026 0001". Spaces around it are left out. */
export const printable = {
  minLength: 1,
  maxLength: 200,
  pattern:
    '^(?=[^]*\\S)[^\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff0-\\uffff\\ud800-\\udfff]+$',
} as const

export const OutsideReference = Type.String({
  ...printable,
  description: 'What the money is known by at the provider or the bank; counts once, however it is spelt',
  examples: ['FT 2026 0001'],
})

export const ProviderName = Type.String({
  pattern: '^[a-z][a-z0-9_-]{0,31}$',
  description: 'Who brought the money: a provider, or a bank by its name; `manual` where an operator saw it',
})

/** With it an operator ends by hand what a provider still has open. Whatever the sum, two operators say so. */
export const Override = Type.Boolean({
  description: 'Although the provider still has it open, which may end otherwise there: two operators',
})
