/** Jobs: the lock of a schedule: one run at a time, whatever process carries it out, and free again when that one dies. */

import { connect, type Database, type Tx } from '../platform/postgres/database.ts'

/** How long the sandbox clock waits for a run of the same schedule that another process has under way. */
export const run_wait_ms_max = 60_000
/** Runs under way, and waiting for one, at once in one process. */
const locks_max = 4

/**
 * One connection per run under way holds the schedule's lock in a transaction: no lease to renew and no heartbeat to miss,
 * since PostgreSQL itself gives the lock back when the process dies, and soon when its machine does. An advisory lock,
 * not a row's: a transaction that has locked no row keeps no vacuum waiting, however long the run.
 */
export function connectLocks(url: string): Database {
  return connect(url, {
    name: 'holdfast schedules',
    max: locks_max,
    settings: {
      statement_timeout: 0,
      idle_in_transaction_session_timeout: 0,
      tcp_keepalives_idle: 10,
      tcp_keepalives_interval: 5,
      tcp_keepalives_count: 3,
    },
  })
}

const lock_key = `hashtextextended('schedule ' || $1, 0)`

/** False where a run of this schedule is under way, in whatever process. */
export async function tryLock(tx: Tx, name: string): Promise<boolean> {
  const { locked } = await tx.one<{ locked: boolean }>(
    `select pg_try_advisory_xact_lock(${lock_key}) as locked`,
    [name],
  )
  return locked
}

export async function waitForLock(tx: Tx, name: string): Promise<void> {
  await tx.run(`set local lock_timeout = ${run_wait_ms_max}`)
  await tx.one(`select pg_advisory_xact_lock(${lock_key})::text as locked`, [name])
}
