// Withdrawals asked for and decided at the same instant, on two engines of one database: one wins, and no centavo is paid twice.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startEngine, type Answer, type Engine } from '../fixtures/engine.ts'
import { currency, day_s, newVendor, Till, vendor_products } from '../fixtures/withdrawal.ts'
import { patience_ms } from '../fixtures/patience.ts'

let engine: Engine
let other: Engine
let till: Till
const rounds = Array.from({ length: 12 }, (_, i) => i)

beforeAll(async () => {
  engine = await startEngine({ products: vendor_products })
  const keys = { service_key: engine.service, operator_key: engine.admin }
  other = await startEngine({ url: engine.running.database_url, keys, products: vendor_products })
  till = new Till(engine)
})
afterAll(async () => {
  await other.stop()
  await engine.stop()
})
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
  expect([...engine.log, ...other.log].filter((line) => JSON.parse(line).level >= 50)).toEqual([])
})

type Attempt = (over: { address?: string }) => Promise<Answer>

/** Both at once, the odd rounds in the other order, each on an engine of its own; the answers in the order given. */
async function atOnce(round: number, ...attempts: readonly Attempt[]): Promise<Answer[]> {
  const turn = <T>(list: readonly T[]) => (round % 2 === 0 ? [...list] : list.toReversed())
  const started = turn(attempts).map((attempt, i) =>
    attempt({ address: (i + round) % 4 < 2 ? engine.address : other.address }),
  )
  return turn(await Promise.all(started))
}

/** Which of them won; the others were told why. */
function winner(answers: readonly Answer[], code: string): number {
  const won = answers.flatMap(({ status }, i) => (status < 300 ? [i] : []))
  const lost = answers.filter(({ status }) => status >= 300)
  expect([won.length, lost.map(({ status, body }) => [status, body['code']])]).toEqual([
    1,
    lost.map(() => [409, code]),
  ])
  return won[0] ?? -1
}

async function transitionsOf(id: string): Promise<string[]> {
  return (await engine.events(id)).map(({ transition }) => transition)
}

test('two withdrawals of the same balance while the first is pending: at the same instant one wins', async () => {
  await Promise.all(
    rounds.map(async (round) => {
      const vendor = newVendor()
      await engine.topUp(vendor, 150_000, currency)
      const ask: Attempt = (over) => till.ask(vendor, 100_000, {}, over)
      winner(await atOnce(round, ask, ask), 'insufficient_funds')
      expect(await till.money(vendor)).toEqual([50_000, 100_000, 0])
    }),
  )
})

test('a withdrawal against a payment from the same wallet', async () => {
  const won = await Promise.all(
    rounds.map(async (round) => {
      const vendor = newVendor()
      await engine.topUp(vendor, 100_000, currency)
      const body = { buyer: vendor, seller: 'a-seller', amount: 100_000, currency }
      const { id } = await engine.must(201, '/orders', { body })
      const pay: Attempt = (over) => engine.ask(`/orders/${id}/pay`, { party: vendor, body: {}, ...over })
      const first = winner(
        await atOnce(round, (over) => till.ask(vendor, 100_000, {}, over), pay),
        'insufficient_funds',
      )
      const { available, payout, frozen } = await engine.wallet(vendor, currency)
      expect([available, payout, frozen]).toEqual(first === 0 ? [0, 100_000, 0] : [0, 0, 100_000])
      return first
    }),
  )
  expect(won).toHaveLength(rounds.length)
})

