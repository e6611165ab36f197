/** Party tokens: our own, and those of an outside issuer whose public keys are fetched from a real server. */

import { createServer, type Server } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Tokens } from './tokens.ts'

const now_ms = Date.parse('2026-01-08T14:00:00Z')
const now_s = now_ms / 1000
const secret = new Uint8Array(32).fill(7)

let server: Server
let tokens: Tokens
let inside: CryptoKey
let stranger: CryptoKey

beforeAll(async () => {
  const pair = await generateKeyPair('ES256')
  inside = pair.privateKey
  stranger = (await generateKeyPair('ES256')).privateKey
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' }] })
  server = createServer((_request, response) =>
    response.setHeader('content-type', 'application/json').end(jwks),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const jwks_url = `http://127.0.0.1:${port}/jwks`
  tokens = new Tokens(secret, { jwks_url, token_issuer: 'shop', token_audience: 'wallets' })
})
afterAll(() => void server.close())

function outside(
  over: { iss?: string; aud?: string; exp?: number },
  key: CryptoKey | Uint8Array,
  alg = 'ES256',
) {
  const { iss = 'shop', aud = 'wallets', exp = now_s + 60 } = over
  return new SignJWT({ sub: 'ann', iss, aud, exp }).setProtectedHeader({ alg, kid: 'one' }).sign(key)
}

test('our own token is good until it expires', async () => {
  const token = await tokens.mint('ann', 60, now_ms)
  expect(await tokens.check(token, now_ms + 59_000)).toEqual({ party: 'ann' })
  expect(await tokens.check(token, now_ms + 61_000)).toBe('expired')
})

test('a token of the outside issuer is good', async () => {
  expect(await tokens.check(await outside({}, inside), now_ms)).toEqual({ party: 'ann' })
})

test('an outside token that has expired is told so', async () => {
  expect(await tokens.check(await outside({ exp: now_s - 1 }, inside), now_ms)).toBe('expired')
})

test.each([
  ['of another issuer', () => outside({ iss: 'other' }, inside)],
  ['for another audience', () => outside({ aud: 'other' }, inside)],
  ['signed by a stranger under a known key id', () => outside({}, stranger)],
  ['signed with a shared secret instead of a key', () => outside({}, secret, 'HS256')],
])('a token %s is not valid', async (_, make) => {
  expect(await tokens.check(await make(), now_ms)).toBe('invalid')
})
