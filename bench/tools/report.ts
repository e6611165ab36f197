/** The figures of a run: what was reached, what was to be reached, and by how much it was missed. */

export interface Figure {
  /** The key in the JSON line; figures without one are for readers only. */
  key?: string
  says: string
  value: number
  unit: string
  at_least?: number
  at_most?: number
}

export function table(figures: Figure[]): string {
  const rows = figures.map((figure) => [figure.says, shown(figure), target(figure), verdict(figure)])
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map(([says, value, wanted, met]) =>
      [says!.padEnd(widths[0]!), value!.padStart(widths[1]!), wanted!.padEnd(widths[2]!), met!]
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function jsonOf(figures: Figure[]): Record<string, number> {
  return Object.fromEntries(
    figures.flatMap(({ key, value }) => (key ? [[key, Number(value.toPrecision(4))]] : [])),
  )
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Progress goes to stderr, so that stdout holds the result alone. */
export function progress(line: string): void {
  process.stderr.write(`${line}\n`)
}

function shown({ value, unit }: Figure): string {
  return `${value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2)} ${unit}`.trim()
}

function target({ at_least, at_most }: Figure): string {
  if (at_least !== undefined) return `≥ ${at_least}`
  return at_most === undefined ? '' : `≤ ${at_most}`
}

function verdict({ value, at_least, at_most }: Figure): string {
  const wanted = at_least ?? at_most
  if (wanted === undefined) return ''
  const short = at_least === undefined ? value - wanted : wanted - value
  return short <= 0 ? 'met' : `missed by ${((short / wanted) * 100).toFixed(1)} %`
}
