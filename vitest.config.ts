import { defineConfig } from 'vitest/config'

/** Two projects: `unit` needs nothing but Node; `db` clones one database per file from a migrated template. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/{src,test}/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['**/*.db.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'db',
          include: ['packages/*/{src,test}/**/*.db.test.ts'],
          globalSetup: ['packages/server/test/fixtures/postgres.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
  },
})
