/** HTTP: a payment by hand as operators see it, with the agreement that waits for it. */

import type { Verbs } from '../../../platform/postgres/database.ts'
import { showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { file_id_prefix } from '../../../files/uses.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import type { ManualEntry, ManualState, Word } from './book.ts'
import { columns, entryOf, type Row } from './row.ts'
import type { PaymentKind } from '../port.ts'
import type { Context } from '../../../http/context.ts'

export interface Found {
  readonly entry: ManualEntry
  /** The row of the desk that wanted it, and whose agreement hears of it. */
  readonly desk_id: string | null
  readonly flow: string | null
  readonly agreement_id: string | null
}

export interface ListAsked {
  readonly kind: PaymentKind | null
  readonly state: ManualState
}

type Joined = Row & Omit<Found, 'entry'>

const token_pattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const joined = `select ${columns}, p.id as desk_id, p.flow, p.agreement_id
  from manual_payments m
  left join provider_payments p on p.token = m.token`

export async function findManual(db: Verbs, token: string): Promise<Found | null> {
  if (!token_pattern.test(token)) return null
  const row = await db.maybeOne<Joined>(`${joined} where m.token = $1`, [token])
  return row === undefined ? null : foundOf(row)
}

/** Oldest first, after the token of the last one seen. */
export async function listManual(
  db: Verbs,
  { kind, state }: ListAsked,
  after: string | null,
  limit: number,
): Promise<Found[]> {
  const rows = await db.any<Joined>(
    `${joined}
     where m.state = $1
     and ($2::text is null or m.kind = $2)
     and ($3::uuid is null
       or (m.created_at, m.token) > (select created_at, token from manual_payments where token = $3))
     order by m.created_at, m.token
     limit $4`,
    [state, kind, after, limit],
  )
  return rows.map(foundOf)
}

function foundOf(row: Joined): Found {
  const { desk_id, flow, agreement_id } = row
  return { entry: entryOf(row), desk_id, flow, agreement_id }
}

export function showManual(
  { registry }: Context,
  { entry, flow, agreement_id }: Found,
): Record<string, unknown> {
  const { kind, token, our_reference, method, amount, currency, state, created_ms, said, returned } = entry
  const prefix = flow === null ? undefined : registry.current.get(flow)?.flow.flow.id_prefix
  return {
    id: token,
    kind,
    our_reference,
    method,
    amount: toJson(amount),
    currency,
    state,
    flow,
    agreement: prefix === undefined || agreement_id === null ? null : showId(prefix, agreement_id),
    created_at: instant(created_ms),
    ...showWord(said),
    returned: returned === null ? null : showWord(returned),
  }
}

function showWord(word: Word | null): Record<string, unknown> {
  const proof = word?.proof ?? null
  return {
    reference: word?.reference ?? null,
    proof: proof === null ? null : showId(file_id_prefix, proof),
    operator: word?.operator ?? null,
    reason: word?.reason ?? null,
    confirmed_at: word === null ? null : instant(word.at_ms),
  }
}
