// The room that brings a database to this program's schema: numbered files, forward only, one process at a time.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Logger, runMigrations } from 'graphile-worker'
import { DatabaseError } from 'pg'
import { assertSessionsOfOurOwn, connect, openPool, type Database, type Verbs } from './database.ts'

export type Log = (line: string) => void
type Migration = { number: number; name: string; hash: string; sql: string }
type Applied = { number: number; name: string; hash: string }

const own_folder = fileURLToPath(new URL('../../../sql', import.meta.url))
const grants_file = join(own_folder, 'runtime-role.sql')
const oldest_server = 15
// Any number will do, as long as it never changes: it is what processes of all versions meet at.
const lock_key = 4_165_338_001

/** The database was migrated by a newer program. */
export class SchemaNewer extends Error {
  override name = 'SchemaNewer'
  readonly database_number: number
  readonly program_number: number
  constructor(database_number: number, program_number: number) {
    super(
      `The database is at schema ${database_number}, this program knows schemas up to ${program_number}. ` +
        'Start the newer program that migrated it, or restore a backup from before; schemas only go forward.',
    )
    this.database_number = database_number
    this.program_number = program_number
  }
}

/** The database waits for a migration that this role may not make. */
export class SchemaOlder extends Error {
  override name = 'SchemaOlder'
}

export interface MigrateOptions {
  readonly folder?: string
  readonly log?: Log
  /** A role that owns nothing, to be granted what `api` and `worker` need. */
  readonly runtime_role?: string | undefined
}

/** Brings the database to this version. The role must own the tables, or make the first ones. */
export async function migrate(url: string, options: MigrateOptions = {}): Promise<{ applied: string[] }> {
  return withUsable(url, (db) => migrateAll(db, url, options))
}

/** Before a process serves: migrates where its role may; a role without ownership finds the schema as it must be, or says why not. */
export async function openSchema(url: string, options: MigrateOptions = {}): Promise<void> {
  await withUsable(url, async (db) => {
    const { may_migrate } = await db.one<{ may_migrate: boolean }>(may_migrate_sql)
    if (may_migrate) {
      await migrateAll(db, url, options)
      return
    }
    const { is_there } = await db.one<{ is_there: boolean }>(
      `select to_regclass('public.migrations') is not null as is_there`,
    )
    const migrations = await readMigrations(options.folder ?? own_folder)
    const [missing] = is_there ? await findMissing(db, migrations) : migrations
    if (missing !== undefined) throw new SchemaOlder(`${await whoIs(db)} ${missing.name}: ${what_to_do}`)
    await migrateQueue(url).catch(async (error: unknown) => {
      throw new SchemaOlder(`${await whoIs(db)} the queue's own: ${what_to_do}`, { cause: error })
    })
  })
}

const what_to_do =
  'run `holdfast migrate --runtime-role NAME` as the role that owns the tables, then start again.'

/** A role that cannot make tables, or does not own those that are there, only serves. */
const may_migrate_sql = `
  select has_schema_privilege('public', 'create') and coalesce(
    (select pg_has_role(c.relowner, 'usage') from pg_class c where c.oid = to_regclass('public.migrations')), true
  ) as may_migrate`

async function whoIs(db: Database): Promise<string> {
  const { role } = await db.one<{ role: string }>('select current_user as role')
  return `The role ${role} does not own the tables, and the database lacks migration`
}

// Waiting for another process and rewriting a large table may both take long, so nothing here is limited in time.
const settings = {
  statement_timeout: 0,
  lock_timeout: 0,
  idle_in_transaction_session_timeout: 0,
  client_min_messages: 'warning',
}

async function withUsable<T>(url: string, work: (db: Database) => Promise<T>): Promise<T> {
  await assertSessionsOfOurOwn(url)
  const db = connect(url, { name: 'holdfast migrate', max: 1, settings })
  try {
    await assertServerVersion(db)
    return await work(db)
  } finally {
    await db.close()
  }
}

