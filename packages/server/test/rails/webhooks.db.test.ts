// What providers send us, ten thousand times over, in any order, to two engines; what liars send; and secrets that are replaced while events come in.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Config } from '../../src/platform/config/config.ts'
import { Secret } from '../../src/platform/config/secret.ts'
import { engineSettings } from '../../src/payments/emulated.ts'
import { eventsPath } from '../../src/payments/webhooks/path.ts'
import { paymongo_webhook_secret } from '@holdfast/payment-emulator/keys.ts'
import { freshDatabase } from '../fixtures/database.ts'
import { startEngine, type Answer, type Engine, type Json } from '../fixtures/engine.ts'
import { momoAt, paymongoAt } from '../payments/settings.ts'
import { paymongoEvent, signedBy, type EventFacts } from '../payments/signed-event.ts'
import { Random } from '@holdfast/kernel/test/simulation/random.ts'
import { openStreet, type Street } from './fixture.ts'

const seed = Number.parseInt(process.env['HOLDFAST_SEED'] ?? '7', 10)
const paymongo_events = eventsPath('paymongo')
const momo_events = eventsPath('momo')

let street: Street
/** On the same database, and known to the same providers. */
let beside: Engine

beforeAll(async () => {
  street = await openStreet()
  const { running, address, service, admin } = street.engine
  beside = await startEngine({
    url: running.database_url,
    keys: { service_key: service, operator_key: admin },
    config: engineSettings(running.emulator_address ?? '', () => address),
  })
  await street.fault({ provider: 'paymongo', fault: 'drop_webhook' })
})
afterEach(async () => {
  expect(await street.engine.integrity()).toMatchObject({ clean: true })
})
afterAll(async () => {
  await beside.stop()
  await street.stop()
})

const amountOf = (n: number) => 100_000 + n

interface Paid {
  readonly party: string
  readonly amount: number
  /** Of its top-up, as PayMongo repeats it. */
  readonly our_reference: string
  /** PayMongo's own words for it: the session, the payment, the intent. */
  readonly told: readonly Json[]
}

/** Paid at the provider, of which no word has come; nobody asks about it any more unless one does. */
async function payUnheard(count: number, name: string): Promise<readonly Paid[]> {
  const { engine } = street
  const parties = Array.from({ length: count }, (_, n) => `${name}-${n}`)
  const urls = new Map<string, string>()
  await sideBySide(8, parties.entries(), async ([n, party]) => {
    const body = { amount: amountOf(n), method: 'gcash' }
    const begun = await engine.must(201, `/v1/wallets/${party}/PHP/top-ups`, { party, body })
    const read = () => engine.must(200, `/v1/top-ups/${begun['id']}`, { party })
    const offered = await street.until(read, (now) => now['checkout_url'] !== null, 'the address')
    urls.set(party, offered['checkout_url'])
  })
  await engine.running.db.run('update provider_payments set next_at = null')
  const known = new Set((await eventsOfPaymongo()).map(({ id }) => id))
  for (const url of urls.values())
    // oxlint-disable-next-line no-await-in-loop -- one payer after another
    await street.pay(url)
  const told = Map.groupBy(
    (await eventsOfPaymongo()).filter(({ id }) => !known.has(id)),
    referenceOf,
  )
  const rows = await engine.running.db.any<{ our_reference: string; party: string }>(
    `select our_reference, details ->> 'party' as party from provider_payments where flow is not null`,
  )
  return parties.map((party, n) => {
    const { our_reference = '' } = rows.find((row) => row.party === party) ?? {}
    return { party, amount: amountOf(n), our_reference, told: told.get(our_reference) ?? [] }
  })
}

const eventsOfPaymongo = async () => (await street.emulator('/events'))['data'] as Json[]
const referenceOf = ({ body }: Json) =>
  String(body['data']['attributes']['metadata']?.['holdfast_reference'] ?? 'none')

/** So many at once, until there are no more. */
async function sideBySide<T>(at_once: number, work: Iterable<T>, does: (one: T) => Promise<unknown>) {
  const left = [...work].values()
  await Promise.all(
    Array.from({ length: at_once }, async () => {
      // oxlint-disable-next-line no-await-in-loop -- one after another, beside others
      for (const one of left) await does(one)
    }),
  )
}

