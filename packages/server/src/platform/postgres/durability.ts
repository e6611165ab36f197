// The room that knows when PostgreSQL keeps what it has acknowledged, and says what to do where it would not.

export interface Durability {
  readonly fsync: string
  readonly full_page_writes: string
  readonly synchronous_commit: string
  /** synchronous_standby_names */
  readonly standbys: string
  /** session_replication_role */
  readonly replication_role: string
  readonly may_lose: string | null
  readonly database: string
  readonly role: string
}

/**
 * Where this is on (`alter database … set`, or the server's configuration), the database may lose what it has acknowledged:
 * for tests on a disk that nobody needs. Live mode refuses it.
 */
export const may_lose_setting = 'holdfast.may_lose_commits'

/** What is wrong, and what to do, in one sentence; null for nothing. `source` is where synchronous_commit was set. */
export function faultOf(found: Durability, source: string): string | null {
  // Triggers guard what is final, and would not fire.
  if (found.replication_role !== 'origin')
    return `session_replication_role is ${found.replication_role}, with which our triggers do not fire: take that setting away from ${found.role} and ${found.database}.`
  if (mayLose(found)) return null
  const { synchronous_commit: commit, standbys } = found
  if (commit === 'off')
    return `synchronous_commit is off, so PostgreSQL would lose what it has acknowledged when it crashes: ${raise(found, source)}, then start again.`
  if (commit === 'local' && standbys !== '')
    return `synchronous_commit is local although there are synchronous standbys (${standbys}), so a failover would lose what was acknowledged: ${raise(found, source)}, then start again.`
  if (found.fsync === 'off')
    return 'fsync is off, so PostgreSQL would lose or break its files when the machine stops: run "alter system set fsync = on" and "select pg_reload_conf()", or take it out of the server\'s command line, then start again.'
  if (found.full_page_writes === 'off')
    return 'full_page_writes is off, so a page half written when the machine stops would stay broken: run "alter system set full_page_writes = on" and "select pg_reload_conf()", or take it out of the server\'s command line, then start again.'
  return null
}

export function mayLose({ may_lose }: Pick<Durability, 'may_lose'>): boolean {
  return may_lose === 'on' || may_lose === 'true' || may_lose === '1'
}

/** The statement that undoes what was set where it was set. */
function raise({ database, role }: Durability, source: string): string {
  const [db, user] = [quoted(database), quoted(role)]
  switch (source) {
    case 'database':
      return `run "alter database ${db} reset synchronous_commit"`
    case 'user':
      return `run "alter role ${user} reset synchronous_commit"`
    case 'database user':
      return `run "alter role ${user} in database ${db} reset synchronous_commit"`
    case 'client':
    case 'session':
      return 'take it out of the options in DATABASE_URL'
    default:
      return 'run "alter system set synchronous_commit = on" and "select pg_reload_conf()"'
  }
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}
