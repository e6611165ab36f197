/** HTTP/1.1 over a bare socket, one request in flight: cheap, because the generator shares its cores with the engine. */
import { connect } from 'node:net'

export interface Wire {
  send(request: string): void
  close(): void
}

export interface Told {
  /** The whole answer as latin1 text; the body is whatever follows the blank line. */
  answered(status: number, text: string): void
  broke(reason: string): void
}

/** Callbacks run one after another in one thread, so all sockets read into the same memory. */
const shared = Buffer.allocUnsafe(256 * 1024)

export function wire(address: URL, told: Told): Wire {
  let pending = ''
  let closing = false
  const broke = (reason: string): void => {
    if (!closing) told.broke(reason)
    closing = true
  }
  const socket = connect({
    host: address.hostname,
    port: Number(address.port),
    noDelay: true,
    onread: {
      buffer: shared,
      callback(bytes) {
        pending += shared.toString('latin1', 0, bytes)
        const status = whole(pending)
        if (status === 0) return true
        if (status < 0) socket.destroy(new Error('answer without content-length'))
        const text = pending
        pending = ''
        if (status > 0) told.answered(status, text)
        return true
      },
    },
  })
  socket.on('error', (error) => broke(error.message))
  socket.on('close', () => broke('closed by the server'))
  return {
    send: (request) => void socket.write(request, 'latin1'),
    close() {
      closing = true
      socket.destroy()
    },
  }
}

/** The status once the whole answer is there, 0 before, −1 when its length is not given (chunked is an error here). */
function whole(text: string): number {
  const blank = text.indexOf('\r\n\r\n')
  if (blank < 0) return 0
  let at = text.indexOf('ontent-length: ')
  if (at < 0 || at > blank) at = text.indexOf('ontent-Length: ')
  if (at < 0 || at > blank) return -1
  const length = Number.parseInt(text.slice(at + 15, at + 25), 10)
  return text.length >= blank + 4 + length ? Number.parseInt(text.slice(9, 12), 10) : 0
}
