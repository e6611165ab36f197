/**
 * Payments, the desk: works on what is due: calls providers, asks them again, and says to the engine what they told.
 * What is written down of a payment is its state; a process that dies leaves nothing but a row that another takes up.
 */

import { Failures } from '../../platform/failures.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { Batcher } from '../../platform/batcher.ts'
import { no_provider } from './projection.ts'
import { refreshPayment, type RefreshContext } from './refresh.ts'
import { nextLook } from './interpret.ts'
import type { ProviderPayment } from './provider-payment.ts'
import { askNow, nextDueMs, openOutcomes, paymentsOf, stateOf } from './rows.ts'
import { releaseUnchanged, holdPayments, release, claimDue } from './lease.ts'
import { announce, reportToEngine, type ReportContext } from './report.ts'
import { batch_payments_max, writePayments, type PaymentUpdate } from './write.ts'

/** Of one provider, so that one that is slow keeps no other waiting. */
export const calls_at_once_max = 32
export const poll_ms = 1_000
const retry_look_ms = 20
/** A provider that does not answer holds up no stop for longer: whoever starts next takes up what is left. */
const stop_wait_ms_max = 5_000
/** Of one `fireDue`: a bound on loops. */
const fire_rounds_max = 100_000

export interface ProcessorNeeds extends Omit<RefreshContext, 'called' | 'isWanted' | 'keep'>, ReportContext {
  readonly db: Database
  readonly clock: Clock
}

export class PaymentProcessor {
  /** Calls by provider and outcome. */
  readonly counts = new Map<string, number>()
  readonly #needs: ProcessorNeeds
  readonly #learner: RefreshContext
  readonly #writes: Batcher<PaymentUpdate, undefined>
  #wake = new AbortController()

