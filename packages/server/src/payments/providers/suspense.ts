/** Payments: why money is set aside, as the flow `suspense` says it. */

export const suspense_flow = 'suspense'

export const because_values = [
  'wrong_amount',
  'wrong_currency',
  'unknown_reference',
  'not_awaited',
  'came_again',
  'other',
] as const

export type Because = (typeof because_values)[number]
