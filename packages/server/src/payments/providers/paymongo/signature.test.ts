// The signature of PayMongo's webhooks against a vector that was computed elsewhere, and against what forgers try.
import { describe, expect, test } from 'vitest'
import { signatureOf, verifySignature, type Signed } from './signature.ts'

const secret = 'whsk_sandbox_emulator_secret_01'
const at_s = 1_764_000_000
const body =
  '{"data":{"id":"evt_test_000000000000000000000001","type":"event","attributes":{"type":"payment.paid","livemode":false,"data":{"id":"pay_test_1","type":"payment","attributes":{"amount":10000,"status":"paid"}},"previous_data":{},"created_at":1764000000,"updated_at":1764000000}}}'
const digest = 'a5932a621c8aa63764e5eadead0bdceffeb478190761fb6b289db68b9eff89c8'
const header = `t=${at_s},te=${digest},li=`
const right: Signed = { header, body, secrets: [secret], mode: 'test', now_ms: at_s * 1_000 }

test('the vector is what we sign', () => {
  expect(signatureOf(secret, at_s, body, 'test')).toBe(header)
  expect(signatureOf(secret, at_s, Buffer.from(body), 'live')).toBe(`t=${at_s},te=,li=${digest}`)
})

test('the vector is what we take, as text and as bytes, also while the secret is being replaced', () => {
  expect(verifySignature(right)).toBeNull()
  expect(verifySignature({ ...right, body: Buffer.from(body) })).toBeNull()
  expect(verifySignature({ ...right, secrets: ['whsk_new', secret] })).toBeNull()
  expect(verifySignature({ ...right, header: `t=${at_s}, te=${digest}, li=` })).toBeNull()
})

describe('what is not taken', () => {
  test.each([
    ['no header', { header: undefined }, 'missing'],
    ['an empty header', { header: '' }, 'missing'],
    ['a word', { header: 'yes' }, 'malformed'],
    ['no time', { header: `te=${digest},li=` }, 'malformed'],
    ['a time that is no number', { header: `t=1e9,te=${digest},li=` }, 'malformed'],
    ['a short digest', { header: `t=${at_s},te=${digest.slice(1)},li=` }, 'malformed'],
    ['the part of the other mode', { mode: 'live' }, 'malformed'],
    ['a live signature in test mode', { header: `t=${at_s},te=,li=${digest}` }, 'malformed'],
    ['another secret', { secrets: ['whsk_other'] }, 'mismatch'],
    ['no secret at all', { secrets: [] }, 'mismatch'],
    ['another body', { body: body.replace('10000', '99999') }, 'mismatch'],
    ['the same JSON, written otherwise', { body: JSON.stringify(JSON.parse(body), null, 1) }, 'mismatch'],
    ['another time', { header: `t=${at_s + 1},te=${digest},li=` }, 'mismatch'],
    ['a late repeat', { now_ms: (at_s + 301) * 1_000 }, 'stale'],
    ['a time to come', { now_ms: (at_s - 301) * 1_000 }, 'stale'],
  ] as const)('%s', (_, change, fault) => {
    expect(verifySignature({ ...right, ...change })).toBe(fault)
  })
})

test('five minutes are still in time', () => {
  expect(verifySignature({ ...right, now_ms: (at_s + 300) * 1_000 })).toBeNull()
  expect(verifySignature({ ...right, now_ms: (at_s - 300) * 1_000 })).toBeNull()
})
