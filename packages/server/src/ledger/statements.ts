/** Ledger: a wallet's statement, newest first, by keyset. A transfer between two wallets is a row in both. */

import type { Database } from '../platform/postgres/database.ts'
import { walletAccountId } from '@holdfast/kernel/ledger/account.ts'

export interface StatementRow {
  readonly id: string
  readonly agreement_id: string
  readonly flow: string
  readonly flow_version: number
  readonly currency: string
  readonly amount: bigint
  readonly code: string
  /** What it does to the wallet: money that comes, goes, or stays within. */
  readonly side: 'credit' | 'debit' | 'within'
  /** Of the wallet's available account; null where the row did not touch it. */
  readonly available_after: bigint | null
  readonly at: Date
}

/** Two index scans of at most a page each, merged. */
const statement_sql = `
  select t.*, a.flow, a.flow_version
  from (
    (select id, agreement_id, currency, amount, debit_code as code, at,
       case when debit_account = debit_wallet then debit_after
         when credit_account = debit_wallet then credit_after end as available_after,
       case when credit_wallet = debit_wallet then 'within' else 'debit' end as side
     from transfers
     where debit_wallet = any($1::uuid[]) and ($2::uuid is null or id < $2) and ($4::uuid is null or id >= $4)
     and ($5::text[] is null or debit_code = any($5))
     and ($6::text is null or $6 = case when credit_wallet = debit_wallet then 'within' else 'debit' end)
     order by id desc limit $3)
    union all
    (select id, agreement_id, currency, amount, credit_code, at,
       case when credit_account = credit_wallet then credit_after end, 'credit'
     from transfers
     where credit_wallet = any($1::uuid[]) and credit_wallet <> debit_wallet
     and ($2::uuid is null or id < $2) and ($4::uuid is null or id >= $4)
     and ($5::text[] is null or credit_code = any($5))
     and ($6::text is null or $6 = 'credit')
     order by id desc limit $3)
  ) t
  join agreements a on a.id = t.agreement_id
  order by t.id desc
  limit $3`

/** Which rows of a statement are wanted; null for all. */
export interface Wanted {
  /** Not older than this id. */
  readonly from: string | null
  readonly codes: readonly string[] | null
  readonly side: StatementRow['side'] | null
}

const all_rows: Wanted = { from: null, codes: null, side: null }

/** Rows of the wallets of one owner in these currencies, older than `before` (a transfer's id). */
export function statementOf(
  db: Database,
  owner: string,
  currencies: readonly string[],
  before: string | null,
  limit: number,
  { from, codes, side } = all_rows,
): Promise<StatementRow[]> {
  const wallets = currencies.map((currency) => walletAccountId(owner, 'available', currency))
  return db.any<StatementRow>(statement_sql, [wallets, before, limit, from, codes, side])
}
