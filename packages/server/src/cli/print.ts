/** Commands: what people and programs read on standard output, and how a command fails. */

export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Progress and hints, apart from the result. */
export function hint(line: string): void {
  process.stderr.write(`${line}\n`)
}

export function fail(message: string): never {
  process.stderr.write(`holdfast: ${message}\n`)
  process.exit(1)
}
