// Consents over HTTP, in every product that has them: shown to those whom they wait for, taken back by who gave them, ended.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEngine, type Engine, type Json } from '../fixtures/engine.ts'
import { Freelance } from '../fixtures/freelance-milestone.ts'
import { bureauOn } from '../fixtures/p2p-trade.ts'
import { quarrelOf, quarrels } from '../fixtures/quarrel.ts'
import { wed } from '../fixtures/service-booking.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(() => engine.stop())

const consentsIn = (agreement: Json) =>
  (agreement['consents'] as Json[]).map(({ transition, given_by, waits_for, you_may }) => ({
    transition,
    by: given_by.map(({ role, id }: Json) => [role, id]),
    waits_for,
    you_may,
  }))

describe.each(quarrels)('F6: an offer in a dispute, %s', (product) => {
  const disputed = async () => {
    const quarrel = await quarrelOf(engine, product)
    expect((await quarrel.dispute()).status).toBe(200)
    const { id: agreement } = await quarrel.read()
    const { data } = await engine.must(200, `/v1/disputes?agreement=${agreement}`)
    return { ...quarrel, dispute_path: `/v1/disputes/${data[0].id}` }
  }

  test('is shown to both sides with its amounts, and taken back by who made it', async () => {
    const { one, other, parts, act, read, dispute_path } = await disputed()
    expect((await act(one, 'settle', parts)).status).toBe(200)
    const theirs = await read(other)
    const role = theirs['your_side']
    expect(theirs).toMatchObject({ waiting_for: [role], consents: [{ transition: 'settle', input: parts }] })
    expect(theirs).not.toHaveProperty('proposals')
    expect(consentsIn(theirs)[0]).toMatchObject({ you_may: 'give', by: [[expect.anything(), one]] })
    expect(consentsIn(await read(one))[0]?.you_may).toBe('revoke')

    const { offer, actions } = await engine.must(200, dispute_path, { party: one })
    const may = (actions as Json[]).find(({ name }) => name === 'withdraw_offer')
    expect(may).toEqual({ name: 'withdraw_offer', open: true, closed_because: null })
    const path = `${dispute_path}/offers/${offer.id}/withdraw`
    expect((await engine.ask(path, { party: other, body: {} })).body).toMatchObject({
      code: 'transition_not_open',
      reason: 'this offer is not your own',
    })
    await engine.must(200, path, { party: one, body: { reason: 'a slip of the pen' } })
    expect(await read(other)).toMatchObject({ state: 'disputed', waiting_for: [], consents: [] })
    // Who accepts it now only makes the same offer.
    const { body } = await act(other, 'settle', parts)
    expect([body['state'] ?? body['status'], body['held']]).toEqual(['disputed', theirs['held']])
    expect((await engine.ask(path, { party: one, body: {} })).status).toBe(409)
    expect(await engine.integrity()).toMatchObject({ clean: true })
  })

  test('is taken back by the path of the product and by the general one, once', async () => {
    const { one, other, parts, act, read } = await disputed()
    const { id } = await read()
    await act(one, 'settle', parts)
    expect((await act(other, 'settle/revoke')).body).toMatchObject({ reason: 'you have not said so' })
    expect((await act(one, 'settle/revoke')).body).toMatchObject({ consents: [] })
    expect((await act(one, 'settle/revoke')).status).toBe(409)
    await act(one, 'settle', parts)
    const general = `/v1/agreements/${id}/transitions/settle/revoke`
    expect((await engine.ask(general, { party: 'stranger', body: {} })).status).toBe(404)
    expect((await engine.ask(general, { party: one, method: 'POST' })).body).toMatchObject({ consents: [] })
  })

  test('ends with the dispute: nobody accepts it in the next one', async () => {
    const { one, other, parts, act, dispute, read, held } = await disputed()
    await act(one, 'settle', parts)
    expect((await act(one, 'withdraw-dispute')).status).toBe(200)
    const left = (await read(other))['consents'] as Json[]
    // What a side has reported as done stays said.
    expect(left.map(({ transition }) => transition)).toEqual(
      product === 'service-booking' ? ['mark_complete'] : [],
    )
    if (product === 'p2p-trade') await engine.advance(31 * 60)
    expect((await dispute()).status).toBe(200)
    expect((await act(other, 'settle', parts)).status).toBe(200)
    expect(await read()).toMatchObject({ state: 'disputed', held })
  })
})

