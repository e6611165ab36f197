// E-mail: who is told, in which words, once; what a server that is away or refuses comes to; what never becomes one.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createLog } from '../../src/platform/log.ts'
import { emails_kept_days, forgetEmails, takeEmails } from '../../src/notifications/email/rows.ts'
import { told_late_days_max } from '../../src/notifications/email/projection.ts'
import {
  email_attempts_max,
  email_retry_ms_max,
  email_taken_ms_max,
  Mailer,
} from '../../src/notifications/email/mailer.ts'
import { freshDatabase } from '../fixtures/database.ts'
import { contentsOf, startEngine, type Engine, type EngineOptions, type Json } from '../fixtures/engine.ts'
import { startMailbox, type Mailbox } from '../fixtures/smtp-server.ts'
import { day_s, newVendor, Till, vendor_products } from '../fixtures/withdrawal.ts'
import { patience_ms, until as untilSo } from '../fixtures/patience.ts'

const operator = 'ops@shop.test'
let mailbox: Mailbox
let engine: Engine
let till: Till

/** The worker's parts, with e-mail. */
const mailing = (over: EngineOptions = {}): EngineOptions => ({
  products: vendor_products,
  ...over,
  config: { mail: { ...mailbox.settings, operator }, time_zone: 'Asia/Manila', ...over.config },
})

beforeAll(async () => {
  mailbox = await startMailbox()
  engine = await startEngine(mailing())
  till = new Till(engine)
})
afterAll(async () => {
  await engine.stop()
  await mailbox.stop()
})
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
})

const contact = (party: string, email = `${party}@studio.test`) =>
  engine.must(200, `/v1/contacts/${party}`, { method: 'PUT', party, body: { email } })
const emails = async (query = ''): Promise<Json[]> =>
  (await engine.must(200, `/v1/emails?limit=100${query}`, { key: engine.admin }))['data']
/** What a person was first told of an agreement. */
const emailOf = async (agreement: string): Promise<Json | undefined> =>
  (await emails()).findLast((email) => email['agreement'] === agreement && email['party'] !== null)
/** What arrived of an agreement. */
const arrived = (address: string, agreement: string) =>
  mailbox.of(address).filter(({ text }) => text.includes(agreement))

/** A vendor with an address, and the address. */
async function vendor(): Promise<[party: string, address: string]> {
  const party = newVendor()
  await contact(party)
  return [party, `${party}@studio.test`]
}

/** Until that row says so. An attempt counts from its beginning; one that has failed has its error as well. */
async function until(agreement: string, facts: Json): Promise<Json> {
  const is = (email: Json) =>
    !(email['state'] === 'queued' && email['error'] === null) &&
    Object.entries(facts).every(([name, value]) => email[name] === value)
  const found = await untilSo(
    () => emailOf(agreement),
    (email) => email !== undefined && is(email),
    JSON.stringify(facts),
  )
  return found ?? {}
}

/** A vendor with an address asks for what it has. */
async function requested(code?: number): Promise<{ party: string; address: string; id: string }> {
  const [party, address] = await vendor()
  if (code !== undefined) mailbox.refused.set(address, code)
  await engine.topUp(party, 10_000, 'PHP')
  return { party, address, id: await till.request(party, 10_000) }
}

/** Time for what must not happen: followers look twice a second, the mailer every second. */
const a_while_ms = 2_500

