/** Demo: what people and banks do at the emulated provider, outside of the engine. */

import type { Facts } from './api.ts'

const request_timeout_ms = 30_000

export class Outside {
  readonly #admin: string

  constructor(emulator: string) {
    this.#admin = `${emulator}/__emulator`
  }

  /** Somebody pays at the page whose address the engine has answered, with GCash. */
  async pays(checkout_url: unknown): Promise<void> {
    // The page's address ends in the session and the secret of its client.
    const [session] = /cs_[A-Za-z0-9]+/.exec(String(checkout_url)) ?? []
    if (session === undefined) throw new Error(`no session in ${String(checkout_url)}`)
    await this.#post('/paymongo/pay', { id: session, method: 'gcash' })
  }

  /** All transfers that are on their way arrive; few numbers end by themselves. Answers how many there were. */
  async banksPay(): Promise<number> {
    const { paymongo }: { paymongo: { transfers: Facts[] } } = await this.#read('/books')
    const pending = paymongo.transfers.filter(({ status }) => status === 'pending')
    for (const { id } of pending) {
      // oxlint-disable-next-line no-await-in-loop -- one after another
      await this.#post(`/paymongo/transfers/${String(id)}/settle`, { status: 'succeeded' })
    }
    return pending.length
  }

  async #post(path: string, body: Facts): Promise<void> {
    await this.#read(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }

  async #read<T>(path: string, init: RequestInit = {}): Promise<T> {
    const signal = AbortSignal.timeout(request_timeout_ms)
    const response = await fetch(`${this.#admin}${path}`, { ...init, signal })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    const answer: T = JSON.parse(text)
    return answer
  }
}
