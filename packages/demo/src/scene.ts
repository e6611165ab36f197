/** Demo: what a chapter is told with: callers, wallets, the clock, and checks that are both printed and kept. */

import { toJson } from '@holdfast/kernel/money/amount.ts'
import { Agreement } from './agreement.ts'
import { outcome, type Answer, type Api, type Caller, type Facts } from './api.ts'
import { Board } from './board.ts'
import { compare, compareAmount, type Check } from './check.ts'
import { readLog, type LogEvent } from './log.ts'
import type { Outside } from './outside.ts'
import type { Page } from './page.ts'

export class Scene {
  readonly checks: Check[] = []
  readonly api: Api
  readonly page: Page
  readonly outside: Outside
  readonly #number: number

  /** `number` is the chapter's own, and sets its parties apart from those of all others. */
  constructor(api: Api, outside: Outside, page: Page, number: number) {
    this.api = api
    this.outside = outside
    this.page = page
    this.#number = number
  }

  /** What a person of this role is called in this chapter. */
  name(role: string): string {
    return `${role}-${this.#number}`
  }

  /** A person nobody else's chapter knows, with this much in the wallet. */
  async person(role: string, currency: string, amount: bigint): Promise<string> {
    const party = this.name(role)
    const path = `/v1/wallets/${party}/${currency}/top-ups`
    const body = {
      amount: toJson(amount),
      reference: `demo-${party}-${currency}`,
      reason: 'Cash paid in at the desk',
    }
    await this.did(`${role} tops up`, this.api.operator.post(path, body), 201)
    return party
  }

  /** Compares, prints and keeps. */
  check(what: string, expected: unknown, got: unknown): void {
    this.keep(compare(what, expected, got), true)
  }

  amount(what: string, currency: string, expected: bigint, got: unknown): void {
    this.keep(compareAmount(what, currency, expected, got), true)
  }

  /** Kept as well, but printed only if it fails. */
  quiet(what: string, expected: unknown, got: unknown): void {
    this.keep(compare(what, expected, got), false)
  }

  keep(check: Check, prints: boolean): void {
    this.checks.push(check)
    if (prints || !check.ok) this.page.check(check)
  }

  /** An answer that the rest of the chapter builds on: with another status the chapter ends here. */
  async did(what: string, asked: Promise<Answer>, status = 200): Promise<Answer> {
    const answer = await asked
    this.quiet(what, String(status), outcome(answer))
    if (answer.status !== status) throw new Error(`${what}: ${answer.text}`)
    return answer
  }

  async create(caller: Caller, path: string, body: Facts): Promise<Agreement> {
    const { body: created } = await this.did(`create at ${path}`, caller.post(path, body), 201)
    return new Agreement(this, path, String(created['id']))
  }

  board(currency: string, wallets: Readonly<Record<string, string>>): Board {
    return new Board(this, currency, wallets)
  }

  /** Moves the engine's clock; what falls due meanwhile has happened when this returns. */
  async advance(hours: number): Promise<void> {
    const seconds = hours * 3600
    await this.did(`clock + ${hours} h`, this.api.service.post('/v1/test-clock/advance', { seconds }))
    this.api.forgetTokens()
  }

  async now(): Promise<number> {
    const { body } = await this.did('the time', this.api.service.get('/v1/test-clock'))
    return Date.parse(String(body['now']))
  }

  log(): Promise<LogEvent[]> {
    return readLog(this)
  }
}
