// What a process of production loads: followed by the imports that run, and those only.
import { expect, test } from 'vitest'
import { exists, importsOf, read } from './tree.ts'

const entries = {
  api: ['packages/server/src/main.ts', 'packages/server/src/cli/start.ts'],
  worker: ['packages/server/src/main.ts', 'packages/server/src/cli/start.ts'],
}

/** Lines that `holdfast api` and `worker` load at the most. May only shrink, but for what a product adds. */
const lines_max = 40_000

test.each(Object.entries(entries))(
  'holdfast %s loads no emulator, no demo, no proof and no other command',
  async (_name, files) => {
    const loaded = loadedBy(files)
    const tools =
      /^packages\/(emulator|demo|sdk)\/|^packages\/kernel\/src\/proof\/|\/cli\/(?!start|print)|\/prove\.ts$|\/emulated\.ts$/
    expect(loaded.filter((file) => tools.test(file))).toEqual([])
    const lines = loaded.reduce((sum, file) => sum + read(file).split('\n').length, 0)
    expect([loaded.length > 100, lines < lines_max], `${loaded.length} files, ${lines} lines`).toEqual([
      true,
      true,
    ])
  },
)

test('a file that is imported only when it is needed is not counted', () => {
  expect(loadedBy(['packages/server/src/main.ts'])).toEqual([
    'packages/server/src/main.ts',
    'packages/server/src/platform/version.ts',
  ])
})

/** Files that run when these are loaded: not those of types alone, nor those behind `import()`. */
function loadedBy(entry: readonly string[]): string[] {
  const seen = new Set(entry)
  for (const file of seen) {
    for (const { file: named, is_type, is_lazy } of importsOf(file)) {
      if (named !== null && !is_type && !is_lazy && exists(named)) seen.add(named)
    }
  }
  return [...seen].toSorted()
}
