/** Kill drill on the rails: people who pay, change their minds and take money out, an operator, and their own book of it. */

import { setTimeout as sleep } from 'node:timers/promises'
import { isAccepted } from '../crash/record.ts'
import type { Random } from '../simulation/random.ts'
import type { Client } from './kill-client.ts'
import type { Json, Plant } from './kill-plant.ts'

const people = 10
const look_ms = 100
/** Who has waited this long for a provider goes away, and leaves things as they are. */
const patience_ms = 15_000
const approve_path = '/admin/withdrawals'

/** What a withdrawal of each currency is made with. */
const accounts = {
  PHP: { method: 'gcash', mobile_number: '09171234567' },
  RWF: { method: 'mobile_money', mobile_number: '0788123456' },
} as const
export type Currency = keyof typeof accounts
export const currencies: readonly Currency[] = ['PHP', 'RWF']

/** What people know to have moved at providers, in minor units; what they are still to be paid is not yet in it. */
export type Book = Record<'paid' | 'given_back' | 'paid_out', Record<Currency, number>>

export class People {
  readonly book: Book = { paid: none(), given_back: none(), paid_out: none() }
  /** What a wallet must come to when all is done. */
  readonly wallets: { readonly party: string; readonly currency: Currency; readonly available: number }[] = []
  /** What went wrong for them. */
  readonly faults: string[] = []
  readonly #plant: Plant
  readonly #client: Client
  readonly #random: Random
  readonly #ending = new AbortController()
  #living: Promise<unknown> = Promise.resolve()
  #errands = 0
  #to_approve: { readonly path: string; readonly currency: Currency; readonly amount: number }[] = []

  constructor(plant: Plant, client: Client, random: Random) {
    this.#plant = plant
    this.#client = client
    this.#random = random
  }

  begin(): void {
    this.#living = Promise.all(Array.from({ length: people }, () => this.#live()))
  }

  /** They begin nothing any more, and end what they have begun. */
  async rest(): Promise<void> {
    this.#ending.abort()
    await this.#living
  }

  /** The operator lets providers pay what has waited long enough; answers how much is left. */
  async approve(): Promise<number> {
    const waiting = this.#to_approve.splice(0)
    await Promise.all(
      waiting.map(async (one) => {
        const body = { pay_by: 'provider', reason: 'looked at' }
        const told = await this.#client.ask({ transition: 'approve', path: one.path, by: 'operator', body })
        if (isAccepted(told)) this.book.paid_out[one.currency] += one.amount
        else if (told.body.includes('"cool_off"')) this.#to_approve.push(one)
        else this.faults.push(`${one.path} came to ${told.status}: ${told.body}`)
      }),
    )
    return this.#to_approve.length
  }

  async #live(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      this.#errands += 1
      const n = this.#errands
      const errand = this.#random.weighted<() => Promise<void>>([
        [4, () => this.#changeMinds(n)],
        [1, () => this.#payTooLate(n)],
        [3, () => this.#saveOnline(n)],
        [2, () => this.#saveByPhone(n)],
      ])
      // oxlint-disable-next-line no-await-in-loop -- a person does one thing after another
      await errand().catch((error: Error) => this.faults.push(error.message))
    }
  }

