// The room where SQL meets PostgreSQL: verbs that say how many rows they expect, lanes for the hot path, errors mapped once.
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  Client,
  DatabaseError,
  Pool,
  type ClientConfig,
  type CustomTypesConfig,
  type PoolClient,
  type QueryConfig,
  type QueryResult,
} from 'pg'
import {
  assertOwnSessions,
  prepareSession,
  settingsIn,
  statement_timeout_ms,
  type Settings,
} from './session.ts'
import { getTypeParser } from './row-types.ts'
import { DatabaseUnavailable, mapped, rethrow } from './unavailable.ts'

export { DatabaseUnavailable, DatabaseUnfit } from './unavailable.ts'
export type { Settings } from './session.ts'

export type Verbs = {
  one<Row extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row>
  maybeOne<Row extends object = Record<string, unknown>>(
    sql: string,
    values?: unknown[],
  ): Promise<Row | undefined>
  many<Row extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>
  any<Row extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>
  run(sql: string, values?: unknown[]): Promise<number>
}
export type Tx = Verbs
export type Database = Verbs & {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  close(): Promise<void>
}
export type Lane = {
  readonly ok: boolean
  query<Row extends object = Record<string, unknown>>(config: string | QueryConfig): Promise<QueryResult<Row>>
  close(): Promise<void>
}

export const connect_timeout_ms = 5_000
// A server that keeps its own time limit answers before this; only one that has vanished does not.
const vanished_timeout_ms = statement_timeout_ms + 5_000
const keep_alive_ms = 10_000

export type PoolOptions = { name: string; max: number; settings?: Settings }

export function connect(url: string, options: PoolOptions): Database {
  const pool = openPool(url, { ...options, types: { getTypeParser } })
  return {
    ...verbs((sql, values) => {
      assertOutside(pool, sql)
      return pool.query(sql, values)
    }),
    transaction: (work) => transaction(pool, work),
    close: () => pool.end(),
  }
}

/** For those who bring queries of their own: the job queue. A connection that breaks never takes the process with it. */
export function openPool(
  url: string,
  { name, max, settings, types: parsers }: PoolOptions & { types?: CustomTypesConfig },
): Pool {
  const session = sessionOf(url, name, settings)
  const pool = new Pool({
    ...session.config,
    ...(parsers ? { types: parsers } : {}),
    max,
    // pg-pool hands the client out when this promise is kept; its types say that it returns nothing.
    onConnect: (client): undefined => prepareSession(client, session.settings) as unknown as undefined,
  })
  // The pool has already dropped the broken connection; without a listener the process would die of it.
  pool.on('error', ignore)
  pool.on('connect', (client) => void client.on('error', ignore))
  return pool
}

/** Refuses a pooler that shares sessions. */
export async function assertSessionsOfOurOwn(url: string): Promise<void> {
  const pool = openPool(url, { name: 'holdfast start', max: 2 })
  const taken: PoolClient[] = []
  try {
    const one = await pool.connect()
    taken.push(one)
    const other = await pool.connect()
    taken.push(other)
    await assertOwnSessions([one, other])
  } catch (error) {
    throw mapped(error)
  } finally {
    for (const client of taken) client.release()
    await pool.end()
  }
}

/**
 * One connection that sends statements without waiting for the answers before them. After a failure the next `begin`
 * (or statement outside of a transaction) connects anew, which `onConnect` is told; the rest of a transaction never lands
 * on another connection.
 */
export function lane(url: string, name: string, settings?: Settings, onConnect = ignore): Lane {
  let live: Promise<Client> | undefined
  let held: Promise<Client> | undefined
  let ok = true
  let closed = false

  function open(): Promise<Client> {
    const session = sessionOf(url, name, settings)
    const client = new Client({ ...session.config, types: { getTypeParser }, pipeline: true })
    const opened = prepared(client, session.settings).then(
      () => {
        ok = true
        onConnect()
        return client
      },
      (error: unknown) => {
        lose(opened)
        throw error
      },
    )
    client.on('error', () => lose(opened))
    client.on('end', () => lose(opened))
    return opened
  }
  function lose(lost: Promise<Client>): void {
    if (live !== lost) return
    live = undefined
    ok = false
  }
  function route(verb: string): Promise<Client> {
    if (verb === 'begin') {
      assert(held === undefined || held !== live, `Lane ${name}: begin inside of a transaction`)
      held = live ??= open()
    }
    const chosen = held ?? (live ??= open())
    if (verb === 'commit' || verb === 'rollback') held = undefined
    return chosen
  }

  return {
    get ok() {
      return ok
    },
    async query<Row extends object>(config: string | QueryConfig) {
      if (closed) throw new DatabaseUnavailable(`Lane ${name} is closed`)
      const verb = verbOf(typeof config === 'string' ? config : config.text)
      try {
        const result = await route(verb).then((client) => client.query<Row>(config))
        if (verb === 'commit') assertCommitted(result)
        return result
      } catch (error) {
        throw mapped(error)
      }
    },
    async close() {
      closed = true
      await live?.then((client) => client.end(), ignore)
    },
  }
}

