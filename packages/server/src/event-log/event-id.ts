/** Events: ids of what follows from the log. The same from the same event, so that following anew finds what is there. */

import { hash } from 'node:crypto'
import { newId } from '@holdfast/kernel/ids.ts'
import type { LoggedEvent } from './log.ts'

/** In the order of time; of one instant, in the order of the log. */
export function eventId({ seq, body }: LoggedEvent, ...words: readonly string[]): string {
  const order = (seq % 4_096n).toString(16).padStart(3, '0')
  const rest = hash('sha256', [seq.toString(), ...words].join('\u0000'), 'hex')
  return newId(Date.parse(body.at), (bytes) => Buffer.from((order + rest).slice(0, bytes * 2), 'hex'))
}
