/** docs/problems.md is written here, from the one table, by `npm run docs`; a stale page fails. */

import { expect, test } from 'vitest'
import { unanswered_problems } from './exceptions.ts'
import { codeOf, isTest, list } from './tree.ts'
import { problem_table } from '../packages/server/src/http/problems.ts'

const codes = Object.keys(problem_table)

test('docs/problems.md is fresh', async () => {
  await expect(page()).toMatchFileSnapshot('../docs/problems.md')
})

test('every code is answered somewhere', () => {
  const tables = ['packages/server/src/http/problems.ts', 'packages/kernel/src/problem.ts']
  const source = list('packages').filter(
    (file) => file.includes('/src/') && file.endsWith('.ts') && !isTest(file) && !tables.includes(file),
  )
  const text = source.map(codeOf).join('\n')
  expect(codes.filter((code) => !text.includes(`'${code}'`)).toSorted()).toEqual(
    Object.keys(unanswered_problems).toSorted(),
  )
})

function page(): string {
  const rows = Object.entries(problem_table).map(
    ([code, { status, title, detail }]) => `| \`${code}\` | ${status} | ${title} | ${detail} |`,
  )
  return [
    '# Problems',
    '',
    '<!-- Generated from packages/server/src/http/problems.ts by `npm run docs`; edit the table there instead. -->',
    '',
    'A problem is an expected refusal. Nothing was done. The body is `application/problem+json` (RFC 9457): `type`, `title`, `status`,',
    '`detail`, `code`, `request_id`, and the facts that the code needs, such as `pointer`, `state`, `allowed` or `short_by`.',
    '',
    'Programs look at `code` alone: it never changes its meaning and is never used again for another. `title` and `detail` are for people.',
    'Statuses: 4xx, the caller changes something; 409, the state or the money does not allow it now; 503, wait and ask again, with the',
    'same `Idempotency-Key`. A refusal is not kept under its key, so the same request may be sent again (see',
    '[the decision](decisions/0006-refusals-are-not-stored.md)).',
    '',
    '| code | status | title | what to do |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}
