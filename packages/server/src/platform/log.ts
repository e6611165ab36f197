/** Base: the log. JSON lines on standard error, so that what a command prints stays alone on standard output. */

import { destination, pino, type Logger } from 'pino'

export type { Logger }

export function createLog(level: string): Logger {
  return pino(
    { level, base: null, redact: ['req.headers.authorization', 'authorization', 'key', 'token'] },
    destination(2),
  )
}
