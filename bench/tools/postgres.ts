/** One durable PostgreSQL for a whole run, thrown away after it: the engine's own embedded server, or one that is given. */
import { Client } from 'pg'
import { startEmbedded } from '../../packages/server/src/platform/embedded/embedded.ts'
import { temporaryFolder } from './folder.ts'

export interface Postgres {
  /** For statements about the server itself; every contestant has a database of its own. */
  url: string
  pid: number | undefined
  /** An empty database of this name on the same server; a leftover of that name is dropped first. */
  createDatabase(name: string): Promise<string>
  /** Each turn begins right after a checkpoint, so that no turn pays for the writes of the one before. */
  settle(): Promise<void>
  stop(): Promise<void>
}

export async function startPostgres(given_url?: string): Promise<Postgres> {
  if (given_url) return wrap(given_url, await pidOf(given_url), async () => {})
  const folder = await temporaryFolder()
  const embedded = await startEmbedded({ folder: folder.path })
  return wrap(embedded.url, embedded.pid, async () => {
    await embedded.stop()
    await folder[Symbol.asyncDispose]()
  })
}

function wrap(url: string, pid: number | undefined, stop: () => Promise<void>): Postgres {
  return {
    url,
    pid,
    stop,
    settle: () => run(url, 'checkpoint'),
    async createDatabase(name) {
      await run(url, `drop database if exists ${name} with (force)`)
      await run(url, `create database ${name}`)
      const created = new URL(url)
      created.pathname = `/${name}`
      return created.href
    },
  }
}

export async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** The postmaster's process id, to see its share of the cores; unknown when the server is on another machine. */
async function pidOf(url: string): Promise<number | undefined> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const lock = await client.query<{ pid: string }>(
      `select split_part(pg_read_file('postmaster.pid'), chr(10), 1) as pid`,
    )
    return Number(lock.rows[0]?.pid)
  } catch {
    return undefined
  } finally {
    await client.end()
  }
}