describe('who is told', () => {
  test('a withdrawal, from the request to the payment, in the words of its notifications', async () => {
    const [party, address] = await vendor()
    const id = await till.ready(party, 5_000_000)
    await till.go(id, 'approve', 'mark-paid')
    const paid = await mailbox.until(address, /paid out/)
    expect(paid.subject).toBe('Your withdrawal has been paid out')
    expect(paid.text).toMatch(
      new RegExp(
        `^Your withdrawal has been paid out\\.\n\nFrom you: PHP 50,000\\.00\nAbout: ${id}\nWhen: \\d+ \\w+ \\d{4}, \\d\\d:\\d\\d \\(Asia/Manila\\)\n$`,
      ),
    )
    expect(paid.headers.get('from')).toBe('Shop <pay@shop.test>')
    expect(paid.headers.get('to')).toBe(address)
    expect(paid.headers.get('auto-submitted')).toBe('auto-generated')
    expect(paid.headers.get('content-type')).toMatch(/^text\/plain/)

    const asked = await mailbox.until(address, /cancel it now/)
    expect(asked.subject).toMatch(
      /^A withdrawal from your wallet was asked for; if it was not you, cancel it now$/,
    )
    expect(asked.text).toContain('Set aside in your wallet: PHP 50,000.00\n')
    await mailbox.until(address, /approved and on its way/)
    const { data } = await engine.must(200, '/v1/notifications', { party })
    const told = data.filter(({ agreement }: Json) => agreement === id)
    const first_lines = arrived(address, id).map(({ text }) => text.split('\n')[0])
    expect(first_lines).toHaveLength(3)
    expect(new Set(first_lines)).toEqual(new Set(told.map(({ says }: Json) => `${says}.`)))
    const all = JSON.stringify(mailbox.of(address))
    expect(all).not.toContain('09171234567')
    expect(await until(id, { state: 'sent' })).toMatchObject({
      address,
      party,
      attempts: 1,
      next_at: null,
      error: null,
      accepted_as: expect.stringMatching(/^250 .*taken as \d+/),
    })
  })

  test('operators, where they have an address; they read of no money as theirs', async () => {
    const id = await till.request(await rich(), 10_000)
    const mail = await mailbox.until(operator, new RegExp(id))
    expect(mail.text).toMatch(new RegExp(`^A withdrawal waits for approval\\.\n\nAbout: ${id}\nWhen: `))
  })

  test('nobody without an address, and nobody who has taken it back', async () => {
    const [party, address] = await vendor()
    await engine.must(200, `/v1/contacts/${party}`, { method: 'DELETE', party })
    await engine.topUp(party, 10_000, 'PHP')
    const id = await till.request(party, 10_000)
    await mailbox.until(operator, new RegExp(id))
    expect(arrived(address, id)).toEqual([])
    expect(await emailOf(id)).toBeUndefined()
  })
})

async function rich(): Promise<string> {
  const party = newVendor()
  await engine.topUp(party, 1_000_000, 'PHP')
  return party
}

describe('the server', () => {
  test('is away: money moves as ever, and the e-mail comes when it is back', async () => {
    await mailbox.stop()
    const { address, id } = await requested()
    const waiting = await until(id, { attempts: 1, state: 'queued' })
    expect(waiting['error']).toMatch(/ECONNREFUSED/)
    expect((await engine.ask('/metrics')).text).toMatch(/^holdfast_emails\{state="queued"\} [1-9]/m)
    expect((await till.go(id, 'reject'))['status']).toBe('rejected')
    await mailbox.resume()
    await engine.advance(email_retry_ms_max / 1_000)
    await mailbox.until(address, /cancel it now/)
    await mailbox.until(address, /not approved/)
    await until(id, { state: 'sent' })
    expect(arrived(address, id)).toHaveLength(2)
  })

  test('refuses the recipient for good: failed at once, seen, tried again by an operator at the new address', async () => {
    const { party, address, id } = await requested(550)
    const failed = await until(id, { state: 'failed' })
    expect(failed).toMatchObject({ attempts: 1, next_at: null, error: expect.stringContaining('550') })
    expect((await emails('&state=failed')).map((email) => email['id'])).toContain(failed['id'])
    expect((await emails('&state=sent')).map((email) => email['id'])).not.toContain(failed['id'])
    expect((await engine.ask('/metrics')).text).toMatch(/^holdfast_emails\{state="failed"\} [1-9]/m)

    const moved = `new-${address}`
    await contact(party, moved)
    const again = await engine.operate(`/v1/emails/${failed['id']}/retry`)
    expect(again).toMatchObject({ id: failed['id'], state: 'queued', attempts: 0, address: moved })
    await mailbox.until(moved, /cancel it now/)
    await until(id, { state: 'sent' })
    expect(mailbox.of(address)).toEqual([])
    const { status, body } = await retry(id)
    expect([status, body['code']]).toEqual([404, 'not_found'])
  })

  test('is busy: tried again later, and not for ever', async () => {
    const { party, id } = await requested(450)
    const first = await until(id, { attempts: 1, state: 'queued' })
    await sleep(a_while_ms)
    expect(await emailOf(id)).toEqual(first)
    await engine.advance(60)
    await until(id, { attempts: 2, state: 'queued' })
    const { db } = engine.running
    await db.run('update emails set attempts = $2 where recipient = $1', [party, email_attempts_max - 1])
    await engine.advance(email_retry_ms_max / 1_000)
    await until(id, { attempts: email_attempts_max, state: 'failed', next_at: null })
  })

  test('offers no TLS where it is needed: nothing is said in the open, and it is tried again', async () => {
    const { address, id } = await requested(450)
    await until(id, { attempts: 1, state: 'queued' })
    mailbox.refused.delete(address)
    const later = distant()
    const mailer = new Mailer(later, { ...mailbox.settings, tls: 'required' })
    expect(await mailer.sendDue()).toBeGreaterThan(0)
    mailer.close()
    expect(await emailOf(id)).toMatchObject({
      attempts: 2,
      state: 'queued',
      error: expect.stringMatching(/TLS/),
    })
    expect(mailbox.of(address)).toEqual([])
    expect((await retry(id)).status).toBe(200)
    await mailbox.until(address, /cancel it now/)
  })
})

