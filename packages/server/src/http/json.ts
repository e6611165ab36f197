/** HTTP: JSON as strict as money needs. No key twice, no `__proto__`, no depth without end, no fraction lost, no text that PostgreSQL cannot keep. */

import { problem, type Problem } from '@holdfast/kernel/problem.ts'

export const json_depth_max = 20

/** The value, or why not. `JSON.parse` keeps the last of two equal keys in silence: one of them would be ignored. */
export function parseJson(text: string): { readonly value: unknown } | Problem {
  const complaint = complaintAbout(text)
  if (complaint !== null) return problem('invalid_request', { pointer: '', reason: complaint })
  try {
    return { value: JSON.parse(text) }
  } catch {
    return problem('invalid_request', { pointer: '', reason: 'the body is not JSON' })
  }
}

const forbidden = new Set(['__proto__', 'constructor', 'prototype'])

/** One pass over the characters: strings that stand before a colon are keys of the innermost object. */
function complaintAbout(text: string): string | null {
  const keys: Set<string>[] = []
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i]
    if (char === '{' || char === '[') {
      keys.push(new Set())
      if (keys.length > json_depth_max) return `nested more than ${json_depth_max} deep`
    } else if (char === '}' || char === ']') {
      keys.pop()
    } else if (char === '"') {
      const end = endOfString(text, i)
      if (isKey(text, end)) {
        const key = unescape(text.slice(i, end + 1))
        const known = keys.at(-1)
        if (forbidden.has(key)) return `the key ${key} is not allowed`
        if (known?.has(key)) return `the key ${key} stands there twice`
        known?.add(key)
      } else if (!isStorable(text.slice(i, end + 1))) {
        return 'text with a NUL character or half a surrogate pair'
      }
      i = end
    } else if (char === '.' && losesDigits(text, i)) {
      return 'a number with more digits than are kept'
    }
  }
  return null
}

function endOfString(text: string, start: number): number {
  let i = start + 1
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1
  return i
}

function isKey(text: string, end: number): boolean {
  let i = end + 1
  while (text[i] === ' ' || text[i] === '\n' || text[i] === '\t' || text[i] === '\r') i += 1
  return text[i] === ':'
}

/** Neither may stand in PostgreSQL's text; raw, JSON and UTF-8 refuse them already, so only escapes are looked at. */
function isStorable(quoted: string): boolean {
  if (!quoted.includes('\\u')) return true
  const value = unescape(quoted)
  return value.isWellFormed() && !value.includes('\u0000')
}

/** As many as a double keeps for certain: 500.00000000000000001 would be read as 500 in silence. */
const fraction_digits_max = 15

function losesDigits(text: string, point: number): boolean {
  const before = /\d*$/.exec(text.slice(Math.max(0, point - fraction_digits_max - 1), point))?.[0] ?? ''
  const after = /^\.\d*/.exec(text.slice(point, point + fraction_digits_max + 2))?.[0] ?? ''
  return before.length + after.length - 1 > fraction_digits_max
}

/** A key may be written with escapes: "__pro\u0074o__" is the same key. */
function unescape(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1)
  try {
    return String(JSON.parse(quoted))
  } catch {
    return quoted
  }
}
