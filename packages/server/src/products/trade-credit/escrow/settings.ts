/** Trade credit: the company's settings for all retailers. Each is a term of the flow, so a change is a new version of the fee schedule. */

import assert from 'node:assert/strict'
import type { Tx } from '../../../platform/postgres/database.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { termsInForce } from '../../../engine/fee-schedules.ts'
import { defaultOf, spanMs } from '@holdfast/kernel/flow/compile.ts'
import { amount_max, toJson } from '@holdfast/kernel/money/amount.ts'
import { moneyOfTerm } from '@holdfast/kernel/money/price.ts'
import { credit_currency } from './credit-lines.ts'
import { tradeCredit } from './flow.ts'

const day_ms = 86_400_000
const days = tradeCredit.terms.auto_release_days
assert(typeof days === 'object', 'the days until the release may be set for one order')
export const auto_release_days_min = spanMs(days.min) / day_ms
export const auto_release_days_max = spanMs(days.max) / day_ms

interface Setting {
  readonly term: keyof typeof tradeCredit.terms
  readonly description: string
  /** The value as the document has it, from the term. */
  readonly shown: (term: string) => unknown
  /** The term; null where the value is none. */
  readonly termOf: (value: unknown) => string | null
}

const settings: Readonly<Record<string, Setting>> = {
  escrow_enabled: {
    term: 'escrow',
    description: 'Whether the company pays for new orders: true or false',
    shown: (term) => term === 'on',
    termOf: (value) => (typeof value === 'boolean' ? (value ? 'on' : 'off') : null),
  },
  max_total_outstanding_rwf: {
    term: 'credit_limit',
    description: 'What is held and owed by one retailer at the most, unless it has a limit of its own',
    shown: (term) => toJson(moneyOfTerm(term, credit_currency) ?? 0n),
    termOf: (value) => (isWhole(value, 0, toJson(amount_max)) ? `${value} ${credit_currency}` : null),
  },
  auto_release_days: {
    term: 'auto_release_days',
    description: `Days after which the wholesaler is paid unless somebody disputes, ${auto_release_days_min} to ${auto_release_days_max}`,
    shown: (term) => spanMs(term) / day_ms,
    termOf: (value) =>
      isWhole(value, auto_release_days_min, auto_release_days_max) ? daysTerm(value) : null,
  },
}

export const setting_keys = Object.keys(settings)

export function daysTerm(days: number): string {
  return `${days} days`
}

/** The rows of escrow_settings. */
export async function listSettings(db: Pick<Tx, 'maybeOne'>): Promise<object[]> {
  const in_force = await termsInForce(db, tradeCredit.name)
  return Object.entries(settings).map(([setting_key, { term, description, shown }]) => ({
    setting_key,
    setting_value: shown(in_force[term] ?? defaultOf(tradeCredit.terms[term])),
    description,
  }))
}

/** Minor units; the limit of those who have none of their own. */
export async function limitForAll(db: Pick<Tx, 'maybeOne'>): Promise<bigint> {
  const { credit_limit = defaultOf(tradeCredit.terms.credit_limit) } = await termsInForce(
    db,
    tradeCredit.name,
  )
  return moneyOfTerm(credit_limit, credit_currency) ?? amount_max
}

/** The terms that a change of one setting comes to. */
export function termsOf(key: string, value: unknown): Readonly<Record<string, string>> | Problem {
  const setting = settings[key]
  const term = setting?.termOf(value) ?? null
  return setting === undefined || term === null
    ? problem('invalid_request', {
        pointer: '/setting_value',
        reason: setting?.description ?? 'no such setting',
      })
    : { [setting.term]: term }
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
}
