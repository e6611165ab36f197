// Examines migrations: forward only, unchanged, by one process at a time.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../test/fixtures/database.ts'
import { migrate, SchemaNewer } from './migrate.ts'

const first = { '0001_first.sql': 'create table first (id int);\ninsert into first values (1);' }
const second = { '0002_second.sql': 'alter table first add column more text;' }

let fresh: FreshDatabase
let folder: string

beforeEach(async () => {
  fresh = await freshDatabase('template0')
  folder = await mkdtemp(join(tmpdir(), 'holdfast-migrate-'))
})
afterEach(async () => {
  await fresh.drop()
  await rm(folder, { recursive: true, force: true })
})

test('twenty starts at once, five of them other processes: each file is applied once', async () => {
  await write({ ...first, ...second })
  const here = Array.from({ length: 15 }, () => migrate(fresh.url, { folder }))
  const elsewhere = Array.from({ length: 5 }, migrateElsewhere)
  const applied = (await Promise.all([...here, ...elsewhere])).flatMap((result) => result.applied)
  expect(applied).toEqual(['0001_first.sql', '0002_second.sql'])
  expect(await fresh.db.any('select id from first')).toEqual([{ id: 1 }])
  expect(await fresh.db.any('select number, name from migrations order by number')).toEqual([
    { number: 1, name: '0001_first.sql' },
    { number: 2, name: '0002_second.sql' },
  ])
})

test('later files are applied later, in schema public and beside graphile_worker only', async () => {
  await write(first)
  expect(await migrate(fresh.url, { folder })).toEqual({ applied: ['0001_first.sql'] })
  await write(second)
  expect(await migrate(fresh.url, { folder })).toEqual({ applied: ['0002_second.sql'] })
  expect(await migrate(fresh.url, { folder })).toEqual({ applied: [] })
  const schemas = await fresh.db.any<{ name: string }>(`
    select nspname as name
      from pg_namespace
     where nspname !~ '^pg_' and nspname <> 'information_schema'
     order by nspname`)
  expect(schemas.map((schema) => schema.name)).toEqual(['graphile_worker', 'public'])
})

test('a file that was changed after it was applied is refused; other line ends are no change', async () => {
  await write(first)
  await migrate(fresh.url, { folder })
  await write({ '0001_first.sql': first['0001_first.sql'].replaceAll('\n', '\r\n') })
  await migrate(fresh.url, { folder })
  await write({ '0001_first.sql': 'create table other (id int);' })
  await expect(migrate(fresh.url, { folder })).rejects.toThrow(
    '0001_first.sql was changed after it was applied',
  )
})

test('a program older than the schema is refused', async () => {
  await write({ ...first, ...second })
  await migrate(fresh.url, { folder })
  await rm(join(folder, '0002_second.sql'))
  const refusal = await migrate(fresh.url, { folder }).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(SchemaNewer)
  expect(refusal).toMatchObject({ database_number: 2, program_number: 1 })
  expect(String(refusal)).toMatch(/schema 2, this program knows schemas up to 1.*Start the newer program/)
})

test('a file that fails is undone whole, says where, and may be mended', async () => {
  await write({ ...first, '0002_second.sql': 'create table second (id int);\n\nselect wrong;' })
  await expect(migrate(fresh.url, { folder })).rejects.toThrow(/0002_second.sql failed at line 3: .*"wrong"/)
  expect(
    await fresh.db.one(`select to_regclass('first')::text as first, to_regclass('second')::text as second`),
  ).toEqual({ first: 'first', second: null })
  await write(second)
  expect(await migrate(fresh.url, { folder })).toEqual({ applied: ['0002_second.sql'] })
})

test.each([
  ['a gap', { '0001_first.sql': '', '0003_third.sql': '' }],
  ['one number twice', { '0001_first.sql': '', '0001_other.sql': '' }],
])('a folder with %s is refused', async (_, files) => {
  await write(files)
  await expect(migrate(fresh.url, { folder })).rejects.toThrow('Migrations are numbered 0001, 0002')
})

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, sql] of Object.entries(files)) await writeFile(join(folder, name), sql)
}

async function migrateElsewhere(): Promise<{ applied: string[] }> {
  const room = JSON.stringify(new URL('./migrate.ts', import.meta.url).href)
  const program = `
    const { migrate } = await import(${room})
    process.stdout.write(JSON.stringify(await migrate(${JSON.stringify(fresh.url)}, ${JSON.stringify({ folder })})))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  return JSON.parse(stdout)
}
