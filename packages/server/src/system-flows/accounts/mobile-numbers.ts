/** Flows, shared: mobile numbers: how people write them here, which ones there are, and how providers want them. */

import { isValidPhoneNumber } from 'libphonenumber-js/mobile'

/** The numbers that there are: the metadata of this release of libphonenumber-js. */
export const phone_data = { release: '1.13.16', released: '2026-11-10' }

/** `0781234567`, or with the digits of the country: `250781234567`. */
export const rwandan_number = /^(250|0)7[2389][0-9]{7}$/
/** `09171234567` */
const philippine_number = /^0[0-9]{10}$/

/** GCash and Maya take the numbers of all networks, in the country's own form. */
export function isPhilippineMobile(number: string): boolean {
  return philippine_number.test(number) && isValidPhoneNumber(number, 'PH')
}

/** With the digits of the country, and nothing else. */
export function internationalNumber(number: string): string {
  return number.replace(/^0/, '250')
}
