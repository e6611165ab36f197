// The harness room of one test file: its own database, cloned from the migrated template.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { inject } from 'vitest'
import { connect, type Database } from '../src/platform/postgres/database.ts'

const attempts_max = 100
const attempt_pause_ms = 50
const connections_max = 10

export type FreshDatabase = { url: string; db: Database; drop(): Promise<void> }

/** Clones the migrated template, or an empty database when `template` is `template0`. */
export async function freshDatabase(template = inject('postgres').template): Promise<FreshDatabase> {
  const target = new URL(inject('postgres').url)
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const admin = connect(target.href, { name: 'holdfast tests', max: 1 })
  await clone(admin, name, template)
  target.pathname = `/${name}`
  const db = connect(target.href, { name: 'holdfast test', max: connections_max })
  async function drop(): Promise<void> {
    await db.close()
    await admin.run(`drop database if exists ${name} with (force)`)
    await admin.close()
  }
  return { url: target.href, db, drop }
}

// PostgreSQL clones no database that somebody is connected to, and a closed connection lingers for a moment.
async function clone(admin: Database, name: string, template: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await admin.run(`create database ${name} template ${template} strategy file_copy`)
      return
    } catch (error) {
      const busy = error instanceof Error && 'code' in error && error.code === '55006'
      if (!busy || attempt === attempts_max) throw error
      await sleep(attempt_pause_ms)
    }
  }
}
