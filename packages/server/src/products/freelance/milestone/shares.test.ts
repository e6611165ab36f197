// Properties of the shares of a milestone: however it is released, given back and divided, nothing is lost and nothing is made.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { client, developer, Studio, type Terms } from '../../../../test/fixtures/freelance-shares.ts'
import { escrowOf } from './escrow.ts'

/** 0, 2, 6 and 8 digits. */
const currencies = ['VND', 'PHP', 'USDT', 'BTC'] as const

const percent = (most: number) =>
  fc
    .integer({ min: 0, max: most * 100 })
    .map((bps) => `${(bps - (bps % 100)) / 100}.${String(bps % 100).padStart(2, '0')}%`)
const terms = (currency: string): fc.Arbitrary<Terms> =>
  fc.record({
    currency: fc.constant(currency),
    amount: fc.oneof(fc.bigInt({ min: 1n, max: 60n }), fc.bigInt({ min: 1n, max: 10n ** 15n })),
    broker: fc.boolean(),
    schedule: fc.record({
      platform_share: percent(50),
      broker_share: percent(50),
      retention: percent(100),
    }),
  })

/** Of what is held at that moment, in parts of a thousand; at least one unit. */
const part = fc.integer({ min: 0, max: 1_000 })
const partOf = (held: bigint, thousandths: number): bigint => {
  const some = (held * BigInt(thousandths)) / 1_000n
  return some === 0n ? 1n : some
}

type End = (studio: Studio, thousandths: number) => void
const dispute = (studio: Studio) => {
  studio.go('dispute', developer, { dispute_reason: 'other', dispute_text: 'x' })
}
const parts = (studio: Studio, thousandths: number) => {
  const to_client = (studio.held * BigInt(thousandths)) / 1_000n
  return { to_client, to_developer: studio.held - to_client }
}
const split: End = (studio, thousandths) => {
  dispute(studio)
  studio.decide('split', parts(studio, thousandths))
}
const ends: Readonly<Record<string, End>> = {
  approve: (studio) => {
    studio.go('complete', developer)
    studio.go('approve', client)
  },
  silence: (studio) => {
    studio.go('complete', developer)
    studio.wait('approve_unanswered')
  },
  cancel: (studio) => {
    studio.go('cancel_alone', client)
  },
  cancel_by_operator: (studio) => {
    studio.decide('cancel_by_operator')
  },
  win_freelancer: (studio) => {
    dispute(studio)
    studio.decide('release')
  },
  win_client: (studio) => {
    dispute(studio)
    studio.decide('refund')
  },
  split,
  settle: (studio, thousandths) => {
    dispute(studio)
    const agreed = parts(studio, thousandths)
    studio.go('settle', client, agreed)
    studio.go('settle', developer, agreed)
  },
}
const after_retention: Readonly<Record<string, End>> = {
  wait: (studio) => {
    studio.wait('retention_over')
  },
  early: (studio) => {
    studio.go('release_retained', client)
  },
  together: (studio) => {
    studio.go('cancel_together', developer)
    studio.go('cancel_together', client)
  },
  split,
}

const bps = (text = '0%') => BigInt(text.replace(/[.%]/g, ''))
const min = (one: bigint, other: bigint) => (one < other ? one : other)
const halfUp = (whole: bigint, of: bigint, among: bigint) => (2n * whole * of + among) / (2n * among)

