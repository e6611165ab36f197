/** Kill drill on the rails: canaries. Each falsifies the evidence as one mistake of the desk would; each must be noticed. */

import type { Evidence } from './kill-evidence.ts'

export const sabotages = {
  /** A word of a provider was said to the engine twice. */
  'told twice': ({ clearing, ...rest }) => ({
    ...rest,
    clearing: { ...clearing, PHP: clearing.PHP + 1 },
  }),
  /** A refund was never said to have arrived. */
  'never told': ({ transit, ...rest }) => ({ ...rest, transit: { ...transit, PHP: 1 } }),
  /** A repeat asked with the same token, and the provider did it again. */
  'asked twice': ({ made, ...rest }) => ({ ...rest, made: [...made, ...made.slice(0, 1)] }),
  /** A repeat asked with a new token. */
  'asked anew': ({ made, ...rest }) => ({
    ...rest,
    made: [...made, ...made.slice(0, 1).map((one) => ({ ...one, token: 'another' }))],
  }),
  /** A row was not written before its provider was called. */
  forgotten: ({ tokens, ...rest }) => ({ ...rest, tokens: new Set([...tokens].slice(1)) }),
  /** Nobody ever asked again. */
  unknown: ({ payments, ...rest }) => ({
    ...rest,
    payments: payments.map((payment, i) => (i === 0 ? { ...payment, state: 'unknown' } : payment)),
  }),
  /** What was acknowledged did not last. */
  lost: ({ agreements, ...rest }) => ({ ...rest, agreements: agreements.slice(1) }),
  /** A repeat was done again. */
  doubled: ({ agreements, ...rest }) => ({ ...rest, agreements: [...agreements, 'pay_another'] }),
  /** A provider paid more than was ever approved. */
  'paid out twice': ({ book, ...rest }) => ({
    ...rest,
    book: { ...book, paid_out: { ...book.paid_out, RWF: book.paid_out.RWF - 1 } },
  }),
} as const satisfies Record<string, (evidence: Evidence) => Evidence>

export type Sabotage = keyof typeof sabotages