/** The name of the constraint that a duplicate key met. */
export function isUniqueViolation(error: unknown): string | undefined {
  return error instanceof DatabaseError && error.code === '23505' ? error.constraint : undefined
}

/** Serialization failures and deadlocks: the transaction left nothing behind and may be taken again. */
export function isRetryable(error: unknown): boolean {
  return error instanceof DatabaseError && (error.code === '40001' || error.code === '40P01')
}

/** The transactions that the running code is inside of. */
const inside = new AsyncLocalStorage<Open>()

interface Open {
  readonly pool: Pool
  readonly outer: Open | undefined
  ended: boolean
}

/**
 * What is asked of the pool inside of its own transaction would not see what that wrote, and waits for ever where each
 * connection is taken by one who waits so.
 */
function assertOutside(pool: Pool, sql: string): void {
  for (let open = inside.getStore(); open !== undefined; open = open.outer)
    assert(open.ended || open.pool !== pool, `Beside the transaction that it stands in: ${firstLine(sql)}`)
}

async function transaction<T>(pool: Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  assertOutside(pool, 'begin')
  const client = await pool.connect().catch(rethrow)
  const within: Open = { pool, outer: inside.getStore(), ended: false }
  let broken: Error | undefined
  const tx = verbs((sql, values) => {
    assert(!within.ended, `Used after its transaction ended: ${firstLine(sql)}`)
    return client.query(sql, values)
  })
  try {
    await client.query('begin').catch(rethrow)
    const result = await inside.run(within, () => work(tx))
    within.ended = true
    assertCommitted(await client.query('commit').catch(rethrow))
    return result
  } catch (error) {
    within.ended = true
    broken = error instanceof DatabaseUnavailable ? error : undefined
    // A connection that cannot roll back is thrown away, and PostgreSQL rolls back for it.
    if (!broken) await client.query('rollback').catch((failure: Error) => (broken = failure))
    throw error
  } finally {
    client.release(broken)
  }
}

function verbs(query: (sql: string, values?: unknown[]) => Promise<QueryResult>): Verbs {
  async function rows<Row>(sql: string, values: unknown[] | undefined, min: number, max: number) {
    const found: Row[] = (await query(sql, values).catch(rethrow)).rows
    const fits = found.length >= min && found.length <= max
    assert(fits, `${found.length} rows where ${min} to ${max} are expected: ${firstLine(sql)}`)
    return found
  }
  async function one<Row>(sql: string, values?: unknown[]): Promise<Row> {
    const [row] = await rows<Row>(sql, values, 1, 1)
    assert(row !== undefined)
    return row
  }
  async function maybeOne<Row>(sql: string, values?: unknown[]): Promise<Row | undefined> {
    const [row] = await rows<Row>(sql, values, 0, 1)
    return row
  }
  return {
    one,
    maybeOne,
    many: (sql, values) => rows(sql, values, 1, Infinity),
    any: (sql, values) => rows(sql, values, 0, Infinity),
    run: async (sql, values) => (await query(sql, values).catch(rethrow)).rowCount ?? 0,
  }
}

async function prepared(client: Client, settings: Settings): Promise<void> {
  await client.connect()
  try {
    await prepareSession(client, settings)
  } catch (error) {
    void client.end().catch(ignore)
    throw error
  }
}

/** What the url says of settings wins over ours, and nothing is asked for at the start of the session, which a pooler refuses. */
function sessionOf(
  url: string,
  name: string,
  ours: Settings = {},
): { config: ClientConfig; settings: Settings } {
  const target = new URL(url)
  const { settings, rest } = settingsIn(target.searchParams.getAll('options').join(' '))
  target.searchParams.delete('options')
  if (rest !== '') target.searchParams.set('options', rest)
  const config = {
    connectionString: target.href,
    application_name: name,
    connectionTimeoutMillis: connect_timeout_ms,
    ...('statement_timeout' in ours ? {} : { query_timeout: vanished_timeout_ms }),
    keepAlive: true,
    keepAliveInitialDelayMillis: keep_alive_ms,
  }
  return { config, settings: { ...ours, ...settings } }
}

function assertCommitted(result: QueryResult): void {
  assert(result.command === 'COMMIT', 'Rolled back instead of committed: a statement before it had failed')
}

function verbOf(sql: string): string {
  return sql.trimStart().split(/[\s;]/, 1)[0]?.toLowerCase() ?? ''
}

function firstLine(sql: string): string {
  return sql.trimStart().split('\n', 1)[0] ?? ''
}

function ignore(): void {}
