// Examines that only sound flows are published, since what is published stays for good.
import { expect, test } from 'vitest'
import { startEngine } from '../../test/fixtures/engine.ts'
import { freshDatabase } from '../../test/fixtures/database.ts'
import { trade } from '@holdfast/kernel/test/specimens/trade.ts'

test('an unsound flow stops the start, with every complaint, and is not published', async () => {
  const fresh = await freshDatabase()
  const { ends: _ends, ...rest } = trade.flow
  const broken = { ...trade, flow: { ...rest, ends: [] } }
  await expect(startEngine({ url: fresh.url, products: [broken] })).rejects.toThrow(
    new RegExp(`The flow ${trade.flow.name} is not published, since it is not sound; .*: a dead end`),
  )
  expect(await fresh.db.any('select name from flows')).toEqual([])
  await fresh.drop()
})
