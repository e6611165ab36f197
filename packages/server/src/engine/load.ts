/** Engine: loads and locks all that a batch needs, in two round trips. It decides nothing. */

import { text, uuid } from '../platform/postgres/binary-arrays.ts'
import type { Lane } from '../platform/postgres/database.ts'
import type { OutsideReference } from '@holdfast/kernel/ledger/outside-reference.ts'
import { readAccounts } from '../ledger/postgres.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Ask, StoredAnswer } from '@holdfast/kernel/engine/ask.ts'
import type { AgreementCache } from './agreement-cache.ts'
import { readDebts, readOutgoings } from './lookups.ts'
import {
  accountsRead,
  readSetOf,
  debtsRead,
  referenceIn,
  type Named,
  type ReadSet,
} from '@holdfast/kernel/engine/read-set.ts'
import { outsideGiven } from '@holdfast/kernel/engine/outside.ts'
import type { FlowRegistry } from '@holdfast/kernel/engine/product.ts'
import { learnFlowVersions } from './flow-versions.ts'
import { agreement_columns, agreementOf, type AgreementRow } from './agreements.ts'
import { limitedOutgoing } from '@holdfast/kernel/engine/rolling-limits.ts'
import {
  no_outside,
  no_references,
  referenceKey,
  type Referred,
  type BatchState,
} from '@holdfast/kernel/engine/batch-state.ts'

/** Where a dry run reads without locking, everything else locks. */
export type LoadMode = 'lock' | 'look'

const versions_sql = `
  select id, version
  from agreements
  where id = any($1::uuid[])
  order by id`

/** With what they were opened under, in one order: that never changes, so it may be read before the lock. */
const versions_above_sql = `
  select id, version
  from agreements
  where id = any($1::uuid[])
  or id = any(array(select under from agreements where id = any($1::uuid[]) and under is not null))
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
  select a.id, a.flow, a.parties, a.reference, a.reference_scope
  from unnest($1::text[], $2::text[], $3::text[]) as wanted (flow, reference, scope)
  join agreements a on a.flow = wanted.flow and a.reference = wanted.reference
    and coalesce(a.reference_scope, '') = coalesce(wanted.scope, '')`

const outside_sql = `
  select spelling, source, reference, flow, agreement_id as agreement
  from outside_references
  where spelling = any($1::text[])`

const schedules_sql = `
  select distinct on (flow) flow, terms
  from fee_schedules
  where flow = any($1::text[])
  order by flow, version desc`

/**
 * Agreements are locked first, sorted by id, then their accounts, sorted by id; the end of the log is locked last, in
 * commit. Every lane of every process keeps this order, so that batches wait for each other and never in a circle.
 */
export async function load(
  lane: Lane,
  asks: readonly Ask[],
  registry: FlowRegistry,
  reading: LoadMode,
  known: AgreementCache,
): Promise<BatchState> {
  const lock = reading === 'lock' ? 'for no key update' : ''
  const named_ids = asks.flatMap((ask) => [ask.agreement, ask.creation?.under])
  const ids = [...new Set(named_ids.filter((id) => typeof id === 'string'))].toSorted()
  const has_above = asks.some(({ flow }) => registry.current.get(flow)?.flow.under)
  const agreements =
    ids.length === 0
      ? new Map<string, Agreement>()
      : await loadAgreements(lane, ids, has_above, reading, lock, known)
  await learnFlowVersions(lane, registry, agreements.values())

  // Read after the agreements are locked: who waited for a lock sees the answers that were written meanwhile.
  const needing = asks.flatMap((ask) => readSetOf(ask, agreements, registry) ?? [])
  const debts = await readDebts(lane, debtsRead(needing))
  const needed = accountsRead(needing, debts)
  const watched = needing.flatMap(
    ({ ask, place, transition }) => limitedOutgoing(place, transition, ask.now_ms) ?? [],
  )
  const keys = asks.flatMap((ask) => ask.key?.id ?? [])
  const named = needing.flatMap(referenceIn)
  const created = [...new Set(asks.flatMap((ask) => (ask.creation === null ? [] : [ask.flow])))]
  const sent = [
    readAccounts(lane, needed, reading === 'lock'),
    readAnswers(lane, keys),
    readReferences(lane, named),
    readSchedules(lane, created),
    // After the lock on the wallets: whoever waited for it sees what left them meanwhile.
    readOutgoings(lane, watched),
    // After the lock on the clearing accounts, likewise.
    readOutside(lane, needing),
  ] as const
  // A statement that fails makes those after it fail too, and may be heard of later than they are: the first one says why.
  await Promise.allSettled(sent)
  const [accounts, answers, references, schedules, outgoings, outside] = await Promise.all(sent)
  return {
    agreements,
    accounts,
    answers,
    references,
    schedules,
    debts,
    outgoings,
    outside,
  }
}

