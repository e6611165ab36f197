/** Base: what may be an address of e-mail: so narrow that no header, no second recipient and no comment fits into it. */

export const email_length_max = 254

const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
const top_label = '[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])'
const pattern = new RegExp(`^(?=[^@]{1,64}@)${atom}(?:\\.${atom})*@(?:${label}\\.)+${top_label}$`)

/** Domains of other scripts are written as they stand in the DNS, `xn--…`. */
export function isEmailAddress(text: string): boolean {
  return text.length <= email_length_max && pattern.test(text)
}
