// PayMongo's events: taken only under a signature that is right and fresh, and then for no more than a hint of what to ask.
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../platform/config/secret.ts'
import type { Incoming, Verified } from '../port.ts'
import { verifyEvent } from './events.ts'
import { signatureOf } from './signature.ts'

const at_s = 1_764_000_000
const vector_secret = 'whsk_sandbox_emulator_secret_01'
const vector =
  '{"data":{"id":"evt_test_000000000000000000000001","type":"event","attributes":{"type":"payment.paid","livemode":false,"data":{"id":"pay_test_1","type":"payment","attributes":{"amount":10000,"status":"paid"}},"previous_data":{},"created_at":1764000000,"updated_at":1764000000}}}'
const vector_header = `t=${at_s},te=a5932a621c8aa63764e5eadead0bdceffeb478190761fb6b289db68b9eff89c8,li=`

const rotating = { webhook_secrets: [new Secret('whsk_old'), new Secret('whsk_new')], live: false }

function incoming(body: string, header: string | string[] | undefined): Incoming {
  return { body: Buffer.from(body), headers: { 'paymongo-signature': header }, path: '' }
}

function signed(body: string, secret = 'whsk_new', settings = rotating, late_s = 0): Verified {
  const header = signatureOf(secret, at_s, body, settings.live ? 'live' : 'test')
  return verifyEvent(incoming(body, header), settings, (at_s + late_s) * 1000)
}

function event(type: string, data: unknown, livemode: unknown = false): string {
  return JSON.stringify({ data: { id: 'evt_1', type: 'event', attributes: { type, livemode, data } } })
}

test('the vector is taken', () => {
  const settings = { webhook_secrets: [new Secret(vector_secret)], live: false }
  expect(verifyEvent(incoming(vector, vector_header), settings, at_s * 1000)).toEqual({
    event_id: 'evt_test_000000000000000000000001',
    type: 'payment.paid',
    about: [{ kind: 'pay_in', provider_id: 'pay_test_1', our_reference: null }],
  })
})

describe('while a secret is being changed', () => {
  const body = event('payment.paid', { id: 'pay_1', type: 'payment' })

  test.each(['whsk_old', 'whsk_new'])('%s is right', (secret) => {
    expect(signed(body, secret)).toMatchObject({ event_id: 'evt_1' })
  })

  test('a third is not', () => {
    expect(signed(body, 'whsk_older')).toEqual({ refused: 'forged' })
  })
})

describe('refused', () => {
  const body = event('payment.paid', { id: 'pay_1', type: 'payment' })
  const header = signatureOf('whsk_new', at_s, body, 'test')

  test.each([
    ['no header', body, undefined, 'forged'],
    ['two headers', body, [header, header], 'forged'],
    ['nonsense', body, 'yes', 'forged'],
    ['an amount that was changed', body.replace('pay_1', 'pay_2'), header, 'forged'],
    ['the same JSON in other bytes', `${body} `, header, 'forged'],
    ['the signature in the live part', body, signatureOf('whsk_new', at_s, body, 'live'), 'forged'],
  ] as const)('%s', (_, text, given, refused) => {
    const copy = typeof given === 'object' ? [...given] : given
    expect(verifyEvent(incoming(text, copy), rotating, at_s * 1000)).toEqual({ refused })
  })

  test('a replay later than five minutes; before that it is the same event, known by its id', () => {
    expect(signed(body, 'whsk_new', rotating, 301)).toEqual({ refused: 'stale' })
    expect(signed(body, 'whsk_new', rotating, -301)).toEqual({ refused: 'stale' })
    expect(signed(body, 'whsk_new', rotating, 299)).toEqual(signed(body))
  })

  test('a forged one stays forged however old it is', () => {
    expect(signed(body, 'whsk_other', rotating, 301)).toEqual({ refused: 'forged' })
  })

  test.each([
    ['no JSON', 'hello'],
    ['an array', '[]'],
    ['null', 'null'],
    ['no id', JSON.stringify({ data: { attributes: { type: 'payment.paid', livemode: false } } })],
    ['an id that leads elsewhere', event('payment.paid', {}).replace('evt_1', '..')],
    ['an id without end', event('payment.paid', {}).replace('evt_1', 'x'.repeat(300))],
    ['no type', event('', {})],
    ['the other mode', event('payment.paid', {}, true)],
    ['no mode', event('payment.paid', {}, null)],
    ['a mode that is a word', event('payment.paid', {}, 'false')],
  ])('%s, however well it is signed', (_, text) => {
    expect(signed(text)).toEqual({ refused: 'malformed' })
  })

  test('where money is real, those of the other mode', () => {
    const live = { ...rotating, live: true }
    expect(signed(event('payment.paid', {}, true), 'whsk_new', live)).toMatchObject({ event_id: 'evt_1' })
    expect(verifyEvent(incoming(body, header), live, at_s * 1000)).toEqual({ refused: 'forged' })
    expect(signed(body, 'whsk_new', live)).toEqual({ refused: 'malformed' })
  })
})

describe('what an event is about', () => {
  const metadata = { holdfast_reference: 'wtu_1' }

  test.each([
    [
      'payment.paid',
      { id: 'pay_1', type: 'payment', attributes: { metadata } },
      [['pay_in', 'pay_1', 'wtu_1']],
    ],
    ['payment.failed', { id: 'pay_1', type: 'payment', attributes: {} }, [['pay_in', 'pay_1', null]]],
    ['payment_intent.succeeded', { id: 'pi_1', type: 'payment_intent' }, [['pay_in', 'pi_1', null]]],
    [
      'checkout_session.payment.paid',
      { id: 'cs_1', type: 'checkout_session', attributes: { metadata, payments: [{ id: 'pay_1' }] } },
      [['pay_in', 'cs_1', 'wtu_1']],
    ],
    [
      'payment.refund.updated',
      { id: 'ref_1', type: 'refund', attributes: { metadata } },
      [['refund', 'ref_1', 'wtu_1']],
    ],
    ['refund.succeeded', { id: 're_1', type: 'refund' }, [['refund', 're_1', null]]],
    [
      'payment.refunded',
      { id: 'pay_1', type: 'payment', attributes: { refunds: [{ id: 'ref_1' }, { data: { id: 'ref_2' } }] } },
      [
        ['pay_in', 'pay_1', null],
        ['refund', 'ref_1', null],
        ['refund', 'ref_2', null],
      ],
    ],
    ['transfer.outward.successful', { id: 'tr_1', metadata }, [['pay_out', 'tr_1', 'wtu_1']]],
    [
      'transfer.outward.failed',
      { id: 'wallet_tr_1', type: 'wallet_transaction', attributes: { transfer_id: 'tr_1', metadata } },
      [['pay_out', 'tr_1', 'wtu_1']],
    ],
    [
      'transfer.outward.failed',
      { id: 'tr_1', type: 'transfer', attributes: {} },
      [['pay_out', 'tr_1', null]],
    ],
    ['transfer.inward.successful', { id: 'tr_9', type: 'transfer' }, [['pay_out', 'tr_9', null]]],
    ['subscription.created', { id: 'sub_1', type: 'subscription' }, []],
    ['payment.paid', null, []],
    ['payment.paid', { type: 'payment' }, []],
  ] as const)('%s %j', (type, data, about) => {
    expect(signed(event(type, data))).toEqual({
      event_id: 'evt_1',
      type,
      about: about.map(([kind, provider_id, our_reference]) => ({ kind, provider_id, our_reference })),
    })
  })
})
