/** Engine: what a few transitions look up beside accounts: the debts of a person, and what left a wallet lately. */

import { text, uuid } from '../platform/postgres/binary-arrays.ts'
import { firstIdAt } from '@holdfast/kernel/ids.ts'
import type { Lane } from '../platform/postgres/database.ts'
import { newAccount, type Account } from '@holdfast/kernel/ledger/account.ts'
import type { Debts } from '@holdfast/kernel/engine/accounts.ts'
import {
  no_debts,
  no_outgoings,
  outgoingKey,
  type Outgoing,
  type BatchState,
} from '@holdfast/kernel/engine/batch-state.ts'

export interface Owing {
  readonly owner: string
  readonly currency: string
}

/** Ids derive from their agreements', which count up with time: the oldest debt comes first. */
const debts_sql = `
  select a.id, a.owner, a.currency, a.agreement_id as agreement
  from unnest($1::text[], $2::text[]) as wanted (owner, currency)
  join accounts a on a.owner = wanted.owner and a.currency = wanted.currency and a.holds and a.purpose = 'debt'
  order by a.id`

/** Without a lock: which debts there are is read here, what is owed on them under the lock, with all other accounts. */
export async function readDebts(lane: Lane, owings: readonly Owing[]): Promise<Debts> {
  const wanted = new Map(owings.map((owing) => [`${owing.owner} ${owing.currency}`, owing]))
  if (wanted.size === 0) return no_debts
  const list = [...wanted.values()]
  const { rows } = await lane.query<Pick<Account, 'id' | 'owner' | 'currency' | 'agreement'>>({
    name: 'debts',
    text: debts_sql,
    values: [text(list, ({ owner }) => owner), text(list, ({ currency }) => currency)],
  })
  const debts = Map.groupBy(
    rows.map((row) => newAccount({ ...row, purpose: 'debt', beneficiary: null })),
    ({ owner, currency }) => `${owner} ${currency}`,
  )
  return (owner, currency) => debts.get(`${owner} ${currency}`) ?? []
}

/**
 * Ids of transfers count up with time, so the index of a wallet's transfers begins at the instant. Only what left its
 * available account: what it held, or had reserved, left that before.
 */
const outgoings_sql = `
  select t.debit_wallet as wallet, t.debit_code as code, t.agreement_id as agreement, t.amount, t.at
  from unnest($1::uuid[], $2::text[], $3::uuid[]) as wanted (wallet, code, since)
  join transfers t on t.debit_wallet = wanted.wallet and t.id >= wanted.since and t.debit_code = wanted.code
    and t.debit_account = wanted.wallet
  join agreements a on a.id = t.agreement_id and a.money <> 'refunded'`

interface OutgoingRow {
  readonly wallet: string
  readonly code: string
  readonly agreement: string
  readonly amount: bigint
  readonly at: Date
}

export async function readOutgoings(
  lane: Lane,
  watched: readonly { readonly wallet: string; readonly code: string; readonly since_ms: number }[],
): Promise<BatchState['outgoings']> {
  const wanted = new Map(watched.map((one) => [outgoingKey(one.wallet, one.code), one]))
  if (wanted.size === 0) return no_outgoings
  const list = [...wanted.values()]
  const { rows } = await lane.query<OutgoingRow>({
    name: 'outgoings',
    text: outgoings_sql,
    values: [
      uuid(list, ({ wallet }) => wallet),
      text(list, ({ code }) => code),
      uuid(list, ({ since_ms }) => firstIdAt(since_ms)),
    ],
  })
  const outgoings = new Map<string, Outgoing[]>()
  for (const { wallet, code, agreement, amount, at } of rows) {
    const key = outgoingKey(wallet, code)
    outgoings.set(key, [...(outgoings.get(key) ?? []), { agreement, amount, at_ms: at.getTime() }])
  }
  return outgoings
}
