/** Emulator, PayMongo: an answer as it goes over the wire, and as it is kept for repeats. */

import { isRefusal, type Refusal } from './refusal.ts'

export interface Reply {
  readonly status: number
  readonly body: string
}

export function reply(value: object | Refusal): Reply {
  if (isRefusal(value)) return { status: value.status, body: JSON.stringify({ errors: value.errors }) }
  // PayMongo answers 200 where others say 201. Of `/v2/batch_transfers` that is not certain.
  return { status: 200, body: JSON.stringify(value) }
}
