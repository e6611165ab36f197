/** Crash drill: a door that stays where it is while the PostgreSQL behind it dies and comes back on another port. */

import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Relay {
  readonly port: number
  /** Null while nothing is behind the door. */
  lead(port: number | null): void
  close(): void
}

export async function openRelay(): Promise<Relay> {
  let target: number | null = null
  const open = new Set<Socket>()
  const server = createServer((outer) => {
    if (target === null) {
      outer.destroy()
      return
    }
    const inner = connect({ port: target, host: '127.0.0.1', noDelay: true })
    outer.setNoDelay(true)
    for (const [one, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      open.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => (open.delete(one), other.destroy()))
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    lead: (to) => (target = to),
    close: () => {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
