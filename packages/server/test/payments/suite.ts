// The port's suite: what every provider must do, whoever it is. Skips carry their reasons.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Payment, PaymentKind } from '../../src/payments/providers/port.ts'
import { create, must, untilKnown, type Bench, type Booked, type Fault, type Wanted } from './bench.ts'
import { kinds, unanswered } from './wanted.ts'

export interface Skips {
  /** Why a repeated create is the only way to learn of a pay-in that was never answered. */
  readonly finds_no_unanswered_pay_in?: string
  readonly knows_no_limits?: string
  readonly has_no_network?: string
}

export function examine(name: string, open: () => Promise<Bench>, skips: Skips = {}): void {
  let bench: Bench
  beforeAll(async () => {
    bench = await open()
  })
  afterEach(() => bench.faults?.clear())
  afterAll(() => bench.stop())

  const bookedAs = async ({ token }: { token: string }): Promise<readonly Booked[]> =>
    (await bench.books()).filter((booked) => booked.token === token)

  /** A pay-in that has been paid. */
  async function paid(amount?: bigint): Promise<Payment> {
    const wanted = bench.payIn(amount === undefined ? {} : { amount })
    const payment = await must(bench.provider.createPayIn(wanted))
    await bench.pay(wanted, payment)
    await bench.settle()
    const found = await must(bench.provider.find('pay_in', sought(wanted, payment)))
    expect(found.state).toBe('succeeded')
    return found
  }

  async function wantedOf(kind: PaymentKind): Promise<Wanted> {
    if (kind === 'pay_in') return { kind, wanted: bench.payIn() }
    if (kind === 'pay_out') return { kind, wanted: bench.payOut() }
    return { kind, wanted: bench.refund((await paid()).settled_id ?? '') }
  }

  describe(`${name}: ordinary days`, () => {
    test('a pay-in is pending until it is paid, and then says exactly what came', async () => {
      const wanted = bench.payIn()
      const payment = await must(bench.provider.createPayIn(wanted))
      expect(payment).toMatchObject({ ...facts(wanted), kind: 'pay_in', state: 'pending', settled_id: null })
      expect(await must(bench.provider.find('pay_in', sought(wanted, payment)))).toMatchObject({
        ...facts(wanted),
        state: 'pending',
        provider_id: payment.provider_id,
      })
      await bench.pay(wanted, payment)
      await bench.settle()
      const found = await must(bench.provider.find('pay_in', sought(wanted, payment)))
      expect(found).toMatchObject({ ...facts(wanted), state: 'succeeded', provider_id: payment.provider_id })
      expect(found.settled_id).not.toBeNull()
      expect(await bookedAs(wanted)).toEqual([bookedOf('pay_in', wanted, 'succeeded')])
    })

    test.each([['refund'], ['pay_out']] as const)('a %s goes out and arrives', async (kind) => {
      const one = await wantedOf(kind)
      const payment = await must(create(bench.provider, one))
      expect(payment).toMatchObject({ ...facts(one.wanted), kind, state: 'pending' })
      await bench.settle()
      expect(await must(bench.provider.find(kind, sought(one.wanted, payment)))).toMatchObject({
        ...facts(one.wanted),
        state: 'succeeded',
      })
      expect(await bookedAs(one.wanted)).toEqual([bookedOf(kind, one.wanted, 'succeeded')])
    })

    test('a pay-out that the bank refuses has failed, and says why', async () => {
      const wanted = bench.badPayOut()
      const payment = await must(bench.provider.createPayOut(wanted))
      await bench.settle()
      const found = await must(bench.provider.find('pay_out', sought(wanted, payment)))
      expect(found).toMatchObject({ state: 'failed', amount: wanted.amount, settled_id: null })
      expect(found.reason).toBeTruthy()
    })

    test.each(kinds)('the same %s again is the same one, also twenty times at once', async (kind) => {
      const one = await wantedOf(kind)
      const first = await must(create(bench.provider, one))
      const again = await Promise.all(Array.from({ length: 20 }, () => untilKnown(bench.provider, one)))
      expect(new Set(again.map(({ provider_id }) => provider_id))).toEqual(new Set([first.provider_id]))
      expect(kind === 'pay_in' ? [] : (await bookedAs(one.wanted)).slice(1)).toEqual([])
    })

    test('amounts keep every unit, both ways', async () => {
      for (const amount of [2_000n, 2_001n, 99_999n, 1_234_567n]) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        expect((await paid(amount)).amount).toBe(amount)
      }
      for (const amount of [1n, 10n, 101n, 4_999_999n]) {
        const wanted = bench.payOut({ amount })
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const payment = await must(bench.provider.createPayOut(wanted))
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        expect((await must(bench.provider.find('pay_out', sought(wanted, payment)))).amount).toBe(amount)
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        expect(await bookedAs(wanted)).toMatchObject([{ amount: Number(amount), currency: wanted.currency }])
      }
    })

    test.skipIf(skips.knows_no_limits !== undefined)('no more goes back than came', async () => {
      const { settled_id, amount } = await paid()
      const whole = bench.refund(settled_id ?? '', { amount })
      await must(bench.provider.createRefund(whole))
      const more = bench.refund(settled_id ?? '', { amount: 1_000n })
      expect(await bench.provider.createRefund(more)).toMatchObject({ outcome: 'refused' })
      expect(await bookedAs(more)).toEqual([])
    })

    test.each(kinds)('a %s that nobody wanted is not found', async (kind) => {
      const { wanted } = await wantedOf(kind)
      expect(await bench.provider.find(kind, unanswered(wanted))).toMatchObject({ outcome: 'not_found' })
    })
  })

  describe.skipIf(skips.has_no_network !== undefined)(`${name}: bad days`, () => {
    const unclear: readonly Fault[] = [
      'timeout_before_commit',
      'timeout_after_commit',
      'slow',
      'http_500_json',
      'http_500_text',
    ]

    test.each(kinds.flatMap((kind) => unclear.map((fault) => [kind, fault] as const)))(
      '%s, %s: unknown at first, then known, and there once',
      async (kind, fault) => {
        const one = await wantedOf(kind)
        // What else has to be asked for first is asked for on a good day.
        await must(create(bench.provider, await wantedOf(kind)))
        await bench.faults?.set({ kind, act: 'create', fault, times: 1 })
        const reply = await create(bench.provider, one)
        expect(reply).toMatchObject({ outcome: 'unknown' })
        const payment = await untilKnown(bench.provider, one, reply)
        expect(payment).toMatchObject(facts(one.wanted))
        if (one.kind === 'pay_in') await bench.pay(one.wanted, payment)
        await bench.settle()
        expect(await must(bench.provider.find(kind, sought(one.wanted, payment)))).toMatchObject({
          state: 'succeeded',
        })
        expect(await bookedAs(one.wanted)).toEqual([bookedOf(kind, one.wanted, 'succeeded')])
      },
    )

    test.each(kinds)(
      '%s: what happened before the silence is found without asking for it again',
      async (kind) => {
        if (kind === 'pay_in' && skips.finds_no_unanswered_pay_in !== undefined) return
        const one = await wantedOf(kind)
        await must(create(bench.provider, await wantedOf(kind)))
        await bench.faults?.set({ kind, act: 'create', fault: 'timeout_after_commit', times: 1 })
        expect(await create(bench.provider, one)).toMatchObject({ outcome: 'unknown' })
        expect(await must(bench.provider.find(kind, unanswered(one.wanted)))).toMatchObject(facts(one.wanted))
      },
    )

    test.each(kinds)('%s: sent away for a moment, it comes again by itself', async (kind) => {
      const one = await wantedOf(kind)
      await bench.faults?.set({ kind, act: 'create', fault: 'http_429', times: 2 })
      expect(await create(bench.provider, one)).toMatchObject({ outcome: 'told' })
    })

    test.each(kinds)('%s: sent away for good, nothing has happened', async (kind) => {
      const one = await wantedOf(kind)
      await bench.faults?.set({ kind, act: 'create', fault: 'http_429' })
      expect(await create(bench.provider, one)).toMatchObject({ outcome: 'unavailable' })
      expect(await bookedAs(one.wanted)).toEqual([])
    })

    test.each(
      kinds.flatMap((kind) => [...unclear, 'http_429' as const].map((fault) => [kind, fault] as const)),
    )('%s, %s while asking: nothing was learned, and nothing has failed', async (kind, fault) => {
      const one = await wantedOf(kind)
      const payment = await must(create(bench.provider, one))
      await bench.faults?.set({ kind, act: 'find', fault })
      expect(await bench.provider.find(kind, sought(one.wanted, payment))).toMatchObject({
        outcome: 'unavailable',
      })
      await bench.faults?.clear()
      expect(await must(bench.provider.find(kind, sought(one.wanted, payment)))).toMatchObject(
        facts(one.wanted),
      )
    })

    test.each([['refund'], ['pay_out']] as const)('a %s that never ends stays pending', async (kind) => {
      const one = await wantedOf(kind)
      await bench.faults?.set({ kind, act: 'create', fault: 'never_final' })
      const payment = await must(create(bench.provider, one))
      await bench.settle()
      expect(await must(bench.provider.find(kind, sought(one.wanted, payment)))).toMatchObject({
        state: 'pending',
      })
    })

    test('from a seed, everything goes wrong at random: in the end both sides agree to the unit', async () => {
      const seed = process.env['HOLDFAST_SEED'] ?? 'port'
      const settled: Payment[] = []
      // oxlint-disable-next-line no-await-in-loop -- each lets time pass
      for (let n = 0; n < 6; n += 1) settled.push(await paid())
      for (const kind of kinds) {
        for (const fault of unclear.filter((one) => one !== 'slow')) {
          // oxlint-disable-next-line no-await-in-loop -- rules strike in their order
          await bench.faults?.set({
            kind,
            act: 'create',
            fault,
            probability: 0.2,
            seed: `${seed} ${kind} ${fault}`,
          })
        }
        // oxlint-disable-next-line no-await-in-loop -- rules strike in their order
        await bench.faults?.set({
          kind,
          act: 'find',
          fault: 'http_500_text',
          probability: 0.2,
          seed: `${seed} ${kind}`,
        })
      }
      const all: Wanted[] = Array.from({ length: 24 }, (_, n): Wanted => {
        const amount = 2_000n + BigInt(n)
        if (n % 4 === 0) return { kind: 'pay_in', wanted: bench.payIn({ amount }) }
        const from = settled[n >> 2]?.settled_id ?? ''
        if (n % 4 === 1) return { kind: 'refund', wanted: bench.refund(from, { amount: BigInt(n) }) }
        return { kind: 'pay_out', wanted: n % 4 === 2 ? bench.payOut({ amount }) : bench.badPayOut() }
      })
      const made = await Promise.all(all.map((one) => untilKnown(bench.provider, one)))
      for (const [n, one] of all.entries()) {
        // oxlint-disable-next-line no-await-in-loop -- the payers come one by one
        if (one.kind === 'pay_in') await bench.pay(one.wanted, made[n] as Payment)
      }
      await bench.settle()
      const ours = await Promise.all(
        all.map(async (one, n) => {
          const sought_as = sought(one.wanted, made[n] as Payment)
          for (;;) {
            // oxlint-disable-next-line no-await-in-loop -- asks until it is told
            const reply = await bench.provider.find(one.kind, sought_as)
            if (reply.outcome === 'told') return asBooked(one, reply.value)
          }
        }),
      )
      const tokens = new Set(all.map(({ wanted }) => wanted.token))
      const theirs = (await bench.books()).filter(({ token }) => tokens.has(token))
      expect(sorted(ours), `HOLDFAST_SEED=${seed}`).toEqual(sorted(theirs))
    })
  })

  test(`${name}: its list is its books`, async () => {
    const books = await bench.books()
    for (const kind of bench.provider.lists) {
      const listed: Payment[] = []
      let cursor: string | null = null
      do {
        // oxlint-disable-next-line no-await-in-loop -- a page names where the next begins
        const reply = await bench.provider.list(kind, 0, Number.MAX_SAFE_INTEGER, cursor)
        if (reply.outcome !== 'told') throw new Error(reply.code)
        listed.push(...reply.value.payments)
        cursor = reply.value.cursor
      } while (cursor !== null)
      const theirs = books.filter((booked) => booked.kind === kind)
      const line = (amount: number, currency: string, state: string) => `${amount} ${currency} ${state}`
      expect(listed.map((one) => line(Number(one.amount), one.currency, one.state)).toSorted()).toEqual(
        theirs.map((one) => line(one.amount, one.currency, one.state)).toSorted(),
      )
      expect(new Set(listed.map(({ provider_id }) => provider_id)).size).toBe(listed.length)
    }
  })
}

function facts({ our_reference, amount, currency }: Wanted['wanted']): object {
  return { our_reference, amount, currency }
}

function sought(wanted: Wanted['wanted'], payment: Payment) {
  return { ...unanswered(wanted), provider_id: payment.provider_id }
}

function bookedOf(
  kind: PaymentKind,
  { token, amount, currency }: Wanted['wanted'],
  state: Booked['state'],
): Booked {
  return { kind, token, amount: Number(amount), currency, state }
}

function asBooked({ kind, wanted }: Wanted, payment: Payment): Booked {
  const { amount, currency, state } = payment
  if (state !== 'succeeded' && state !== 'failed') throw new Error(`${kind} is ${state} in the end`)
  return { kind, token: wanted.token, amount: Number(amount), currency, state }
}

function sorted(books: readonly Booked[]): readonly Booked[] {
  return books.toSorted((a, b) => (a.token < b.token ? -1 : 1))
}
