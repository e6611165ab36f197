/** Emulator: sends something to an address that was registered with it. Never throws: not arriving is an outcome. */

export interface Sent {
  /** Null where no answer came. */
  readonly status: number | null
  readonly text: string
}

const answer_chars_max = 100_000

export interface Sending {
  readonly url: string
  readonly method?: 'POST' | 'PUT'
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  readonly answer_ms_max: number
  readonly ending: AbortSignal
}

export async function post({
  url,
  method = 'POST',
  body,
  headers,
  answer_ms_max,
  ending,
}: Sending): Promise<Sent> {
  try {
    const response = await fetch(url, {
      method,
      body,
      headers: { 'content-type': 'application/json', ...headers },
      redirect: 'manual',
      signal: AbortSignal.any([ending, AbortSignal.timeout(answer_ms_max)]),
    })
    return { status: response.status, text: (await response.text()).slice(0, answer_chars_max) }
  } catch {
    // Whoever stops the emulator has not refused anything: what was on its way stays due.
    if (ending.aborted) throw new Error('the emulator stops')
    return { status: null, text: '' }
  }
}