describe('F6: cancelling together, freelance-milestone', () => {
  const offered = async () => {
    const studio = new Freelance(engine)
    const deal = await studio.completed({ names: crypto.randomUUID().slice(0, 8) })
    await studio.by(deal.developer, deal, 'cancel')
    return { studio, deal }
  }

  test('is shown to the client, and taken back by the developer', async () => {
    const { studio, deal } = await offered()
    const shown = await engine.must(200, `/milestone/${deal.id}`, { party: deal.client })
    expect(shown['waiting_for']).toEqual(['client'])
    expect(consentsIn(shown)).toEqual([
      {
        transition: 'cancel_together',
        by: [['developer', deal.developer]],
        waits_for: ['client'],
        you_may: 'give',
      },
    ])
    await studio.by(deal.developer, deal, 'cancel/revoke')
    const { state, held, waiting_for } = await studio.by(deal.client, deal, 'cancel')
    expect([state, held, waiting_for]).toEqual(['completed', 100_000_000, ['developer']])
  })

  test('a day after a dispute that was withdrawn, the client alone gets nothing back', async () => {
    const { studio, deal } = await offered()
    await studio.by(deal.developer, deal, 'dispute', { dispute_reason: 'other', dispute_text: 'x' })
    await studio.by(deal.developer, deal, 'withdraw-dispute')
    await engine.advance(86_400 - 60)
    const { state, held } = await studio.by(deal.client, deal, 'cancel')
    expect([state, held, await studio.available(deal.client)]).toEqual(['completed', 100_000_000, 0])
  })

  test('nor after a part was released', async () => {
    const { studio, deal } = await offered()
    await studio.by(deal.client, deal, 'release-part', { part: 40_000_000 })
    const { state, waiting_for } = await studio.by(deal.client, deal, 'cancel')
    expect([state, waiting_for]).toEqual(['completed', ['developer']])
    expect(await studio.available(deal.client)).toBe(0)
    const [event] = (await engine.events(deal.id)).filter(({ transition }) => transition === 'release_part')
    expect(event?.['consents_ended']).toEqual(['cancel_together'])
  })

  test('what an operator has asked for above the sum is shown to operators, and taken back by that one', async () => {
    const { deal } = await offered()
    const path = `/milestone/${deal.id}`
    // 100,000,000 VND is not above the sum, so the sum is lowered for those that come.
    await engine.operate('/v1/fee-schedules', {
      flow: 'freelance-milestone',
      terms: { second_operator_above: '1000 VND' },
    })
    const studio = new Freelance(engine)
    const dear = await studio.completed({ names: crypto.randomUUID().slice(0, 8) })
    const key = await engine.newKey({ kind: 'operator', name: 'second', role: 'admin' })
    await engine.operate(`/milestone/${dear.id}/cancel`)
    const ours = await engine.must(200, `/milestone/${dear.id}`, { key })
    expect(ours['consents']).toMatchObject([
      { transition: 'cancel_by_operator', waits_for: ['operator'], reason: 'a test', you_may: 'give' },
    ])
    const theirs = await engine.must(200, `/milestone/${dear.id}`, { party: dear.client })
    expect([theirs['consents'], theirs['waiting_for']]).toEqual([[], []])
    const general = `/v1/agreements/${dear.id}/transitions/cancel_by_operator/revoke`
    expect((await engine.ask(general, { key, body: { reason: 'not mine' } })).status).toBe(409)
    await engine.operate(general)
    const { body } = await engine.ask(`${path.replace(deal.id, dear.id)}/cancel`, {
      key,
      body: { reason: 'the second is the first now' },
    })
    expect(body).toMatchObject({ state: 'completed', waiting_for: ['operator'] })
  })
})

