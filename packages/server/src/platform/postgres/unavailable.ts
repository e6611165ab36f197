// The room of the two errors that say that the database, not the statement, is at fault.
import { DatabaseError } from 'pg'

/** The database cannot be used now, for no fault of the statement. The outcome of a `commit` that meets it is unknown. */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable'
}

/** The database, or a pooler before it, would lose or change what it is told. The sentence says what to do. */
export class DatabaseUnfit extends DatabaseUnavailable {
  override name = 'DatabaseUnfit'
}

// Connection exceptions, resources (too many connections, disk full), shutdown and recovery, files, a server that became
// read-only by failover, a session ended for being idle. A statement's own timeout (57014) is the statement's fault.
const unavailable_state = /^(08...|53...|58...|57P0[1-3]|25006|25P03)$/
const unavailable_code =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT)$/
// The driver's own errors carry no code.
const unavailable_message =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client (has encountered a connection error|was closed))/

/** What the driver and PostgreSQL throw, as one of ours where the database is at fault. */
export function mapped(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DatabaseUnavailable) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const unavailable =
    error instanceof DatabaseError
      ? unavailable_state.test(code)
      : unavailable_code.test(code) || (code === '' && unavailable_message.test(error.message))
  return unavailable ? new DatabaseUnavailable(error.message || code, { cause: error }) : error
}

export function rethrow(error: unknown): never {
  throw mapped(error)
}
