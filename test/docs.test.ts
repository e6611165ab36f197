// What the pages say must be so: their links lead somewhere, their commands exist, their tables are complete.
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readConfig, type Config } from '../packages/server/src/platform/config/config.ts'
import { flowRegistryOf } from '../packages/kernel/src/engine/product.ts'
import { products } from '../packages/server/src/modules.ts'
import { proveFlows } from '../packages/server/src/prove.ts'
import { product_routes, room_routes } from '../packages/server/src/module-routes.ts'
import { createApp } from '../packages/server/src/http/app.ts'
import type { Context } from '../packages/server/src/http/context.ts'
import { currencies } from '../packages/kernel/src/money/currency.ts'
import { scopes } from '../packages/server/src/access/scopes.ts'
import program from '../package.json' with { type: 'json' }
import { deposit } from '../packages/server/test/example/rental-deposit/product.ts'
import { codeOf, exists, isTest, list, read } from './tree.ts'

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...list('docs').filter((file) => file.endsWith('.md')),
]
const source = [...list('packages/kernel/src'), ...list('packages/server/src')].filter(
  (file) => file.endsWith('.ts') && !isTest(file),
)

describe.each(pages)('%s', (page) => {
  const text = read(page)

  test('its links lead to files and headings that are there', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^(https?|mailto):/.test(link))
    expect(links.filter((link) => !leadsSomewhere(page, link))).toEqual([])
  })

  test('its commands are scripts of package.json', () => {
    const named = [...text.matchAll(/(?:^|`|&& )npm (?:run )?([a-z-]+)/gm)].map(([, name = '']) => name)
    const known = new Set([...Object.keys(program.scripts), 'ci'])
    expect(named.filter((name) => !known.has(name))).toEqual([])
  })

  test('the files that it names in code are there', () => {
    const named = [...text.matchAll(/`((?:packages|bench|docs|test)\/[\w./-]+)`/g)].map(
      ([, file = '']) => file,
    )
    expect(named.filter((file) => !exists(file))).toEqual([])
  })
})

test("the README's requests name paths of the API, by method", async () => {
  const requests = requestsOf(read('README.md'))
  expect(requests.length).toBeGreaterThanOrEqual(4)
  const routes = await routesOf()
  expect(requests.filter((request) => !routes.some((route) => route.test(request)))).toEqual([])
})

test('docs/operating.md has a row for every setting, and for no other', () => {
  const settings = /\b(HOLDFAST_[A-Z_]*[A-Z]|DATABASE_URL)\b/g
  const code = [...list('packages'), ...list('test'), ...list('bench')].filter(
    (file) => file.endsWith('.ts') && file !== 'test/docs.test.ts',
  )
  const in_code = new Set(code.flatMap((file) => codeOf(file).match(settings) ?? []))
  const rows = [...read('docs/operating.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name = '']) => name)
  expect(rows.toSorted()).toEqual([...in_code].toSorted())
})

test('docs/operating.md says the defaults that the configuration has', () => {
  const { host, port, data_folder, readers, log_level, time_zone, mode }: Config = readConfig({})
  for (const value of [host, port, data_folder, readers, log_level, time_zone, mode]) {
    expect(read('docs/operating.md')).toContain(`\`${value}\``)
  }
})

test('docs/operating.md names every scope, and every metric with its right name', () => {
  const text = read('docs/operating.md')
  expect(scopes.filter((scope) => !text.includes(`\`${scope}\``))).toEqual([])
  const files = source.filter((file) => file.endsWith('/metrics.ts')).map(codeOf)
  const metrics = new Set(files.join('\n').match(/\bholdfast_\w+/g) ?? [])
  const named = new Set(text.match(/\bholdfast_\w+/g) ?? [])
  expect([...named].toSorted()).toEqual([...metrics].toSorted())
})

test('docs/operating.md names limits that are in the code, with their values', () => {
  const rows = [
    ...read('docs/operating.md').matchAll(/^\| `(\w+_(?:max|min|default|days))` \| ([\d,]+) \|/gm),
  ]
  expect(rows.length).toBeGreaterThan(10)
  const text = source.map(codeOf).join('\n')
  const told = rows.map(([, name = '', value = '']) => [name, Number.parseInt(value.replaceAll(',', ''), 10)])
  expect(told).toEqual(
    told.map(([name]) => [name, productOf(new RegExp(`\\b${name} = ([\\d_ *]+)`).exec(text)?.[1])]),
  )
})

test('docs/money.md has every currency with its digits', () => {
  const rows = [...read('docs/money.md').matchAll(/^\| `([A-Z]+)` \| (\d) \| (fiat|crypto) \|/gm)]
  const told = rows.map(([, code = '', exponent = '0', kind]) => ({
    code,
    exponent: Number.parseInt(exponent, 10),
    kind,
  }))
  expect(told).toEqual([...currencies.values()])
})

test('docs/adding-a-flow.md explains every word of the vocabulary', () => {
  const words = [...read('packages/kernel/src/flow/define.ts').matchAll(/^ {2}readonly (\w+)\??:/gm)].map(
    ([, word = '']) => word,
  )
  const text = read('docs/adding-a-flow.md')
  expect([...new Set(words)].filter((word) => !text.includes(`\`${word}\``))).toEqual([])
})

test('the example of docs/adding-a-flow.md is the one that is tested here', () => {
  const text = read('docs/adding-a-flow.md')
  const files = list('packages/server/test/example')
  expect(files.filter((file) => !text.includes(read(file)))).toEqual([])
  expect(proveFlows([deposit])).toMatchObject({
    ok: true,
    json: { flows: [{ all_seen: true, complaints: [] }] },
  })
})

test('CHANGELOG names the version that package.json has', () => {
  expect(read('CHANGELOG.md')).toContain(`## ${program.version}`)
})

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#')
  const target = path === '' ? page : posix.join(posix.dirname(page), path)
  if (!exists(target)) return false
  return heading === undefined || headingsOf(target).includes(heading)
}

/** Headings as their links are spelt. */
function headingsOf(page: string): string[] {
  const headings = [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** "POST /orders/x/pay" for each curl of the page; shell variables stand for one part of a path. */
function requestsOf(text: string): string[] {
  const curls = text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.includes('curl '))
  return curls.map((line) => {
    const [, path = ''] = /\$API(\/[^\s"'?]*)/.exec(line) ?? []
    const posts = /\s(-d|--data|--json)\s/.test(line)
    return `${posts ? 'POST' : 'GET'} ${path.replaceAll(/\$\w+|\$\{\w+\}/g, 'x')}`
  })
}

/** "64 * 1024" */
function productOf(factors = ''): number {
  return factors
    .split('*')
    .reduce((product, factor) => product * Number.parseInt(factor.replaceAll('_', ''), 10), 1)
}

/** The routes as the app itself tells them; nothing is asked of it, so it needs no database. */
async function routesOf(): Promise<RegExp[]> {
  const context = {
    config: readConfig({}),
    registry: flowRegistryOf(products),
    clock: { now: () => 0 },
    sandbox: null,
    refusals: new Map(),
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what only a request needs is not there
  const app = await createApp(context as unknown as Context, [...room_routes, ...product_routes])
  const paths: Readonly<Record<string, object | undefined>> = app.swagger().paths ?? {}
  await app.close()
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods ?? {}).map(
      (method) => new RegExp(`^${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    ),
  )
}
