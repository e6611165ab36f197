/** Engine: agreements between their rows and the pure core. */

import type { Agreement, Marks, Money, Paused, Timer } from '@holdfast/kernel/engine/agreement.ts'

export interface AgreementRow {
  id: string
  flow: string
  flow_version: number
  under: string | null
  state: string
  money: string
  currency: string
  parties: Record<string, string>
  amounts: Record<string, number>
  terms: Record<string, string>
  data: Record<string, unknown>
  marks: Marks
  timers: Timer[]
  paused: Paused | null
  later: string | null
  reference: string | null
  reference_scope: string | null
  version: number
  due_at: Date | null
  created_at: Date
  entered_at: Date
  ended_at: Date | null
}

export const agreement_columns =
  'id, flow, flow_version, under, state, money, currency, parties, amounts, terms, data, marks, timers, paused, later, reference, reference_scope, version, due_at, created_at, entered_at, ended_at'

/** The same, of the table under this name. */
export function agreementColumns(table: string): string {
  return agreement_columns
    .split(', ')
    .map((column) => `${table}.${column}`)
    .join(', ')
}

export function agreementOf(row: AgreementRow): Agreement {
  const { due_at, created_at, entered_at, ended_at, money, amounts, ...same } = row
  return {
    ...same,
    money: money as Money,
    amounts: Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, BigInt(amount)])),
    due_ms: due_at?.getTime() ?? null,
    created_ms: created_at.getTime(),
    entered_ms: entered_at.getTime(),
    ended_ms: ended_at?.getTime() ?? null,
  }
}

/** Amounts as JSON integers, written by hand since JSON.stringify knows no bigint. */
export function amountsJson(amounts: Readonly<Record<string, bigint>>): string {
  return `{${Object.entries(amounts)
    .map(([name, amount]) => `"${name}":${amount}`)
    .join(',')}}`
}
