/** Trade credit: business days end at 23:00 in Kigali, when the deductions of the day are made. */

import { businessDayOf, type BusinessDay } from '../../../platform/business-day.ts'

export const credit_zone = 'Africa/Kigali'
const cutoff = '23:00'

/** The last business day that has ended by an instant: at 23:00 sharp, the one that ends then. */
export function lastDayAt(at_ms: number): BusinessDay {
  const { from_ms } = businessDayOf(at_ms, credit_zone, cutoff)
  return businessDayOf(from_ms - 1, credit_zone, cutoff)
}

/** `2026-03-15`; null where there is no such day. */
export function dayCalled(date: string): BusinessDay | null {
  const noon_ms = Date.parse(`${date}T12:00:00Z`)
  if (Number.isNaN(noon_ms)) return null
  const day = businessDayOf(noon_ms, credit_zone, cutoff)
  return day.date === date ? day : null
}
