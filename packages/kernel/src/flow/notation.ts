/** Flow: the small notations of a flow file, one by one: arrows, parts, routes, operands, fields. */

import assert from 'node:assert/strict'
import type { Purpose } from './define.ts'
import type {
  AccountRef,
  Edge,
  Operand,
  PlannedMove,
  ReadCount,
  CompiledField,
  Recipient,
  Value,
} from './model.ts'
import { basisPoints } from './terms.ts'

export function readTells(tells: readonly string[] = []): Recipient {
  const told = tells.map((text) => /^(\w+)(?: in (\w+))?(?:: (.+))?$/.exec(text) ?? [text, text])
  const only_in = told.flatMap(([, role = '', state]) => (state ? [[role, state]] : []))
  return {
    roles: told.map(([, role = '']) => role),
    words: Object.fromEntries(told.flatMap(([, role = '', , words]) => (words ? [[role, words]] : []))),
    ...(only_in.length > 0 ? { only_in: Object.fromEntries(only_in) } : {}),
  }
}

const COUNT = /^(\[\*\]|\w+) -> (\[\*\]|\w+)$/

export function readCount([amount, route]: readonly [string, string]): ReadCount {
  const match = COUNT.exec(route)
  assert(match, `not a way to count: "${route}"`)
  const [, from = '', to = ''] = match
  return { amount, from: from === '[*]' ? null : from, to: to === '[*]' ? null : to }
}

const OPERAND = /^(?:(?:(\d+(?:\.\d{1,2})?)%|(\w+)) of )?(\w+|\w+\.\w+)(?: less (\w+))?$/

export function readOperand(text: string): Operand {
  const match = OPERAND.exec(text)
  assert(match, `not an operand: "${text}"`)
  const [, percent, term, value = '', less = null] = match
  return {
    text,
    value: readValue(value),
    share: percent ? basisPoints(`${percent}%`) : term ? { term } : null,
    less,
  }
}

export function readValue(text: string): Value {
  return text.includes('.') ? readAccount(text) : text
}

export function readField(text: string): CompiledField {
  return text.endsWith('?') ? { shape: text.slice(0, -1), optional: true } : { shape: text, optional: false }
}

const EDGE = /^(\[\*\]|\w+) -> (\[back\]|\w+)(?: if (\w+) <= (\w+|\w+\.\w+))?$/

export function readEdge(text: string): Edge {
  const match = EDGE.exec(text)
  assert(match, `not an arrow: "${text}"`)
  const [, from = '', to = '', amount, limit = ''] = match
  const at_most = readValue(limit)
  return { from, to, condition: amount === undefined ? null : { amount, at_most } }
}

const MOVE = /^(?:(?:(\d+(?:\.\d{1,2})?)%|(\w+)) of )?(\w+)$/

export function readMove([part, route, code, only]: readonly [string, string, string, string?]): PlannedMove {
  const match = MOVE.exec(part)
  assert(match, `not a part of an amount: "${part}"`)
  const [, percent, term, amount = ''] = match
  const [from = '', to = ''] = route.split(' -> ')
  const [debit_code = '', credit_code = debit_code] = code.split('/')
  const share = percent ? basisPoints(`${percent}%`) : term === 'rest' ? 'rest' : term ? { term } : 'all'
  const into = only?.replace(/^into /, '') ?? null
  return { amount, share, from: readAccount(from), to: readAccount(to), debit_code, credit_code, into }
}

export function readAccount(text: string): AccountRef {
  const [party = '', purpose = ''] = text.split('.')
  assert(party && purpose, `not an account: "${text}"`)
  return { party, purpose: purpose as Purpose }
}
