/** Commands: `doctor`: what this installation stands on, and what should be mended. */

import { Command } from 'commander'
import { realClock } from '../platform/clock.ts'
import { connect, type Database } from '../platform/postgres/database.ts'
import { version } from '../platform/version.ts'
import { ageWarning } from '../platform/zones/age.ts'
import { zoneData } from '../platform/zones/zone-data.ts'
import { phone_data } from '../system-flows/accounts/mobile-numbers.ts'
import { withDatabase } from './database.ts'
import { print } from './print.ts'

interface Postgres {
  readonly version: string
  readonly synchronous_commit: string
  readonly role: string
  readonly owns_tables: boolean
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('what this installation stands on, and what should be mended; exits 1 if something should')
    .option('--data <folder>', 'folder of the embedded PostgreSQL, unless DATABASE_URL is set')
    .option('--json', 'print it as JSON')
    .action((flags: { data?: string; json?: boolean }) =>
      withDatabase(flags, async (url) => {
        const db = connect(url, { name: 'holdfast doctor', max: 1 })
        const postgres = await closing(db, () =>
          db.one<Postgres>(
            `select current_setting('server_version') as version,
                    current_setting('synchronous_commit') as synchronous_commit,
                    current_user::text as role,
                    exists (
                      select from pg_class c
                      where c.oid = to_regclass('public.transfers') and pg_has_role(c.relowner, 'usage')
                    ) as owns_tables`,
          ),
        )
        const { version: zones, source } = zoneData()
        const warnings = [ageWarning(zoneData(), realClock.now())].filter((warning) => warning !== null)
        const found = {
          holdfast: version,
          node: process.version,
          postgres,
          zone_data: { version: zones, source },
          phone_data,
          warnings,
        }
        if (flags.json === true) print(JSON.stringify(found))
        else {
          print(`Holdfast       ${version} on Node ${process.version}`)
          print(`PostgreSQL     ${postgres.version}, synchronous_commit ${postgres.synchronous_commit}`)
          print(`Role           ${postgres.role}${postgres.owns_tables ? ', which owns the tables' : ''}`)
          print(`Zone data      ${zones} (${source})`)
          print(`Phone numbers  libphonenumber-js ${phone_data.release} of ${phone_data.released}`)
          for (const warning of warnings) print(`MEND           ${warning}`)
        }
        if (warnings.length > 0) process.exitCode = 1
      }),
    )
}

async function closing<T>(db: Database, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    await db.close()
  }
}
