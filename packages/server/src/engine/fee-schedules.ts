/** Engine: fee schedules, in versions that never change. An agreement keeps the terms it was created under. */

import type { Database, Tx } from '../platform/postgres/database.ts'
import { isSum } from '@holdfast/kernel/flow/compile.ts'
import { instant } from '@holdfast/kernel/instant.ts'

export interface FeeSchedule {
  readonly flow: string
  readonly version: number
  readonly terms: Readonly<Record<string, string>>
  readonly reason: string
  readonly created_by: string
  readonly created_at: string
}

const columns = 'flow, version, terms, reason, created_by, created_at'

/** Terms with these over them. Sums are per currency: one that is not named keeps the sum that it had. */
export function termsOver(
  before: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const after: Record<string, string> = { ...before, ...given }
  for (const [name, value] of Object.entries(given)) {
    const had = before[name]
    if (had !== undefined && isSum(had) && isSum(value)) after[name] = sumsOver(had, value)
  }
  return after
}

function sumsOver(before: string, given: string): string {
  const sums = (text: string) => text.split(', ').map((sum) => [sum.split(' ')[1] ?? '', sum] as const)
  return [...new Map([...sums(before), ...sums(given)]).values()].join(', ')
}

/** A new version: the one before it, or the flow's own terms, with these over it. */
export async function publishFeeSchedule(
  tx: Tx,
  is: Pick<FeeSchedule, 'flow' | 'terms' | 'reason' | 'created_by'>,
  defaults: Readonly<Record<string, string>>,
  now_ms: number,
): Promise<FeeSchedule> {
  await tx.one(`select pg_advisory_xact_lock(hashtextextended('fee_schedules', 0))::text as locked`)
  const newest = await tx.maybeOne<Pick<FeeSchedule, 'version' | 'terms'>>(
    'select version, terms from fee_schedules where flow = $1 order by version desc limit 1',
    [is.flow],
  )
  return tx.one<FeeSchedule>(
    `insert into fee_schedules (${columns}) values ($1, $2, $3, $4, $5, $6) returning ${columns}`,
    [
      is.flow,
      (newest?.version ?? 0) + 1,
      { ...newest?.terms, ...pick(termsOver({ ...defaults, ...newest?.terms }, is.terms), is.terms) },
      is.reason,
      is.created_by,
      instant(now_ms),
    ],
  )
}

function pick(terms: Readonly<Record<string, string>>, like: object): Record<string, string> {
  return Object.fromEntries(Object.entries(terms).filter(([name]) => Object.hasOwn(like, name)))
}

/** The terms in force, by flow. */
export async function termsInForce(
  tx: Pick<Tx, 'maybeOne'>,
  flow: string,
): Promise<Readonly<Record<string, string>>> {
  const newest = await tx.maybeOne<Pick<FeeSchedule, 'terms'>>(
    'select terms from fee_schedules where flow = $1 order by version desc limit 1',
    [flow],
  )
  return newest?.terms ?? {}
}

export function listFeeSchedules(db: Database): Promise<FeeSchedule[]> {
  return db.any<FeeSchedule>(`select ${columns} from fee_schedules order by flow, version desc`)
}