async function migrateAll(
  db: Database,
  url: string,
  { folder = own_folder, log = () => {}, runtime_role }: MigrateOptions,
): Promise<{ applied: string[] }> {
  // The lock is held on a connection of its own: each migration commits by itself.
  const locks = connect(url, { name: 'holdfast migrate', max: 1, settings })
  try {
    return await locks.transaction(async (lock) => {
      const migrations = await readMigrations(folder)
      // The lock of all migrations; it ends with this transaction, also when the process dies.
      await lock.one('select pg_advisory_xact_lock($1)::text as locked', [lock_key])
      await db.run(own_table_sql)
      const missing = await findMissing(db, migrations)
      for (const migration of missing) {
        await apply(db, migration)
        log(`Migrated the database to ${migration.name}`)
      }
      await migrateQueue(url)
      if (runtime_role !== undefined) await grantTo(db, runtime_role)
      return { applied: missing.map((migration) => migration.name) }
    })
  } finally {
    await locks.close()
  }
}

async function migrateQueue(url: string): Promise<void> {
  const pool = openPool(url, { name: 'holdfast migrate', max: 1, settings })
  try {
    await runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) })
  } finally {
    await pool.end()
  }
}

async function grantTo(db: Database, role: string): Promise<void> {
  const found = await db.maybeOne<{ quoted: string; owns: boolean }>(
    `select quote_ident(rolname) as quoted, pg_has_role(oid, current_user::regrole, 'usage') as owns
     from pg_roles
     where rolname = $1`,
    [role],
  )
  if (found === undefined)
    throw new Error(`there is no role ${role}; make it first: create role ${role} login password '…'`)
  if (found.owns)
    throw new Error(`the role ${role} owns the tables, or may become who does; give it a role of its own`)
  await db.run((await readFile(grants_file, 'utf8')).replaceAll(':role', found.quoted))
}

// applied_at is for people who read the table, no rule depends on it: the one place for SQL now() beside the clock.
const own_table_sql = `
  create table if not exists migrations (
    number int primary key,
    name text not null,
    hash text not null,
    applied_at timestamptz not null default now()
  )`

async function findMissing(db: Database, migrations: Migration[]): Promise<Migration[]> {
  const applied = await db.any<Applied>('select number, name, hash from migrations order by number')
  const newest = applied.at(-1)?.number ?? 0
  const known = migrations.at(-1)?.number ?? 0
  if (newest > known) throw new SchemaNewer(newest, known)
  for (const before of applied) assertUnchanged(before, migrations)
  return migrations.filter((migration) => migration.number > newest)
}

function assertUnchanged(before: Applied, migrations: Migration[]): void {
  const now = migrations.find((migration) => migration.number === before.number)
  if (!now) throw new Error(`Migration ${before.name} was applied to this database, but its file is gone`)
  if (now.hash !== before.hash)
    throw new Error(
      `Migration ${now.name} was changed after it was applied to this database (as ${before.name}). ` +
        'Put the file back as it was, and write the change as a new migration.',
    )
}

async function apply(db: Database, { number, name, hash, sql }: Migration): Promise<void> {
  await db.transaction(async (tx) => {
    await runFile(tx, name, sql)
    await tx.run('insert into migrations (number, name, hash) values ($1, $2, $3)', [number, name, hash])
  })
}

async function runFile(tx: Verbs, name: string, sql: string): Promise<void> {
  try {
    await tx.run(sql)
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    const line = sql.slice(0, Math.max(0, Number(error.position ?? 1) - 1)).split('\n').length
    throw new Error(`Migration ${name} failed at line ${line}: ${error.message}`, { cause: error })
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).toSorted()
  const migrations = await Promise.all(names.map((name) => readMigration(folder, name)))
  migrations.forEach(({ name, number }, index) => {
    // Without gaps, so that a number merged late from a branch is noticed here and not skipped in production.
    if (number !== index + 1)
      throw new Error(
        `Migrations are numbered 0001, 0002, …: ${name} stands at place ${index + 1} of ${folder}`,
      )
  })
  return migrations
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  // A checkout on Windows may have other line ends; that is no change.
  const sql = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n')
  return { number: parseInt(name, 10), name, sql, hash: createHash('sha256').update(sql).digest('hex') }
}

async function assertServerVersion(db: Database): Promise<void> {
  const server = await db.one<{ major: number; version: string }>(`
    select current_setting('server_version_num')::int / 10000 as major,
           current_setting('server_version') as version`)
  if (server.major < oldest_server)
    throw new Error(`Holdfast needs PostgreSQL ${oldest_server} or newer; this server is ${server.version}`)
}
