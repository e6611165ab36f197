import { defineConfig } from 'vitest/config'

/** Ends what hangs. No test is measured by it: a slow machine, or one core, may need its time. */
const hangs_ms = 300_000

/** Two projects: `unit` needs nothing but Node; `db` clones one database per file from a migrated template. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/{src,test}/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['**/*.db.test.ts'],
          testTimeout: hangs_ms,
        },
      },
      {
        test: {
          name: 'db',
          include: ['packages/*/{src,test}/**/*.db.test.ts'],
          globalSetup: ['packages/server/test/fixtures/postgres.ts'],
          testTimeout: hangs_ms,
          hookTimeout: hangs_ms,
          maxWorkers: 2,
        },
      },
    ],
  },
})
