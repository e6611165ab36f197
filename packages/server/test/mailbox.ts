// The harness room of e-mail: a real SMTP server on this machine that keeps what it is handed, and refuses whom it is told to.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { SMTPServer } from 'smtp-server'
import type { MailSettings } from '../src/platform/config/mail-settings.ts'

const wait_ms_max = 20_000

export interface Mail {
  /** Of the envelope. */
  readonly to: readonly string[]
  readonly headers: ReadonlyMap<string, string>
  readonly subject: string
  readonly text: string
}

export interface Mailbox {
  readonly settings: MailSettings
  /** In the order in which they came. */
  readonly mails: readonly Mail[]
  /** The address → the code with which it is refused. */
  readonly refused: Map<string, number>
  /** To this address. */
  of(address: string): Mail[]
  /** Waits until one to this address says so. */
  until(address: string, says: RegExp): Promise<Mail>
  /** Nobody listens any more. */
  stop(): Promise<void>
  /** Listens again, on the same port. */
  resume(): Promise<void>
}

type Done = (error: Error | null, answer?: string) => void

export async function startMailbox(): Promise<Mailbox> {
  const mails: Mail[] = []
  const refused = new Map<string, number>()
  let server = await listen(0, mails, refused)
  const { port } = server.server.address() as AddressInfo
  const of = (address: string) => mails.filter(({ to }) => to.includes(address))
  return {
    settings: {
      host: '127.0.0.1',
      port,
      tls: 'never',
      login: null,
      from: 'pay@shop.test',
      name: 'Shop',
      operator: null,
    },
    mails,
    refused,
    of,
    async until(address, says) {
      for (let waited_ms = 0; waited_ms < wait_ms_max; waited_ms += 50) {
        const found = of(address).find(({ subject, text }) => says.test(`${subject}\n${text}`))
        if (found !== undefined) return found
        await sleep(50)
      }
      throw new Error(`no e-mail to ${address} says ${says}; there are ${JSON.stringify(mails)}`)
    },
    stop: () => close(server),
    async resume() {
      server = await listen(port, mails, refused)
    },
  }
}

async function listen(
  port: number,
  mails: Mail[],
  refused: ReadonlyMap<string, number>,
): Promise<SMTPServer> {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    closeTimeout: 100,
    onRcptTo({ address }, _session, done) {
      const responseCode = refused.get(address)
      done(
        responseCode === undefined
          ? null
          : Object.assign(new Error(`${address} is not here`), { responseCode }),
      )
    },
    onData: (stream, { envelope }, done) => void keep(stream, envelope.rcptTo, done),
  })
  async function keep(
    stream: Readable,
    recipients: readonly { address: string }[],
    done: Done,
  ): Promise<void> {
    const raw = await textOf(stream)
    mails.push(
      read(
        raw,
        recipients.map(({ address }) => address),
      ),
    )
    done(null, `taken as ${mails.length}`)
  }
  server.listen(port, '127.0.0.1')
  await once(server.server, 'listening')
  return server
}

function close(server: SMTPServer): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

/** One part, plain or quoted-printable: what we send. */
function read(raw: string, to: readonly string[]): Mail {
  const end = raw.indexOf('\r\n\r\n')
  const lines = raw
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  )
  const body = raw.slice(end + 4).replaceAll('\r\n', '\n')
  const quoted = headers.get('content-transfer-encoding') === 'quoted-printable'
  return {
    to,
    headers,
    subject: words(headers.get('subject') ?? ''),
    text: quoted ? unquoted(body.replaceAll('=\n', '')) : body,
  }
}

/** `=?UTF-8?Q?…?=` */
function words(header: string): string {
  return header
    .replaceAll(/\?= =\?/g, '?==?')
    .replaceAll(/=\?UTF-8\?Q\?([^?]*)\?=/gi, (_, word: string) => unquoted(word.replaceAll('_', ' ')))
}

function unquoted(text: string): string {
  return decodeURIComponent(text.replaceAll('%', '%25').replaceAll(/=([0-9A-F]{2})/g, '%$1'))
}
