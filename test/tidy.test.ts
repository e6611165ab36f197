// The tree's own habits (docs/glossary.md for its words): walls between rooms, the one clock, money without floats, names, sizes.
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as excepted from './exceptions.ts'
import { codeOf, exists, importsOf, isTest, list, listRoot, read, type Import } from './tree.ts'

const code = [...list('packages'), ...list('test'), ...list('bench')].filter((file) => /\.tsx?$/.test(file))
const source = code.filter((file) => /^packages\/[^/]+\/src\//.test(file) && !isTest(file))

const lines_max = 300
/** Under this many lines a file is long no more. */
const lines_few = 200

/** Rooms of the server: higher ones import lower ones and their neighbours, never the other way round. */
const floors: readonly (readonly string[])[] = [
  ['platform'],
  ['ledger', 'engine', 'access'],
  [
    'event-log',
    'scheduling',
    'jobs',
    'notifications',
    'files',
    'disputes',
    'wallets',
    'payments',
    'operations',
    'http',
    'system-flows',
    'products',
  ],
  ['modules.ts', 'module-routes.ts', 'module-projections.ts', 'module-bindings.ts', 'module-schedules.ts'],
  ['prove.ts', 'assemble.ts', 'cli', 'main.ts'],
]

/** What each workspace may import of the others. */
const below: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  server: ['kernel', 'emulator', 'demo'],
  emulator: [],
  demo: ['kernel'],
}

const server = 'packages/server/src/'
const kernel = 'packages/kernel/src/'
const pure_packages = new Set(['node:assert', 'node:assert/strict', 'node:crypto', 'typebox', 'typeid-js'])

describe('walls', () => {
  test('every room stands on a floor', () => {
    const rooms = new Set(source.filter((file) => file.startsWith(server)).map(roomOf))
    expect([...rooms].filter((room) => floorOf(room) === -1)).toEqual([])
  })

  test('imports go down', () => {
    const upward = source.flatMap(importsOf).filter(({ from, file }) => file !== null && goesUp(from, file))
    expect(setOf(upward.map(({ from, file }) => `${from} -> ${file}`))).toEqual(
      setOf(Object.keys(excepted.upward_imports)),
    )
  })

  test.each(source.filter((file) => file.startsWith(kernel)))(
    '%s reaches no database, clock or network',
    (file) => {
      const impure = ({ specifier, file: named }: Import) =>
        named === null ? !pure_packages.has(specifier) : !named.startsWith(kernel)
      expect([...new Set(importsOf(file).filter(impure).map(say))]).toEqual([])
    },
  )

  test.each(source.filter((file) => /\/(products|system-flows)\/.*\/flow\.ts$/.test(file)))(
    '%s imports defineFlow and nothing else',
    (file) => {
      expect(importsOf(file).map(({ specifier }) => specifier)).toEqual(['@holdfast/kernel/flow/define.ts'])
    },
  )

  test('only the ledger writes money, and only the commit writes agreements and the log', () => {
    expect(
      writersOf('accounts|transfers').filter((file) => !file.startsWith('packages/server/src/ledger/')),
    ).toEqual([])
    expect(writersOf('agreements|agreement_parties|events|batches|log_head')).toEqual([
      'packages/server/src/engine/commit.ts',
    ])
  })

  test('no file imports itself by way of others', () => {
    expect(circlesOf(new Map(source.map((file) => [file, namedIn(file)])))).toEqual([])
  })

  test('relative imports name a file that is there, with its ending', () => {
    const lost = code
      .flatMap(importsOf)
      .filter(({ file }) => file !== null && !(/\.(tsx?|json|css|svg)$/.test(file) && exists(file)))
    expect(lost.map(say)).toEqual([])
  })
})

