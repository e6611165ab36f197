/** Commands: `keys create | list | revoke`. A key is shown once; the database keeps its hash. */

import { Command, Option } from 'commander'
import { createKey, revokeKey, type NewKey } from '../access/keys.ts'
import { roles, scopes, type OperatorRole, type Scope } from '../access/scopes.ts'
import { realClock } from '../platform/clock.ts'
import { connect, type Database } from '../platform/postgres/database.ts'
import { withDatabase } from './database.ts'
import { fail, print } from './print.ts'

interface CreateFlags {
  readonly data?: string
  readonly role?: OperatorRole
  readonly scopes?: string
}

export function keysCommand(): Command {
  const data = () =>
    new Option('--data <folder>', 'folder of the embedded PostgreSQL, unless DATABASE_URL is set')
  return new Command('keys')
    .description('API keys of the backend and of operators')
    .addCommand(
      new Command('create')
        .argument('<name>', 'shown in the log as who did it')
        .addOption(new Option('--role <role>', "an operator's key").choices(Object.keys(roles)))
        .option('--scopes <list>', `a service key with these scopes only: ${scopes.join(',')}`)
        .addOption(data())
        .action((name: string, flags: CreateFlags) =>
          withKeys(flags, async (db) => print(await createKey(db, newKeyOf(name, flags), realClock.now()))),
        ),
    )
    .addCommand(
      new Command('list').addOption(data()).action((flags: { data?: string }) =>
        withKeys(flags, async (db) => {
          const rows = await db.any<{ name: string; kind: string; revoked: boolean; scopes: string[] }>(
            'select name, kind, revoked_at is not null as revoked, scopes from api_keys order by created_at',
          )
          if (rows.length === 0) print('No keys yet.')
          for (const { name, kind, revoked, scopes: may } of rows)
            print(`${name} · ${kind}${revoked ? ' · revoked' : ''} · ${may.join(' ')}`)
        }),
      ),
    )
    .addCommand(
      new Command('revoke')
        .argument('<name>')
        .addOption(data())
        .action((name: string, flags: { data?: string }) =>
          withKeys(flags, async (db) => {
            if (await revokeKey(db, name, realClock.now()))
              print(`Revoked ${name}; running processes forget it within seconds.`)
            else fail(`no key is called ${name}`)
          }),
        ),
    )
}

function newKeyOf(name: string, { role, scopes: list }: CreateFlags): NewKey {
  if (role !== undefined) return { kind: 'operator', name, role }
  if (list === undefined) return { kind: 'service', name }
  const wanted = list.split(',')
  const unknown = wanted.find((scope) => !(scopes as readonly string[]).includes(scope))
  if (unknown !== undefined) fail(`no scope is called ${unknown}; there are ${scopes.join(', ')}`)
  return { kind: 'service', name, scopes: wanted as Scope[] }
}

async function withKeys(
  flags: { readonly data?: string },
  work: (db: Database) => Promise<void>,
): Promise<void> {
  await withDatabase(flags, async (url) => {
    const db = connect(url, { name: 'holdfast keys', max: 1 })
    await work(db)
    await db.close()
  })
}
