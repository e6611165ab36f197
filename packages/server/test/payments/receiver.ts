// The harness room of events: somebody who takes whatever comes in, as it came, and answers as a provider wants it.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Incoming } from '../../src/payments/providers/port.ts'

export interface Came {
  readonly incoming: Incoming
  readonly at_ms: number
}

export interface Receiver {
  readonly url: URL
  readonly came: Came[]
  close(): Promise<void>
}

const prefix = '/webhooks/'

export async function startReceiver(now: () => number): Promise<Receiver> {
  const came: Came[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const incoming = {
        body: Buffer.concat(parts),
        headers: request.headers,
        path: (request.url ?? '').slice(prefix.length),
      }
      came.push({ incoming, at_ms: now() })
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`http://127.0.0.1:${port}${prefix.slice(0, -1)}`),
    came,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
