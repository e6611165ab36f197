/** Emulator: its own way to PostgreSQL. Verbs say how many rows they expect; 64-bit integers are bigint. */

import assert from 'node:assert/strict'
import { Pool, types, type QueryResult } from 'pg'

export interface Tx {
  one<Row extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row>
  maybeOne<Row extends object = Record<string, unknown>>(
    sql: string,
    values?: unknown[],
  ): Promise<Row | undefined>
  any<Row extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>
  run(sql: string, values?: unknown[]): Promise<number>
}

export interface Database extends Tx {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const statement_timeout_ms = 30_000

export function connect(url: string, max: number): Database {
  const pool = new Pool({
    connectionString: url,
    application_name: 'payment emulator',
    statement_timeout: statement_timeout_ms,
    max,
    types: { getTypeParser },
  })
  // A connection that breaks is dropped by the pool; without listeners the process would die of it.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => void client.on('error', () => undefined))
  return {
    ...verbs((sql, values) => pool.query(sql, values)),
    transaction: (work) => transaction(pool, work),
    close: () => pool.end(),
  }
}

async function transaction<T>(pool: Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(verbs((sql, values) => client.query(sql, values)))
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => (broken = failure))
    throw error
  } finally {
    client.release(broken)
  }
}

function verbs(query: (sql: string, values?: unknown[]) => Promise<QueryResult>): Tx {
  const any = async <Row>(sql: string, values?: unknown[]): Promise<Row[]> => (await query(sql, values)).rows
  const maybeOne = async <Row>(sql: string, values?: unknown[]): Promise<Row | undefined> => {
    const rows = await any<Row>(sql, values)
    assert(rows.length <= 1, `${rows.length} rows where one is expected: ${sql}`)
    return rows[0]
  }
  return {
    any,
    maybeOne,
    async one<Row>(sql: string, values?: unknown[]): Promise<Row> {
      const row = await maybeOne<Row>(sql, values)
      assert(row !== undefined, `no row where one is expected: ${sql}`)
      return row
    },
    run: async (sql, values) => (await query(sql, values)).rowCount ?? 0,
  }
}

const bigint_oid = 20

function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  return oid === bigint_oid && format !== 'binary' ? BigInt : types.getTypeParser(oid, format)
}
