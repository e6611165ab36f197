/** Events: files as the rest of the program knows them, without their content, and who may read them. */

import type { Verbs } from '../platform/postgres/database.ts'
import { readId, showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import type { Actor } from '@holdfast/kernel/engine/ask.ts'
import { file_id_prefix } from './uses.ts'

export interface StoredFile {
  readonly id: string
  readonly sha256: Buffer
  readonly media_type: string
  readonly bytes: number
  readonly uploaded_by_kind: string
  readonly uploaded_by: string
  readonly at: Date
}

export const file_columns = 'id, sha256, media_type, bytes, uploaded_by_kind, uploaded_by, at'

/** By its typed id; null where there is none, or it is not the caller's to read. */
export async function findFile(db: Verbs, actor: Actor, shown: string): Promise<StoredFile | null> {
  const id = readId(file_id_prefix, shown)
  if (id === null) return null
  const file = await db.maybeOne<StoredFile>(`select ${file_columns} from files where id = $1`, [id])
  return file !== undefined && (await mayReadFile(db, actor, file)) ? file : null
}

/** Staff, who uploaded it, and everyone in an agreement that it was given in. */
export async function mayReadFile(
  db: Verbs,
  { party }: Actor,
  { id, uploaded_by_kind, uploaded_by }: Pick<StoredFile, 'id' | 'uploaded_by_kind' | 'uploaded_by'>,
): Promise<boolean> {
  if (party === null || (uploaded_by_kind === 'party' && uploaded_by === party)) return true
  const use = await db.maybeOne(
    `select u.agreement_id
     from file_uses u
     join agreement_parties p on p.agreement_id = u.agreement_id
     where u.file_id = $1 and p.party = $2
     limit 1`,
    [id, party],
  )
  return use !== undefined
}

/** A service that acts for a person uploads as that person. */
export function uploaderOf({ kind, id, party }: Actor): Pick<StoredFile, 'uploaded_by_kind' | 'uploaded_by'> {
  return party === null
    ? { uploaded_by_kind: kind, uploaded_by: id }
    : { uploaded_by_kind: 'party', uploaded_by: party }
}

export function showFile({ id, sha256, media_type, bytes, at }: StoredFile): Record<string, unknown> {
  return {
    id: showId(file_id_prefix, id),
    sha256: sha256.toString('hex'),
    media_type,
    bytes,
    at: instant(at.getTime()),
  }
}