describe('decided twice', () => {
  test('approve twice: one transfer is made', async () => {
    await eachReady(async (round, id, vendor) => {
      const approve: Attempt = (over) => till.decide(id, 'approve', {}, over)
      winner(await atOnce(round, approve, approve), 'transition_not_open')
      expect(await transitionsOf(id)).toEqual(['request', 'approve'])
      expect(await till.money(vendor)).toEqual([0, 50_000, 0])
    })
  })

  test('approve against cancel: it is on its way, or the money is back, never both', async () => {
    await eachReady(async (round, id, vendor) => {
      const first = winner(
        await atOnce(
          round,
          (over) => till.decide(id, 'approve', {}, over),
          (over) => till.cancel(id, vendor, over),
        ),
        'transition_not_open',
      )
      expect(await till.money(vendor)).toEqual(first === 0 ? [0, 50_000, 0] : [50_000, 0, 0])
      expect(await transitionsOf(id)).toEqual(['request', first === 0 ? 'approve' : 'cancel'])
    })
  })

  test('approve against reject; paid against failed', async () => {
    await eachReady(async (round, id, vendor) => {
      const decide =
        (decision: 'approve' | 'reject' | 'mark-paid' | 'mark-failed'): Attempt =>
        (over) =>
          till.decide(id, decision, {}, over)
      const first = winner(await atOnce(round, decide('approve'), decide('reject')), 'transition_not_open')
      if (first === 1) return expect(await till.money(vendor)).toEqual([50_000, 0, 0])
      const paid = winner(
        await atOnce(round, decide('mark-paid'), decide('mark-failed')),
        'transition_not_open',
      )
      return expect(await till.money(vendor)).toEqual(paid === 0 ? [0, 0, 50_000] : [50_000, 0, 0])
    })
  })

  test.each(['the same', 'another'] as const)(
    'mark-paid twice with %s reference: withdrawn once',
    async (which) => {
      await eachReady(async (round, id, vendor) => {
        await till.go(id, 'approve')
        const paid =
          (payout_reference: string): Attempt =>
          (over) =>
            till.decide(id, 'mark-paid', { payout_reference }, over)
        const one = `${which === 'another' ? 'two' : 'one'}-${vendor}`
        const answers = await atOnce(round, paid(`one-${vendor}`), paid(one))
        winner(answers, 'transition_not_open')
        expect(await till.money(vendor)).toEqual([0, 0, 50_000])
        const [won] = answers.filter(({ status }) => status === 200)
        expect(await till.read(id)).toMatchObject({ payout_reference: won?.body['payout_reference'] })
      })
    },
  )

  test('one payout reference for two withdrawals: one of them is paid, the other still waits', async () => {
    const opened = await Promise.all(
      rounds.map(async () => {
        const vendor = newVendor()
        await engine.topUp(vendor, 100_000, currency)
        return { vendor, ids: [await till.request(vendor, 50_000), await till.request(vendor, 50_000)] }
      }),
    )
    await cooledOff()
    await Promise.all(
      opened.map(async ({ vendor, ids }, round) => {
        for (const id of ids) await till.go(id, 'approve')
        const attempts = ids.map(
          (id): Attempt =>
            (over) =>
              till.decide(id, 'mark-paid', { payout_reference: `shared-${vendor}` }, over),
        )
        const answers = await atOnce(round, ...attempts)
        const first = winner(answers, 'reference_taken')
        expect(answers[1 - first]?.body).toMatchObject({ pointer: '/payout_reference' })
        expect(await till.money(vendor)).toEqual([0, 50_000, 50_000])
        const again = { payout_reference: `shared-${vendor}` }
        expect((await till.decide(ids[1 - first] ?? '', 'mark-paid', again)).body).toMatchObject({
          code: 'reference_taken',
        })
        await till.go(ids[1 - first] ?? '', 'mark-paid')
        expect(await till.money(vendor)).toEqual([0, 0, 100_000])
      }),
    )
  })

  test('returned twice: it comes back once', async () => {
    await eachReady(async (round, id, vendor) => {
      await till.go(id, 'approve', 'mark-paid')
      const returned: Attempt = (over) => till.decide(id, 'mark-returned', {}, over)
      winner(await atOnce(round, returned, returned), 'transition_not_open')
      expect(await till.money(vendor)).toEqual([50_000, 0, 0])
    })
  })

  test('two operators at once are two operators; the same one twice is one', async () => {
    const second = await engine.newKey({ kind: 'operator', name: 'second', role: 'finance' })
    for (const round of rounds.slice(0, 4)) {
      const [id, alone] = [await large(), await large()]
      await cooledOff()
      const by =
        (key: string): Attempt =>
        (over) =>
          till.decide(id, 'approve', {}, { key, ...over })
      const answers = await atOnce(round, by(engine.admin), by(second))
      expect(answers.map(({ status }) => status)).toEqual([200, 200])
      expect(new Set(answers.map(({ body }) => body['status']))).toEqual(new Set(['pending', 'processing']))
      const same: Attempt = (over) => till.decide(alone, 'approve', {}, over)
      winner(await atOnce(round, same, same), 'transition_not_open')
      expect(await till.read(alone)).toMatchObject({ status: 'pending' })
    }
  })

  async function large(): Promise<string> {
    const vendor = newVendor()
    await engine.topUp(vendor, 30_000_000, currency)
    return till.request(vendor, 30_000_000)
  }

  /** The same in every round, each of a withdrawal that may be approved. */
  async function eachReady(
    tell: (round: number, id: string, vendor: string) => Promise<unknown>,
  ): Promise<void> {
    const opened = await Promise.all(
      rounds.map(async () => {
        const vendor = newVendor()
        await engine.topUp(vendor, 50_000, currency)
        return { vendor, id: await till.request(vendor, 50_000) }
      }),
    )
    await cooledOff()
    await Promise.all(opened.map(({ id, vendor }, round) => tell(round, id, vendor)))
  }
})

