/** Withdrawal: which there are, by wallet and by state. */

import type { Verbs } from '../../platform/postgres/database.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import { agreementColumns, agreementOf, type AgreementRow } from '../../engine/agreements.ts'

/** Where an operator has something to do. */
export const waiting_states: readonly string[] = ['pending', 'processing']

export interface Wanted {
  /** Null for all; so are the others. */
  readonly states: readonly string[] | null
  readonly currency: string | null
  readonly party: string | null
  readonly order: 'oldest first' | 'newest first'
  /** The last one seen. */
  readonly after: string | null
  readonly limit: number
}

export async function listWithdrawals(db: Verbs, wanted: Wanted): Promise<Agreement[]> {
  const { states, currency, party, order, after, limit } = wanted
  const [beyond, direction] = order === 'oldest first' ? ['>', 'asc'] : ['<', 'desc']
  const rows = await db.any<AgreementRow>(
    `select ${columns}
     from withdrawals w
     join agreements a on a.id = w.agreement_id
     where ($1::text[] is null or w.state = any($1))
     and ($2::text is null or w.currency = $2)
     and ($3::text is null or w.party = $3)
     and ($4::uuid is null or w.agreement_id ${beyond} $4)
     order by w.agreement_id ${direction}
     limit $5`,
    [states, currency, party, after, limit],
  )
  return rows.map(agreementOf)
}

const columns = agreementColumns('a')
