/** Kill drill on the rails: the marketplace's server, which nobody kills: it asks with a key until it is answered, and notes both. */

import { setTimeout as sleep } from 'node:timers/promises'
import { isAccepted, type Asked, type Entry, type Acknowledged } from '../crash/record.ts'
import type { Json, Plant } from './kill-plant.ts'

export type Wish = Pick<Asked, 'transition' | 'path' | 'by'> & {
  readonly body: Json
  readonly party?: string
}

/** Longer than a person is made to wait for the address of a checkout; beyond it, an answer hangs. */
const answer_ms_max = 30_000
const pause_ms_min = 20
const pause_ms_max = 200

export class Client {
  /** Everything that was asked, and what came of it. */
  readonly record: Entry[] = []
  readonly #plant: Plant
  readonly #prefix: string
  readonly #ending = new AbortController()

  constructor(plant: Plant, seed: number) {
    this.#plant = plant
    this.#prefix = `kill-${seed}`
  }

  async ask({ body, party, ...wish }: Wish): Promise<Acknowledged> {
    const n = this.record.length + 1
    const of_whom = { n, key: `${this.#prefix}-${n}`, party: party ?? null }
    const asked: Asked = { ...wish, ...of_whom, body: JSON.stringify(body) }
    const entry: Entry = { asked, told: [], lost: [] }
    this.record.push(entry)
    const told = await this.#untilAnswered(entry)
    entry.told.push(told)
    return told
  }

  /** Nobody is left to ask for: who still waits for an answer waits no more. */
  end(): void {
    this.#ending.abort(new Error('the drill is over'))
  }

  /** What it must be taken for; the answer. */
  async must(wish: Wish): Promise<Json> {
    const told = await this.ask(wish)
    if (!isAccepted(told)) throw new Error(`${wish.transition} came to ${told.status}: ${told.body}`)
    return JSON.parse(told.body)
  }

  /** Once more, under the key of before. */
  repeat(asked: Asked): Promise<Acknowledged> {
    return this.#untilAnswered({ asked, told: [], lost: [] })
  }

  /** Read until there is an answer. */
  async read(path: string, party: string | null = null): Promise<Json> {
    const by = party === null ? 'operator' : 'service'
    for (;;) {
      this.#ending.signal.throwIfAborted()
      // oxlint-disable-next-line no-await-in-loop -- that is what trying again is
      const told = await this.#send({ n: 0, key: null, path, body: null, by, party }).catch(() => null)
      if (told !== null && told.status < 500) {
        if (told.status !== 200) throw new Error(`${path} came to ${told.status}: ${told.body}`)
        return JSON.parse(told.body)
      }
      // oxlint-disable-next-line no-await-in-loop -- that is what trying again is
      await sleep(pause_ms_max)
    }
  }

  async #untilAnswered({ asked, lost }: Entry): Promise<Acknowledged> {
    for (;;) {
      this.#ending.signal.throwIfAborted()
      // oxlint-disable-next-line no-await-in-loop -- that is what trying again is
      const told = await this.#send(asked).catch((error: Error) => error)
      if (!(told instanceof Error) && says(told)) return told
      lost.push({ n: asked.n, why: told instanceof Error ? told.message : told.body })
      // oxlint-disable-next-line no-await-in-loop -- that is what trying again is
      await sleep(Math.min(pause_ms_max, pause_ms_min * lost.length))
    }
  }

  async #send({ n, key, path, body, by, party }: Sent): Promise<Acknowledged> {
    const { address, service_key, operator_key } = this.#plant
    const answer = await fetch(`${address}${path}`, {
      method: body === null ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${by === 'service' ? service_key : operator_key}`,
        ...(key === null ? {} : { 'idempotency-key': key }),
        ...(party === null ? {} : { 'holdfast-party': party }),
        ...(body === null ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === null ? {} : { body }),
      signal: AbortSignal.timeout(answer_ms_max),
    })
    const replayed = answer.headers.get('idempotent-replayed') === 'true'
    return { n, status: answer.status, replayed, body: await answer.text() }
  }
}

type Sent = Omit<Asked, 'transition' | 'key' | 'body'> & {
  readonly key: string | null
  readonly body: string | null
}

/** Whether the answer says if it was done. */
function says({ status, body }: Acknowledged): boolean {
  return status < 500 && !(status === 409 && body.includes('"request_in_progress"'))
}