test('a limit checked outside the transaction: 20 requests at once never pass the daily limit', async () => {
  for (const round of rounds.slice(0, 3)) {
    const vendor = newVendor()
    await engine.topUp(vendor, 100_000_000, currency)
    const answers = await atOnce(
      round,
      ...Array.from({ length: 20 }, (): Attempt => (over) => till.ask(vendor, 3_000_000, {}, over)),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(16)
    const lost = answers.filter(({ status }) => status !== 201)
    expect(lost.map(({ body }) => [body['code'], body['limit']])).toEqual(
      lost.map(() => ['limit_exceeded', 'daily_limit']),
    )
    expect(await till.money(vendor)).toEqual([52_000_000, 48_000_000, 0])
  }
})

test('sales with one reference at once: the money comes in once', async () => {
  for (const round of rounds) {
    const vendor = newVendor()
    const body = { amount: 700, reference: `once-${vendor}` }
    const sell: Attempt = (over) => engine.ask(`/v1/wallets/${vendor}/${currency}/sales`, { body, ...over })
    winner(await atOnce(round, sell, sell, sell), 'reference_taken')
    expect(await till.money(vendor)).toEqual([700, 0, 0])
  }
})

test('a crowd of requests and decisions on few wallets: available, reserved and withdrawn are always the whole', async () => {
  const vendors = [newVendor(), newVendor(), newVendor()]
  for (const vendor of vendors) await engine.topUp(vendor, 1_000_000, currency)
  await Promise.all(vendors.map((vendor) => till.request(vendor, 10_000)))
  await cooledOff()
  const whole = async () => {
    for (const vendor of vendors)
      expect((await till.money(vendor)).reduce((sum, part) => sum + part, 0)).toBe(1_000_000)
  }
  const lives = Array.from({ length: 60 }, async (_, i) => {
    const vendor = vendors[i % 3] ?? ''
    const { status, body } = await till.ask(vendor, 10_000 + i * 1_000)
    if (status !== 201) return
    const { id } = body
    if (i % 5 === 0) await till.cancel(id, vendor)
    await Promise.all([till.decide(id, 'approve'), ...(i % 4 === 0 ? [till.decide(id, 'reject')] : [])])
    await Promise.all([
      till.decide(id, 'mark-paid'),
      ...(i % 3 === 0 ? [till.decide(id, 'mark-failed')] : []),
    ])
    if (i % 7 === 0) await till.decide(id, 'mark-returned')
  })
  await Promise.all([...lives, whole()])
  await whole()
})

/** From here on, on both engines, what was asked for until now may be approved. */
async function cooledOff(): Promise<void> {
  const { now } = await engine.advance(day_s)
  await expect
    .poll(async () => Date.parse((await other.must(200, '/v1/test-clock'))['now']), { timeout: patience_ms })
    .toBeGreaterThanOrEqual(Date.parse(now))
}
