// The exceptions from the tree's habits, each with its reason. They may only shrink: one that nobody needs fails tidy.test.ts.

type Reasons = Readonly<Record<string, string>>

/** `from -> to`: an import that goes up. */
export const upward_imports: Reasons = {}

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
