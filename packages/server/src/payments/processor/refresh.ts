/** Payments, the desk: one row asks its provider what it needs to know, and keeps what it was told before anybody acts on it. */

import { isUniqueViolation, type Database } from '../../platform/postgres/database.ts'
import type { Logger } from '../../platform/log.ts'
import type { Providers } from '../providers/index.ts'
import { isMadeHere } from '../providers/places.ts'
import type { Payment, Provider, Reply } from '../providers/port.ts'
import { ask, create } from './call.ts'
import { afterCreate, denied, isDenied, interpreted, mayRepeat } from './interpret.ts'
import { foundAgain, withdrawClaim } from './merge.ts'
import type { ProcessorState, ProviderPayment } from './provider-payment.ts'
import { findPayment } from './rows.ts'

export interface RefreshContext {
  readonly db: Database
  readonly providers: Providers
  readonly log: Logger
  /** Writes what was learned, while the row stays taken. */
  readonly keep: (payment: ProviderPayment) => Promise<void>
  /** Nothing new is asked of providers: what is wanted waits. */
  readonly held?: boolean
  /** Whether its agreement still wants it: it may have gone on since. */
  readonly isWanted: (payment: ProviderPayment) => Promise<boolean>
  /** Of each call, by what it came to: for metrics. */
  readonly called: (provider: string, outcome: Reply<unknown>['outcome']) => void
}

/** Nobody is asked about these. */
const at_rest: ReadonlySet<ProcessorState> = new Set<ProcessorState>(['refused', 'not_wanted', 'merged'])

export async function refreshPayment(
  learner: RefreshContext,
  payment: ProviderPayment,
  now_ms: number,
): Promise<ProviderPayment> {
  if (at_rest.has(payment.state)) return payment
  const provider = learner.providers.get(payment.provider)
  if (provider === undefined) return { ...payment, reason: 'this provider is not set up' }
  const settled_id = await settledIdOf(learner, payment)
  if (payment.state === 'wanted') return askFor(learner, provider, payment, settled_id, now_ms)
  const reply = await ask(provider, payment, settled_id)
  learner.called(provider.name, reply.outcome)
  if (payment.state === 'unknown' && reply.outcome === 'not_found') {
    if (payment.flow !== null && mayRepeat(payment, provider, now_ms))
      return askFor(learner, provider, payment, settled_id, now_ms)
    // Where it was made, and where it is too late to ask for it again; elsewhere that may pass.
    if (payment.flow === null || isMadeHere(provider, payment.place))
      return lose(learner, payment, reply, now_ms)
  }
  if (!isDenied(payment, reply))
    return keep(learner, payment, interpreted(payment, reply, now_ms), reply, now_ms)
  const after = denied(payment, reply, now_ms)
  return after.state === 'lost'
    ? lose(learner, after, reply, now_ms)
    : keep(learner, payment, after, null, now_ms)
}

/** An operator decides. Should the provider know of it after all, that counts. */
function lose(
  learner: RefreshContext,
  payment: ProviderPayment,
  reply: Reply<Payment>,
  now_ms: number,
): Promise<ProviderPayment> {
  learner.log.error({ payment: payment.our_reference }, 'a payment is lost: its provider knows nothing of it')
  return keep(learner, payment, { ...interpreted(payment, reply, now_ms), state: 'lost' }, null, now_ms)
}

/** That it is asked for is written before it is asked for: a crash between the two leaves it unknown, not forgotten. */
async function askFor(
  learner: RefreshContext,
  provider: Provider,
  payment: ProviderPayment,
  settled_id: string | null,
  now_ms: number,
): Promise<ProviderPayment> {
  if (!(await learner.isWanted(payment))) return { ...payment, state: 'not_wanted' }
  if (learner.held === true)
    return { ...payment, reason: 'payments are held: nothing new is asked of providers' }
  if (payment.state === 'wanted' && looksFirst(provider, payment)) {
    const known = await findFirst(learner, provider, payment, settled_id, now_ms)
    if (known !== null) return known
  }
  const [place] = provider.places
  const called_ms = payment.state === 'wanted' ? now_ms : payment.called_ms
  // However long it had to wait, what becomes of it is looked at soon.
  const attempts = payment.state === 'wanted' ? 1 : payment.attempts
  const calling = { ...payment, place, called_ms, attempts }
  await learner.keep({ ...calling, state: 'unknown' })
  const reply = await create(provider, calling, settled_id)
  learner.called(provider.name, reply.outcome)
  return keep(learner, calling, afterCreate(calling, reply, now_ms), reply, now_ms)
}

/**
 * A database that was restored does not know what it had asked for; a provider that forgets tokens, or one at another
 * place, would do it again. A provider that keeps tokens for good refuses the second by itself.
 */
function looksFirst({ places, tokens_kept_ms }: Provider, { kind }: ProviderPayment): boolean {
  return places.length > 1 || (kind !== 'pay_in' && tokens_kept_ms !== null)
}

/** What the provider has under this token already; null where it has nothing, so that it may be asked for. */
async function findFirst(
  learner: RefreshContext,
  provider: Provider,
  payment: ProviderPayment,
  settled_id: string | null,
  now_ms: number,
): Promise<ProviderPayment | null> {
  const reply = await ask(provider, { ...payment, place: null }, settled_id)
  learner.called(provider.name, reply.outcome)
  if (reply.outcome === 'not_found') return null
  // Nobody knows whether it is there, so it is not asked for now.
  if (reply.outcome !== 'told') return { ...payment, reason: `${reply.code}: ${reply.reason}` }
  learner.log.warn(
    { payment: payment.our_reference },
    'a provider had a payment already that this database did not know of',
  )
  const [here, ...elsewhere] = provider.places
  const place = elsewhere.length === 0 ? here : null
  const known = { ...payment, place, called_ms: now_ms, attempts: 1 }
  return keep(learner, known, interpreted(known, reply, now_ms), reply, now_ms)
}

async function keep(
  { db, log, keep: write }: RefreshContext,
  before: ProviderPayment,
  after: ProviderPayment,
  reply: Reply<Payment> | null,
  now_ms: number,
): Promise<ProviderPayment> {
  const found = reply?.outcome === 'told' ? await foundAgain(db, before, after, reply.value, now_ms) : null
  const payment = found?.payment ?? after
  if (found?.is_other === true) return payment
  try {
    await write(payment)
    return payment
  } catch (error) {
    if (isUniqueViolation(error) === undefined) throw error
    log.info({ payment: payment.our_reference }, 'the provider told of one payment in two ways')
    const claimed = await withdrawClaim(db, payment)
    await write(claimed)
    return claimed
  }
}

async function settledIdOf({ db }: RefreshContext, { details }: ProviderPayment): Promise<string | null> {
  if (details.refunds === undefined) return null
  return (await findPayment(db, details.refunds))?.settled_id ?? null
}
