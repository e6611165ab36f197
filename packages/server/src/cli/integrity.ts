/** Commands: `integrity`, the proof on the command line. */

import { Command } from 'commander'
import { realClock } from '../platform/clock.ts'
import { connect } from '../platform/postgres/database.ts'
import { checkIntegrity } from '../ledger/integrity.ts'
import { withDatabase } from './database.ts'
import { print } from './print.ts'

export function integrityCommand(): Command {
  return new Command('integrity')
    .description('prove that nothing was created, lost or stranded; exits 1 if something is broken')
    .option('--data <folder>', 'folder of the embedded PostgreSQL, unless DATABASE_URL is set')
    .option('--json', 'print the report as JSON')
    .action((flags: { data?: string; json?: boolean }) =>
      withDatabase(flags, async (url) => {
        const db = connect(url, { name: 'holdfast integrity', max: 1 })
        const report = await checkIntegrity(db, realClock.now())
        await db.close()
        if (flags.json) print(JSON.stringify(report))
        else {
          for (const [check, count] of Object.entries(report.broken))
            print(`${count === 0 ? 'ok    ' : `${count} ×`} ${check.replaceAll('_', ' ')}`)
          print(
            `${report.agreements} agreements, ${report.transfers} transfers, ${report.events} events: ${report.clean ? 'clean' : 'BROKEN'}`,
          )
        }
        if (!report.clean) process.exitCode = 1
      }),
    )
}
