/** A process of the bench's own: the first thing it says, or the failure that it ended without saying anything. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

export async function firstWord<Message>(child: ChildProcess, name: string): Promise<Message> {
  const ended = new AbortController()
  const early = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`${name} ended with ${code} before it answered`)
  })
  try {
    const said = await Promise.race([once(child, 'message'), early])
    return said[0]
  } finally {
    early.catch(() => {})
    ended.abort()
  }
}
