/** Trade credit: the credit line of a retailer: found by its name, or opened on first use. */

import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/postgres/database.ts'
import { newId } from '@holdfast/kernel/ids.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Actor, Ask } from '@holdfast/kernel/engine/ask.ts'
import type { Engine } from '../../../engine/engine.ts'
import { agreement_columns, agreementOf, type AgreementRow } from '../../../engine/agreements.ts'
import { creditLine } from '../line/flow.ts'

/** Everything on credit is in this currency. */
export const credit_currency = 'RWF'

/** How sales pay back until the retailer says otherwise. */
export const default_settings = { enabled: true, deduction_percentage: 30, minimum_balance: 10_000n } as const

interface Needs {
  readonly db: Database
  readonly engine: Engine
  readonly clock: Clock
  readonly config: { readonly company: string }
}

/** Null where nothing was ever bought on credit. */
export async function findLine({ db }: Pick<Needs, 'db'>, retailer: string): Promise<Agreement | null> {
  const row = await db.maybeOne<AgreementRow>(
    `select ${agreement_columns}
     from agreements
     where flow = $1 and reference = $2`,
    [creditLine.name, retailer],
  )
  return row === undefined ? null : agreementOf(row)
}

/** The line of a retailer; two who open it at once find the same one. */
export async function openLine(
  needs: Needs,
  retailer: string,
  actor: Actor,
  { reason, dry_run }: { readonly reason: string | null; readonly dry_run: boolean },
): Promise<Agreement | Problem> {
  const found = await findLine(needs, retailer)
  if (found !== null) return found
  if (dry_run) return problem('not_found', { what: 'credit line', reason: 'a dry run opens none' })
  const now_ms = needs.clock.now()
  const verdict = await needs.engine.ask({
    ...lineAsk(needs.config.company, retailer),
    id: newId(now_ms),
    kind: 'transition',
    actor,
    reason,
    key: null,
    now_ms,
  })
  if (verdict.outcome === 'accepted') return verdict.agreement
  const opened = await findLine(needs, retailer)
  if (opened !== null) return opened
  if (verdict.outcome === 'refused') return verdict.problem
  throw new Error('a line that was never asked for before was answered as a repeat')
}

/** What opens a line, whoever asks: its reference is the retailer, so there is one of each. */
export function lineAsk(
  company: string,
  retailer: string,
): Pick<Ask, 'flow' | 'agreement' | 'creation' | 'transition' | 'input'> {
  const { enabled, deduction_percentage, minimum_balance } = default_settings
  return {
    flow: creditLine.name,
    agreement: null,
    creation: {
      parties: { company, retailer },
      currency: credit_currency,
      amounts: { minimum_balance },
      terms: {},
      reference: retailer,
    },
    transition: 'open',
    input: { enabled, deduction_percentage },
  }
}
