/**
 * Payments: one provider at several places. What is new is made at the first; what was made at another is asked about
 * there. That a place knows nothing of what was made elsewhere says nothing, so it is never taken for "not found".
 */

import { isSamePlace } from '../../platform/config/provider-settings.ts'
import type { Page, Payment, PaymentKind, Place, Provider, Reply, Sought, Verified } from './port.ts'
import { ok, unavailable } from './result.ts'

/** The code of an answer that says nothing, since the place that would know is not set up any more. */
export const made_elsewhere = 'made_elsewhere'

/** Each of them is the same provider at one place. */
export function atPlaces(providers: readonly [Provider, ...Provider[]]): Provider {
  const [current] = providers
  const [first, ...others] = providers.flatMap(({ places }) => places)
  return {
    ...current,
    places: [first ?? current.places[0], ...others],
    // Closing makes nothing: it is done where the payer could still pay.
    expirePayIn: (sought) => askAt(providers, sought, (provider) => provider.expirePayIn(sought)),
    find: (kind, sought) => askAt(providers, sought, (provider) => provider.find(kind, sought)),
    list: (kind, from_ms, to_ms, cursor) => listAt(providers, kind, from_ms, to_ms, cursor),
    verify: (incoming, now_ms) =>
      firstVerified(providers.map((provider) => provider.verify(incoming, now_ms))),
  }
}

/** Whether what was made there can be asked about. Where it was made is not known: then wherever we can ask. */
export function canAskAt({ places }: Pick<Provider, 'places'>, place: Place | null): boolean {
  return place === null || places.some((one) => isSamePlace(one, place))
}

/** Whether what was asked for there may be asked for again. */
export function isMadeHere({ places }: Pick<Provider, 'places'>, place: Place | null): boolean {
  return place !== null && isSamePlace(places[0], place)
}

async function askAt(
  providers: readonly Provider[],
  sought: Sought,
  ask: (provider: Provider) => Promise<Reply<Payment>>,
): Promise<Reply<Payment>> {
  const { place = null } = sought
  const there = providers.find((provider) => place !== null && isMadeHere(provider, place))
  if (there !== undefined) return ask(there)
  const reply = await askEach(providers, ask)
  if (place === null) return reply
  // It may be the same provider by another name. Then it knows our own words; whose words are others has another's.
  if (reply.outcome === 'told' && isOurs(reply.value, sought)) return reply
  if (reply.outcome !== 'told' && reply.outcome !== 'not_found') return reply
  const where = `it was made at ${place.address} as ${place.account}, which is not set up any more`
  return unavailable(made_elsewhere, `${where}: that nobody here knows it says nothing`)
}

/** One after another, until one knows it. Only when none of them knows it, it is not found. */
async function askEach(
  providers: readonly Provider[],
  ask: (provider: Provider) => Promise<Reply<Payment>>,
): Promise<Reply<Payment>> {
  let last: Reply<Payment> | null = null
  for (const provider of providers) {
    // oxlint-disable-next-line no-await-in-loop -- one place after another
    const reply = await ask(provider)
    if (reply.outcome === 'told') return reply
    // One that did not answer may be the one that knows.
    if (last === null || last.outcome === 'not_found') last = reply
  }
  return last ?? unavailable('nowhere', 'there is nowhere to ask')
}

function isOurs({ our_reference, provider_id }: Payment, sought: Sought): boolean {
  return our_reference === null ? provider_id === sought.token : our_reference === sought.our_reference
}

/** The pages of one place after those of another; a cursor says which place it belongs to. */
async function listAt(
  providers: readonly Provider[],
  kind: PaymentKind,
  from_ms: number,
  to_ms: number,
  cursor: string | null,
): Promise<Reply<Page>> {
  const [, digits = '0', own = ''] = /^(\d+) (.*)$/s.exec(cursor ?? '') ?? []
  const n = Number.parseInt(digits, 10)
  const provider = providers[n]
  if (provider === undefined) return ok({ payments: [], cursor: null })
  const page = await provider.list(kind, from_ms, to_ms, own === '' ? null : own)
  if (page.outcome !== 'told') return page
  const { payments, cursor: next } = page.value
  const further = n + 1 < providers.length ? `${n + 1} ` : null
  return ok({ payments, cursor: next === null ? further : `${n} ${next}` })
}

/** An event of any of the places; one that is only late says more than that it is nobody's. */
function firstVerified(verified: readonly Verified[]): Verified {
  const rank = (one: Verified) => ('refused' in one ? { malformed: 1, stale: 2, forged: 3 }[one.refused] : 0)
  const [best] = verified.toSorted((a, b) => rank(a) - rank(b))
  return best ?? { refused: 'forged' }
}