/** An event of PayMongo to the letter, or the same news under an id of its own. */
function bodyOf({ id, body }: Json, id_given: string = id): string {
  return JSON.stringify({ data: { id: id_given, type: 'event', attributes: body } })
}

const deliver = (engine: Engine, body: string, headers = signedBy(paymongo_webhook_secret, body)) =>
  engine.ask(paymongo_events, { method: 'POST', key: null, body, headers })

/** Of both engines together. */
async function counted(metric: string, labels: string): Promise<number> {
  const pattern = new RegExp(`^${metric}\\{${labels}\\} (\\d+)$`, 'gm')
  const texts = await Promise.all([street.engine, beside].map((engine) => engine.ask('/metrics')))
  return texts.flatMap(({ text }) => [...text.matchAll(pattern)]).reduce((sum, [, n]) => sum + Number(n), 0)
}
const eventsCounted = (outcome: string) =>
  counted('holdfast_provider_events_total', `provider="paymongo",outcome="${outcome}"`)
const callsCounted = () => counted('holdfast_provider_calls_total', 'provider="paymongo",outcome="[a-z_]+"')
const rowsWhere = async (condition: string) =>
  Number(
    (await street.engine.running.db.one(`select count(*) as n from provider_events where ${condition}`))['n'],
  )
const storedRows = () => rowsWhere('true')
/** Every event was looked at, and what they made due was asked about: no desk has anything left to do. */
async function allAsked(): Promise<void> {
  await street.until(
    () => rowsWhere('handled_at is null'),
    (n) => n === 0,
    'events that nobody has looked at',
  )
  const { db } = street.engine.running
  const due = () => db.any('select our_reference, state from provider_payments where next_at is not null')
  await street.until(due, ({ length }) => length === 0, 'payments that are to be asked about')
}

describe(`seed ${seed}`, () => {
  test('10,000 doubled and shuffled webhooks at two engines credit each of 100 payments once', async () => {
    const { engine } = street
    const random = new Random(seed)
    const deliveries_count = 10_000
    const payments = await payUnheard(100, 'many')
    expect(payments.map(({ told }) => told.map(({ body }) => body['type']))).toEqual(
      payments.map(() => ['checkout_session.payment.paid', 'payment.paid', 'payment_intent.succeeded']),
    )
    const all_told = payments.flatMap(({ told }) => told)
    // Every one at least once as it is; the rest at random: the same again, or as an event with an id of its own.
    const bodies = all_told.map((event) => bodyOf(event))
    while (bodies.length < deliveries_count) {
      const event = random.pick(all_told)
      bodies.push(bodyOf(event, random.chance(20) ? `evt_${random.next()}_${bodies.length}` : event['id']))
    }
    shuffle(bodies, random)
    const distinct = new Set(bodies).size
    expect(distinct).toBeGreaterThan(2_000)
    const before = { calls: await callsCounted(), rows: await storedRows() }

    const statuses = new Set<number>()
    await sideBySide(64, bodies.entries(), async ([n, body]) => {
      const { status } = await deliver(n % 2 === 0 ? engine : beside, body)
      statuses.add(status)
    })
    expect(statuses).toEqual(new Set([200]))
    const wallets = () => Promise.all(payments.map(({ party }) => engine.wallet(party, 'PHP')))
    await allAsked()

    expect((await wallets()).map(({ available }) => available)).toEqual(payments.map(({ amount }) => amount))
    const sum = payments.reduce((total, { amount }) => total + amount, 0)
    expect(-(await street.standing('outside', 'clearing'))).toBe(sum)
    expect((await street.moved()).pay_ins).toBe(sum)
    const { data: suspense } = await engine.must(200, '/v1/suspense', { key: engine.admin })
    expect([suspense, await street.standing('platform', 'suspense')]).toEqual([[], 0])
    const { data: rows } = await engine.must(200, '/v1/provider-events?outcome=unknown', {
      key: engine.admin,
    })
    expect(rows).toEqual([])
    expect({
      stored: await eventsCounted('stored'),
      rows: (await storedRows()) - before.rows,
      duplicate: await eventsCounted('duplicate'),
    }).toEqual({ stored: distinct, rows: distinct, duplicate: deliveries_count - distinct })
    // Each is asked about by its session, once more where news came in meanwhile, and by an intent that is news by itself.
    const calls = (await callsCounted()) - before.calls
    expect(calls).toBeGreaterThanOrEqual(payments.length)
    expect(calls).toBeLessThanOrEqual(payments.length * 3)

    // Told of once more, when all is settled, nobody is even asked: but for an intent that had been told of only before its
    // session was settled, and that may be another payment. How many those are is a matter of how fast events were taken.
    const intents = payments.map(({ told }) => String(told[2]?.['body']['data']['id']))
    const { known } = await engine.running.db.one<{ known: bigint }>(
      'select count(*) as known from provider_payments where provider_id = any($1)',
      [intents],
    )
    for (const [round, news] of [payments.length - Number(known), 0].entries()) {
      const settled = await callsCounted()
      const late = all_told.map((event) => bodyOf(event, `evt_late_${round}_${event['id']}`))
      await Promise.all(late.map((body) => deliver(engine, body)))
      await allAsked()
      await engine.advance(60)
      expect((await callsCounted()) - settled).toBe(news)
    }
    expect((await wallets()).map(({ available }) => available)).toEqual(payments.map(({ amount }) => amount))
  }, 180_000)
})