const retry = async (agreement: string) =>
  engine.ask(`/v1/emails/${(await emailOf(agreement))?.['id']}/retry`, {
    key: engine.admin,
    body: { reason: 'a test' },
  })

/** A mailer's needs, so far ahead of the engine that all is due there, and what it puts off is not due here. */
const distant = () => {
  let at_ms = Date.now() + 60 * day_s * 1_000
  return {
    db: engine.running.db,
    clock: { now: () => at_ms },
    log: createLog('silent'),
    pass: (ms: number) => (at_ms += ms),
  }
}

describe('once', () => {
  test('two engines on one database, of which one starts anew', async () => {
    const keys = { service_key: engine.service, operator_key: engine.admin }
    const beside = await startEngine(mailing({ url: engine.running.database_url, keys }))
    const asked = await Promise.all(Array.from({ length: 8 }, () => requested()))
    await Promise.all(asked.map(({ address }) => mailbox.until(address, /cancel it now/)))
    await beside.stop()
    const again = await startEngine(mailing({ url: engine.running.database_url, keys }))
    await sleep(a_while_ms)
    await again.stop()
    expect(asked.map(({ address, id }) => arrived(address, id).length)).toEqual(asked.map(() => 1))
  })

  test('followed anew from the log, no second one is written', async () => {
    const { db } = engine.running
    const rows = () => db.any<Json>('select id, address, state, sent_at from emails order by id')
    await db.run("update emails set next_at = null where state = 'queued'")
    const before = await rows()
    await db.run("update projections set seq = 0 where name = 'emails'")
    const reached = `
      select f.seq = h.seq as reached
      from projections f, log_head h
      where f.name = 'emails'`
    await expect.poll(() => db.one(reached), { timeout: patience_ms }).toEqual({ reached: true })
    expect(await rows()).toEqual(before)
  })

  test('a process that dies with one: it is taken again after a time, with the same Message-ID', async () => {
    const { address, id } = await requested(450)
    await until(id, { attempts: 1, state: 'queued' })
    mailbox.refused.delete(address)
    const { db } = engine.running
    await db.run("update emails set next_at = null where text not like '%cancel it now%' or address <> $1", [
      address,
    ])
    const later = distant()
    const now_ms = later.clock.now()
    expect(await takeEmails(db, now_ms, now_ms + email_taken_ms_max, 9)).toMatchObject([{ address }])
    expect((await retry(id)).body['code']).toBe('request_in_progress')

    const mailer = new Mailer(later, mailbox.settings)
    later.pass(email_taken_ms_max - 1)
    expect(await mailer.sendDue()).toBe(0)
    later.pass(1)
    expect(await mailer.sendDue()).toBe(1)
    // As if it had died before it could mark it.
    await db.run("update emails set state = 'queued', next_at = $2 where address = $1", [
      address,
      new Date(now_ms),
    ])
    expect(await mailer.sendDue()).toBe(2)
    mailer.close()
    const ids = arrived(address, id).map(({ headers }) => headers.get('message-id'))
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(1)
    expect(ids[0]).toMatch(/^<[0-9a-f-]{36}@shop\.test>$/)
  })
})

describe('the past', () => {
  test('of a log on which e-mail is set up is told to nobody', async () => {
    const fresh = await freshDatabase()
    const silent = await startEngine({
      url: fresh.url,
      products: vendor_products,
      keys: { service_key: '', operator_key: '' },
    })
    const service_key = await silent.newKey({ kind: 'service', name: 's' })
    const operator_key = await silent.newKey({ kind: 'operator', name: 'o', role: 'admin' })
    await silent.stop()
    const keys = { service_key, operator_key }
    const url = fresh.url
    const before = await startEngine({ url, keys, products: vendor_products })
    const [party, later] = [newVendor(), newVendor()]
    for (const one of [party, later]) {
      await before.must(200, `/v1/contacts/${one}`, { method: 'PUT', body: { email: `${one}@past.test` } })
      await before.topUp(one, 100_000, 'PHP')
    }
    await new Till(before).request(party, 10_000)
    expect(await before.running.db.any('select from emails')).toEqual([])
    await before.stop()

    const after = await startEngine(mailing({ url, keys }))
    await new Till(after).request(later, 10_000)
    await mailbox.until(`${later}@past.test`, /cancel it now/)
    expect(mailbox.of(`${party}@past.test`)).toEqual([])
    await after.stop()

    // A pause: what is older than some days is not told when e-mail is set up again; what is younger is.
    const pause = await startEngine({ url, keys, products: vendor_products })
    await new Till(pause).request(party, 20_000)
    await pause.advance(told_late_days_max * day_s)
    await new Till(pause).request(party, 30_000)
    await pause.stop()
    const resumed = await startEngine(mailing({ url, keys }))
    await mailbox.until(`${party}@past.test`, /PHP 300\.00/)
    await sleep(a_while_ms)
    expect(mailbox.of(`${party}@past.test`)).toHaveLength(1)

    await resumed.advance((emails_kept_days + 1) * day_s)
    const { db } = resumed.running
    await forgetEmails({ db, clock: { now: () => Date.now() } })
    expect(await db.any('select from emails')).not.toEqual([])
    const { now } = await resumed.must(200, '/v1/test-clock')
    await forgetEmails({ db, clock: { now: () => Date.parse(now) } })
    expect(await db.any("select from emails where address like '%past.test'")).toEqual([])
    await resumed.stop()
    await fresh.drop()
  })
})

