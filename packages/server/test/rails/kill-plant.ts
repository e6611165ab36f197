/** Kill drill on the rails: an engine that is killed, and the providers that live on, each a process of its own. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Database } from '../../src/platform/postgres/database.ts'
import { eventsPath } from '../../src/payments/webhooks/path.ts'
import * as keys from '@holdfast/payment-emulator/keys.ts'
import { event_types } from '@holdfast/payment-emulator/paymongo/event-types.ts'
import { openRelay, type Relay } from '../crash/relay.ts'
import { Child } from './kill-child.ts'

export type Json = Record<string, any> // oxlint-disable-line typescript/no-explicit-any -- answers are read freely

const gone_ms_max = 10_000
const gone_poll_ms = 10
const answer_ms_max = 60_000

export class Plant {
  readonly db: Database
  readonly #url: string
  readonly #relay: Relay
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-kill-'))
  readonly #emulator: Child
  #emulator_address = ''
  #webhook_secret = ''
  #engine: Child | null = null
  #keys: { readonly service_key: string; readonly operator_key: string } | null = null

  private constructor(url: string, relay: Relay) {
    this.#url = url
    this.#relay = relay
    this.db = connect(url, { name: 'kill drill', max: 4 })
    this.#emulator = this.#child(['emulator', '--requests-per-second', '0'], {}, 'emulator.log')
  }

  /** On an empty database, or one that is only migrated. */
  static async open(database_url: string): Promise<Plant> {
    const plant = new Plant(database_url, await openRelay())
    process.once('exit', plant.#atExit)
    try {
      await plant.#begin()
      return plant
    } catch (error) {
      await plant.close()
      throw error
    }
  }

  /** Of the engine, whichever lives just now: providers send their events there, too. */
  get address(): string {
    return `http://127.0.0.1:${this.#relay.port}`
  }

  get service_key(): string {
    return this.#keys?.service_key ?? ''
  }

  get operator_key(): string {
    return this.#keys?.operator_key ?? ''
  }

  launch(): Child {
    const engine = this.#child(['start'], this.#settings(), 'engine.log')
    this.#engine = engine
    return engine
  }

  async startEngine(): Promise<void> {
    const { address = '', service_key, operator_key } = await this.launch().ready()
    if (service_key !== undefined && operator_key !== undefined) this.#keys = { service_key, operator_key }
    assert(this.#keys !== null, 'the first start of an engine on this database tells its keys')
    this.#relay.lead(Number.parseInt(new URL(address).port, 10))
  }

  /** What it had begun in the database ends before anybody looks. */
  async killEngine(): Promise<void> {
    await this.#engine?.kill()
    this.#relay.lead(null)
    const until_ms = performance.now() + gone_ms_max
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- that is what waiting is
      const left = await this.db.any(
        `select from pg_stat_activity
         where datname = current_database()
         and application_name <> 'kill drill'
         and application_name <> 'payment emulator'
         and application_name not like 'holdfast emulator%'`,
      )
      if (left.length === 0) return
      assert(performance.now() < until_ms, 'connections of the killed engine are still there')
      // oxlint-disable-next-line no-await-in-loop -- that is what waiting is
      await sleep(gone_poll_ms)
    }
  }

  /** An admin call of the emulator that must be taken. */
  async emulator(path: string, body?: Json, method = body === undefined ? 'GET' : 'POST'): Promise<Json> {
    const { status, text } = await this.#call(`/__emulator${path}`, method, body)
    assert.equal(status, 200, `${path}: ${text}`)
    return JSON.parse(text)
  }

  /** A payer at the hosted page. False where there is nothing to be paid any more. */
  async pays(wanted: Json): Promise<boolean> {
    return (await this.#call('/__emulator/paymongo/pay', 'POST', wanted)).status === 200
  }

  async stopEngine(): Promise<void> {
    await this.#engine?.stop()
    this.#engine = null
  }

  async close(): Promise<void> {
    process.off('exit', this.#atExit)
    await this.#engine?.kill()
    await this.#emulator.kill()
    this.#relay.close()
    await this.db.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  readonly #atExit = () => (this.#engine?.abandon(), this.#emulator.abandon())

  async #begin(): Promise<void> {
    const { emulator_address = '' } = await this.#emulator.ready()
    this.#emulator_address = emulator_address
    const attributes = { url: `${this.address}${eventsPath('paymongo')}`, events: [...event_types] }
    const { status, text } = await this.#call('/paymongo/v1/webhooks', 'POST', { data: { attributes } })
    assert.equal(status, 200, text)
    this.#webhook_secret = JSON.parse(text).data.attributes.secret_key
    await this.startEngine()
  }

  #child(args: readonly string[], env: Readonly<Record<string, string>>, log: string): Child {
    return new Child(args, { DATABASE_URL: this.#url, ...env }, join(this.#folder, log))
  }

  #settings(): Readonly<Record<string, string>> {
    return {
      HOLDFAST_PAYMONGO_URL: `${this.#emulator_address}/paymongo`,
      HOLDFAST_PAYMONGO_SECRET_KEY: keys.paymongo_secret_key,
      HOLDFAST_PAYMONGO_WEBHOOK_SECRETS: this.#webhook_secret,
      HOLDFAST_MOMO_URL: `${this.#emulator_address}/momo`,
      HOLDFAST_MOMO_API_USER: keys.momo_api_user,
      HOLDFAST_MOMO_API_KEY: keys.momo_api_key,
      HOLDFAST_MOMO_COLLECTION_KEY: keys.momo_subscription_keys.collection,
      HOLDFAST_MOMO_DISBURSEMENT_KEY: keys.momo_subscription_keys.disbursement,
      HOLDFAST_MOMO_TARGET_ENVIRONMENT: 'mtnrwanda',
      HOLDFAST_MOMO_CURRENCY: 'RWF',
      HOLDFAST_MOMO_CALLBACK_URL: `${this.address}${eventsPath('momo')}`,
      HOLDFAST_MOMO_CALLBACK_TOKEN: keys.momo_callback_word,
    }
  }

  async #call(path: string, method: string, body?: Json): Promise<{ status: number; text: string }> {
    const basic = Buffer.from(`${keys.paymongo_secret_key}:`).toString('base64')
    const answer = await fetch(`${this.#emulator_address}${path}`, {
      method,
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answer_ms_max),
    })
    return { status: answer.status, text: await answer.text() }
  }
}
