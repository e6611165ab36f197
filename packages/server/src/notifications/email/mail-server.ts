/** Jobs: the SMTP server that e-mail is handed to, and what its answers mean. */

import { createTransport } from 'nodemailer'
import type { MailSettings } from '../../platform/config/mail-settings.ts'
import { Secret, without } from '../../platform/config/secret.ts'
import type { Email } from './rows.ts'

/** Connections kept open, and e-mails sent over one before it is closed. */
const connections_max = 3
const connection_emails_max = 100
const connect_ms_max = 10_000
const silence_ms_max = 30_000
/** For one e-mail from queue to answer: a server may trickle its answers. */
const send_ms_max = 90_000
const answer_length_max = 300

/** `is_final`: this server will never take it. */
export type SmtpReply =
  | { readonly taken: true; readonly answer: string }
  | { readonly taken: false; readonly answer: string; readonly is_final: boolean }

/** What nodemailer tells of a failure: the server's code, and the command that it answered. */
interface Failure {
  readonly message: string
  readonly command?: string
  readonly responseCode?: number
}

export class MailServer {
  readonly #settings: MailSettings
  readonly #pool: ReturnType<typeof open>

  constructor(settings: MailSettings) {
    this.#settings = settings
    this.#pool = open(settings)
  }

  /** Never throws. A failure on the way is not final: the e-mail may have been taken, and has the same Message-ID again. */
  async send({ id, address, subject, text, at }: Email): Promise<SmtpReply> {
    const { from, name } = this.#settings
    try {
      const { response } = await this.#pool.sendMail({
        from: { name, address: from },
        to: { name: '', address },
        envelope: { from, to: [address] },
        subject,
        text,
        date: at,
        messageId: `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
        headers: { 'auto-submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
        signal: AbortSignal.timeout(send_ms_max),
      })
      return { taken: true, answer: this.#plain(response) }
    } catch (error) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every field but the message is looked for
      const failure = error as Failure
      return { taken: false, answer: this.#plain(failure.message), is_final: isFinal(failure) }
    }
  }

  close(): void {
    this.#pool.close()
  }

  /** On one line, and without our password, should the server repeat it. */
  #plain(answer: string): string {
    const line = answer.replaceAll(/[\p{Cc}\s]+/gu, ' ')
    return without(secretsIn(this.#settings), line).slice(0, answer_length_max)
  }
}

/** The password, and as the commands AUTH LOGIN and AUTH PLAIN have it. */
function secretsIn({ login }: MailSettings): readonly Secret[] {
  if (login === null) return []
  const password = login.password.reveal()
  const sent = [password, `\0${login.user}\0${password}`].map((text) => Buffer.from(text).toString('base64'))
  return [...sent.map((text) => new Secret(text)), login.password]
}

function open({ host, port, tls, login }: MailSettings) {
  return createTransport({
    pool: true,
    maxConnections: connections_max,
    maxMessages: connection_emails_max,
    maxRequeues: 1,
    host,
    port,
    secure: tls === 'first',
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'never',
    ...(login === null ? {} : { auth: { user: login.user, pass: login.password.reveal() } }),
    connectionTimeout: connect_ms_max,
    greetingTimeout: connect_ms_max,
    dnsTimeout: connect_ms_max,
    socketTimeout: silence_ms_max,
  })
}

/**
 * It has something against the recipient or the text. What it has against us, a login or a sender, an operator mends, and
 * then all that waits is sent.
 */
function isFinal({ command, responseCode = 0 }: Failure): boolean {
  return (command === 'RCPT TO' || command === 'DATA') && responseCode >= 500 && responseCode < 600
}
