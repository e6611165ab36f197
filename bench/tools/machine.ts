/** On what was this measured: the machine, Node, PostgreSQL and the settings that decide speed and durability. */
import { availableParallelism, cpus, totalmem } from 'node:os'
import { Client } from 'pg'

export interface Machine {
  cores: number
  processor: string
  memory_gb: number
  node: string
  postgres: string
  settings: Record<string, string>
}

const shown = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_sync_method',
  'shared_buffers',
  'max_wal_size',
  'checkpoint_timeout',
  'commit_delay',
]

export async function machine(url: string): Promise<Machine> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const version = await client.query<{ server_version: string }>('show server_version')
    const rows = await client.query<{ name: string; setting: string }>(
      `select name, current_setting(name) as setting
         from pg_settings
        where name = any($1)`,
      [shown],
    )
    return {
      cores: availableParallelism(),
      processor: cpus()[0]?.model ?? 'unknown',
      memory_gb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      postgres: version.rows[0]?.server_version ?? 'unknown',
      settings: Object.fromEntries(rows.rows.map((row) => [row.name, row.setting])),
    }
  } finally {
    await client.end()
  }
}

/** A figure taken without durable commits would compare nothing, so there is no switch to allow it. */
export function assertDurable({ settings }: Machine): void {
  for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    if (settings[name] !== 'on') throw new Error(`bench needs durable settings: ${name} is ${settings[name]}`)
  }
}

export function describe(found: Machine): string {
  const settings = Object.entries(found.settings).map(([name, value]) => `${name} ${value}`)
  return [
    `machine     ${found.cores} cores (${found.processor}), ${found.memory_gb} GB, Node ${found.node}`,
    `PostgreSQL  ${found.postgres}: ${settings.join(', ')}`,
  ].join('\n')
}
