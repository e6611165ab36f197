/** Kill drill on the rails: people who pay, change their minds and take money out, an operator, and their own book of it. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '@holdfast/kernel/test/simulation/random.ts'
import type { Client } from './kill-client.ts'
import type { Json, Plant } from './kill-plant.ts'

const people = 16
const customers = 6
const look_ms = 100
/** Who has waited this long for a provider goes away, and leaves things as they are. */
const patience_ms = 8_000

/** What people use in each currency. */
const ways = {
  PHP: { method: 'gcash', mobile_number: '09171234567', from: 50_000, to: 500_000 },
  RWF: { method: 'mobile_money', mobile_number: '0788123456', from: 5_000, to: 50_000 },
} as const
export type Currency = keyof typeof ways
export const currencies: readonly Currency[] = ['PHP', 'RWF']

/** What people know to have moved at providers, in minor units. */
export type Book = Record<'paid' | 'given_back' | 'paid_out', Record<Currency, number>>

export class People {
  readonly book: Book = { paid: none(), given_back: none(), paid_out: none() }
  /** What a customer's wallet must come to when all is done. */
  readonly wallets: ReadonlyMap<string, Record<Currency, number>> = new Map(
    Array.from({ length: customers }, (_, n) => [`customer-${n}`, none()]),
  )
  /** What went wrong for them. */
  readonly faults: string[] = []
  readonly #plant: Plant
  readonly #client: Client
  readonly #random: Random
  readonly #ending = new AbortController()
  #living: Promise<unknown> = Promise.resolve()
  #errands = 0
  /** Withdrawals to where money has never gone: somebody looks at them for a day. */
  readonly #new: (() => Promise<unknown>)[] = []

  constructor(plant: Plant, client: Client, random: Random) {
    this.#plant = plant
    this.#client = client
    this.#random = random
  }

  /** Customers come, and take out money for the first time. */
  async come(): Promise<void> {
    const all = [...this.wallets.keys()].flatMap((holder) =>
      currencies.map((currency) => ({ holder, currency })),
    )
    await Promise.all(
      all.map(async ({ holder, currency }) => {
        const taken_out = await this.#save(holder, currency)
        if (taken_out === null) this.faults.push(`${holder} could not begin`)
        else this.#new.push(() => this.#approve(taken_out))
      }),
    )
  }

  /** A day later. From now on they are known, and live until they are told to rest. */
  async begin(): Promise<void> {
    await Promise.all(this.#new.map((approve) => approve()))
    this.#living = Promise.all(Array.from({ length: people }, () => this.#live()))
  }

  /** They begin nothing any more. */
  end(): void {
    this.#ending.abort()
  }

  /** They end what they have begun. */
  async rest(): Promise<void> {
    this.end()
    await this.#living
  }

  async #live(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      this.#errands += 1
      const n = this.#errands
      const errand = this.#random.weighted<() => Promise<void>>([
        [4, () => this.#changeMinds(n)],
        [1, () => this.#payTooLate(n)],
        [3, () => this.#saveAndSpend('PHP')],
        [2, () => this.#saveAndSpend('RWF')],
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

  async #saveAndSpend(currency: Currency): Promise<void> {
    const taken_out = await this.#save(this.#random.pick([...this.wallets.keys()]), currency)
    if (taken_out !== null) await this.#approve(taken_out)
  }

  /** Once it is in the wallet, a part of it is taken out. Null where that takes too long. */
  async #save(holder: string, currency: Currency): Promise<TakenOut | null> {
    const { method, mobile_number, from, to } = ways[currency]
    const topped_up = this.#random.between(from, to)
    const { id } = await this.#create('top-up', `/v1/wallets/${holder}/${currency}/top-ups`, holder, {
      amount: topped_up,
      method,
      ...(currency === 'RWF' ? { mobile_number: `25078${this.#random.between(1_000_000, 9_999_999)}` } : {}),
    })
    const top_up = `/v1/top-ups/${id}`
    // On the phone the payer says yes without coming here.
    if (currency === 'RWF') this.book.paid.RWF += topped_up
    else if (!(await this.#pay(top_up, holder, topped_up))) return null
    this.#changeWallet(holder, currency, topped_up)
    if ((await this.#ends(top_up, holder))?.['state'] !== 'completed') return null
    const amount = Math.floor(topped_up / 2)
    const account_details = { mobile_number, account_name: 'A Customer' }
    const body = { amount, currency, method, account_details }
    const wanted = await this.#create('withdrawal', `/api/wallet/${holder}/withdraw`, holder, body)
    this.#changeWallet(holder, currency, -amount)
    return { path: `/admin/withdrawals/${wanted['id']}/approve`, currency, amount }
  }

  /** The operator lets a provider pay it. */
  async #approve({ path, currency, amount }: TakenOut): Promise<void> {
    const body = { pay_by: 'provider', reason: 'looked at' }
    await this.#client.must({ transition: 'approve', path, by: 'operator', body })
    this.book.paid_out[currency] += amount
  }

  #changeWallet(holder: string, currency: Currency, change: number): void {
    const wallet = this.wallets.get(holder)
    if (wallet !== undefined) wallet[currency] += change
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

interface TakenOut {
  readonly path: string
  readonly currency: Currency
  readonly amount: number
}

function none(): Record<Currency, number> {
  return { PHP: 0, RWF: 0 }
}

function sessionIn(checkout_url: string): string {
  const found = /cs_[A-Za-z0-9]+/.exec(new URL(checkout_url).pathname)
  if (found === null) throw new Error(`no session in ${checkout_url}`)
  return found[0]
}
