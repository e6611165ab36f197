/** docs/went-wrong.md is written here, by `npm run docs`; a stale one fails. */

import { expect, test } from 'vitest'
import { products_seen, went_wrong, type Cell, type Item, type Proof, type Seen } from './went-wrong.ts'

const seen = Object.keys(products_seen) as Seen[]

test('docs/went-wrong.md is fresh', async () => {
  await expect(page()).toMatchFileSnapshot('../docs/went-wrong.md')
})

function page(): string {
  return [
    '<!-- Generated from test/went-wrong.ts by `npm run docs`; edit the table there instead. -->',
    '# What was seen to go wrong',
    'Errors that systems of this kind were seen to make, and the tests that would notice each of them here, for every product that it could happen to. ' +
      'A number is how many tests; – says that the product lacks what the error would touch. ' +
      'A test checks the table: every item has a cell for every product, and every test that it names is there.',
    overview(),
    ...went_wrong.map(section),
    '',
  ].join('\n\n')
}

function overview(): string {
  const head = ['', ...seen.map((product) => `\`${product}\``)]
  const rows = went_wrong.map(({ name, products }, i) => [
    `${i + 1}. ${name}`,
    ...seen.map((product) => countOf(products[product])),
  ])
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'))
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function countOf(cell: Cell): string {
  return 'tests' in cell ? String(cell.tests.length) : '–'
}

function section({ name, products }: Item, index: number): string {
  const lines = seen.map((product) => `- \`${product}\`${told(products[product])}`)
  return [`## ${index + 1}. ${name}`, lines.join('\n')].join('\n\n')
}

function told(cell: Cell): string {
  if ('cannot' in cell) return `: – ${cell.cannot}`
  return ['', ...cell.tests.map(linkTo)].join('\n')
}

function linkTo({ file, title }: Proof): string {
  return `  - ${title.replaceAll('|', '\\|')} ([${file.split('/').at(-1)}](../${file}))`
}