describe('time and money', () => {
  test('only the clock reads the time', () => {
    const own =
      /\bDate\.now\(|\bnew Date\(\s*\)|(?<![.\w])now\(\)(?!\s*[:{])|\b(current_timestamp|localtimestamp|clock_timestamp|statement_timestamp|timeofday)\b|Math\.random/
    const clocks = ['packages/server/src/platform/clock.ts', 'packages/emulator/src/clock.ts']
    const readers = source.filter((file) => !clocks.includes(file) && own.test(codeOf(file)))
    expect(setOf(readers)).toEqual(setOf(Object.keys(excepted.own_clocks)))
  })

  test('rooms that hold money know no fractions', () => {
    const rooms = /^packages\/(kernel\/src|server\/src\/(ledger|engine))\//
    const fractions = /\bparseFloat\b|\bNumber\(|\/ 100\b|\.toFixed\(/
    expect(setOf(source.filter((file) => rooms.test(file) && fractions.test(codeOf(file))))).toEqual(
      setOf(Object.keys(excepted.numbers)),
    )
  })
})

describe('files', () => {
  test('every file opens with a comment', () => {
    expect(setOf(code.filter((file) => !/^(#!.*\n)?(\/\/|\/\*)/.test(read(file))))).toEqual(
      setOf(Object.keys(excepted.silent_files)),
    )
  })

  test(`no file is longer than ${lines_max} lines without a reason`, () => {
    const long = source.filter((file) => lengthOf(file) > lines_max)
    expect(long.filter((file) => !(file in excepted.long_files))).toEqual([])
    expect(
      Object.keys(excepted.long_files).filter((file) => !exists(file) || lengthOf(file) < lines_few),
    ).toEqual([])
  })

  test('names are words of the glossary, not "util" or "helper"', () => {
    const vague = /(^|[-._])(utils?|helpers?|common|managers?|handle\w*|misc)([-._]|$)/i
    const named = [...code, ...list('docs')]
      .flatMap((file) => file.split('/'))
      .filter((part) => vague.test(part))
    expect(named).toEqual([])
  })

  test('nothing is printed or left for later in passing', () => {
    const passing = /\bconsole\.(log|error|warn|info|debug)|\bTO[D]O\b|\bFIX[M]E\b/
    expect(code.filter((file) => passing.test(read(file)))).toEqual([])
  })

  test('migrations say why they exist, in lower-case SQL', () => {
    const migrations = list('packages/server/sql').filter((file) => /^\d{4}_\w+\.sql$/.test(basename(file)))
    expect(migrations).not.toEqual([])
    expect(migrations.filter((file) => !/^-- \S+/.test(read(file)))).toEqual([])
    const loud = migrations.filter((file) =>
      /\b[A-Z]{2,}\b/.test(codeOf(file).replaceAll(/'[^']*'|--.*$/gm, '')),
    )
    expect(loud).toEqual([])
  })

  test('nothing names the machine it was written on', () => {
    const all = [...code, ...list('docs'), ...list('packages/server/sql'), ...list('.ci'), ...listRoot()]
    const paths = /(?<![\w.])\/(w[o]rk|root|home|Users)\/[a-z]/
    expect(all.filter((file) => paths.test(read(file)))).toEqual([])
  })

  test('the lock file names no host but the public registry, and nothing configures another', () => {
    const hosts = read('package-lock.json').match(/https?:\/\/[^/"]+(?=[^"]*\.tgz")/g) ?? []
    expect([...new Set(hosts)].filter((host) => host !== 'https://registry.npmjs.org')).toEqual([])
    expect(listRoot().filter((file) => file === '.npmrc' && /registry|auth/i.test(read(file)))).toEqual([])
  })
})

function namedIn(file: string): string[] {
  return importsOf(file).flatMap(({ file: named }) => (named === null ? [] : [named]))
}

/** The circles of a graph, types included, each by one way round it. */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const circles: string[] = []
  const walk = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file)
    if (at !== -1) circles.push([...way.slice(at), file].join(' -> '))
    if (at !== -1 || done.has(file)) return
    for (const named of graph.get(file) ?? []) walk(named, [...way, file])
    done.add(file)
  }
  for (const file of graph.keys()) walk(file, [])
  return circles
}

/** Sorted, each once. What is found must be what is excepted: nothing new, and nothing that is not needed any more. */
function setOf(files: readonly string[]): string[] {
  return [...new Set(files)].toSorted()
}

function writersOf(tables: string): string[] {
  const writes = new RegExp(
    `\\b(insert\\s+into|update|delete\\s+from|truncate(\\s+table)?|merge\\s+into|copy)\\s+(${tables})\\b`,
    'i',
  )
  return source.filter((file) => writes.test(codeOf(file)))
}

/** The folder of the server's source, or the file that lies in it. */
function roomOf(file: string): string {
  return file.slice(server.length).split('/')[0] ?? ''
}

function floorOf(room: string): number {
  return floors.findIndex((rooms) => rooms.includes(room))
}

function goesUp(from: string, to: string): boolean {
  const [, here = '', inside] = from.split('/')
  const [, there = ''] = to.split('/')
  if (here !== there || inside !== to.split('/')[2]) return !(below[here]?.includes(there) ?? false)
  return from.startsWith(server) && floorOf(roomOf(to)) > floorOf(roomOf(from))
}

function say({ from, specifier }: Import): string {
  return `${from} imports ${specifier}`
}

function lengthOf(file: string): number {
  return read(file).split('\n').length
}
