// A bank statement against what operators did by hand, over HTTP and on the command line: matched, missing, different; wrong files change nothing.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { statement_bytes_max } from '../../src/payments/reconciliation/statement.ts'
import { contentsOf, startEngine, type Answer, type Engine, type Json } from '../fixtures/engine.ts'

let engine: Engine
let folder: string
beforeAll(async () => {
  engine = await startEngine()
  folder = await mkdtemp(join(tmpdir(), 'holdfast-statement-'))
})
afterAll(async () => {
  await engine.stop()
  await rm(folder, { recursive: true })
})

const day = async (days = 0) =>
  new Date(Date.parse((await engine.must(200, '/v1/test-clock'))['now']) + days * 86_400_000)
    .toISOString()
    .slice(0, 10)
const head = 'date,amount,reference,description'

function handIn(
  csv: string | Uint8Array,
  query = 'currency=PHP&reason=monthly',
  headers: Json = {},
): Promise<Answer> {
  return engine.ask(`/v1/reconciliations/bank?${query}`, {
    key: engine.admin,
    body: csv,
    headers: { 'content-type': 'text/csv', ...headers },
  })
}
async function open(): Promise<Json[]> {
  return (await engine.must(200, '/v1/reconciliation-exceptions?provider=bank', { key: engine.admin }))[
    'data'
  ]
}
const topUp = (party: string, amount: number, reference: string) =>
  engine.operate(`/v1/wallets/${party}/PHP/top-ups`, { amount, reference })

/** Asked for, approved, and paid by an operator at the bank. */
async function paidByHand(party: string, amount: number, payout_reference: string): Promise<string> {
  const body = {
    amount,
    currency: 'PHP',
    method: 'gcash',
    account_details: { mobile_number: '09171234567' },
  }
  const { id } = await engine.must(201, `/api/wallet/${party}/withdraw`, { party, body })
  await engine.advance(86_460)
  await engine.operate(`/admin/withdrawals/${id}/approve`)
  await engine.operate(`/admin/withdrawals/${id}/mark-paid`, { payout_reference })
  return id
}

test('a month at the bank: what agrees, and what does not, each named once until it does', async () => {
  await topUp('ana', 500_000, 'BANK-1')
  await topUp('ana', 70_000, 'BANK-2')
  await topUp('ben', 30_000, 'BANK-3')
  const withdrawal = await paidByHand('ana', 100_000, 'OUT-1')
  await engine.operate('/v1/wallets/ben/PHP/sales', { amount: 999, reference: 'till-1' }).catch(() => null)
  const today = await day()
  const yesterday = await day(-1)
  const lines = [
    head,
    `${yesterday},5000.00,bank-1,`,
    `${yesterday},700.01,,INSTAPAY FROM ANA REF:BANK-2`,
    `${today},-1000.00,,GCASH OUT-1`,
    `${today},42.00,BANK-9,"From nobody, for nothing"`,
  ].join('\n')
  const { status, body } = await handIn(lines)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    exceptions_open: { bank: 3 },
    runs: [
      {
        provider: 'bank',
        currency: 'PHP',
        by: 'sandbox admin',
        reason: 'monthly',
        state: 'done',
        summary: {
          lines: 4,
          matched: [
            { kind: 'in', currency: 'PHP', count: 1, amount: 500_000 },
            { kind: 'out', currency: 'PHP', count: 1, amount: 100_000 },
          ],
          found: { missing_here: 1, missing_there: 1, different: 1 },
        },
      },
    ],
  })
  const found = await open()
  const by = (what: string) => found.find((one) => one['what'] === what)
  expect(by('missing_here')).toMatchObject({
    kind: 'in',
    there: { amount: 4_200, currency: 'PHP' },
    here: null,
    line: { date: today, reference: 'BANK-9', description: 'From nobody, for nothing' },
  })
  expect(by('different')).toMatchObject({ there: { amount: 70_001 }, here: { amount: 70_000 } })
  expect(by('missing_there')).toMatchObject({ there: null, here: { amount: 30_000 } })
  for (const one of found) if (one['agreement'] !== null) expect(one['agreement']).toMatch(/^(top|wd)_/)
  expect(found.map((one) => one['agreement'])).not.toContain(withdrawal)

  // Handed in once more, nothing is new.
  await handIn(lines, 'currency=PHP&reason=again')
  expect((await open()).map(({ id, first_run }) => [id, first_run])).toEqual(
    found.map(({ id, first_run }) => [id, first_run]),
  )

  // An operator books what came; the bank shows the rest on the next statement.
  await topUp('eve', 4_200, 'BANK-9')
  const next = `${head}\n${await day()},300.00,BANK-3,late\n`
  expect((await handIn(next)).body).toMatchObject({ exceptions_open: { bank: 1 } })
  expect(await open()).toMatchObject([{ what: 'different', id: by('different')?.['id'] }])
  // The bank paid the same twice: what was matched with the first line is not matched with another.
  const twice = `${head}\n${await day()},-1000.00,,GCASH OUT-1 once more`
  expect((await handIn(twice)).body).toMatchObject({ exceptions_open: { bank: 2 } })
  const [again] = (await open()).filter(({ kind }) => kind === 'out')
  expect(again).toMatchObject({ what: 'missing_here', there: { amount: 100_000 }, here: null })
  await engine.must(200, `/v1/reconciliation-exceptions/${again?.['id']}/resolve`, {
    key: engine.admin,
    body: { reason: 'the bank takes it back' },
  })
  const path = `/v1/reconciliation-exceptions/${by('different')?.['id']}/resolve`
  await engine.must(200, path, { key: engine.admin, body: { reason: 'a centavo of interest' } })
  await handIn(lines)
  expect(await open()).toEqual([])
  expect(await engine.integrity()).toMatchObject({ clean: true })
}, 60_000)