function shuffle(list: string[], random: Random): void {
  for (let left = list.length - 1; left > 0; left -= 1) {
    const other = random.below(left + 1)
    const [one = '', two = ''] = [list[left], list[other]]
    list[left] = two
    list[other] = one
  }
}

describe('the word of liars', () => {
  let paid: Paid
  let unpaid: string
  beforeAll(async () => {
    const [first] = await payUnheard(1, 'truth')
    if (first === undefined) throw new Error('nobody has paid')
    paid = first
    const party = 'never-paid'
    const body = { amount: 500_000, method: 'gcash' }
    const begun = await street.engine.must(201, `/v1/wallets/${party}/PHP/top-ups`, { party, body })
    const read = () => street.engine.must(200, `/v1/top-ups/${begun['id']}`, { party })
    unpaid = (await street.until(read, (now) => now['checkout_url'] !== null, 'the address'))['checkout_url']
    await street.engine.running.db.run('update provider_payments set next_at = null')
  })
  const now = async () => Date.parse((await street.engine.must(200, '/v1/test-clock'))['now'])
  const lie = async (change: EventFacts = {}) => {
    const told = paid.told.find(({ body }) => body['type'] === 'payment.paid') ?? {}
    const resource = { type: 'payment', id: told['body']['data']['id'], reference: paid.our_reference }
    return paymongoEvent({ resource, secret: paymongo_webhook_secret, at_ms: await now(), ...change })
  }

  test.each([
    ['signed by who guesses the secret', async () => lie({ secret: 'whsk_guess' }), 'forged', 401],
    ['not signed', async () => ({ ...(await lie()), headers: {} }), 'forged', 401],
    [
      'signed for other money',
      async () => {
        const event = await lie()
        return { ...event, body: event.body.replace('5000', '9000000') }
      },
      'forged',
      401,
    ],
    [
      'signed in the part of live mode',
      async () => {
        const event = await lie()
        const signature = event.headers['paymongo-signature'] ?? ''
        return { ...event, headers: { 'paymongo-signature': signature.replace(/te=(.*),li=/, 'te=,li=$1') } }
      },
      'forged',
      401,
    ],
    ['signed ten minutes ago', async () => lie({ at_ms: (await now()) - 600_000 }), 'stale', 400],
    ['signed ten minutes from now', async () => lie({ at_ms: (await now()) + 600_000 }), 'stale', 400],
    ['of live mode', async () => lie({ livemode: true }), 'malformed', 400],
  ] as const)(
    '%s: refused and counted, nothing is kept, and nobody is asked',
    async (_, make, outcome, status) => {
      const before = {
        n: await eventsCounted(outcome),
        rows: await storedRows(),
        calls: await callsCounted(),
      }
      const { body, headers } = await make()
      expect((await deliver(street.engine, body, headers)).status).toBe(status)
      expect((await deliver(beside, body, headers)).status).toBe(status)
      await street.engine.advance(1)
      expect(await eventsCounted(outcome)).toBe(before.n + 2)
      expect([await storedRows(), await callsCounted()]).toEqual([before.rows, before.calls])
      expect((await street.engine.wallet(paid.party, 'PHP'))['available']).toBe(0)
    },
  )

  test('signed as it should be, and not true: PayMongo is asked, and nothing moves', async () => {
    const id = /cs_[A-Za-z0-9]+/.exec(unpaid)?.[0] ?? ''
    const event = await lie({
      type: 'checkout_session.payment.paid',
      resource: { type: 'checkout_session', id },
    })
    const before = await callsCounted()
    expect((await deliver(street.engine, event.body, event.headers)).status).toBe(200)
    await street.until(callsCounted, (n) => n > before, 'the question')
    await street.engine.advance(1)
    expect((await street.engine.must(200, '/v1/wallets/never-paid/PHP'))['available']).toBe(0)
  })

  test('and the truth counts; replayed at once it is known, replayed later it is stale', async () => {
    const [told = {}] = paid.told
    const body = bodyOf(told)
    const headers = signedBy(paymongo_webhook_secret, body, await now())
    expect((await deliver(street.engine, body, headers)).status).toBe(200)
    const wallet = () => street.engine.wallet(paid.party, 'PHP')
    await street.until(wallet, ({ available }) => available === paid.amount, 'the wallet')

    const before = { duplicate: await eventsCounted('duplicate'), stale: await eventsCounted('stale') }
    expect((await deliver(beside, body, headers)).status).toBe(200)
    await street.engine.advance(301)
    expect((await deliver(street.engine, body, headers)).status).toBe(400)
    expect({ duplicate: await eventsCounted('duplicate'), stale: await eventsCounted('stale') }).toEqual({
      duplicate: before.duplicate + 1,
      stale: before.stale + 1,
    })
    expect((await wallet())['available']).toBe(paid.amount)
  })
})

