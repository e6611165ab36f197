/** Trade credit: the rows of escrow_transactions, read from agreements and debts. */

import { uuid } from '../../../platform/postgres/binary-arrays.ts'
import type { Database } from '../../../platform/postgres/database.ts'
import { showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import {
  agreement_columns,
  agreementColumns,
  agreementOf,
  type AgreementRow,
} from '../../../engine/agreements.ts'
import { boundAccountId } from '@holdfast/kernel/ledger/account.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { tradeCredit } from './flow.ts'
import { escrowColumns } from './product.ts'

export interface EscrowFilter {
  readonly role: 'retailer' | 'wholesaler'
  readonly party: string
  readonly status: string | null
  /** The last one seen: newest first, only those before it. */
  readonly before: string | null
  readonly limit: number
}

const columns = agreementColumns('a')

export async function listEscrows(
  db: Database,
  { role, party, status, before, limit }: EscrowFilter,
): Promise<object[]> {
  const rows = await db.any<AgreementRow>(
    `select ${columns}
     from agreement_parties p
     join agreements a on a.id = p.agreement_id
     where p.party = $1
     and p.role = $2
     and a.flow = $3
     and ($4::text is null or a.state = $4)
     and ($5::uuid is null or p.agreement_id < $5)
     order by p.agreement_id desc
     limit $6`,
    [party, role, tradeCredit.name, status, before, limit],
  )
  return escrowRows(db, rows.map(agreementOf))
}

export async function readEscrow(db: Database, id: string): Promise<Agreement | null> {
  const row = await db.maybeOne<AgreementRow>(
    `select ${agreement_columns}
     from agreements
     where id = $1 and flow = $2`,
    [id, tradeCredit.name],
  )
  return row === undefined ? null : agreementOf(row)
}

/** The account of what is owed for an order. */
export function debtOf(escrow: string): string {
  return boundAccountId(escrow, Object.keys(tradeCredit.parties).indexOf('retailer'), 'debt')
}

export async function escrowRows(db: Database, escrows: readonly Agreement[]): Promise<object[]> {
  const debts = await db.any<{ id: string; balance: bigint }>(
    'select id, balance from accounts where id = any($1::uuid[])',
    [uuid(escrows, ({ id }) => debtOf(id))],
  )
  const owed = new Map(debts.map(({ id, balance }) => [id, -balance]))
  return escrows.map((escrow) => ({
    id: showId(tradeCredit.id_prefix, escrow.id),
    ...escrowColumns(escrow),
    currency: escrow.currency,
    money: escrow.money,
    outstanding_amount: toJson(owed.get(debtOf(escrow.id)) ?? 0n),
    created_at: instant(escrow.created_ms),
    ended_at: escrow.ended_ms === null ? null : instant(escrow.ended_ms),
  }))
}