describe.each(currencies)('in %s', (currency) => {
  test('any sequence of partial releases, refunds and splits sums exactly', () => {
    fc.assert(
      fc.property(
        terms(currency),
        fc.array(part, { maxLength: 6 }),
        fc.constantFrom(...Object.keys(ends)),
        fc.constantFrom(...Object.keys(after_retention)),
        part,
        (agreed, released, end, then, thousandths) => {
          const studio = new Studio(agreed)
          const frozen = frozenShares(studio)
          studio.go('fund', client)
          for (const thousandth of released) {
            if (studio.state !== 'funded') break
            const before = studio.shares()
            const one = partOf(studio.held, thousandth)
            studio.go('release_part', client, { part: one })
            const now = studio.shares()
            expect(before.held - now.held).toBe(one)
            for (const who of ['developer', 'broker', 'platform'] as const)
              expect(now[who]).toBeGreaterThanOrEqual(before[who])
          }
          if (studio.state === 'funded') ends[end]?.(studio, thousandths)
          const was_retained = studio.state === 'retained'
          if (was_retained) after_retention[then]?.(studio, thousandths)

          const { client: back, developer: dev, broker, platform, held } = studio.shares()
          expect(['paid', 'refunded']).toContain(studio.state)
          expect(held).toBe(0n)
          expect(back + dev + broker + platform).toBe(agreed.amount)
          if (!agreed.broker) expect(broker).toBe(0n)
          if (back === 0n) expect({ developer: dev, broker, platform }).toEqual(frozen)
          // F11: what was given back bore no fee: of what was paid out each has its share, rounded half up.
          const paid = agreed.amount - back
          const { broker_share = '0%', platform_share = '0%' } = agreed.schedule ?? {}
          expect(broker).toBe(agreed.broker ? halfUp(paid, bps(broker_share), 10_000n) : 0n)
          const apart = platform - min(halfUp(paid, bps(platform_share), 10_000n), paid - broker)
          expect(apart * apart).toBeLessThanOrEqual(1n)
          if (released.length === 0 && !was_retained) expect(apart).toBe(0n)
        },
      ),
      { numRuns: 400 },
    )
  })

  test('of the whole, broker and platform have theirs rounded half up, and the developer has the rest', () => {
    fc.assert(
      fc.property(terms(currency), (agreed) => {
        const { broker, platform, developer: dev } = frozenShares(new Studio(agreed))
        const { platform_share, broker_share } = agreed.schedule ?? {}
        const brokers = agreed.broker ? halfUp(agreed.amount, bps(broker_share), 10_000n) : 0n
        const platforms = halfUp(agreed.amount, bps(platform_share), 10_000n)
        expect(broker).toBe(brokers)
        // Two halves of an odd unit are no whole one: then the platform has what is left.
        expect(platform).toBe(platforms > agreed.amount - brokers ? agreed.amount - brokers : platforms)
        expect(broker + platform + dev).toBe(agreed.amount)
      }),
    )
  })
})

test('a fee schedule that changes touches neither milestones nor projects that are there', () => {
  fc.assert(
    fc.property(terms('VND'), percent(50), percent(50), (agreed, platform_share, broker_share) => {
      const studio = new Studio(agreed)
      const before = frozenShares(studio)
      studio.publish({ platform_share, broker_share })
      expect(escrowOf(studio.add(agreed.amount).agreement)).toMatchObject({
        developer_share: Number(before.developer),
        broker_share: Number(before.broker),
        platform_fee: Number(before.platform),
      })
      studio.go('fund', client)
      studio.go('release_part', client, { part: agreed.amount })
      const { developer: dev, broker, platform } = studio.shares()
      expect({ developer: dev, broker, platform }).toEqual(before)
    }),
  )
})

test.each([
  ['more than is held', 1n, 'insufficient_funds'],
  ['all that was ever held, once more', 54n, 'insufficient_funds'],
])('a part of %s is refused, and changes nothing', (_, more, code) => {
  const studio = new Studio({ currency: 'VND', amount: 100n, broker: true })
  studio.go('fund', client)
  studio.go('release_part', client, { part: 46n })
  const before = studio.shares()
  expect(studio.refused('release_part', client, { part: 54n + more })).toMatchObject({ code })
  expect(studio.shares()).toEqual(before)
})

test('F11: a split takes shares of what is paid out: 905 as 302 and 603 at 10 % and 5 %', () => {
  const studio = new Studio({ currency: 'PHP', amount: 905n, broker: true })
  studio.go('fund', client)
  dispute(studio)
  studio.decide('split', { to_client: 302n, to_developer: 603n })
  expect(studio.shares()).toEqual({ client: 302n, broker: 60n, platform: 30n, developer: 513n, held: 0n })
})

test.each([0, 1, -1])('a split must sum to what is held: off by %i', (off) => {
  const studio = new Studio({ currency: 'VND', amount: 100n, broker: true })
  studio.go('fund', client)
  studio.go('release_part', client, { part: 31n })
  dispute(studio)
  const input = { to_client: 30n, to_developer: 39n + BigInt(off) }
  if (off === 0) {
    studio.decide('split', input)
    expect(studio.shares()).toMatchObject({ client: 30n, held: 0n, broker: 7n })
  } else {
    expect(studio.refused('split', { kind: 'operator', id: 'op_1', party: null }, input)).toMatchObject({
      code: 'distribution_mismatch',
      details: { held: 69 },
    })
    expect(studio.state).toBe('disputed')
  }
})

function frozenShares(studio: Studio): Record<'developer' | 'broker' | 'platform', bigint> {
  const { agreement } = studio.town
  if (agreement === null) throw new Error('nothing was agreed')
  const { developer_share, broker_share, platform_fee } = escrowOf(agreement) as Record<string, number>
  return {
    developer: BigInt(developer_share ?? -1),
    broker: BigInt(broker_share ?? -1),
    platform: BigInt(platform_fee ?? -1),
  }
}
