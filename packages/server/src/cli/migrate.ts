/** Commands: `migrate`, for deployments that migrate before they start. */

import { Command } from 'commander'
import { migrate } from '../platform/postgres/migrate.ts'
import { withDatabase } from './database.ts'
import { print } from './print.ts'

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database to this version of the schema; forward only, safe to run many at once')
    .option('--data <folder>', 'folder of the embedded PostgreSQL, unless DATABASE_URL is set')
    .option(
      '--runtime-role <name>',
      'grant this role, which owns nothing, what api and worker need (see docs/operating.md)',
    )
    .action((flags: { data?: string; runtimeRole?: string }) =>
      withDatabase(flags, async (url) => {
        const { applied } = await migrate(url, { runtime_role: flags.runtimeRole })
        print(applied.length === 0 ? 'Nothing to do.' : applied.map((name) => `applied ${name}`).join('\n'))
      }),
    )
}
