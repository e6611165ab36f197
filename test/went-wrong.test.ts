/** The table of what was seen to go wrong is complete: a cell for each item and product, and every test it names is there. */

import { expect, test } from 'vitest'
import { products } from '../packages/server/src/modules.ts'
import { dealt } from '../packages/server/test/fixtures/every-product.ts'
import { exists, list, read } from './tree.ts'
import { products_seen, went_wrong, type Cell, type Proof, type Seen, type Thing } from './went-wrong.ts'

/** As many as the list has that the table was made from. */
const items_listed = 23
const seen = Object.keys(products_seen) as Seen[]

interface Filled {
  readonly item: string
  readonly touches: Thing | undefined
  readonly product: Seen
  readonly cell: Cell
}
const cells: readonly Filled[] = went_wrong.flatMap(({ name, touches, products: of_item }) =>
  seen.map((product) => ({ item: name, touches, product, cell: of_item[product] })),
)

test('every item has a cell for every product', () => {
  expect(new Set(went_wrong.map(({ name }) => name)).size).toBe(items_listed)
  for (const { item, products: of_item } of went_wrong.map((each) => ({ item: each.name, ...each })))
    expect([item, Object.keys(of_item).toSorted()]).toEqual([item, seen.toSorted()])
})

test('every flow that holds or owes money belongs to a product of the table', () => {
  const with_money = products
    .map(({ flow }) => flow)
    .filter((flow) => /\.(held|payout|debts?)\b/.test(JSON.stringify(flow)))
    .map(({ name }) => name)
  const listed: readonly string[] = Object.values(products_seen).flat()
  expect(with_money.filter((name) => !listed.includes(name))).toEqual([])
  expect(listed.filter((name) => !products.some(({ flow }) => flow.name === name))).toEqual([])
  // What is asked of each product is asked of all of them.
  expect([...dealt].toSorted()).toEqual(seen.toSorted())
})

test.each(cells.filter(({ cell }) => 'tests' in cell))(
  '$item: the tests of $product are there',
  ({ cell }) => {
    const proofs = 'tests' in cell ? cell.tests : []
    expect(proofs).not.toEqual([])
    expect(new Set(proofs.map(nameOf)).size).toBe(proofs.length)
    expect(proofs.filter(({ file, title }) => !exists(file) || !titlesIn(file).includes(title))).toEqual([])
  },
)

test.each(cells.filter(({ cell }) => 'cannot' in cell))(
  '$item: $product lacks what it would touch, and the reason is a sentence',
  ({ touches, product, cell }) => {
    expect('cannot' in cell ? cell.cannot : '').toMatch(sentence)
    expect(touches === undefined || has(product, touches)).toBe(false)
  },
)

test('each thing that an item touches is had by a product, and lacked by another', () => {
  for (const touches of new Set(went_wrong.flatMap(({ touches: one }) => one ?? []))) {
    expect([touches, seen.some((product) => has(product, touches))]).toEqual([touches, true])
    expect([touches, seen.every((product) => has(product, touches))]).toEqual([touches, false])
  }
})

test('every test that was written for the table is in it', () => {
  const file = 'packages/server/test/http/went-wrong.db.test.ts'
  const named = cells.flatMap(({ cell }) => ('tests' in cell ? cell.tests.map(nameOf) : []))
  expect(titlesIn(file).filter((title) => !named.includes(nameOf({ file, title })))).toEqual([])
})

test('titles are read as they are written', () => {
  const text = `
    test('one', () => {})
    test.each([1, (2)])('each %i', (n) => {})
    test.each(rows)(
      "it's two",
      async ({ a }) => {})
    describe('no test', () => {})
    describe.each(['x'])('nor %s', (x) => {})
    other('neither', () => {})
    test(\`seed \${seed}: three\`, () => {})
    // test('four', () => {})
  `
  expect(titlesOf(text)).toEqual(['one', 'each %i', "it's two", 'seed ${seed}: three'])
})

const sentence = /^[A-Z][^\n]{20,}\.$/

function nameOf({ file, title }: Proof): string {
  return `${file}: ${title}`
}

const known = new Map<string, readonly string[]>()
function titlesIn(file: string): readonly string[] {
  const titles = known.get(file) ?? titlesOf(read(file))
  known.set(file, titles)
  return titles
}

/** Of `test('…', …)` and `test.each(…)('…', …)`; what stands before the bracket says whose each it was. */
function titlesOf(text: string): string[] {
  const code = text.replaceAll(/^\s*\/\/.*$/gm, '')
  const calls = /(?<caller>\btest|\))\(\s*(?<quote>['"`])(?<title>(?:\\.|(?!\k<quote>)[^\\])*)\k<quote>,/g
  return [...code.matchAll(calls)]
    .filter(({ index, groups }) => groups?.['caller'] === 'test' || eachBefore(code, index) === 'test')
    .map(({ groups }) => (groups?.['title'] ?? '').replaceAll(/\\(['"`])/g, '$1'))
}

function eachBefore(code: string, index: number): string | undefined {
  return [...code.slice(0, index).matchAll(/\b(test|describe)\.each\b/g)].at(-1)?.[1]
}

const folders: Readonly<Record<Seen, string>> = {
  'p2p-trade': 'packages/server/src/products/p2p',
  'marketplace-order': 'packages/server/src/products/marketplace-order',
  'service-booking': 'packages/server/src/products/service-booking',
  withdrawal: 'packages/server/src/system-flows/withdrawal',
  'freelance-milestone': 'packages/server/src/products/freelance',
  'trade-credit': 'packages/server/src/products/trade-credit',
}

/** In the flows or the folder of the product, as they are. */
function has(product: Seen, thing: Thing): boolean {
  const names: readonly string[] = products_seen[product]
  const own = products.map(({ flow }) => flow).filter(({ name }) => names.includes(name))
  const moves = own.flatMap(({ transitions }) =>
    Object.values(transitions).flatMap(({ moves: at_once = [], later = [] }) => [...at_once, ...later]),
  )
  const account = (name: RegExp) => moves.some(([, route]) => name.test(route))
  const are: Readonly<Record<Thing, boolean>> = {
    dispute: own.some(({ dispute }) => dispute !== undefined),
    job:
      own.some(({ transitions }) => Object.values(transitions).some(({ later }) => later !== undefined)) ||
      list(folders[product]).some((file) => file.endsWith('/schedules.ts')),
    payout: account(/\.payout\b/),
    receipts: list(folders[product]).some((file) => file.endsWith('/receipts.ts')),
    shares: own.some(({ dispute }) => dispute !== undefined) || moves.some(([part]) => part.includes(' of ')),
    debt: account(/\.debts?\b/),
    deduction: names.some((name) => name.endsWith('-deduction')),
  }
  return are[thing]
}
