/** Access: who calls. From a bearer token to the actor that the engine knows. */

import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { Actor } from '@holdfast/kernel/engine/ask.ts'
import { standing_owners } from '@holdfast/kernel/ledger/account.ts'
import type { Key, Keys } from './keys.ts'
import { party_scopes, type Scope } from './scopes.ts'
import type { Tokens } from './tokens.ts'

export interface Caller {
  readonly actor: Actor
  readonly scopes: ReadonlySet<Scope>
}

const party_pattern = /^[\w.:@-]{1,64}$/

/** Ids of people come from the marketplace: up to 64 letters, digits and _ . : @ -, and not a name of our own. */
export function isParty(text: string): boolean {
  return party_pattern.test(text) && !standing_owners.has(text)
}

export class Access {
  readonly #keys: Keys
  readonly #tokens: Tokens

  constructor(keys: Keys, tokens: Tokens) {
    this.#keys = keys
    this.#tokens = tokens
  }

  /** `party` is the header in which a service names whom it acts for. */
  caller(
    authorization: string | undefined,
    party: string | undefined,
    now_ms: number,
  ): Caller | Problem | Promise<Caller | Problem> {
    const bearer = bearerOf(authorization)
    if (bearer === undefined)
      return problem('unauthenticated', { reason: 'send Authorization: Bearer <API key or party token>' })
    if (bearer.startsWith('hf_')) {
      const found = this.#keys.find(bearer, now_ms)
      return found instanceof Promise ? found.then((key) => byKey(key, party)) : byKey(found, party)
    }
    return this.#byToken(bearer, party, now_ms)
  }

  /** While the database is away: by the key as it was last seen here. Null for who was not, and for parties. */
  lastSeen(authorization: string | undefined): Caller | null {
    const bearer = bearerOf(authorization)
    const key = bearer === undefined ? null : this.#keys.lastSeen(bearer)
    return key === null ? null : { actor: { kind: key.kind, id: key.name, party: null }, scopes: key.scopes }
  }

  async #byToken(bearer: string, party: string | undefined, now_ms: number): Promise<Caller | Problem> {
    const checked = await this.#tokens.check(bearer, now_ms)
    if (checked === 'expired') return problem('token_expired')
    if (checked === 'invalid' || !isParty(checked.party))
      return problem('unauthenticated', { reason: 'the token is not valid' })
    if (party !== undefined)
      return problem('invalid_request', { header: 'Holdfast-Party', reason: 'only a service names a party' })
    return { actor: { kind: 'party', id: checked.party, party: checked.party }, scopes: party_scopes }
  }
}

/** The name of the scheme has no case (RFC 9110). */
function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +([\w.~+/=-]{10,4096})$/i.exec(authorization ?? '')?.[1]
}

function byKey(key: Key | null, party: string | undefined): Caller | Problem {
  if (key === null) return problem('unauthenticated', { reason: 'no such key, or it was revoked' })
  if (party !== undefined && (key.kind !== 'service' || !isParty(party))) {
    return problem('invalid_request', {
      header: 'Holdfast-Party',
      reason: 'a service names a party by its id',
    })
  }
  return { actor: { kind: key.kind, id: key.name, party: party ?? null }, scopes: key.scopes }
}

export function needScope(caller: Caller, scope: Scope): Problem | null {
  return caller.scopes.has(scope) ? null : problem('missing_scope', { scope })
}