test('a secret is replaced: for a while both are right, and then the old one is wrong; the word of MTN alike', async () => {
  const nowhere = new URL('http://127.0.0.1:9')
  const [old_one, new_one] = ['whsk-of-yesterday', 'whsk-of-tomorrow']
  const [old_word, new_word] = ['word-of-yesterday', 'word-of-tomorrow']
  const config = (secrets: readonly string[], words: readonly string[]): Partial<Config> => ({
    paymongo: { ...paymongoAt(nowhere), webhook_secrets: secrets.map((text) => new Secret(text)) },
    momo: momoAt(nowhere, { MOMO_CURRENCY: 'RWF', MOMO_CALLBACK_TOKEN: words.join(',') }),
  })
  const bySecret = async (engine: Engine, secret: string) => {
    const { body, headers } = paymongoEvent({ secret, resource: { type: 'link', id: 'link_1' } })
    return engine.ask(paymongo_events, { method: 'POST', key: null, body, headers })
  }
  const byWord = (engine: Engine, word: string) => {
    const body = { externalId: randomUUID(), status: 'SUCCESSFUL' }
    return engine.ask(`${momo_events}/${word}/pay_in`, { method: 'PUT', key: null, body })
  }
  const statuses = async (engine: Engine) => {
    const answers: readonly Answer[] = await Promise.all([
      bySecret(engine, old_one),
      bySecret(engine, new_one),
      byWord(engine, old_word),
      byWord(engine, new_word),
    ])
    return answers.map(({ status }) => status)
  }
  const database = await freshDatabase()
  let keys: NonNullable<Engine['running']['keys']> | undefined
  for (const [secrets, words, expected] of [
    [[old_one], [old_word], [200, 401, 200, 401]],
    [
      [new_one, old_one],
      [new_word, old_word],
      [200, 200, 200, 200],
    ],
    [[new_one], [new_word], [401, 200, 401, 200]],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- one start after another
    const engine: Engine = await startEngine({
      url: database.url,
      ...(keys === undefined ? {} : { keys }),
      config: config(secrets, words),
    })
    keys ??= engine.running.keys ?? undefined
    // oxlint-disable-next-line no-await-in-loop -- one start after another
    expect(await statuses(engine)).toEqual(expected)
    // oxlint-disable-next-line no-await-in-loop -- one start after another
    await engine.stop()
  }
  await database.drop()
})
