/** Crash drill: the client's own record, one JSON object per line: what it asked, what it was told, what it was not. */

import { readFileSync } from 'node:fs'

/** A request under one key. It is repeated, word for word, until it is answered. */
export interface Asked {
  readonly n: number
  readonly key: string
  readonly transition: string
  readonly path: string
  readonly body: string
  readonly by: 'service' | 'operator'
  /** The party that the service acts for. */
  readonly party: string | null
}

export interface Acknowledged {
  readonly n: number
  readonly status: number
  readonly replayed: boolean
  readonly body: string
}

/** An attempt without an answer that counts. */
export interface Lost {
  readonly n: number
  readonly why: string
}

export type Line = { readonly asked: Asked } | { readonly told: Acknowledged } | { readonly lost: Lost }

/** One request with everything that came of it. A twin sent at the same time under the same key is told as well. */
export interface Entry {
  readonly asked: Asked
  readonly told: Acknowledged[]
  readonly lost: Lost[]
}

export function readRecord(path: string): Entry[] {
  const entries = new Map<number, Entry>()
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    if (text === '') continue
    const line: Line = JSON.parse(text)
    if ('asked' in line) entries.set(line.asked.n, { asked: line.asked, told: [], lost: [] })
    else if ('told' in line) entries.get(line.told.n)?.told.push(line.told)
    else entries.get(line.lost.n)?.lost.push(line.lost)
  }
  return [...entries.values()]
}

export function isAccepted({ status }: Acknowledged): boolean {
  return status === 200 || status === 201
}
