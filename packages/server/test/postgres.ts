// The harness room: one PostgreSQL for a whole test run, with a migrated template for the databases of the test files.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { connect } from '../src/platform/postgres/database.ts'
import { startEmbedded } from '../src/platform/embedded/embedded.ts'
import { migrate } from '../src/platform/postgres/migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: { url: string; template: string }
  }
}

const template = 'template_holdfast'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['HOLDFAST_TEST_DATABASE_URL']
  const server = given ? { url: given, stop: async () => {} } : await startTemporary()
  try {
    await createTemplate(server.url)
  } catch (error) {
    await server.stop()
    throw error
  }
  project.provide('postgres', { url: server.url, template })
  return server.stop
}

async function startTemporary(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
  // What is tested here must survive a killed process, not a power cut: that one PostgreSQL tests itself.
  const settings = {
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: 200,
    shared_buffers: '128MB',
  }
  const server = await startEmbedded({ folder, settings })
  async function stop(): Promise<void> {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { url: server.url, stop }
}

async function createTemplate(url: string): Promise<void> {
  const admin = connect(url, { name: 'holdfast tests', max: 1 })
  try {
    await admin.run(`drop database if exists ${template} with (force)`)
    await admin.run(`create database ${template} template template0 encoding utf8`)
  } finally {
    await admin.close()
  }
  const target = new URL(url)
  target.pathname = `/${template}`
  await migrate(target.href)
}
