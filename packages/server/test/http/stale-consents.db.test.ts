// Consents that an older program had let outlive what they spoke of: gone after the migration, and those that are good are not.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEngine, type Engine } from '../fixtures/engine.ts'
import { Freelance, type Deal } from '../fixtures/freelance-milestone.ts'
import { wed } from '../fixtures/service-booking.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(() => engine.stop())

const said = { developer: 1_700_000_000_000 }
const idOf = async (path: string) => {
  const { id } = await engine.must(200, path)
  const { body } = await engine.running.db.one<{ body: string }>(
    "select agreement_id::text as body from events where body like '%' || $1 || '%' limit 1",
    [id],
  )
  return body
}
/** As the older program left it. */
const restore = async (path: string, marks: object) =>
  engine.running.db.run('update agreements set marks = $2 where id = $1', [await idOf(path), marks])
const marksOf = async (path: string) =>
  (
    await engine.running.db.one<{ marks: object }>('select marks from agreements where id = $1', [
      await idOf(path),
    ])
  ).marks

test('F6: a database of before: stale consents end, standing ones and reports stay', async () => {
  const studio = new Freelance(engine)
  const offered = async (): Promise<Deal> => {
    const deal = await studio.completed()
    await studio.by(deal.developer, deal, 'cancel')
    return deal
  }
  const path = ({ id }: Deal) => `/milestone/${id}`
  const [disputed, released, good] = [await offered(), await offered(), await offered()]
  const why = { dispute_reason: 'other', dispute_text: 'x' }
  await studio.by(disputed.client, disputed, 'dispute', why)
  await studio.by(disputed.client, disputed, 'withdraw-dispute')
  await restore(path(disputed), { cancel_together: said })
  await studio.by(released.client, released, 'release-part', { part: 1 })
  await restore(path(released), { cancel_together: said })

  const wedding = await wed(engine)
  await engine.topUp(wedding.couple, 5_000_000, 'PHP')
  await wedding.by('couple', 'pay', { method: 'wallet' })
  await wedding.by('vendor', 'mark-complete')
  await wedding.by('couple', 'dispute', why)
  await wedding.by('couple', 'withdraw-dispute')
  const booking = `/bookings/${wedding.id}`
  const reported = await marksOf(booking)
  expect(Object.keys(reported)).toEqual(['mark_complete'])
  const standing = await marksOf(path(good))

  const sql = await readFile(new URL('../../sql/0017_stale_consents.sql', import.meta.url), 'utf8')
  await engine.running.db.transaction((tx) => tx.run(sql))
  expect(await marksOf(path(disputed))).toEqual({})
  expect(await marksOf(path(released))).toEqual({})
  expect([await marksOf(path(good)), await marksOf(booking)]).toEqual([standing, reported])
  expect((await engine.integrity())['clean']).toBe(true)
})
