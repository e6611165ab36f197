// The room of tests that read the tree itself: its files, their text, and what they import.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../', import.meta.url))

const left_out = new Set(['node_modules', 'data', 'coverage', 'dist', '.git'])

export interface Import {
  readonly from: string
  /** As it is written. */
  readonly specifier: string
  /** The file it names, from the root of the tree; null for a package. */
  readonly file: string | null
  readonly is_type: boolean
  /** Behind `import()`: loaded when it is needed. */
  readonly is_lazy: boolean
}

/** Files under a folder or the file itself, from the root of the tree, with `/`. Scratch files (`*.tmp.ts`) are left out. */
export function list(under: string): string[] {
  const path = join(root, under)
  if (!existsSync(path)) return []
  const names = readdirSync(path, { recursive: true, withFileTypes: true })
  return names
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => !name.split('/').some((part) => left_out.has(part)) && !name.endsWith('.tmp.ts'))
    .toSorted()
}

/** Files that lie in the root itself. */
export function listRoot(): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !left_out.has(entry.name))
    .map((entry) => entry.name)
    .toSorted()
}

export function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

export function exists(file: string): boolean {
  return existsSync(join(root, file))
}

export function isTest(file: string): boolean {
  return file.endsWith('.test.ts')
}

/** The text without lines that are only comment. */
export function codeOf(file: string): string {
  return read(file)
    .split('\n')
    .filter((line) => !/^\s*(\/\/|\/\*|\*|--)/.test(line))
    .join('\n')
}

const statement =
  /^(?:import|export)\s+(type\s)?[^'"`;]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm

export function importsOf(file: string): Import[] {
  return [...read(file).matchAll(statement)].map(([, type, ...specifiers]) => {
    const specifier = specifiers.find((one) => one !== undefined) ?? ''
    const is_lazy = specifiers[2] !== undefined
    return { from: file, specifier, file: fileOf(file, specifier), is_type: type !== undefined, is_lazy }
  })
}

/** The workspaces by the names that they are imported by. */
const workspaces: Readonly<Record<string, string>> = {
  '@holdfast/kernel': 'packages/kernel',
  '@holdfast/server': 'packages/server',
  '@holdfast/payment-emulator': 'packages/emulator',
  '@holdfast/demo': 'packages/demo',
}

/** The file that an import names, from the root of the tree; null for a package that is not ours. */
function fileOf(from: string, specifier: string): string | null {
  if (specifier.startsWith('.'))
    return relative(root, resolve(root, dirname(from), specifier))
      .split(sep)
      .join('/')
  const [scope = '', name = '', ...inner] = specifier.split('/')
  const folder = workspaces[`${scope}/${name}`]
  if (folder === undefined) return null
  return [folder, ...(inner[0] === 'test' ? [] : ['src']), ...inner].join('/')
}
