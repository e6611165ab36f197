/** Emulator: what it needs of a log. pino's has this shape, and so has the console. */

type Line = (fields: object, message?: string) => void

export interface Logger {
  readonly info: Line
  readonly warn: Line
  readonly error: Line
}
