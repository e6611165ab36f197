// The room of a connection's session: what we rely on there is set and checked after connecting, so that poolers, and what
// somebody set for the database or the role, change neither what our statements mean nor when an answer is on disk.
import type { ClientBase } from 'pg'
import { faultOf, may_lose_setting, type Durability } from './durability.ts'
import { DatabaseUnfit } from './unavailable.ts'

/** PostgreSQL settings of one session, as in postgresql.conf; times in milliseconds. */
export type Settings = Record<string, string | number>

export const statement_timeout_ms = 30_000
const idle_in_transaction_timeout_ms = 60_000

const limits: Settings = {
  statement_timeout: statement_timeout_ms,
  idle_in_transaction_session_timeout: idle_in_transaction_timeout_ms,
  lock_timeout: 0,
  idle_session_timeout: 0,
}
/** Unknown to the oldest PostgreSQL that we run on. */
const newer_limits: Settings = { transaction_timeout: 0 }

/** What the text of instants and arrays, the meaning of our statements and the fate of our transactions depend on. */
const relied_on: Settings = {
  client_encoding: 'UTF8',
  datestyle: 'ISO, YMD',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: 1,
  array_nulls: 'on',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  search_path: 'public',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
}

/**
 * `synchronous_commit` is set to what it is, so that nobody lowers it under a session that was found good. PostgreSQL lists
 * some names with capitals.
 */
const set_sql = `
  select w.name, set_config(s.name, coalesce(nullif(w.value, ''), s.setting), false) as value, s.source
  from unnest($1::text[], $2::text[]) as w (name, value)
  join pg_settings s on lower(s.name) = w.name`

const check_sql = `
  select current_setting('fsync') as fsync,
         current_setting('full_page_writes') as full_page_writes,
         current_setting('synchronous_commit') as synchronous_commit,
         current_setting('synchronous_standby_names') as standbys,
         current_setting('session_replication_role') as replication_role,
         current_setting('${may_lose_setting}', true) as may_lose,
         current_database()::text as database,
         current_user::text as role,
         array(
           select w.name
           from unnest($1::text[], $2::text[]) as w (name, value)
           where current_setting(w.name) <> w.value
         ) as not_kept`

/** Of every new connection. Throws DatabaseUnfit. */
export async function prepareSession(client: ClientBase, settings: Settings): Promise<void> {
  const wanted = { ...limits, ...newer_limits, ...settings, ...relied_on }
  // Empty, since a database where array_nulls is off reads no nulls in an array.
  const all: Settings = { synchronous_commit: '', ...wanted }
  const names = Object.keys(all)
  const values = Object.values(all).map(String)
  const { rows: set } = await client.query<SetTo>(set_sql, [names, values])
  const found = new Set(set.map(({ name }) => name))
  const unknown = names.find((name) => !found.has(name) && !(name in newer_limits))
  if (unknown !== undefined) throw new DatabaseUnfit(`PostgreSQL knows no setting that is called ${unknown}`)
  const kept = [set.map(({ name }) => name), set.map(({ value }) => value)]
  const { rows } = await client.query<Durability & { not_kept: string[] }>(check_sql, kept)
  const [checked] = rows
  if (checked === undefined || checked.not_kept.length > 0) throw new DatabaseUnfit(pooler_in_the_way)
  const found_source = set.find(({ name }) => name === 'synchronous_commit')?.source ?? ''
  const source = 'synchronous_commit' in settings ? 'client' : found_source
  const fault = faultOf(checked, source)
  if (fault !== null) throw new DatabaseUnfit(fault)
}

interface SetTo {
  readonly name: string
  readonly value: string
  readonly source: string
}

export const pooler_in_the_way =
  'The pooler before PostgreSQL shares sessions between connections (pool_mode transaction or statement), and our settings, ' +
  'prepared statements and locks need one of their own: set pool_mode = session for this database, or let DATABASE_URL name ' +
  'PostgreSQL itself.'

/**
 * Two connections that are open at once have two sessions, unless a pooler shares them. It may hand out the one used last, or
 * the one that has waited longest, and others may use it too, so this looks several times.
 */
export async function assertOwnSessions(clients: readonly [ClientBase, ClientBase]): Promise<void> {
  const sessions = [new Set<number>(), new Set<number>()]
  for (let round = 0; round < look_rounds; round += 1) {
    for (const [i, client] of clients.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that both are handed what is free
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
      for (const { pid } of rows) sessions[i]?.add(pid)
    }
    const all = sessions.flatMap((pids) => [...pids])
    if (all.length > clients.length || new Set(all).size < all.length)
      throw new DatabaseUnfit(pooler_in_the_way)
  }
}

const look_rounds = 8

/**
 * The settings in the `options` of a URL (`-c name=value`, `--name=value`), which a pooler would refuse at the start of a
 * session; `rest` is what else stands there.
 */
export function settingsIn(options: string): { readonly settings: Settings; readonly rest: string } {
  const settings: Settings = {}
  const rest: string[] = []
  const words = options.match(/(?:\\.|\S)+/g) ?? []
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? ''
    const text =
      word === '-c' ? (words[(i += 1)] ?? '') : /^(?:-c|--)(?=\w)/.test(word) ? word.slice(2) : null
    const [, name, value] = /^([\w.-]+)=(.*)$/s.exec(text ?? '') ?? []
    if (name === undefined || value === undefined) rest.push(word)
    else settings[name.toLowerCase().replaceAll('-', '_')] = value.replaceAll(/\\(.)/gs, '$1')
  }
  return { settings, rest: rest.join(' ') }
}
