/** Events: where files were given, found in the inputs of transitions. The same content given elsewhere is found by its hash. */

import type { Tx, Verbs } from '../platform/postgres/database.ts'
import { text, time, uuid } from '../platform/postgres/binary-arrays.ts'
import { readId } from '@holdfast/kernel/ids.ts'
import type { Projection } from '../event-log/projections.ts'
import type { LoggedEvent } from '../event-log/log.ts'

export const file_id_prefix = 'fil'

export interface FileUse {
  readonly agreement_id: string
  readonly file_id: string
  readonly at: Date
}

interface Given {
  readonly agreement: string
  readonly file: string
  /** The person who gave it; null for staff. */
  readonly party: string | null
  readonly at_ms: number
}

/** Every agreement in which this very content was given, oldest first. */
export function fileUses(db: Verbs, sha256: Buffer): Promise<FileUse[]> {
  return db.any<FileUse>(
    `select agreement_id, file_id, at
     from file_uses
     where sha256 = $1
     order by at, agreement_id, file_id`,
    [sha256],
  )
}

/** A use is only noted of who may read the file: naming the id of another's file opens it to nobody. */
export async function noteFileUses(tx: Tx, given: readonly Given[]): Promise<void> {
  if (given.length === 0) return
  await tx.run(
    `insert into file_uses (agreement_id, file_id, sha256, at)
     select distinct on (g.agreement_id, f.id) g.agreement_id, f.id, f.sha256, g.at
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[]) g (agreement_id, file_id, party, at)
     join files f on f.id = g.file_id
     where g.party is null
     or f.uploaded_by_kind <> 'party'
     or f.uploaded_by = g.party
     or exists (
       select from file_uses u
       join agreement_parties p on p.agreement_id = u.agreement_id
       where u.file_id = f.id and p.party = g.party
     )
     order by g.agreement_id, f.id, g.at
     on conflict do nothing`,
    [
      uuid(given, (use) => use.agreement),
      uuid(given, (use) => use.file),
      text(given, (use) => use.party),
      time(given, (use) => use.at_ms),
    ],
  )
}

export const projectFileUses: Projection = {
  name: 'file-uses',
  project: (tx, events) => noteFileUses(tx, events.flatMap(givenIn)),
}

function givenIn({ agreement_id, body }: LoggedEvent): Given[] {
  const { input, by, parties, at } = body
  if (input === undefined) return []
  return Object.values(input)
    .flatMap(filesIn)
    .map((file) => ({
      agreement: agreement_id,
      file,
      party: parties[by.role] ?? null,
      at_ms: Date.parse(at),
    }))
}

/** A typed id itself, an object with one in `file`, or a list of either. */
function filesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(filesIn)
  const named = typeof value === 'object' && value !== null && 'file' in value ? value.file : value
  const id = typeof named === 'string' ? readId(file_id_prefix, named) : null
  return id === null ? [] : [id]
}