describe('F6: taking the payment back, p2p-trade', () => {
  test('is taken back by who asked for it, and does not outlive a dispute', async () => {
    const bureau = bureauOn(engine)
    const trade = await bureau.paid()
    const path = `/p2p/orders/${trade.id}`
    await bureau.act(`${path}/undo-paid`, trade.payee)
    expect(await engine.must(200, path, { party: trade.payer })).toMatchObject({ waiting_for: ['payer'] })
    expect((await bureau.act(`${path}/undo-paid/revoke`, trade.payer)).status).toBe(409)
    expect((await bureau.act(`${path}/undo-paid/revoke`, trade.payee)).status).toBe(200)
    expect((await bureau.act(`${path}/undo-paid`, trade.payer)).body).toMatchObject({
      state: 'paid',
      waiting_for: ['payee'],
    })
    await bureau.act(`${path}/undo-paid/revoke`, trade.payer)

    await bureau.act(`${path}/undo-paid`, trade.payee)
    await engine.advance(31 * 60)
    const why = { dispute_reason: 'other', dispute_text: 'x' }
    expect((await bureau.act(`${path}/dispute`, trade.payee, why)).status).toBe(200)
    await bureau.act(`${path}/withdraw-dispute`, trade.payee)
    expect((await bureau.act(`${path}/undo-paid`, trade.payer)).body).toMatchObject({ state: 'paid' })
    expect((await bureau.act(`${path}/cancel`, trade.payer)).status).toBe(409)
  })
})

describe('F6: cancelling together and completing, service-booking', () => {
  const paid = async () => {
    const wedding = await wed(engine)
    await engine.topUp(wedding.couple, 5_000_000, 'PHP')
    await wedding.by('couple', 'pay', { method: 'wallet' })
    return wedding
  }

  test("the couple takes back that it wants to cancel; the vendor's yes to it alone cancels nothing", async () => {
    const { by, read } = await paid()
    await by('couple', 'cancel')
    expect(consentsIn(await read('vendor'))).toMatchObject([
      { transition: 'cancel_together', you_may: 'give' },
    ])
    expect((await by('vendor', 'cancel/revoke')).status).toBe(409)
    expect((await by('couple', 'cancel/revoke')).body).toMatchObject({ waiting_for: [] })
    expect((await by('vendor', 'cancel-together')).body).toMatchObject({
      state: 'fully_paid',
      held: 5_000_000,
    })
  })

  test('the mark of one side is a report: it is taken back by that side, and stays through a dispute', async () => {
    const { by, read } = await paid()
    await by('vendor', 'mark-complete')
    await by('couple', 'cancel')
    await by('couple', 'dispute', { dispute_reason: 'other', dispute_text: 'x' })
    expect(await read()).toMatchObject({ vendor_completed: true, waiting_for: [] })
    await by('couple', 'withdraw-dispute')
    expect(await read()).toMatchObject({ vendor_completed: true, waiting_for: ['couple'] })
    expect((await by('vendor', 'cancel-together')).body).toMatchObject({ state: 'fully_paid' })
    expect((await by('vendor', 'mark-complete/revoke')).body).toMatchObject({ vendor_completed: false })
    expect((await by('couple', 'mark-complete')).body).toMatchObject({ state: 'fully_paid' })
    expect((await by('vendor', 'mark-complete')).body).toMatchObject({ state: 'completed', held: 0 })
  })
})

test('F6: the same key takes back once, and gives again what is given after it', async () => {
  const { dispute, act, one, parts, path } = await quarrelOf(engine, 'marketplace-order')
  await dispute()
  await act(one, 'settle', parts)
  const again = { party: one, body: {}, idempotency: 'take-back-1' }
  const first = await engine.ask(`${path}/settle/revoke`, again)
  await act(one, 'settle', parts)
  const second = await engine.ask(`${path}/settle/revoke`, again)
  expect([second.status, second.text]).toEqual([200, first.text])
  expect(second.headers.get('idempotent-replayed')).toBe('true')
  expect(await engine.must(200, path)).toMatchObject({ consents: [{ transition: 'settle' }] })
})
