/** Engine: PostgreSQL array literals, written by us since a batch is one statement of long arrays and the driver's way is slow. */

/** Values that need no quotes: ids, numbers, words of our own vocabulary. */
export function raw<Row>(rows: readonly Row[], of: (row: Row) => string | number | bigint | null): string {
  return `{${rows.map((row) => of(row) ?? 'null').join(',')}}`
}

/** Values that come from outside. */
export function text<Row>(rows: readonly Row[], of: (row: Row) => string | null): string {
  return `{${rows.map((row) => quote(of(row))).join(',')}}`
}

export function json<Row>(rows: readonly Row[], of: (row: Row) => unknown): string {
  return `{${rows.map((row) => {
    const value = of(row)
    return value === null ? 'null' : quote(JSON.stringify(value))
  }).join(',')}}`
}

const special = /["\\]/g

function quote(value: string | null): string {
  return value === null ? 'null' : `"${value.replace(special, '\\$&')}"`
}
