/** Payments: an address that a provider gave, before a person is sent there. */

import { isLoopback } from '../../platform/config/provider-settings.ts'

const address_length_max = 2_000

/** The address as it may be passed on; null where it is not HTTPS (or, while no money is real, this machine). */
export function checkoutAddress(text: string | null, live: boolean): string | null {
  const url = text === null || text.length > address_length_max ? null : URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '') return null
  if (isLoopback(url)) return !live && /^https?:$/.test(url.protocol) ? url.href : null
  return url.protocol === 'https:' ? url.href : null
}
