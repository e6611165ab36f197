// The tree's own habits (docs/glossary.md for its words): walls between rooms, the one clock, money without floats, names, sizes.
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as excepted from './exceptions.ts'
import { codeOf, exists, importsOf, isTest, list, listRoot, reachedFrom, read, type Import } from './tree.ts'

const code = [...list('server'), ...list('bench'), ...list('console'), ...list('sdk')].filter((file) =>
  /\.tsx?$/.test(file),
)
const source = code.filter((file) => file.startsWith('server/src/') && !isTest(file))

const lines_max = 300
/** Under this many lines a file is long no more. */
const lines_few = 200

/** Higher rooms import lower ones and their neighbours, never the other way round. */
const floors: readonly (readonly string[])[] = [
  ['money', 'base'],
  ['ledger', 'flow'],
  ['engine', 'flows', 'payments', 'jobs', 'events', 'access'],
  ['http'],
  ['commands', 'demo', 'start.ts', 'main.ts'],
]

const pure_rooms = ['packages/kernel/src/money/', 'packages/kernel/src/flow/', 'packages/kernel/src/engine/']
const pure_packages = new Set(['node:assert', 'node:assert/strict', 'node:crypto', 'typebox', 'typeid-js'])
const pure_base = new Set([
  'packages/kernel/src/ids.ts',
  'packages/kernel/src/instant.ts',
  'packages/kernel/src/problem.ts',
])

describe('walls', () => {
  test('every room stands on a floor', () => {
    const rooms = new Set(list('server/src').map(roomOf))
    expect([...rooms].filter((room) => floorOf(room) === -1)).toEqual([])
  })

  test('imports go down', () => {
    const upward = source.flatMap(importsOf).filter(({ from, file }) => file !== null && goesUp(from, file))
    expect(setOf(upward.map(({ from, file }) => `${from} -> ${file}`))).toEqual(
      setOf(Object.keys(excepted.upward_imports)),
    )
  })

  test.each(source.filter(isPure))('%s reaches no database, clock or network', (file) => {
    expect([...new Set([...importsOf(file), ...reachedFrom(file)].filter(isImpure).map(say))]).toEqual([])
  })

  test('the engine has no impure file that could be pure', () => {
    const impure = Object.keys(excepted.impure_engine)
    expect(impure.filter((file) => !exists(file) || !importsOf(file).some(isImpure))).toEqual([])
  })

  test.each(source.filter((file) => /\/flows\/[^/]+\/flow\.ts$/.test(file)))(
    '%s imports defineFlow and nothing else',
    (file) => {
      expect(importsOf(file).map(({ specifier }) => specifier)).toEqual(['../../flow/define.ts'])
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
    const readers = source.filter(
      (file) => file !== 'packages/server/src/platform/clock.ts' && own.test(codeOf(file)),
    )
    expect(setOf(readers)).toEqual(setOf(Object.keys(excepted.own_clocks)))
  })

  test('rooms that hold money know no fractions', () => {
    const rooms = /^server\/src\/(money|ledger|flow|engine)\//
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

  test(`no file of the server is longer than ${lines_max} lines without a reason`, () => {
    const long = list('server/src').filter((file) => lengthOf(file) > lines_max)
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
    const migrations = list('server/sql').filter((file) => /^\d{4}_\w+\.sql$/.test(basename(file)))
    expect(migrations).not.toEqual([])
    expect(migrations.filter((file) => !/^-- \S+/.test(read(file)))).toEqual([])
    const loud = migrations.filter((file) =>
      /\b[A-Z]{2,}\b/.test(codeOf(file).replaceAll(/'[^']*'|--.*$/gm, '')),
    )
    expect(loud).toEqual([])
  })

  test('nothing names the machine it was written on', () => {
    const all = [...code, ...list('docs'), ...list('server/sql'), ...list('.ci'), ...listRoot()]
    const paths = /(?<![\w.])\/(w[o]rk|root|home|Users)\/[a-z]/
    expect(all.filter((file) => paths.test(read(file)))).toEqual([])
  })

  test('the lock file names no host but the public registry, and nothing configures another', () => {
    const hosts = read('package-lock.json').match(/https?:\/\/[^/"]+(?=[^"]*\.tgz")/g) ?? []
    expect([...new Set(hosts)].filter((host) => host !== 'https://registry.npmjs.org')).toEqual([])
    expect(listRoot().filter((file) => file === '.npmrc' && /registry|auth/i.test(read(file)))).toEqual([])
  })
})

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

/** The folder of server/src, or the file that lies in it. A product's own routes are routes. */
function roomOf(file: string): string {
  if (/^server\/src\/flows\/([^/]+\/)?routes\b.*\.ts$/.test(file)) return 'http'
  return file.split('/')[2] ?? ''
}

function floorOf(room: string): number {
  return floors.findIndex((rooms) => rooms.includes(room))
}

function goesUp(from: string, to: string): boolean {
  return !to.startsWith('server/src/') || floorOf(roomOf(to)) > floorOf(roomOf(from))
}

/** All of the engine is pure, but for the files that carry the pure ones to the database. */
function isPure(file: string): boolean {
  return pure_rooms.some((room) => file.startsWith(room)) && !(file in excepted.impure_engine)
}

function isImpure({ specifier, file }: Import): boolean {
  if (file === null) return !pure_packages.has(specifier)
  return file in excepted.impure_engine || (roomOf(file) === 'base' && !pure_base.has(file))
}

function say({ from, specifier }: Import): string {
  return `${from} imports ${specifier}`
}

function lengthOf(file: string): number {
  return read(file).split('\n').length
}
