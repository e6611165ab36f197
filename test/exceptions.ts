// The exceptions from the tree's habits, each with its reason. They may only shrink: one that nobody needs fails tidy.test.ts.

type Reasons = Readonly<Record<string, string>>

/** `from -> to`: an import that goes up. */
export const upward_imports: Reasons = {}

/** Files of the engine that meet the database; the rest of it is pure. */
export const impure_engine: Reasons = {
  'packages/server/src/engine/commit.ts': 'writes what a batch decided',
  'packages/server/src/engine/engine.ts': 'carries batches to the lanes',
  'packages/server/src/engine/lookups.ts': 'reads debts and what left a wallet lately',
  'packages/server/src/engine/load.ts': 'locks and reads what a batch needs',
  'packages/server/src/engine/flow-versions.ts': 'publishes flows, and reads their versions',
  'packages/server/src/engine/fee-schedules.ts': 'publishes fee schedules',
}

/** Files beside base/clock.ts that read the time by themselves. */
export const own_clocks: Reasons = {
  'packages/server/src/platform/postgres/migrate.ts':
    'the column applied_at is for people who read the table; no rule depends on it',
}

/** Files of rooms that hold money in which `Number(` and the like stand. */
export const numbers: Reasons = {
  'packages/kernel/src/money/amount.ts':
    'toJson, the one door from bigint to JSON; it asserts the range first',
  'packages/server/src/ledger/integrity.ts': 'counts of rows, no amounts',
}

/** Files of server/src with more than 300 lines, now or once they are formatted. */
export const long_files: Reasons = {
  'packages/kernel/src/engine/decide.test.ts': 'tables of rows: each row is one situation, read one by one',
}

/** Files that do not open with a comment. */
export const silent_files: Reasons = {}

/** Problem codes that the table knows and nothing answers. */
export const unanswered_problems: Reasons = {}
