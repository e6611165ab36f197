// F5: a dispute stops the clock; who withdraws it just before the end leaves the other side its turn, in every product.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEngine, type Engine, type Json } from '../fixtures/engine.ts'
import { quarrelOf, quarrels, timersOf } from '../fixtures/quarrel.ts'

const hour_ms = 3_600_000
let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(() => engine.stop())

/** The sandbox clock runs on, so what is exact is counted from the instants that the engine itself tells. */
const since = (agreement: Json) => Date.parse(agreement['state_since'])

describe.each(quarrels)('F5: %s', (product) => {
  test('disputed two seconds before the deadline and withdrawn later: 24 hours are left, with a reminder', async () => {
    const { read, dispute, act, one, other, deadline, reminds, held } = await quarrelOf(engine, product)
    const { at_ms = 0 } = timersOf(await read(), deadline)
    await engine.must(200, '/v1/test-clock/advance', { body: { to: new Date(at_ms - 2_000).toISOString() } })
    expect((await dispute()).status).toBe(200)
    // The clock stands still, and meanwhile operators are told again and again.
    await engine.advance(5 * 86_400)
    expect((await act(other, 'withdraw-dispute')).status).toBe(403)
    expect((await act(one, 'withdraw-dispute')).status).toBe(200)

    const back = await read()
    const back_ms = since(back)
    const { at_ms: due_ms, reminder_ms } = timersOf(back, deadline)
    expect(due_ms).toBe(back_ms + 24 * hour_ms)
    expect(reminder_ms === undefined).toBe(!reminds)
    if (reminder_ms !== undefined) expect(reminder_ms).toBe(back_ms + 12 * hour_ms)
    expect(Math.abs(back_ms - Date.parse((await engine.must(200, '/v1/test-clock'))['now']))).toBeLessThan(
      60_000,
    )

    await engine.advance(3)
    expect(await read()).toMatchObject({ held, state: back['state'] })
    // The other side has its turn.
    await engine.advance(23 * 3_600)
    const turn = product === 'trade-credit' ? await dispute(one) : await dispute(other)
    expect([turn.status, (await read())['state']]).toEqual([200, 'disputed'])
  })

  test('withdrawn where more is left: the rest of it, to the second', async () => {
    const { read, dispute, act, one, deadline } = await quarrelOf(engine, product)
    const { at_ms = 0 } = timersOf(await read(), deadline)
    expect((await dispute()).status).toBe(200)
    const left_ms = at_ms - since(await read())
    // A payer has 24 hours in all.
    expect(left_ms > 24 * hour_ms).toBe(product !== 'p2p-trade')
    await engine.advance(3 * 86_400)
    expect((await act(one, 'withdraw-dispute')).status).toBe(200)
    const back = await read()
    expect(timersOf(back, deadline).at_ms).toBe(since(back) + Math.max(left_ms, 24 * hour_ms))
  })
})

test('F5: the least time is a term: a marketplace sets another, and it counts for what is agreed from then on', async () => {
  await engine.operate('/v1/fee-schedules', {
    flow: 'marketplace-order',
    terms: { time_after_dispute: '36 hours' },
  })
  const { read, dispute, act, one, deadline } = await quarrelOf(engine, 'marketplace-order')
  const { at_ms = 0 } = timersOf(await read(), deadline)
  await engine.must(200, '/v1/test-clock/advance', { body: { to: new Date(at_ms - 2_000).toISOString() } })
  await dispute()
  await act(one, 'withdraw-dispute')
  const back = await read()
  expect(timersOf(back, deadline).at_ms).toBe(since(back) + 36 * hour_ms)
})
