/** Engine: loads and locks all that a batch needs, in two round trips. It decides nothing. */

import { text, uuid } from '../base/arrays.ts'
import type { Lane } from '../base/database.ts'
import type { Account } from '../ledger/account.ts'
import { readAccounts } from '../ledger/postgres.ts'
import { accountsOf } from './accounts.ts'
import type { Agreement } from './agreement.ts'
import type { Ask, StoredAnswer } from './ask.ts'
import { born } from './create.ts'
import { isProblem } from '../base/problem.ts'
import type { Known } from './known.ts'
import type { Catalogue } from './product.ts'
import { learnEditions } from './publish.ts'
import { agreement_columns, agreementOf, type AgreementRow } from './rows.ts'
import { referenceKey, type World } from './world.ts'

/** Where a dry run reads without locking, everything else locks. */
export type Reading = 'lock' | 'look'

const versions_sql = `
  select id, version
  from agreements
  where id = any($1::uuid[])
  order by id`

const agreements_sql = `
  select ${agreement_columns}
  from agreements
  where id = any($1::uuid[])`

const answers_sql = `
  select key, body_hash, status, body
  from answers
  where key = any($1::text[])`

const references_sql = `
  select a.flow, a.reference
  from unnest($1::text[], $2::text[]) as wanted (flow, reference)
  join agreements a on a.flow = wanted.flow and a.reference = wanted.reference`

const schedules_sql = `
  select distinct on (flow) flow, terms
  from fee_schedules
  where flow = any($1::text[])
  order by flow, version desc`

/**
 * Agreements are locked first, sorted by id, then their accounts, sorted by id; the end of the log is locked last, in
 * commit. Every lane of every process keeps this order, so that batches wait for each other and never in a circle.
 */
export async function load(lane: Lane, asks: readonly Ask[], catalogue: Catalogue, reading: Reading, known: Known): Promise<World> {
  const lock = reading === 'lock' ? 'for no key update' : ''
  const ids = [...new Set(asks.flatMap((ask) => ask.agreement ?? []))].toSorted()
  const agreements = ids.length === 0 ? new Map<string, Agreement>() : await loadAgreements(lane, ids, reading, lock, known)
  await learnEditions(lane, catalogue, agreements.values())

  // Read after the agreements are locked: who waited for a lock sees the answers that were written meanwhile.
  const needed = accountsNeeded(asks, agreements, catalogue)
  const keys = asks.flatMap((ask) => ask.key?.id ?? [])
  const named = asks.filter((ask) => ask.creation?.reference)
  const created = [...new Set(asks.flatMap((ask) => (ask.creation === null ? [] : [ask.flow])))]
  const [accounts, answers, references, schedules] = await Promise.all([
    readAccounts(lane, needed, reading === 'lock'),
    keys.length === 0 ? none<AnswerRow>() : query<AnswerRow>(lane, 'answers', answers_sql, [text(keys, (key) => key)]),
    named.length === 0
      ? none<ReferenceRow>()
      : query<ReferenceRow>(lane, 'references', references_sql, [named.map((ask) => ask.flow), named.map((ask) => ask.creation?.reference)]),
    created.length === 0 ? none<ScheduleRow>() : query<ScheduleRow>(lane, 'schedules', schedules_sql, [created]),
  ])
  return {
    agreements,
    accounts,
    answers: new Map(answers.rows.map(({ key, ...answer }): [string, StoredAnswer] => [key, answer])),
    references: new Set(references.rows.map((row) => referenceKey(row.flow, row.reference))),
    schedules: new Map(schedules.rows.map((row) => [row.flow, row.terms])),
  }
}

interface AnswerRow extends StoredAnswer {
  readonly key: string
}
interface ReferenceRow {
  readonly flow: string
  readonly reference: string
}
interface ScheduleRow {
  readonly flow: string
  readonly terms: Record<string, string>
}

function query<Row extends object>(lane: Lane, name: string, text: string, values: unknown[]): Promise<{ rows: Row[] }> {
  return lane.query<Row>({ name, text, values })
}

function list(ids: readonly string[]): Buffer {
  return uuid(ids, (id) => id)
}

function none<Row>(): Promise<{ rows: Row[] }> {
  return Promise.resolve({ rows: [] })
}

/**
 * Locks the agreements and reads their versions; reads whole only those that this process has not seen in that version.
 * A version counts every change, and the row is locked, so what is known in that version is what is there.
 */
async function loadAgreements(lane: Lane, ids: string[], reading: Reading, lock: string, known: Known): Promise<Map<string, Agreement>> {
  const { rows } = await query<{ id: string; version: number }>(lane, `versions-${reading}`, `${versions_sql} ${lock}`, [list(ids)])
  const agreements = new Map<string, Agreement>()
  const unknown: string[] = []
  for (const { id, version } of rows) {
    const agreement = known.get(id)
    if (agreement?.version === version) agreements.set(id, agreement)
    else unknown.push(id)
  }
  if (unknown.length > 0) {
    const whole = await query<AgreementRow>(lane, 'agreements', agreements_sql, [list(unknown)])
    for (const row of whole.rows) agreements.set(row.id, agreementOf(row))
  }
  return agreements
}

/** The accounts that the asks may touch, by id. */
function accountsNeeded(asks: readonly Ask[], agreements: ReadonlyMap<string, Agreement>, catalogue: Catalogue): Map<string, Account> {
  const needed = new Map<string, Account>()
  for (const ask of asks) {
    const agreement = agreementFor(ask, agreements, catalogue)
    const flow = agreement && catalogue.get(agreement.flow, agreement.flow_version)?.flow
    const transition = flow?.transitions.get(ask.transition)
    if (!flow || !agreement || !transition) continue
    for (const account of accountsOf(flow, agreement, transition, ask.kind)) needed.set(account.id, account)
  }
  return needed
}

function agreementFor(ask: Ask, agreements: ReadonlyMap<string, Agreement>, catalogue: Catalogue): Agreement | null {
  if (ask.creation === null) return (ask.agreement === null ? null : agreements.get(ask.agreement)) ?? null
  const edition = catalogue.current.get(ask.flow)
  const agreement = edition && born(ask, ask.creation, edition.flow, {})
  return !agreement || isProblem(agreement) ? null : agreement
}
