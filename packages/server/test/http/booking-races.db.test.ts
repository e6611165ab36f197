// Bookings: two at the same instant, in either order, on two engines: one winner, and the money right.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startBeside, startEngine, type Answer, type Engine, type Json } from '../fixtures/engine.ts'
import { currency, dashboard, price, settling, wed, type Wedding } from '../fixtures/service-booking.ts'

let engine: Engine
/** Another engine on the same database. */
let other: Engine
beforeAll(async () => {
  engine = await startEngine()
  other = await startBeside(engine)
})
afterAll(async () => {
  await other.stop()
  await engine.stop()
})
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
  expect([...engine.log, ...other.log].filter((line) => JSON.parse(line).level >= 50)).toEqual([])
})

const disputing = { dispute_reason: 'not_delivered', dispute_text: 'x' }

async function paidWedding(): Promise<Wedding> {
  const wedding = await wed(engine)
  await wedding.paid()
  return wedding
}

/** By its wallet: what it has comes from a top-up. */
async function rich(wedding: Wedding, amount = price): Promise<Wedding> {
  await engine.topUp(wedding.couple, amount, currency)
  return wedding
}

describe('at the same instant', () => {
  const rounds = 8

  /** Both at once, on two engines, each first in half of the rounds; gives the winners. */
  async function duel(
    make: () => Promise<Wedding>,
    one: (wedding: Wedding, at: Engine) => Promise<Answer>,
    two: (wedding: Wedding, at: Engine) => Promise<Answer>,
    check: (wedding: Wedding, won: 'one' | 'two') => Promise<void>,
  ): Promise<void> {
    const weddings = await Promise.all(Array.from({ length: rounds }, make))
    expect(weddings).toHaveLength(rounds)
    await Promise.all(
      weddings.map(async (wedding, i) => {
        const swapped = i % 2 === 1
        const asks = swapped ? [two, one] : [one, two]
        const answers = await Promise.all(asks.map((ask, n) => ask(wedding, n === 0 ? engine : other)))
        const winners = answers.filter(({ status }) => status < 300)
        expect(winners).toHaveLength(1)
        for (const { status } of answers) expect([200, 409]).toContain(status)
        const first_won = (answers[0]?.status ?? 500) < 300
        await check(wedding, first_won === swapped ? 'two' : 'one')
      }),
    )
  }

  const begun = new Map<string, Json>()
  const withCheckout = async (): Promise<Wedding> => {
    const wedding = await wed(engine)
    begun.set(wedding.id, await wedding.checkout())
    return wedding
  }
  const settle = ({ id }: Wedding, at: Engine) => at.ask(...settling(begun.get(id) ?? {}))
  const act =
    (who: 'couple' | 'vendor', name: string, body: Json = {}) =>
    (wedding: Wedding, at: Engine): Promise<Answer> =>
      at.ask(`/bookings/${wedding.id}/${name}`, { party: wedding[who], body })

  test('two settlements of one payment', () =>
    duel(withCheckout, settle, settle, async (wedding) => {
      expect(await wedding.read()).toMatchObject({ state: 'fully_paid', held: price, from_provider: price })
      expect(await wedding.receipts()).toHaveLength(1)
    }))

  test('settlement against cancellation', () =>
    duel(withCheckout, settle, act('couple', 'cancel-unpaid'), async (wedding, won) => {
      const { state, held } = await wedding.read()
      expect([won, state, held]).toEqual(
        won === 'one' ? ['one', 'fully_paid', price] : ['two', 'cancelled', 0],
      )
    }))

  test('payment from the wallet against settlement of a checkout', () =>
    duel(
      async () => rich(await withCheckout()),
      act('couple', 'pay-from-wallet', { amount_paid: price }),
      settle,
      async (wedding, won) => {
        const { state, held, from_wallet } = await wedding.read()
        expect([state, held, from_wallet]).toEqual(['fully_paid', price, won === 'one' ? price : 0])
        const { available } = await engine.wallet(wedding.couple, currency)
        expect(available).toBe(won === 'one' ? 0 : price)
      },
    ))

  test('a mark taken back against the other mark', () =>
    duel(
      async () => {
        const wedding = await paidWedding()
        await wedding.by('vendor', 'mark-complete')
        return wedding
      },
      act('vendor', 'unmark-complete'),
      // The couple's mark counts either way: alone, where the vendor's is gone.
      async (wedding, at) => {
        const answer = await act('couple', 'mark-complete')(wedding, at)
        return answer.body['state'] === 'completed' ? answer : { ...answer, status: 409 }
      },
      async (wedding, won) => {
        const { state, vendor_completed, couple_completed, held } = await wedding.read()
        expect([state, vendor_completed, couple_completed, held]).toEqual(
          won === 'one' ? ['fully_paid', false, true, price] : ['completed', true, true, 0],
        )
      },
    ))

  test('a dispute against the last mark', () =>
    duel(
      async () => {
        const wedding = await paidWedding()
        await wedding.by('vendor', 'mark-complete')
        return wedding
      },
      act('couple', 'dispute', disputing),
      act('couple', 'mark-complete'),
      async (wedding, won) => {
        const { state, held } = await wedding.read()
        expect([state, held]).toEqual(won === 'one' ? ['disputed', price] : ['completed', 0])
        const { available_balance, pending_balance } = await dashboard(engine, wedding.vendor)
        expect([available_balance, pending_balance]).toEqual(won === 'one' ? [0, price] : [price, 0])
      },
    ))

  test('both marks: each counts, one of them completes, and the vendor is paid once', async () => {
    const weddings = await Promise.all(Array.from({ length: rounds }, paidWedding))
    await Promise.all(
      weddings.map(async (wedding, i) => {
        const roles = i % 2 === 0 ? (['couple', 'vendor'] as const) : (['vendor', 'couple'] as const)
        const answers = await Promise.all(
          roles.map((who, n) => act(who, 'mark-complete')(wedding, n === 0 ? engine : other)),
        )
        expect(answers.map(({ status }) => status)).toEqual([200, 200])
        expect(new Set(answers.map(({ body }) => body['state']))).toEqual(
          new Set(['completed', 'fully_paid']),
        )
        expect((await dashboard(engine, wedding.vendor))['total_earnings']).toBe(price)
      }),
    )
  })

  test('both cancel, and the vendor alone: refunded once', async () => {
    const weddings = await Promise.all(Array.from({ length: rounds }, paidWedding))
    const transit = await platform('transit')
    await Promise.all(
      weddings.map(async (wedding) => {
        await wedding.by('couple', 'cancel')
        const asks = [
          act('vendor', 'cancel-paid')(wedding, engine),
          act('vendor', 'cancel-together')(wedding, other),
        ]
        const answers = await Promise.all(asks)
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]))
      }),
    )
    expect(await platform('transit')).toBe(transit + rounds * price)
  })
})

/** Minor units on an account of the marketplace, or on the one that stands for the provider. */
async function platform(purpose: string): Promise<number> {
  const { data } = await engine.must(200, '/v1/platform/accounts')
  const found = data.find((row: Json) => row['purpose'] === purpose && row['currency'] === currency)
  return found?.balance ?? 0
}
