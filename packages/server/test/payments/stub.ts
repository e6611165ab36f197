// The harness room of answers that no provider gives on a good day: a server on this machine that says what the test says.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Seen {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Stub {
  readonly url: URL
  readonly seen: Seen[]
  /** What is answered from now on. */
  answer: (seen: Seen, response: ServerResponse) => void
  close(): Promise<void>
}

export async function startStub(): Promise<Stub> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const seen = { method, path: url, headers, body: Buffer.concat(parts).toString('utf8') }
      stub.seen.push(seen)
      stub.answer(seen, response)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo
  const stub: Stub = {
    url: new URL(`http://127.0.0.1:${port}/below`),
    seen: [],
    answer: (_, response) => says(response, 200, {}),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return stub
}

/** An object as JSON, a string as text. */
export function says(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const type = typeof body === 'string' ? 'text/plain' : 'application/json'
  response.writeHead(status, { 'content-type': type, ...headers }).end(text)
}