  constructor(needs: ProcessorNeeds) {
    this.#needs = needs
    const called: RefreshContext['called'] = (provider, outcome) => {
      const name = `${provider} ${outcome}`
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
    }
    const keep = (payment: ProviderPayment) => this.#writes.add({ payment, taken: null })
    this.#learner = { ...needs, called, keep, isWanted: (payment) => isWanted(needs, payment) }
    this.#writes = new Batcher({
      write: async (learned) => {
        await writePayments(needs.db, learned)
        return learned.map(() => undefined)
      },
      batch_items_max: batch_payments_max,
    })
  }

  /** Something may be due now: not to wait for the next look. */
  nudge(): void {
    this.#wake.abort()
    this.#wake = new AbortController()
  }

  nextDue(): Promise<number | null> {
    return nextDueMs(this.#needs.db)
  }

  /** All that is due until then; answers how many there were. */
  async fireDue(now_ms: number): Promise<number> {
    let fired = 0
    for (let round = 0; round < fire_rounds_max; round += 1) {
      const taken = await claimDue(this.#needs.db, { now_ms, limit: calls_at_once_max })
      if (taken.length === 0) break
      await Promise.all(taken.map((payment) => this.#step(payment)))
      fired += taken.length
    }
    // What is due may be another's to do: whoever waits for it looks again, but not at once.
    if (fired === 0) await sleep(retry_look_ms)
    return fired
  }

  /** What is due of one agreement, now, or, where another works on it, when that is done; but no longer than this. */
  async settleFor(agreement: string, wait_ms_max: number): Promise<void> {
    const until_ms = performance.now() + wait_ms_max
    while (performance.now() < until_ms) {
      const now_ms = this.#needs.clock.now()
      const rows = await paymentsOf(this.#needs.db, agreement)
      if (!rows.some(({ next_ms }) => next_ms !== null && next_ms <= now_ms)) return
      const taken = await claimDue(this.#needs.db, { now_ms, agreement, limit: calls_at_once_max })
      const working = Promise.all(taken.map((payment) => this.#step(payment)))
      const left_ms = taken.length === 0 ? retry_look_ms : until_ms - performance.now()
      await Promise.race([taken.length === 0 ? sleep(left_ms) : working, sleep(Math.max(0, left_ms))])
    }
  }

  /** The providers are asked once more about what they have open of an agreement, and their word is said to it. */
  async askAgain(agreement: string, wait_ms_max: number): Promise<void> {
    const { db, clock } = this.#needs
    const open = await openOutcomes(db, agreement)
    for (const { id } of open) await askNow(db, id, clock.now())
    if (open.length > 0) await this.settleFor(agreement, wait_ms_max)
  }

  /**
   * Does something while no provider is called for this agreement: an operator ends by hand what a provider may be about
   * to do. Null where one is being called just now.
   */
  async hold<T>(agreement: string, work: () => Promise<T>): Promise<T | null> {
    const { db } = this.#needs
    const held = await holdPayments(db, agreement)
    if (held === null) return null
    try {
      return await work()
    } finally {
      await release(db, held)
    }
  }

  /** Until told to stop. Each provider has a line of its own. */
  async run(signal: AbortSignal): Promise<void> {
    const names = [...this.#needs.providers.keys(), no_provider]
    await Promise.all(names.map((provider) => this.#serve(provider, signal)))
  }

  async #serve(provider: string, signal: AbortSignal): Promise<void> {
    const { db, clock, log } = this.#needs
    const working = new Set<Promise<void>>()
    const failures = new Failures(log)
    while (!signal.aborted) {
      const wake = this.#wake.signal
      const free = calls_at_once_max - working.size
      try {
        if (clock.refresh) await clock.refresh()
        const taken =
          clock.isLed === true ? [] : await claimDue(db, { now_ms: clock.now(), provider, limit: free })
        failures.over()
        for (const payment of taken) {
          const step = this.#step(payment).finally(() => working.delete(step))
          working.add(step)
        }
        if (taken.length === free) {
          // Not for each that is free alone: what is taken together is one statement.
          while (working.size > calls_at_once_max / 2) await Promise.race(working)
          continue
        }
      } catch (error) {
        failures.note({ err: error, provider }, 'payments that are due could not be taken; trying again')
      }
      await sleep(poll_ms, undefined, { signal: AbortSignal.any([signal, wake]) }).catch(() => undefined)
    }
    await Promise.race([Promise.all(working), sleep(stop_wait_ms_max)])
  }

  /** Never throws: what fails is logged, and is due again a little later. */
  async #step(taken: ProviderPayment): Promise<void> {
    const { db, clock, log } = this.#needs
    const now_ms = clock.now()
    const trying = { ...taken, attempts: taken.attempts + 1 }
    try {
      const learned = await this.#learned(trying, now_ms)
      const told = await reportToEngine(this.#needs, learned, now_ms)
      const payment = { ...told, next_ms: this.#nextLook(told, true, now_ms) }
      await this.#writes.add({ payment, taken })
    } catch (error) {
      log.warn({ err: error, payment: taken.our_reference }, 'a payment could not be seen to; trying again')
      const next_ms = this.#nextLook(trying, false, now_ms)
      await releaseUnchanged(db, trying, taken, next_ms).catch(() => undefined)
    }
  }

  #nextLook(payment: ProviderPayment, told: boolean, now_ms: number): number | null {
    const changes_alone = this.#needs.providers.get(payment.provider)?.changes_alone ?? true
    return nextLook(payment, { told, changes_alone }, now_ms)
  }

  async #learned(payment: ProviderPayment, now_ms: number): Promise<ProviderPayment> {
    if (payment.state !== 'wanted') return refreshPayment(this.#learner, payment, now_ms)
    const wanted = await announce(this.#needs, payment, now_ms)
    return wanted === null
      ? { ...payment, state: 'not_wanted' }
      : refreshPayment(this.#learner, wanted, now_ms)
  }
}

/** Nobody else works on the payment meanwhile, and operators' words wait for that too (`hold`). */
async function isWanted(
  { db, uses }: ProcessorNeeds,
  { flow, kind, agreement }: ProviderPayment,
): Promise<boolean> {
  const use = uses.find((one) => one.flow === flow && one.kind === kind)
  if (use === undefined || agreement === null) return false
  return use.while.includes((await stateOf(db, agreement)) ?? '')
}