async function readAnswers(lane: Lane, keys: readonly string[]): Promise<Map<string, StoredAnswer>> {
  if (keys.length === 0) return new Map()
  const values = [text(keys, (key) => key)]
  const { rows } = await lane.query<StoredAnswer & { key: string }>({
    name: 'answers',
    text: answers_sql,
    values,
  })
  return new Map(rows.map(({ key, ...answer }) => [key, answer]))
}

async function readReferences(lane: Lane, named: readonly Named[]): Promise<BatchState['references']> {
  if (named.length === 0) return no_references
  const { rows } = await lane.query<Referred & { reference: string; reference_scope: string | null }>({
    name: 'references',
    text: references_sql,
    values: [
      text(named, ({ flow }) => flow),
      text(named, ({ reference }) => reference),
      text(named, ({ scope }) => scope),
    ],
  })
  return new Map(
    rows.map((row) => [referenceKey(row.flow, row.reference, row.reference_scope), row] as const),
  )
}

async function readOutside(lane: Lane, needing: readonly ReadSet[]): Promise<BatchState['outside']> {
  const counting = needing.flatMap(
    ({ ask, place, transition }) => outsideGiven(place.agreement, transition, ask) ?? [],
  )
  if (counting.length === 0) return no_outside
  const { rows } = await lane.query<OutsideReference>({
    name: 'outside-references',
    text: outside_sql,
    values: [text(counting, ({ spelling }) => spelling)],
  })
  return Map.groupBy(rows, ({ spelling }) => spelling)
}

async function readSchedules(lane: Lane, flows: readonly string[]): Promise<BatchState['schedules']> {
  if (flows.length === 0) return new Map()
  const values = [text(flows, (flow) => flow)]
  const { rows } = await lane.query<{ flow: string; terms: Record<string, string> }>({
    name: 'schedules',
    text: schedules_sql,
    values,
  })
  return new Map(rows.map(({ flow, terms }) => [flow, terms]))
}

function list(ids: readonly string[]): Buffer {
  return uuid(ids, (id) => id)
}

/**
 * Locks the agreements and reads their versions; reads whole only those that this process has not seen in that version.
 * A version counts every change, and the row is locked, so what is known in that version is what is there.
 */
async function loadAgreements(
  lane: Lane,
  ids: string[],
  has_above: boolean,
  reading: LoadMode,
  lock: string,
  known: AgreementCache,
): Promise<Map<string, Agreement>> {
  const { rows } = await lane.query<{ id: string; version: number }>({
    name: `versions-${reading}${has_above ? '-above' : ''}`,
    text: `${has_above ? versions_above_sql : versions_sql} ${lock}`,
    values: [list(ids)],
  })
  const agreements = new Map<string, Agreement>()
  const unknown: string[] = []
  for (const { id, version } of rows) {
    const agreement = known.get(id)
    if (agreement?.version === version) agreements.set(id, agreement)
    else unknown.push(id)
  }
  if (unknown.length > 0) {
    const whole = await lane.query<AgreementRow>({
      name: 'agreements',
      text: agreements_sql,
      values: [list(unknown)],
    })
    for (const row of whole.rows) agreements.set(row.id, agreementOf(row))
  }
  return agreements
}
