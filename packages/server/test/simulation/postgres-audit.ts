/** Simulation on PostgreSQL: the event log, replayed in the auditor's own books, against the rows of the database. */

import assert from 'node:assert/strict'
import type { Database } from '../../src/platform/postgres/database.ts'
import type { AgreementEvent, EventKind } from '@holdfast/kernel/engine/ask.ts'
import type { Product } from '@holdfast/kernel/engine/product.ts'
import { agreement_columns, agreementOf, type AgreementRow } from '../../src/engine/agreements.ts'
import type { Account } from '@holdfast/kernel/ledger/account.ts'
import { Auditor } from '@holdfast/kernel/test/simulation/auditor.ts'
import type { Posted } from '@holdfast/kernel/test/simulation/expected.ts'
import type { Asked } from './postgres-asked.ts'
import { Store } from '@holdfast/kernel/test/simulation/store.ts'

export interface Rows {
  readonly events: readonly AgreementEvent[]
  readonly transfers: ReadonlyMap<string, readonly TransferRow[]>
  readonly store: Store
}

interface TransferRow {
  readonly id: string
  readonly agreement_id: string
  readonly version: number
  readonly amount: bigint
  readonly debit_after: bigint
  readonly credit_after: bigint
}

export async function readRows(db: Database): Promise<Rows> {
  const events = await db.any<Omit<AgreementEvent, 'at_ms'> & { kind: EventKind; at: Date }>(
    'select agreement_id as agreement, version, flow, kind, transition, at, body from events order by seq',
  )
  const transfers = await db.any<TransferRow>(
    'select id, agreement_id, version, amount, debit_after, credit_after from transfers order by id',
  )
  const store = new Store()
  const accounts = await db.any<Account>(
    'select id, owner, purpose, currency, agreement_id as agreement, beneficiary, balance, earned, paid_in, withdrawn, block from accounts',
  )
  for (const account of accounts) store.accounts.set(account.id, account)
  for (const agreement of await readAgreements(db)) store.agreements.set(agreement.id, agreement)
  return {
    events: events.map(({ at, ...event }) => ({ ...event, at_ms: at.getTime() })),
    transfers: Map.groupBy(transfers, ({ agreement_id, version }) => `${agreement_id} ${version}`),
    store,
  }
}

export async function readAgreements(db: Database) {
  const rows = await db.any<AgreementRow>(`select ${agreement_columns} from agreements`)
  return rows.map(agreementOf)
}

/** Throws where the log and the rows tell two stories. */
export function audit({ events, transfers, store }: Rows, asked: Asked, products: readonly Product[]): void {
  assert.deepEqual([...asked.faults, ...asked.missing(events)], [])
  const auditor = new Auditor(products, true)
  const compared = new Map<string, number>()
  const posted =
    ({ agreement, version, transition }: AgreementEvent): Posted =>
    (told, after) => {
      const name = `${agreement} ${version}`
      const n = compared.get(name) ?? 0
      compared.set(name, n + 1)
      const row = transfers.get(name)?.[n]
      assert.deepEqual(
        row && [row.id, row.amount, row.debit_after, row.credit_after],
        [told.transfer, BigInt(told.amount), after.debit, after.credit],
        `${transition} of ${agreement} version ${version}: a transfer differs from its posting`,
      )
    }
  const next = [...events]
  for (let event = next.shift(); event !== undefined; event = next.shift()) {
    const { agreement, version, transition } = event
    const ask = asked.askOf(event)
    assert(ask, `${transition} of ${agreement} version ${version} happened, and nobody asked for it`)
    const terms = store.agreements.get(agreement)?.terms
    assert(terms, `${agreement} is in the log alone`)
    auditor.happen(event, ask, terms, next, posted)
  }
  for (const [name, { length }] of transfers)
    assert.equal(compared.get(name) ?? 0, length, `${name} has a transfer that its event does not tell of`)
  auditor.sweep(store)
}
