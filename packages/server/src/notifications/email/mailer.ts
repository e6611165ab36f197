/** Jobs: the mailer. Hands e-mail that is due to the SMTP server; nothing else waits for it or fails with it. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { Failures } from '../../platform/failures.ts'
import type { Logger } from '../../platform/log.ts'
import type { MailSettings } from '../../platform/config/mail-settings.ts'
import { markSent, markUnsent, takeEmails, type Email } from './rows.ts'
import { MailServer } from './mail-server.ts'
import { poll_ms } from '../../scheduling/timers.ts'

export const emails_batch_max = 20
/** Of one process that died with it; longer than sending a batch can take. */
export const email_taken_ms_max = 180_000
/** With the pauses between them about a day. */
export const email_attempts_max = 30
export const email_retry_ms_min = 30_000
export const email_retry_ms_max = 3_600_000

export interface MailerNeeds {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
}

export class Mailer {
  readonly #needs: MailerNeeds
  readonly #server: MailServer

  constructor(needs: MailerNeeds, settings: MailSettings) {
    this.#needs = needs
    this.#server = new MailServer(settings)
  }

  /** Until told to stop; what has been begun is finished. */
  async run(signal: AbortSignal): Promise<void> {
    const failures = new Failures(this.#needs.log)
    while (!signal.aborted) {
      try {
        const sent = await this.sendDue()
        failures.over()
        if (sent === emails_batch_max) continue
      } catch (error) {
        failures.note({ err: error }, 'e-mail could not be looked at; trying again')
      }
      await sleep(poll_ms, undefined, { signal }).catch(() => undefined)
    }
    this.close()
  }

  /** How many were taken. Who dies between sending and marking sends again, with the same Message-ID. */
  async sendDue(): Promise<number> {
    const { db, clock } = this.#needs
    const now_ms = clock.now()
    const due = await takeEmails(db, now_ms, now_ms + email_taken_ms_max, emails_batch_max)
    const ended = await Promise.allSettled(due.map((email) => this.#send(email)))
    for (const end of ended) if (end.status === 'rejected') throw end.reason
    return due.length
  }

  close(): void {
    this.#server.close()
  }

  async #send(email: Email): Promise<void> {
    const { db, clock, log } = this.#needs
    const said = await this.#server.send(email)
    if (said.taken) return markSent(db, email, clock.now(), said.answer)
    const { answer: error, is_final } = said
    const { attempts, id } = email
    const gives_up = is_final || attempts >= email_attempts_max
    if (gives_up) log.error({ email: id, attempts, error }, 'an e-mail could not be sent')
    else log.warn({ email: id, attempts, error }, 'an e-mail was not taken and will be tried again')
    return markUnsent(db, email, error, gives_up ? null : clock.now() + pauseAfter(attempts))
  }
}

/** Doubled each time. */
function pauseAfter(attempts: number): number {
  return Math.min(email_retry_ms_max, email_retry_ms_min * 2 ** (attempts - 1))
}
