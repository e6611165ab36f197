/** Demo: the throwaway database: one of its own where DATABASE_URL points, else a PostgreSQL in a temporary folder. */

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'

export interface Place {
  readonly says: string
  /** What `start` is told about it. */
  readonly flags: readonly string[]
  readonly env: Readonly<Record<string, string>>
  remove(): Promise<void>
}

export function openPlace(database_url: string | undefined): Promise<Place> {
  return database_url === undefined ? openFolder() : openDatabase(database_url)
}

async function openFolder(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-demo-'))
  return {
    says: `PostgreSQL in ${folder}`,
    flags: ['--data', folder],
    env: {},
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }),
  }
}

async function openDatabase(url: string): Promise<Place> {
  const name = `holdfast_demo_${randomBytes(6).toString('hex')}`
  await asAdmin(url, `create database ${name} template template0 encoding utf8`)
  const own = new URL(url)
  own.pathname = `/${name}`
  return {
    says: `database ${name} on ${own.host}`,
    flags: [],
    env: { DATABASE_URL: own.href },
    remove: () => asAdmin(url, `drop database if exists ${name} with (force)`),
  }
}

async function asAdmin(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'holdfast demo' })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
