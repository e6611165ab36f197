/** Ledger: on PostgreSQL, in the transaction of the lane it is given. The only code that writes money. */

import assert from 'node:assert/strict'
import { bigint, int, text, time, uuid } from '../platform/postgres/binary-arrays.ts'
import type { Lane } from '../platform/postgres/database.ts'
import { isProblem, type Problem } from '@holdfast/kernel/problem.ts'
import { floorOf, newAccount, type Account, type Block } from '@holdfast/kernel/ledger/account.ts'
import { post, talliesOf, transferOf, type Accounts, type Transfer } from '@holdfast/kernel/ledger/post.ts'
import type { Entry, Ledger } from '@holdfast/kernel/ledger/port.ts'

/** Balances must be read under the lock: whoever comes second waits, then sees the truth. */
const accounts_sql = `
  select id, balance, earned, paid_in, withdrawn, block
  from accounts
  where id = any($1::uuid[])
  order by id`

const write_sql = `
  with
  opened as (
    insert into accounts (id, owner, purpose, currency, agreement_id, beneficiary, balance, floor, earned, paid_in,
      withdrawn, block, holds)
    select *, n.agreement_id is not null and n.balance <> 0
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::bigint[], $8::bigint[],
      $9::bigint[], $10::bigint[], $11::bigint[], $12::text[])
      as n (id, owner, purpose, currency, agreement_id, beneficiary, balance, floor, earned, paid_in, withdrawn, block)
  ),
  balanced as (
    update accounts a
    set balance = n.balance, earned = n.earned, paid_in = n.paid_in, withdrawn = n.withdrawn, block = n.block,
      holds = a.agreement_id is not null and n.balance <> 0
    from unnest($13::uuid[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::text[])
      as n (id, balance, earned, paid_in, withdrawn, block)
    where a.id = n.id
    returning 1
  ),
  posted as (
    insert into transfers (id, agreement_id, version, debit_account, credit_account, debit_wallet, credit_wallet, amount,
      currency, debit_code, credit_code, debit_after, credit_after, reference, at)
    select * from unnest($19::uuid[], $20::uuid[], $21::int[], $22::uuid[], $23::uuid[], $24::uuid[], $25::uuid[],
      $26::bigint[], $27::text[], $28::text[], $29::text[], $30::bigint[], $31::bigint[], $32::text[],
      $33::timestamptz[])
  )
  select (select count(*) from balanced)::int as balanced`

/** What can change of an account; the rest follows from who asks for it. */
export interface BalanceRow {
  readonly id: string
  readonly balance: bigint
  readonly earned: bigint
  readonly paid_in: bigint
  readonly withdrawn: bigint
  readonly block: Block
}

/** The accounts among `wanted` that exist, as they are now. Locked in the order of their ids, unless they are only looked at. */
export async function readAccounts(
  lane: Lane,
  wanted: ReadonlyMap<string, Account>,
  lock: boolean,
): Promise<Map<string, Account>> {
  if (wanted.size === 0) return new Map()
  const { rows } = await lane.query<BalanceRow>({
    name: lock ? 'accounts-lock' : 'accounts-look',
    text: lock ? `${accounts_sql} for no key update` : accounts_sql,
    values: [uuid([...wanted.keys()].toSorted(), (id) => id)],
  })
  return new Map(
    rows.map((row) => {
      const account = wanted.get(row.id)
      assert(account, `account ${row.id} was not asked for`)
      return [row.id, { ...account, ...row }]
    }),
  )
}