describe('an address', () => {
  test.each([
    'no-at.test',
    'two@at@shop.test',
    'a@b',
    '@shop.test',
    'x@',
    'x@shop.test\r\nBcc: all@evil.test',
    'x@shop.test\n',
    'x@shop.test, y@evil.test',
    'x@shop.test y@evil.test',
    '<x@shop.test>',
    'X <x@shop.test>',
    '"x@evil.test x"@shop.test',
    'x(comment)@shop.test',
    'group:x@shop.test;',
    '.x@shop.test',
    'x..y@shop.test',
    'x@shop..test',
    'x@-shop.test',
    'x@[127.0.0.1]',
    'x@127.0.0.1',
    'ünï@shop.test',
    'x\u0007@shop.test',
    `${'x'.repeat(65)}@shop.test`,
    `x@${'shop.'.repeat(60)}test`,
    '',
    7,
    null,
  ])('not %j', async (email) => {
    const before = await contentsOf(engine.running.db)
    const { status, body } = await engine.ask('/v1/contacts/careful', { method: 'PUT', body: { email } })
    expect([status, body['code'], body['pointer']]).toEqual([400, 'invalid_request', '/email'])
    expect(await contentsOf(engine.running.db)).toBe(before)
  })

  test.each(["o'neil+x_y.z@a-b.shop.test", 'A@B.CO', 'x@xn--mnchen-3ya.de'])('%s is one', async (email) => {
    const { body } = await engine.ask('/v1/contacts/careful', { method: 'PUT', body: { email } })
    expect(body).toEqual({ party: 'careful', email, updated_at: expect.stringMatching(/Z$/) })
    expect(await engine.must(200, '/v1/contacts/careful')).toEqual(body)
  })

  test('that is changed or removed hears of it, and the new one does not', async () => {
    const [party, address] = await vendor()
    await contact(party)
    const next = `next-${address}`
    await contact(party, next)
    const told = await mailbox.until(address, /tell us at once/)
    expect(told.text).toMatch(/^Another address was set .*\n\nWhen: .*\(Asia\/Manila\)\n$/)
    expect(told.text).not.toContain(next)
    await engine.must(200, `/v1/contacts/${party}`, { method: 'DELETE', party })
    await mailbox.until(next, /tell us at once/)
    expect([mailbox.of(address).length, mailbox.of(next).length]).toEqual([1, 1])
    expect((await emails('&state=sent')).find((email) => email['party'] === party)).toMatchObject({
      address: next,
      flow: null,
      agreement: null,
    })
    const again = { method: 'DELETE', party }
    expect(await engine.must(200, `/v1/contacts/${party}`, again)).toEqual({ party, removed: false })
  })

  test("is a person's own: others neither read nor set it, and an id of nobody has none", async () => {
    const [party] = await vendor()
    for (const asking of [{ party: 'eve' }, { key: await engine.token('eve') }]) {
      for (const method of ['GET', 'DELETE'])
        expect((await engine.ask(`/v1/contacts/${party}`, { ...asking, method })).status).toBe(404)
      const body = { email: 'eve@evil.test' }
      expect((await engine.ask(`/v1/contacts/${party}`, { ...asking, method: 'PUT', body })).status).toBe(404)
    }
    expect((await engine.must(200, `/v1/contacts/${party}`))['email']).toBe(`${party}@studio.test`)
    for (const nobody of ['platform', 'outside', '*operator'])
      expect((await engine.ask(`/v1/contacts/${encodeURIComponent(nobody)}`)).status).toBe(400)
  })
})
