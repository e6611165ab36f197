/** Emulator, PayMongo: idempotency. The first answer under a key is the answer, for a day. */

import type { Tx } from '../db.ts'
import type { EmulatorContext } from '../context.ts'
import { complaint, isRefusal, refuse, type Refusal } from './refusal.ts'
import { reply as tell, type Reply } from './reply.ts'

const key_length_max = 255
const answers_kept_ms = 86_400_000

interface Repeatable {
  readonly key: string
  /** A hash of method, path and body. */
  readonly request: string
  /** Money movement answers as it did the first time, whatever is asked; the rest refuses another request. */
  readonly replays_all: boolean
  readonly key_length: number
  readonly act: (tx: Tx, now_ms: number) => Promise<object | Refusal>
}

export class Once {
  readonly #world: EmulatorContext
  readonly #under_way = new Set<string>()

  constructor(world: EmulatorContext) {
    this.#world = world
  }

  async answer(asked: Repeatable): Promise<Reply> {
    if (asked.key_length > key_length_max) {
      return tell(refuse(400, complaint('parameter_above_maximum', 'The idempotency key is too long.')))
    }
    if (this.#under_way.has(asked.key)) {
      return tell(refuse(409, complaint('idempotency_in_progress', 'The first request is still under way.')))
    }
    this.#under_way.add(asked.key)
    try {
      return await this.#world.db.transaction((tx) => this.#act(tx, asked))
    } finally {
      this.#under_way.delete(asked.key)
    }
  }

  async #act(tx: Tx, { key, request, replays_all, act }: Repeatable): Promise<Reply> {
    const now_ms = this.#world.clock.now()
    await tx.run('delete from emulator.answers where key = $1 and at_ms <= $2', [
      key,
      now_ms - answers_kept_ms,
    ])
    const known = await tx.maybeOne<Reply & { request: string }>(
      'select request, status, body from emulator.answers where key = $1',
      [key],
    )
    if (known !== undefined && (known.request === request || replays_all)) return known
    if (known !== undefined) {
      // "Rejected" is all that is documented: neither the status nor the code.
      return tell(
        refuse(400, complaint('idempotency_key_mismatch', 'The key was used with other parameters.')),
      )
    }
    const value = await act(tx, now_ms)
    const told = tell(value)
    // What was refused before it was tried is not kept: mended, it may come again under the same key.
    if (isRefusal(value) && !value.kept) return told
    await tx.run(
      'insert into emulator.answers (key, request, status, body, at_ms) values ($1, $2, $3, $4, $5)',
      [key, request, told.status, told.body, now_ms],
    )
    return told
  }
}
