/** Uses of files: found wherever an input names one; the same content given elsewhere is found; nobody gives away another's. */

import { hash, randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../test/fixtures/database.ts'
import { append } from '../../test/fixtures/event-log.ts'
import { newId, showId } from '@holdfast/kernel/ids.ts'
import { createLog } from '../platform/log.ts'
import { projectFileUses, fileUses } from './uses.ts'
import { mayReadFile } from './files.ts'
import { Projections } from '../event-log/projections.ts'

const fresh: FreshDatabase[] = []
let db: FreshDatabase['db']
let follow: () => Promise<void>

beforeEach(async () => {
  const database = await freshDatabase()
  fresh.push(database)
  ;({ db } = database)
  const projections = new Projections(db, [projectFileUses], createLog('silent'))
  follow = () => projections.catchUp()
})
afterAll(() => Promise.all(fresh.map((database) => database.drop())))

const at_ms = Date.parse('2026-03-15T09:00:00Z')
const content = randomBytes(50)
const sha256 = hash('sha256', content, 'buffer')

async function upload(by: string, kind = 'party', bytes = content): Promise<{ id: string; shown: string }> {
  const id = newId(at_ms)
  await db.run(
    `insert into files (id, sha256, media_type, bytes, content, uploaded_by_kind, uploaded_by, at)
     values ($1, sha256($2), 'image/png', length($2), $2, $3, $4, '2026-03-15')`,
    [id, bytes, kind, by],
  )
  return { id, shown: showId('fil', id) }
}

async function agreement(parties: readonly string[]): Promise<string> {
  const id = randomUUID()
  await db.run(
    `insert into agreement_parties (party, agreement_id, role)
     select party, $2, party from unnest($1::text[]) as party`,
    [parties, id],
  )
  return id
}

const uses = async () => (await fileUses(db, sha256)).map((use) => [use.agreement_id, use.file_id])
const reads = (party: string, id: string) =>
  mayReadFile(
    db,
    { kind: 'party', id: party, party },
    { id, uploaded_by_kind: 'party', uploaded_by: 'ayesha' },
  )

test.each([
  ['the field itself', (file: string) => ({ proof: file })],
  ['an object', (file: string) => ({ proof: { file, note: 'paid' } })],
  ['a list', (file: string) => ({ proofs: [{ file }, { file }] })],
])('a file named as %s is found, and both sides may read it', async (_, input) => {
  const file = await upload('ayesha')
  const trade = await agreement(['ayesha', 'bilal'])
  expect(await reads('bilal', file.id)).toBe(false)
  await append(db, [{ agreement_id: trade, input: input(file.shown) }])
  await follow()
  expect(await uses()).toEqual([[trade, file.id]])
  expect(await reads('bilal', file.id)).toBe(true)
  expect(await reads('eve', file.id)).toBe(false)
})

test('what is no file, or no file of ours, is no use', async () => {
  await append(db, [
    { input: { text: 'fil_', note: showId('ord', newId(at_ms)), file: showId('fil', newId(at_ms)) } },
  ])
  await follow()
  expect(await db.any('select * from file_uses')).toEqual([])
})

test('the same content under another id, in another agreement, is found by its hash', async () => {
  const [first, second] = [await upload('ayesha'), await upload('ayesha')]
  const other = await upload('ayesha', 'party', randomBytes(9))
  const [one, two] = [await agreement(['ayesha', 'bilal']), await agreement(['ayesha', 'chanda'])]
  await append(db, [
    { agreement_id: one, input: { proof: first.shown }, at: '2026-03-15T10:00:00.000Z' },
    { agreement_id: two, input: { proof: second.shown, more: other.shown }, at: '2026-03-15T11:00:00.000Z' },
    { agreement_id: two, input: { proof: second.shown }, at: '2026-03-15T12:00:00.000Z' },
  ])
  await follow()
  expect(await uses()).toEqual([
    [one, first.id],
    [two, second.id],
  ])
})

test("naming another's file opens it to nobody; staff and who received it may give it on", async () => {
  const file = await upload('ayesha')
  const eves = await agreement(['eve', 'mallory'])
  const by = { kind: 'party', id: 'eve', role: 'buyer' }
  const stolen = {
    agreement_id: eves,
    by,
    parties: { buyer: 'eve', seller: 'mallory' },
    input: { file: file.shown },
  }
  await append(db, [stolen])
  await follow()
  expect(await uses()).toEqual([])
  expect(await reads('eve', file.id)).toBe(false)

  const trade = await agreement(['ayesha', 'eve'])
  await append(db, [
    {
      agreement_id: trade,
      by: { kind: 'operator', id: 'maria', role: 'operator' },
      input: { file: file.shown },
    },
  ])
  await follow()
  expect(await reads('eve', file.id)).toBe(true)
  await append(db, [stolen])
  await follow()
  expect(new Set((await uses()).map(([agreement_id]) => agreement_id))).toEqual(new Set([trade, eves]))
})
