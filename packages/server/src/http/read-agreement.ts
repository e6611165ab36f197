/** HTTP: one agreement, as it was committed last, whoever may see it. */

import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import { agreement_columns, agreementOf, type AgreementRow } from '../engine/agreements.ts'
import type { Context } from './context.ts'

export async function readAgreement({ db }: Pick<Context, 'db'>, id: string): Promise<Agreement | null> {
  const row = await db.maybeOne<AgreementRow>(`select ${agreement_columns} from agreements where id = $1`, [
    id,
  ])
  return row === undefined ? null : agreementOf(row)
}
