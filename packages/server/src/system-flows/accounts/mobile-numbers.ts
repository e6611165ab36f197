/** Flows, shared: numbers of mobile money in Rwanda: how people write them, and how providers want them. */

/** `0781234567`, or with the digits of the country: `250781234567`. */
export const rwandan_number = /^(250|0)7[2389][0-9]{7}$/

/** With the digits of the country, and nothing else. */
export function internationalNumber(number: string): string {
  return number.replace(/^0/, '250')
}
