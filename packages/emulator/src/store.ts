/** Emulator: what the providers remember, as documents. Whoever changes one locks it first. */

import type { Tx } from './db.ts'

export interface Resource<Body extends object = object, Hidden extends object = object> {
  readonly id: string
  readonly kind: string
  readonly parent: string | null
  /** As the provider shows it. */
  readonly body: Body
  /** What it knows and does not show: which test card it was, what the test asked to go wrong. */
  readonly hidden: Hidden
}

const columns = 'id, kind, parent, body, hidden'

export async function put(tx: Tx, resource: Resource, now_ms: number): Promise<void> {
  await tx.run(
    `insert into emulator.resources (id, kind, parent, body, hidden, at_ms)
     values ($1, $2, $3, $4, $5, $6)`,
    [resource.id, resource.kind, resource.parent, resource.body, resource.hidden, now_ms],
  )
}

/** False where it was there before: nothing has changed then. */
export async function putOnce(tx: Tx, resource: Resource, now_ms: number): Promise<boolean> {
  const rows = await tx.run(
    `insert into emulator.resources (id, kind, parent, body, hidden, at_ms)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (id) do nothing`,
    [resource.id, resource.kind, resource.parent, resource.body, resource.hidden, now_ms],
  )
  return rows === 1
}

export async function save(tx: Tx, { id, body, hidden }: Resource): Promise<void> {
  await tx.one('update emulator.resources set body = $2, hidden = $3 where id = $1 returning id', [
    id,
    body,
    hidden,
  ])
}

export function find<Found extends Resource>(
  tx: Tx,
  kind: Found['kind'],
  id: string,
): Promise<Found | undefined> {
  return tx.maybeOne<Found>(`select ${columns} from emulator.resources where id = $1 and kind = $2`, [
    id,
    kind,
  ])
}

/** Locks the row: what is read here stays so until the act is over. */
export function lock<Found extends Resource>(
  tx: Tx,
  kind: Found['kind'],
  id: string,
): Promise<Found | undefined> {
  return tx.maybeOne<Found>(
    `select ${columns} from emulator.resources where id = $1 and kind = $2 for no key update`,
    [id, kind],
  )
}

/** In the order in which they were made. */
export function children<Found extends Resource>(
  tx: Tx,
  kind: Found['kind'],
  parent: string,
): Promise<Found[]> {
  return tx.any<Found>(
    `select ${columns} from emulator.resources where parent = $2 and kind = $1 order by seq`,
    [kind, parent],
  )
}

export function all<Found extends Resource>(tx: Tx, kind: Found['kind']): Promise<Found[]> {
  return tx.any<Found>(`select ${columns} from emulator.resources where kind = $1 order by seq`, [kind])
}

export interface PageAsked {
  readonly limit: number
  /** Ids: what is newer than the one, what is older than the other. */
  readonly before: string | null
  readonly after: string | null
  readonly parent: string | null
  /** A field of the body that must be this. */
  readonly where: readonly [field: string, value: string] | null
}

/** Newest first, and whether there are more beyond. Next to `before` come those that are just above it. */
export async function page<Found extends Resource>(
  tx: Tx,
  kind: Found['kind'],
  { limit, before, after, parent, where }: PageAsked,
): Promise<{ rows: Found[]; has_more: boolean }> {
  const upward = before !== null
  const rows = await tx.any<Found>(
    `select ${columns}
     from emulator.resources
     where kind = $1
       and ($2::text is null or parent = $2)
       and ($3::text is null or seq > (select seq from emulator.resources where id = $3))
       and ($4::text is null or seq < (select seq from emulator.resources where id = $4))
       and ($5::text is null or body->>$5 = $6)
     order by seq ${upward ? 'asc' : 'desc'}
     limit $7`,
    [kind, parent, before, after, where?.[0] ?? null, where?.[1] ?? null, limit + 1],
  )
  const kept = rows.slice(0, limit)
  return { rows: upward ? kept.toReversed() : kept, has_more: rows.length > limit }
}