test('an operator confirms a pay-in by hand: the line is known by what the operator read', async () => {
  const { id } = await engine.must(201, '/v1/wallets/fay/PKR/top-ups', {
    party: 'fay',
    body: { amount: 90_000, method: 'bank_transfer' },
  })
  await engine.advance(60)
  const { data } = await engine.must(200, '/v1/manual-payments', { key: engine.admin })
  expect(data).toHaveLength(1)
  await engine.operate(`/v1/manual-payments/${data[0].id}/confirm`, {
    state: 'succeeded',
    reference: 'HBL-5',
  })
  await engine.advance(60)
  expect(await engine.must(200, `/v1/top-ups/${id}`, { party: 'fay' })).toMatchObject({ state: 'completed' })
  const { body } = await handIn(`${head}\n${await day()},900.00,,HBL-5 fay`, 'currency=PKR&reason=x')
  expect(body['runs']).toMatchObject([
    { summary: { found: { missing_here: 0, missing_there: 0, different: 0 } } },
  ])
  const { runs } = await engine.operate('/v1/reconciliations', { provider: 'manual', to: undefined })
  expect(runs).toMatchObject([{ state: 'done' }])
})

test('a file that is wrong is refused with its line, and nothing is written', async () => {
  const before = await contentsOf(engine.running.db)
  const rows = () => engine.running.db.one('select count(*)::int as runs from reconciliations')
  const runs = await rows()
  const today = await day()
  const cases: [string | Uint8Array, string, number, Json][] = [
    [`${head}\n${today},1.00,A,x\n${today},1.005,A,x`, 'currency=PHP&reason=x', 400, { line: 3 }],
    [`${head}\n15/03/2026,1.00,A,x`, 'currency=PHP&reason=x', 400, { line: 2 }],
    ['{"not":"csv"}', 'currency=PHP&reason=x', 400, { line: 1 }],
    [Buffer.from([0xff, 0xfe, 0x00]), 'currency=PHP&reason=x', 400, { line: 1 }],
    [`${head}\n2020-01-01,1,A,x\n${today},1,A,x`, 'currency=PHP&reason=x', 400, {}],
    [`${head}\n${today},1.00,A,x`, 'currency=PHP', 400, { in: 'querystring' }],
    [`${head}\n${today},1.00,A,x`, 'currency=XXX&reason=x', 400, { in: 'querystring' }],
    ['x'.repeat(statement_bytes_max + 1), 'currency=PHP&reason=x', 413, { bytes_max: statement_bytes_max }],
  ]
  for (const [csv, query, status, facts] of cases) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const answer = await handIn(csv, query)
    expect([query, answer.status, answer.text]).toEqual([query, status, expect.any(String)])
    expect(answer.body).toMatchObject(facts)
  }
  const json = await handIn('{}', 'currency=PHP&reason=x', { 'content-type': 'application/json' })
  expect(json.status).toBe(415)
  expect(await contentsOf(engine.running.db)).toBe(before)
  expect(await rows()).toEqual(runs)
})

test('on the command line: a table for people, JSON for programs, and exit code 1 while something differs', async () => {
  const file = join(folder, 'march.csv')
  await writeFile(file, `${head}\n${await day()},77.00,BANK-77,\n`)
  const differing = await holdfast('reconcile', '--bank', file, '--currency', 'PHP')
  expect([differing.code, differing.err]).toEqual([1, expect.stringMatching(/: 1 lines$/m)])
  expect(differing.out).toMatch(/missing here\s+bank in BANK-77: there PHP 77.00, here nothing/)
  expect(differing.out).toMatch(/outside.clearing: PHP/)
  await topUp('gus', 7_700, 'BANK-77')
  const agreeing = await holdfast('reconcile', '--bank', file, '--currency', 'PHP', '--json')
  expect(agreeing.code).toBe(0)
  expect(JSON.parse(agreeing.out)).toMatchObject({
    exceptions: [],
    runs: [{ state: 'done', provider: 'bank' }],
  })
  const all = await holdfast('reconcile')
  expect([all.code, all.err]).toEqual([0, expect.stringMatching(/^manual: from/m)])
  await writeFile(file, `${head}\n${await day()},seventy,BANK-77,\n`)
  const wrong = await holdfast('reconcile', '--bank', file, '--currency', 'PHP')
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/line 2.*"seventy" is no amount/)])
  const nobody = await holdfast('reconcile', '--provider', 'stripe')
  expect([nobody.code, nobody.err]).toEqual([1, expect.stringMatching(/no provider is called stripe/)])
}, 60_000)

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

function holdfast(...flags: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, DATABASE_URL: engine.running.database_url, HOLDFAST_EMULATOR_PORT: '0' }
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...flags], { env }, (error, out, err) => {
      const code = error === null ? 0 : Number(error.code)
      resolve({ code, out, err })
    })
  })
}
