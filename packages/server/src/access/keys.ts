/** Access: API keys. Shown once, hashed at rest. */

import { hash, randomBytes } from 'node:crypto'
import type { Database } from '../platform/postgres/database.ts'
import { newId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { roles, type OperatorRole, type Scope, service_scopes } from './scopes.ts'

export interface Key {
  readonly id: string
  readonly name: string
  readonly kind: 'service' | 'operator'
  readonly scopes: ReadonlySet<Scope>
}

/** How long another process's new or revoked key may stay unknown here. */
const known_ms_max = 5_000

export type NewKey =
  | { readonly kind: 'service'; readonly name: string; readonly scopes?: readonly Scope[] }
  | { readonly kind: 'operator'; readonly name: string; readonly role: OperatorRole }

/** Creates a key and gives it in clear, for the only time. */
export async function createKey(db: Database, is: NewKey, now_ms: number): Promise<string> {
  const key = `${is.kind === 'service' ? 'hf_service' : 'hf_operator'}_${randomBytes(24).toString('base64url')}`
  const scopes = is.kind === 'operator' ? roles[is.role] : (is.scopes ?? service_scopes)
  await db.run(
    'insert into api_keys (id, name, hash, kind, scopes, created_at) values ($1, $2, $3, $4, $5, $6)',
    [newId(now_ms), is.name, hash('sha256', key, 'buffer'), is.kind, scopes, instant(now_ms)],
  )
  return key
}

export async function revokeKey(db: Database, name: string, now_ms: number): Promise<boolean> {
  const rows = await db.run('update api_keys set revoked_at = $2 where name = $1 and revoked_at is null', [
    name,
    instant(now_ms),
  ])
  return rows > 0
}

/** Keys by their hash, remembered for a few seconds: a key is looked up with every request. */
export class Keys {
  readonly #db: Database
  readonly #known = new Map<string, { readonly key: Key; readonly until_ms: number }>()

  constructor(db: Database) {
    this.#db = db
  }

  /** At once where the key is remembered. */
  find(secret: string, now_ms: number): Key | Promise<Key | null> {
    const known = this.#known.get(secret)
    if (known !== undefined && known.until_ms > now_ms) return known.key
    return this.#look(secret, now_ms)
  }

  /** As it was last seen, for what may be read while the database is away; null for one that was never seen here. */
  lastSeen(secret: string): Key | null {
    return this.#known.get(secret)?.key ?? null
  }

  async #look(secret: string, now_ms: number): Promise<Key | null> {
    const row = await this.#db.maybeOne<{ id: string; name: string; kind: Key['kind']; scopes: Scope[] }>(
      'select id, name, kind, scopes from api_keys where hash = $1 and revoked_at is null',
      [hash('sha256', secret, 'buffer')],
    )
    if (row === undefined) {
      this.#known.delete(secret)
      return null
    }
    const key = { ...row, scopes: new Set(row.scopes) }
    this.#known.set(secret, { key, until_ms: now_ms + known_ms_max })
    return key
  }
}
