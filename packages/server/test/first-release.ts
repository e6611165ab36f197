// The harness room of databases from before: the schema as the first release had it, to be filled and then brought up to date.
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { newId } from '@holdfast/kernel/ids.ts'
import { migrate } from '../src/platform/postgres/migrate.ts'
import { freshDatabase, type FreshDatabase } from './fixtures/database.ts'

/** The last migration of the first release. */
const last_number = '0013'
const sql = fileURLToPath(new URL('../sql', import.meta.url))
export const long_ago_ms = Date.parse('2026-03-01T08:00:00Z')

export async function firstRelease(): Promise<FreshDatabase> {
  const fresh = await freshDatabase('template0')
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-first-'))
  const names = (await readdir(sql)).filter((name) => /^\d{4}_/.test(name) && name.slice(0, 4) <= last_number)
  await Promise.all(names.map((name) => copyFile(join(sql, name), join(folder, name))))
  await migrate(fresh.url, { folder })
  await rm(folder, { recursive: true })
  return fresh
}

let made = 0

/** An agreement as the first release kept it; columns that are not given are those of one that has ended. Gives its id. */
export async function agreementOfBefore(
  { db }: FreshDatabase,
  row: Readonly<Record<string, unknown>> & { readonly flow: string },
): Promise<string> {
  made += 1
  const at_ms = long_ago_ms + made * 1_000
  const at = new Date(at_ms)
  const whole = {
    id: newId(at_ms),
    flow_version: 1,
    state: 'completed',
    money: 'none',
    currency: 'PHP',
    parties: { holder: 'ana' },
    amounts: { amount: 100 },
    terms: {},
    data: {},
    marks: {},
    timers: [],
    reference: null,
    version: 1,
    created_at: at,
    entered_at: at,
    ended_at: at,
    ...row,
  }
  const columns = Object.keys(whole)
  const values = Object.values(whole).map((value) =>
    typeof value === 'object' && value !== null && !(value instanceof Date) ? JSON.stringify(value) : value,
  )
  await db.run(
    `insert into agreements (${columns.join(', ')}) values (${columns.map((_, n) => `$${n + 1}`).join(', ')})`,
    values,
  )
  return whole.id
}