  /** A booking is paid, and given back by its vendor. */
  async #changeMinds(n: number): Promise<void> {
    const { price, booking, payment, couple, vendor } = await this.#book(n)
    if (!(await this.#pay(payment, couple, price))) return
    if ((await this.#ends(payment, couple))?.['state'] !== 'settled') return
    await this.#take(booking, 'cancel', vendor, {})
    this.book.given_back.PHP += price
  }

  /** What comes when the booking is off lies in suspense. */
  async #payTooLate(n: number): Promise<void> {
    const { price, booking, payment, couple } = await this.#book(n)
    if ((await this.#offered(payment, couple)) === null) return
    await this.#take(booking, 'cancel', couple, {})
    await this.#pay(payment, couple, price)
  }

  async #book(n: number) {
    const [couple, vendor] = [`couple-${n}`, `vendor-${n}`]
    const price = this.#random.between(100_000, 900_000)
    const { id } = await this.#create('booking', '/bookings', couple, { vendor, currency: 'PHP' })
    const booking = `/bookings/${id}`
    await this.#take(booking, 'send-quote', vendor, { price })
    const paying = await this.#create('payment', `${booking}/pay`, couple, {})
    return { price, booking, payment: `/v1/payments/${paying['id']}`, couple, vendor }
  }

  async #saveOnline(n: number): Promise<void> {
    const holder = `saver-${n}`
    const amount = this.#random.between(50_000, 500_000)
    const top_up = await this.#topUp(holder, 'PHP', { amount, method: 'gcash' })
    if (await this.#pay(top_up, holder, amount)) await this.#spend(top_up, holder, 'PHP', amount)
  }

  /** The payer says yes on the phone, without coming here. */
  async #saveByPhone(n: number): Promise<void> {
    const holder = `caller-${n}`
    const amount = this.#random.between(5_000, 50_000)
    const mobile_number = `25078${this.#random.between(1_000_000, 9_999_999)}`
    const top_up = await this.#topUp(holder, 'RWF', { amount, method: 'mobile_money', mobile_number })
    this.book.paid.RWF += amount
    await this.#spend(top_up, holder, 'RWF', amount)
  }

  async #topUp(holder: string, currency: Currency, body: Json): Promise<string> {
    const { id } = await this.#create('top-up', `/v1/wallets/${holder}/${currency}/top-ups`, holder, body)
    return `/v1/top-ups/${id}`
  }

  /** Once it is in the wallet, a part of it is taken out. */
  async #spend(top_up: string, holder: string, currency: Currency, topped_up: number): Promise<void> {
    if ((await this.#ends(top_up, holder))?.['state'] !== 'completed') return
    const amount = Math.floor(topped_up / 2)
    const { method, mobile_number } = accounts[currency]
    const account_details = { mobile_number, account_name: 'A Saver' }
    const body = { amount, currency, method, account_details }
    const { id } = await this.#create('withdrawal', `/api/wallet/${holder}/withdraw`, holder, body)
    this.#to_approve.push({ path: `${approve_path}/${id}/approve`, currency, amount })
    this.wallets.push({ party: holder, currency, available: topped_up - amount })
  }

  async #pay(path: string, party: string, amount: number): Promise<boolean> {
    const url = await this.#offered(path, party)
    if (url === null) return false
    const paid = await this.#plant.pays({ id: sessionIn(url), method: 'gcash' })
    if (paid) this.book.paid.PHP += amount
    return paid
  }

  /** The address of the hosted page; null where it is not known in time. */
  async #offered(path: string, party: string): Promise<string | null> {
    const known = await this.#until(path, party, ({ checkout_url }) => typeof checkout_url === 'string')
    return known === null ? null : String(known['checkout_url'])
  }

  #ends(path: string, party: string): Promise<Json | null> {
    return this.#until(path, party, ({ state }) => state !== 'pending' && state !== 'expired')
  }

  async #until(path: string, party: string, is: (value: Json) => boolean): Promise<Json | null> {
    const until_ms = performance.now() + patience_ms
    while (performance.now() < until_ms) {
      // oxlint-disable-next-line no-await-in-loop -- that is what waiting is
      const value = await this.#client.read(path, party)
      if (is(value)) return value
      // oxlint-disable-next-line no-await-in-loop -- that is what waiting is
      await sleep(look_ms)
    }
    return null
  }

  #create(transition: string, path: string, party: string, body: Json): Promise<Json> {
    return this.#client.must({ transition: `create ${transition}`, path, by: 'service', party, body })
  }

  #take(path: string, transition: string, party: string, body: Json): Promise<Json> {
    return this.#client.must({ transition, path: `${path}/${transition}`, by: 'service', party, body })
  }
}

function none(): Record<Currency, number> {
  return { PHP: 0, RWF: 0 }
}

function sessionIn(checkout_url: string): string {
  const found = /cs_[A-Za-z0-9]+/.exec(new URL(checkout_url).pathname)
  if (found === null) throw new Error(`no session in ${checkout_url}`)
  return found[0]
}
