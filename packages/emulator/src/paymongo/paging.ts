/** Emulator, PayMongo: lists. `limit` from 1 to 100, and an id before or after which to go on. */

import { page, type Resource } from '../store.ts'
import type { Ask } from './endpoint.ts'
import { complaint, refuse, type Refusal } from './refusal.ts'

const limit_default = 10
const limit_max = 100

/** Which rows a list is of: those under a parent, those with a field that is this. */
export interface Listed {
  readonly parent?: string | undefined
  readonly where?: readonly [field: string, value: string] | undefined
}

export async function listOf<Found extends Resource>(
  { act, query }: Ask,
  kind: Found['kind'],
  show: (found: Found) => Promise<object> | object,
  { parent, where }: Listed = {},
): Promise<object | Refusal> {
  const limit = query['limit'] === undefined ? limit_default : Number.parseInt(query['limit'], 10)
  if (!(limit >= 1 && limit <= limit_max)) {
    return refuse(400, complaint('parameter_invalid', `limit should be from 1 to ${limit_max}.`, 'limit'))
  }
  const { rows, has_more } = await page<Found>(act.tx, kind, {
    limit,
    before: query['before'] ?? null,
    after: query['after'] ?? null,
    parent: parent ?? null,
    where: where ?? null,
  })
  const data = []
  for (const row of rows) data.push(await show(row))
  return { data, has_more }
}
