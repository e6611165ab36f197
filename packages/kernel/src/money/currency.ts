/** Money, room 1: the currencies we know. Own table, since `Intl` shows PKR with 0 digits and has no USDT. */

export interface Currency {
  readonly code: string
  /** Digits after the point: one major unit is 10^exponent minor units. */
  readonly exponent: number
  readonly kind: 'fiat' | 'crypto'
}

const table = {
  PHP: [2, 'fiat'],
  PKR: [2, 'fiat'],
  NGN: [2, 'fiat'],
  USD: [2, 'fiat'],
  EUR: [2, 'fiat'],
  GBP: [2, 'fiat'],
  CAD: [2, 'fiat'],
  VND: [0, 'fiat'],
  RWF: [0, 'fiat'],
  USDT: [6, 'crypto'],
  USDC: [6, 'crypto'],
  BTC: [8, 'crypto'],
} as const satisfies Record<string, readonly [number, Currency['kind']]>

export type CurrencyCode = keyof typeof table

export const currencies: ReadonlyMap<string, Currency> = new Map(
  Object.entries(table).map(([code, [exponent, kind]]) => [code, { code, exponent, kind }]),
)

/** All codes, in the order of the table, for schemas. */
export const currency_codes: readonly string[] = [...currencies.keys()]
