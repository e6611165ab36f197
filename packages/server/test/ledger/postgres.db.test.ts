/** The ledger on PostgreSQL passes the port's suite, and its database refuses what no code should ever try. */

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { lane, type Lane } from '../../src/platform/postgres/database.ts'
import { PostgresLedger } from '../../src/ledger/postgres.ts'
import { freshDatabase, type FreshDatabase } from '../fixtures/database.ts'
import { ledgerSuite } from '@holdfast/kernel/test/ledger/suite.ts'

let database: FreshDatabase
let open: Lane

beforeAll(async () => {
  database = await freshDatabase()
  open = lane(database.url, 'ledger suite')
})
afterAll(async () => {
  await open.close()
  await database.drop()
})
// Each test works in a transaction of its own that is never committed: the ledger joins its caller's.
afterEach(async () => {
  await open.query('rollback')
})

ledgerSuite(async () => {
  await open.query('begin')
  return new PostgresLedger(open)
})

const row = `(id, agreement_id, version, debit_account, credit_account, debit_wallet, credit_wallet, amount, currency,
  debit_code, credit_code, debit_after, credit_after, at)
  values (gen_random_uuid(), gen_random_uuid(), 1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 5, 'PKR', 'A', 'B', 0, 5, '2026-01-01Z')`

test.each([
  ['a transfer is never updated', 'update transfers set amount = 6'],
  ['a transfer is never deleted', 'delete from transfers'],
  ['the table of transfers is never emptied', 'truncate transfers'],
  ['nor that of events', 'truncate events'],
])('%s, by anybody', async (_, sql) => {
  await open.query(`insert into transfers ${row}`)
  await expect(open.query(sql)).rejects.toThrow('never changed or deleted')
})

test('no balance goes under its floor, whatever the code says', async () => {
  const account = `insert into accounts (id, owner, purpose, currency, balance, floor, earned, paid_in, withdrawn, block, holds)
    values (gen_random_uuid(), 'ann', 'available', 'PKR', -1, 0, 0, 0, 0, 'none', false)`
  await expect(open.query(account)).rejects.toThrow('accounts_floor')
})