/** Writes balances and transfers, whose accounts `readAccounts` has locked. */
export async function writeMoney(
  lane: Lane,
  existing: ReadonlyMap<string, Account>,
  accounts: Iterable<Account>,
  transfers: readonly Transfer[],
): Promise<void> {
  const changed = [...accounts].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const opened = changed.filter((a) => !existing.has(a.id))
  const balanced = changed.filter((a) => existing.has(a.id))
  if (changed.length === 0 && transfers.length === 0) return
  const { rows } = await lane.query<{ balanced: number }>({
    name: 'write-money',
    text: write_sql,
    values: [
      uuid(opened, (a) => a.id),
      text(opened, (a) => a.owner),
      text(opened, (a) => a.purpose),
      text(opened, (a) => a.currency),
      uuid(opened, (a) => a.agreement),
      text(opened, (a) => a.beneficiary),
      bigint(opened, (a) => a.balance),
      bigint(opened, (a) => floorOf(a.purpose)),
      bigint(opened, (a) => a.earned),
      bigint(opened, (a) => a.paid_in),
      bigint(opened, (a) => a.withdrawn),
      text(opened, (a) => a.block),
      uuid(balanced, (a) => a.id),
      bigint(balanced, (a) => a.balance),
      bigint(balanced, (a) => a.earned),
      bigint(balanced, (a) => a.paid_in),
      bigint(balanced, (a) => a.withdrawn),
      text(balanced, (a) => a.block),
      uuid(transfers, (t) => t.id),
      uuid(transfers, (t) => t.agreement),
      int(transfers, (t) => t.version),
      uuid(transfers, (t) => t.debit_account),
      uuid(transfers, (t) => t.credit_account),
      uuid(transfers, (t) => t.debit_wallet),
      uuid(transfers, (t) => t.credit_wallet),
      bigint(transfers, (t) => t.amount),
      text(transfers, (t) => t.currency),
      text(transfers, (t) => t.debit_code),
      text(transfers, (t) => t.credit_code),
      bigint(transfers, (t) => t.debit_after),
      bigint(transfers, (t) => t.credit_after),
      text(transfers, (t) => t.reference),
      time(transfers, (t) => t.at_ms),
    ],
  })
  // Cannot happen while the rows are locked; were it to, money would have gone missing, so nobody goes on.
  assert(rows[0]?.balanced === balanced.length, 'a locked account was not there to be written')
}

interface TransferRow extends Omit<Transfer, 'agreement' | 'at_ms'> {
  readonly agreement_id: string
  readonly at: Date
}

export class PostgresLedger implements Ledger {
  readonly #lane: Lane

  /** In whose transaction everything happens. */
  constructor(lane: Lane) {
    this.#lane = lane
  }

  async open(accounts: readonly Account[]): Promise<void> {
    const wanted = new Map(accounts.map((account) => [account.id, newAccount(account)]))
    const existing = await readAccounts(this.#lane, wanted, true)
    await writeMoney(
      this.#lane,
      existing,
      [...wanted.values()].filter(({ id }) => !existing.has(id)),
      [],
    )
  }

  async post(entries: readonly Entry[]): Promise<readonly Transfer[] | Problem> {
    const wanted = new Map<string, Account>()
    for (const { from, to } of entries) {
      for (const account of [from, to, ...talliesOf(from, to).map(({ wallet }) => wallet)])
        wanted.set(account.id, account)
    }
    const existing = await readAccounts(this.#lane, wanted, true)
    const changed = new Map<string, Account>()
    const accounts: Accounts = {
      get: (account) => changed.get(account.id) ?? existing.get(account.id) ?? newAccount(account),
      set: (account) => void changed.set(account.id, account),
    }
    const transfers: Transfer[] = []
    for (const entry of entries) {
      const after = post(accounts, entry)
      if (isProblem(after)) return after
      transfers.push(transferOf(entry, after))
    }
    await writeMoney(this.#lane, existing, changed.values(), transfers)
    return transfers
  }

  async balances(accounts: readonly string[]): Promise<ReadonlyMap<string, bigint>> {
    const { rows } = await this.#lane.query<BalanceRow>({
      text: accounts_sql,
      values: [uuid(accounts, (id) => id)],
    })
    return new Map(rows.map(({ id, balance }) => [id, balance]))
  }

  async history(wallet: string, before: string | null, limit: number): Promise<readonly Transfer[]> {
    const { rows } = await this.#lane.query<TransferRow>({
      text: `
        select * from transfers
        where (debit_wallet = $1 or credit_wallet = $1) and ($2::uuid is null or id < $2)
        order by id desc
        limit $3`,
      values: [wallet, before, limit],
    })
    return rows.map(readTransfer)
  }

  async find(reference: string): Promise<Transfer | null> {
    const { rows } = await this.#lane.query<TransferRow>({
      text: 'select * from transfers where reference = $1',
      values: [reference],
    })
    return rows[0] === undefined ? null : readTransfer(rows[0])
  }
}

function readTransfer({ agreement_id, at, ...same }: TransferRow): Transfer {
  return { ...same, agreement: agreement_id, at_ms: at.getTime() }
}
