/** Payments: why money is set aside, as the flow `suspense` says it. */

export const suspense_flow = 'suspense'

export const suspense_reasons = [
  'wrong_amount',
  'wrong_currency',
  'unknown_reference',
  'not_awaited',
  'came_again',
  'other',
] as const

export type SuspenseReason = (typeof suspense_reasons)[number]
