/** Examines the demo: that it tells its story with the right numbers, fails on a wrong one, and leaves nothing behind. */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, inject, test } from 'vitest'
import { connect } from '@holdfast/server/platform/postgres/database.ts'
import type { Report } from '../src/run.ts'

const main = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))

test('the marketplace order is told to its end, every number as its document says', async () => {
  const { code, stdout, stderr } = await node([main, 'demo', 'marketplace-order', '--json'])
  expect(stderr).toContain('marketplace-order: A dry run …')
  const report: Report = JSON.parse(stdout)
  expect(failures(report)).toEqual([])
  expect([code, report.ok, report.totals.failed]).toEqual([0, true, 0])
  expect(report.stories.map(({ name }) => name)).toEqual(['marketplace-order', 'integrity'])
  expect(report.stories.map(({ chapters }) => chapters.length)).toEqual([8, 1])

  const checks = report.stories.flatMap((story) => story.chapters).flatMap((chapter) => chapter.checks)
  expect(report.totals.checks).toBe(checks.length)
  const table = (label: string) =>
    ['Buyer', 'Seller'].map((who) =>
      ['total', 'available', 'frozen'].map(
        (column) => checks.find(({ what }) => what === `${label}: ${column} of ${who}`)?.got,
      ),
    )
  expect(['before', 'after payment', 'after shipment', 'after confirmation'].map(table)).toEqual([
    [
      [100_000, 100_000, 0],
      [100_000, 100_000, 0],
    ],
    [
      [100_000, 50_000, 50_000],
      [100_000, 100_000, 0],
    ],
    [
      [100_000, 50_000, 50_000],
      [100_000, 100_000, 0],
    ],
    [
      [50_000, 50_000, 0],
      [150_000, 150_000, 0],
    ],
  ])
  expect(checks).toContainEqual({ what: 'answered 200', expected: 1, got: 1, ok: true })
  expect(checks).toContainEqual({ what: '409 transition_not_open', expected: 99, got: 99, ok: true })
  expect(checks).toContainEqual({ what: 'integrity report clean', expected: true, got: true, ok: true })
})

// Every way in which a story compares, each with a number that is not so.
const wrong = `{
  name: 'wrong',
  says: 'Nothing here is so',
  chapters: [
    {
      title: 'numbers',
      tell: async (scene) => {
        const buyer = await scene.person('buyer', 'PKR', 100000n)
        const order = await scene.create(scene.api.as(buyer), '/orders', { seller: 'seller', amount: 50000, currency: 'PKR' })
        await order.take(scene.api.as(buyer), 'pay')
        await scene.board('PKR', { Buyer: buyer }).row('paid', [1000n, 501n, 500n])
        await order.statement(buyer, 'PKR', [['Frozen', 50001n, 'Payment']])
        await order.statement(buyer, 'PKR', [])
        scene.amount('an amount', 'PKR', 1n, 2)
        scene.check('a fact', 'yes', undefined)
        scene.quiet('a quiet fact', [1], [2])
      },
    },
    { title: 'a refusal', tell: (scene) => scene.did('asked', scene.api.service.get('/orders/none'), 200) },
    { title: 'nothing', tell: () => Promise.resolve() },
  ],
}`

test('each number that is not as expected is named, and the exit code is 1', async () => {
  const room = JSON.stringify(new URL('../../server/src/cli/demo.ts', import.meta.url).href)
  const program = `
    const { demoCommand } = await import(${room})
    await demoCommand([${wrong}]).parseAsync(['--json'], { from: 'user' })`
  const { code, stdout } = await node(['--input-type=module', '-e', program])
  const report: Report = JSON.parse(stdout)
  expect(failures(report)).toEqual([
    'numbers · paid: available of Buyer: 50100, not 50000',
    "numbers · buyer's row 1: type: Frozen, not Freeze",
    "numbers · buyer's row 1: amount: 50001, not 50000",
    expect.stringMatching(/^numbers · buyer's row 1: description: Payment, not Payment for order ord_/),
    "numbers · rows in buyer's statement: 0, not 1",
    'numbers · an amount: 1, not 2',
    'numbers · a fact: yes, not (missing)',
    'numbers · a quiet fact: 1, not 2',
    'a refusal · asked: 200, not 404 not_found',
    expect.stringMatching(/^a refusal · told to its end: yes, not asked: /),
    'nothing · anything compared: yes, not no',
  ])
  expect([code, report.ok, report.totals.failed]).toEqual([1, false, 11])
})

test('a story that is not there is refused with the names of those that are', async () => {
  const { code, stdout, stderr } = await node([main, 'demo', 'marketplace'])
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain('no story is called marketplace; there are marketplace-order')
})

test('its databases are gone', async () => {
  const db = connect(inject('postgres').url, { name: 'test', max: 1 })
  const left = await db.any(`select datname from pg_database where datname like 'holdfast_demo_%'`)
  await db.close()
  expect(left).toEqual([])
})

async function node(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, DATABASE_URL: inject('postgres').url }
  const run = promisify(execFile)(process.execPath, args, { env, maxBuffer: 64 * 1024 * 1024 })
  return run.then(
    (out) => ({ code: 0, ...out }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
}

function failures({ stories }: Report): string[] {
  return stories.flatMap(({ chapters }) =>
    chapters.flatMap(({ title, checks }) =>
      checks
        .filter(({ ok }) => !ok)
        .map(({ what, expected, got }) => `${title} · ${what}: ${String(expected)}, not ${String(got)}`),
    ),
  )
}
