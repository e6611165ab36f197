// One provider at several places: what was made at one is asked about there, and no other's "not found" is believed.
import { describe, expect, test } from 'vitest'
import { payIn, payOut, refund } from '../../../test/payments/wanted.ts'
import { atPlaces, canAskAt, isMadeHere } from './places.ts'
import type { Payment, PaymentKind, Place, Provider, Reply, Sought } from './port.ts'
import { notFound, ok, unavailable } from './result.ts'

const kinds: readonly PaymentKind[] = ['pay_in', 'refund', 'pay_out']
const [now, before, gone] = ['now', 'before', 'gone'].map((name): Place => ({
  address: `https://${name}.test`,
  account: 'ours',
})) as [Place, Place, Place]

const payment = (change: Partial<Payment> = {}): Payment => ({
  kind: 'pay_out',
  provider_id: 'id 1',
  our_reference: 'pp_1',
  state: 'pending',
  amount: 500n,
  currency: 'RWF',
  fee: null,
  status: 'PENDING',
  reason: null,
  checkout_url: null,
  settled_id: null,
  created_ms: null,
  settled_ms: null,
  ...change,
})

/** Knows what it is given, and notes what it was asked. */
function placed(place: Place, knows: Reply<Payment>, calls: string[]): Provider {
  const say = (act: string) => {
    calls.push(`${act} ${place.address}`)
    return Promise.resolve(knows)
  }
  return {
    name: 'placed',
    places: [place],
    services: [],
    lists: kinds,
    changes_alone: true,
    tokens_kept_ms: null,
    createPayIn: () => say('create'),
    createRefund: () => say('create'),
    createPayOut: () => say('create'),
    expirePayIn: () => say('close'),
    find: () => say('find'),
    list: (_, __, ___, cursor) => {
      calls.push(`list ${place.address} ${cursor}`)
      return Promise.resolve(ok({ payments: [payment()], cursor: cursor === null ? 'second page' : null }))
    },
    institutions: () => Promise.resolve(ok([])),
    verify: ({ path }) =>
      path === place.account
        ? { event_id: 'e', type: 't', about: [] }
        : { refused: path === 'late' && place === before ? 'stale' : 'forged' },
  }
}

function open(at_now: Reply<Payment>, at_before: Reply<Payment> = notFound('not here')) {
  const calls: string[] = []
  return { calls, provider: atPlaces([placed(now, at_now, calls), placed(before, at_before, calls)]) }
}

const sought = (place: Place | null): Sought => ({
  provider_id: null,
  token: 'token 1',
  our_reference: 'pp_1',
  place,
})

test('C1: what is new is made at the first place, of every kind, and at no other', async () => {
  const { provider, calls } = open(ok(payment()))
  await provider.createPayIn(payIn())
  await provider.createRefund(refund('pay_1'))
  await provider.createPayOut(payOut())
  expect(calls).toEqual(Array.from({ length: 3 }, () => `create ${now.address}`))
  expect(provider.places).toEqual([now, before])
})

describe.each(kinds)('C1: a %s', (kind) => {
  test('is asked about where it was made, and there alone; its "not found" counts', async () => {
    for (const place of [now, before]) {
      const { provider, calls } = open(notFound('not here'))
      expect(await provider.find(kind, sought(place))).toMatchObject({ outcome: 'not_found' })
      expect(calls).toEqual([`find ${place.address}`])
    }
  })

  test('made where nobody can be asked any more is asked about everywhere, and "not found" says nothing', async () => {
    const { provider, calls } = open(notFound('not here'))
    expect(await provider.find(kind, sought(gone))).toMatchObject({
      outcome: 'unavailable',
      code: 'made_elsewhere',
      reason: expect.stringContaining(gone.address),
    })
    expect(calls).toEqual([`find ${now.address}`, `find ${before.address}`])
  })

  test('found elsewhere counts where it is ours by its reference, or by its id; another’s does not', async () => {
    const at = async (found: Partial<Payment>) =>
      (await open(notFound('not here'), ok(payment(found))).provider.find(kind, sought(gone))).outcome
    expect(await at({})).toBe('told')
    expect(await at({ our_reference: null, provider_id: 'token 1' })).toBe('told')
    expect(await at({ our_reference: 'pp_2' })).toBe('unavailable')
    expect(await at({ our_reference: null })).toBe('unavailable')
  })

  test('of which nobody knows where it was made is not found only where no place knows it', async () => {
    const { provider } = open(notFound('not here'))
    expect(await provider.find(kind, sought(null))).toMatchObject({ outcome: 'not_found' })
    for (const silent of [unavailable('timeout', 'no answer')]) {
      expect(await open(silent).provider.find(kind, sought(null))).toMatchObject({ outcome: 'unavailable' })
      const other = open(notFound('not here'), silent).provider
      expect(await other.find(kind, sought(null))).toMatchObject({ outcome: 'unavailable' })
    }
  })
})

test('C1: a checkout is closed where it was opened', async () => {
  const { provider, calls } = open(ok(payment()))
  await provider.expirePayIn(sought(before))
  expect(calls).toEqual([`close ${before.address}`])
})

test('C1: the list of a provider is the lists of its places, one after another, a page at a time', async () => {
  const { provider, calls } = open(ok(payment()))
  let pages = 0
  for (let cursor: string | null = null; ; pages += 1) {
    // oxlint-disable-next-line no-await-in-loop -- a page names where the next begins
    const page = await provider.list('pay_in', 0, 1, cursor)
    if (page.outcome !== 'told') throw new Error('no page')
    cursor = page.value.cursor
    if (cursor === null) break
  }
  expect([pages + 1, calls]).toEqual([
    4,
    [now, before].flatMap(({ address }) => [`list ${address} null`, `list ${address} second page`]),
  ])
})

test('C1: an event of any of the places is taken; a late one is told apart from a forged one', () => {
  const { provider } = open(ok(payment()))
  const event = (path: string) => provider.verify({ body: new Uint8Array(), headers: {}, path }, 0)
  expect(event('ours')).toMatchObject({ event_id: 'e' })
  expect(event('late')).toEqual({ refused: 'stale' })
  expect(event('theirs')).toEqual({ refused: 'forged' })
})

test('C1: a place is an address and an account', () => {
  const { provider } = open(ok(payment()))
  expect(
    [now, before, gone].map((place) => [canAskAt(provider, place), isMadeHere(provider, place)]),
  ).toEqual([
    [true, true],
    [true, false],
    [false, false],
  ])
  expect(canAskAt(provider, { ...now, account: 'other' })).toBe(false)
  expect([canAskAt(provider, null), isMadeHere(provider, null)]).toEqual([true, false])
})
