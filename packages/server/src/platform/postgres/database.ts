// The room where SQL meets PostgreSQL: verbs that say how many rows they expect, lanes for the hot path, errors mapped once.
import assert from 'node:assert/strict'
import {
  Client,
  DatabaseError,
  Pool,
  types,
  type ClientConfig,
  type CustomTypesConfig,
  type QueryConfig,
  type QueryResult,
} from 'pg'

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
/** PostgreSQL settings of one session, as in postgresql.conf; times in milliseconds. */
export type Settings = Record<string, string | number>

export const connect_timeout_ms = 5_000
export const statement_timeout_ms = 30_000
// A server that keeps its own time limit answers before this; only one that has vanished does not.
const vanished_timeout_ms = statement_timeout_ms + 5_000
const idle_in_transaction_timeout_ms = 60_000
const keep_alive_ms = 10_000

/** The database cannot be used now, for no fault of the statement. The outcome of a `commit` that meets it is unknown. */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable'
}

export type PoolOptions = { name: string; max: number; settings?: Settings }

export function connect(url: string, options: PoolOptions): Database {
  const pool = openPool(url, options)
  return {
    ...verbs((sql, values) => pool.query(sql, values)),
    transaction: (work) => transaction(pool, work),
    close: () => pool.end(),
  }
}

/** For those who bring queries of their own: the job queue. A connection that breaks never takes the process with it. */
export function openPool(url: string, { name, max, settings }: PoolOptions): Pool {
  const pool = new Pool({ ...session(url, name, settings), max })
  // The pool has already dropped the broken connection; without a listener the process would die of it.
  pool.on('error', ignore)
  pool.on('connect', (client) => void client.on('error', ignore))
  return pool
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
    const client = new Client({ ...session(url, name, settings), pipeline: true })
    const opened = client.connect().then(
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

async function transaction<T>(pool: Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch(rethrow)
  let open = true
  let broken: Error | undefined
  const tx = verbs((sql, values) => {
    assert(open, `Used after its transaction ended: ${firstLine(sql)}`)
    return client.query(sql, values)
  })
  try {
    await client.query('begin').catch(rethrow)
    const result = await work(tx)
    open = false
    assertCommitted(await client.query('commit').catch(rethrow))
    return result
  } catch (error) {
    open = false
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

function session(url: string, name: string, settings: Settings = {}): ClientConfig {
  const limits: Settings = {
    statement_timeout: statement_timeout_ms,
    idle_in_transaction_session_timeout: idle_in_transaction_timeout_ms,
  }
  return {
    connectionString: withOptions(url, { ...limits, ...settings }),
    application_name: name,
    connectionTimeoutMillis: connect_timeout_ms,
    ...('statement_timeout' in settings ? {} : { query_timeout: vanished_timeout_ms }),
    keepAlive: true,
    keepAliveInitialDelayMillis: keep_alive_ms,
    types: { getTypeParser },
  }
}

// What the url says itself comes last and wins; given beside the url, pg would drop ours in silence.
function withOptions(url: string, settings: Settings): string {
  const target = new URL(url)
  const ours = Object.entries(settings).map(
    ([key, value]) => `-c ${key}=${String(value).replace(/[\\ ]/g, '\\$&')}`,
  )
  target.searchParams.set('options', [...ours, ...target.searchParams.getAll('options')].join(' '))
  return target.href
}

const bigint_oid = 20
const bigints_oid: number = 1016
const date_oid = 1082

// Money is bigint. A `date` has no time zone, so it stays the text it is.
const getTypeParser: CustomTypesConfig['getTypeParser'] = (oid: number, format?: 'text' | 'binary') => {
  if (format !== 'binary' && oid === bigint_oid) return BigInt
  if (format !== 'binary' && oid === bigints_oid) return parseBigints
  if (format !== 'binary' && oid === date_oid) return String
  return types.getTypeParser(oid, format)
}

function parseBigints(text: string): (bigint | null)[] {
  const strings: (string | null)[] = types.getTypeParser(bigints_oid, 'text')(text)
  return strings.map((item) => (item === null ? null : BigInt(item)))
}

// Connection exceptions, resources (too many connections, disk full), shutdown and recovery, files, a server that became
// read-only by failover, a session ended for being idle. A statement's own timeout (57014) is the statement's fault.
const unavailable_state = /^(08...|53...|58...|57P0[1-3]|25006|25P03)$/
const unavailable_code =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT)$/
// The driver's own errors carry no code.
const unavailable_message =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client (has encountered a connection error|was closed))/

function mapped(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DatabaseUnavailable) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const unavailable =
    error instanceof DatabaseError
      ? unavailable_state.test(code)
      : unavailable_code.test(code) || (code === '' && unavailable_message.test(error.message))
  return unavailable ? new DatabaseUnavailable(error.message || code, { cause: error }) : error
}

function rethrow(error: unknown): never {
  throw mapped(error)
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
