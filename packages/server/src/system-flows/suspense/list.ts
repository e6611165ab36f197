/** Suspense: what is set aside, oldest first. */

import type { Verbs } from '../../platform/postgres/database.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import { agreement_columns, agreementOf, type AgreementRow } from '../../engine/agreements.ts'
import { suspense } from './flow.ts'

export interface Wanted {
  /** Null for any. */
  readonly state: string | null
  /** The last one seen. */
  readonly after: string | null
  readonly limit: number
}

export async function listSuspense(db: Verbs, { state, after, limit }: Wanted): Promise<Agreement[]> {
  // Each has a reference, and by these they are found: agreements have no index by flow.
  const rows = await db.any<AgreementRow>(
    `select ${agreement_columns}
     from agreements
     where flow = '${suspense.name}' and reference is not null
     and ($1::text is null or state = $1)
     and ($2::uuid is null or id > $2)
     order by id
     limit $3`,
    [state, after, limit],
  )
  return rows.map(agreementOf)
}
