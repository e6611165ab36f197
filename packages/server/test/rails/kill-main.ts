/** Kill drill on the rails, from the command line: on a PostgreSQL of its own. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '../../src/platform/embedded/embedded.ts'
import { compare, movedAt } from './kill-compare.ts'
import { drill, type DrillOptions, type DrillReport } from './kill-drill.ts'
import type { Book } from './kill-people.ts'
import { sabotages } from './kill-sabotage.ts'

const shown_max = 20

export interface Found extends Pick<DrillReport, 'rounds' | 'differences'> {
  readonly moved: Book
  readonly asked: number
  /** For a person to read. */
  readonly said: string
}

export async function drillRails(
  options: Omit<DrillOptions, 'database_url'>,
  sabotaged: boolean,
): Promise<Found> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-kill-postgres-'))
  const postgres = await startEmbedded({ folder })
  try {
    const { rounds, evidence, differences } = await drill({ ...options, database_url: postgres.url })
    const found = sabotaged ? compare(sabotages['told twice'](evidence)) : differences
    const moved = movedAt(evidence.books)
    const asked = evidence.record.length
    return { rounds, moved, asked, differences: found, said: say(moved, asked, options.seed, found) }
  } finally {
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function say(moved: Book, asked: number, seed: number, differences: readonly string[]): string {
  const lines = Object.entries(moved).flatMap(([what, sums]) =>
    Object.entries(sums).map(([currency, amount]) => `${what.padEnd(12)} ${currency} ${amount}`),
  )
  const verdict =
    differences.length === 0
      ? ['the ledger, the providers and the people have the same books']
      : [`${differences.length} differences`, ...differences.slice(0, shown_max)]
  return [...lines, '', `seed ${seed}: ${asked} requests`, ...verdict, ''].join('\n')
}
