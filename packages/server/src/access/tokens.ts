/** Access: party tokens, short-lived JWTs for one person, minted by us or by an outside issuer. */

import { randomBytes } from 'node:crypto'
import { createRemoteJWKSet, errors, jwtVerify, SignJWT, type JWTVerifyGetKey } from 'jose'
import type { Config } from '../platform/config/config.ts'
import type { Database } from '../platform/postgres/database.ts'

export const token_seconds_default = 900
export const token_seconds_max = 86_400
const issuer = 'holdfast'
const audience = 'holdfast'

export type TokenCheck = { readonly party: string } | 'expired' | 'invalid'

export class Tokens {
  readonly #secret: Uint8Array
  readonly #outside: {
    readonly keys: JWTVerifyGetKey
    readonly issuer: string
    readonly audience: string
  } | null

  constructor(secret: Uint8Array, config: Pick<Config, 'jwks_url' | 'token_issuer' | 'token_audience'>) {
    this.#secret = secret
    this.#outside =
      config.jwks_url === null
        ? null
        : {
            keys: createRemoteJWKSet(new URL(config.jwks_url)),
            issuer: config.token_issuer ?? config.jwks_url,
            audience: config.token_audience ?? audience,
          }
  }

  mint(party: string, seconds: number, now_ms: number): Promise<string> {
    const now_s = Math.floor(now_ms / 1000)
    return new SignJWT({})
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(party)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(now_s)
      .setExpirationTime(now_s + seconds)
      .sign(this.#secret)
  }

  /** The algorithm is ours to choose, never the token's: HS256 for our own, asymmetric ones for an outside issuer. */
  async check(token: string, now_ms: number): Promise<TokenCheck> {
    const currentDate = new Date(now_ms)
    try {
      const { payload } = await jwtVerify(token, this.#secret, {
        issuer,
        audience,
        algorithms: ['HS256'],
        currentDate,
        requiredClaims: ['sub', 'exp'],
      })
      return payload.sub ? { party: payload.sub } : 'invalid'
    } catch (error) {
      if (error instanceof errors.JWTExpired) return 'expired'
      return this.#outside === null ? 'invalid' : this.#checkOutside(token, currentDate)
    }
  }

  async #checkOutside(token: string, currentDate: Date): Promise<TokenCheck> {
    if (this.#outside === null) return 'invalid'
    const { keys, issuer: outside_issuer, audience: outside_audience } = this.#outside
    try {
      const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA']
      const { payload } = await jwtVerify(token, keys, {
        issuer: outside_issuer,
        audience: outside_audience,
        algorithms,
        currentDate,
        requiredClaims: ['sub', 'exp'],
      })
      return payload.sub ? { party: payload.sub } : 'invalid'
    } catch (error) {
      return error instanceof errors.JWTExpired ? 'expired' : 'invalid'
    }
  }
}

/** The secret of our own tokens: made once, the same for all processes on this database. */
export async function tokenSecret(db: Database): Promise<Uint8Array> {
  await db.run(
    `insert into settings (name, value) values ('token_secret', to_jsonb($1::text)) on conflict (name) do nothing`,
    [randomBytes(32).toString('base64url')],
  )
  const { value } = await db.one<{ value: string }>(`select value from settings where name = 'token_secret'`)
  return Buffer.from(value, 'base64url')
}
