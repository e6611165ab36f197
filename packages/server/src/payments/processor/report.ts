/** Payments, the desk: what a provider told is said to the engine, each word once; money that no agreement takes is set aside. */

import { newId, readId, showId } from '@holdfast/kernel/ids.ts'
import type { Database } from '../../platform/postgres/database.ts'
import type { Logger } from '../../platform/log.ts'
import type { Problem } from '@holdfast/kernel/problem.ts'
import type { Ask, Verdict } from '@holdfast/kernel/engine/ask.ts'
import type { Engine } from '../../engine/engine.ts'
import type { FlowRegistry } from '@holdfast/kernel/engine/product.ts'
import { currencies } from '@holdfast/kernel/money/currency.ts'
import { suspense_flow, type SuspenseReason } from '../providers/suspense.ts'
import type { ProviderPayment } from './provider-payment.ts'
import type { ProviderBinding, EngineCommand, ProviderOutcome } from './binding.ts'

export interface ReportContext {
  readonly db: Database
  readonly engine: Engine
  readonly registry: FlowRegistry
  readonly uses: readonly ProviderBinding[]
  readonly log: Logger
}

/** The engine has no room for it now; later it will. */
export class EngineBusy extends Error {
  override name = 'EngineBusy'
}

/** The engine refused for good what had happened outside: for an operator, and named by reconciliation. */
export const not_taken = 'not_taken'

/** Before the provider is called. Null where the agreement does not want it any more. */
export async function announce(
  teller: ReportContext,
  payment: ProviderPayment,
  now_ms: number,
): Promise<ProviderPayment | null> {
  const { before } = useOf(teller, payment) ?? {}
  if (before === undefined || payment.heard !== null) return payment
  const refusal = await say(teller, payment, 'before', before(payment), now_ms)
  if (refusal === null) return { ...payment, heard: 'before' }
  // It is still wanted: when the wallet is thawed.
  if (passing.has(refusal.code)) throw new EngineBusy(refusal.code)
  teller.log.info(
    { payment: payment.our_reference, problem: refusal.code },
    'a payment is not wanted any more',
  )
  return null
}

/** The row with what the engine has heard by now. Throws where the engine can hear nothing at the moment. */
export async function reportToEngine(
  teller: ReportContext,
  payment: ProviderPayment,
  now_ms: number,
): Promise<ProviderPayment> {
  let after = payment
  for (const word of wordsFor(payment)) {
    if (after.heard === word || after.suspense !== null || after.heard === not_taken) continue
    // oxlint-disable-next-line no-await-in-loop -- one word after the other
    after = await tellOne(teller, after, word, now_ms)
  }
  return after
}

function wordsFor({ state, kind, checkout_url, heard }: ProviderPayment): readonly ProviderOutcome[] {
  if (state === 'pending') return kind === 'pay_in' && checkout_url !== null ? ['offered'] : []
  if (state === 'returned') return heard === 'returned' ? [] : ['succeeded', 'returned']
  if (state === 'lost') return kind === 'pay_in' ? [] : ['unclear']
  if (state === 'succeeded' || state === 'failed' || state === 'expired' || state === 'refused')
    return [state]
  return []
}

async function tellOne(
  teller: ReportContext,
  payment: ProviderPayment,
  word: ProviderOutcome,
  now_ms: number,
): Promise<ProviderPayment> {
  const because = word === 'succeeded' ? mismatch(payment) : null
  if (because !== null)
    return payment.kind === 'pay_in'
      ? setAside(teller, payment, because, null, now_ms)
      : leftOtherwise(teller, payment, because)
  const saying = sayingOf(teller, payment, word)
  if (saying === undefined) return { ...payment, heard: word }
  const refusal = await say(teller, payment, word, saying, now_ms)
  if (refusal === null) return { ...payment, heard: word }
  return notTaken(teller, payment, word, refusal, now_ms)
}

/** What is not exactly what was asked for is not counted. */
function mismatch({
  flow,
  agreement,
  amount,
  currency,
  told_amount,
  told_currency,
}: ProviderPayment): SuspenseReason | null {
  if (flow === null) return agreement === null ? 'unknown_reference' : 'came_again'
  if (told_currency !== currency) return 'wrong_currency'
  return told_amount === amount ? null : 'wrong_amount'
}

/** What has left us and is not what was asked for is booked as nothing: for an operator, and named by reconciliation. */
function leftOtherwise(
  teller: ReportContext,
  payment: ProviderPayment,
  because: SuspenseReason,
): ProviderPayment {
  const { our_reference, provider, provider_id, kind } = payment
  teller.log.error(
    { payment: our_reference, provider, provider_id, kind, because },
    'a provider tells of money that nobody here asked it to move',
  )
  return { ...payment, heard: not_taken }
}

/** A pay-in that is refused has failed, where the flow has no word of its own for that. */
function sayingOf(
  teller: ReportContext,
  payment: ProviderPayment,
  word: ProviderOutcome,
): EngineCommand | undefined {
  const says = useOf(teller, payment)?.says
  const said =
    word === 'refused' && payment.kind === 'pay_in' ? (says?.refused ?? says?.failed) : says?.[word]
  return said?.(payment)
}

/** What is refused now may be taken when a wallet is thawed. */
const passing: ReadonlySet<string> = new Set(['wallet_frozen'])

/** Money that is here and that no agreement takes lies in suspense; that something failed is no news to who has gone on. */
async function notTaken(
  teller: ReportContext,
  payment: ProviderPayment,
  word: ProviderOutcome,
  refusal: Problem,
  now_ms: number,
): Promise<ProviderPayment> {
  // Whatever an operator has made of it meanwhile is what there is to say.
  if (word === 'unclear') return { ...payment, heard: word }
  const came_in = payment.kind === 'pay_in' ? word === 'succeeded' : word === 'returned'
  if (came_in && (await isCounted(teller, payment))) return { ...payment, heard: word }
  if (came_in) return setAside(teller, payment, 'not_awaited', refusal.code, now_ms)
  if (payment.kind === 'pay_in') return { ...payment, heard: word }
  if (passing.has(refusal.code)) throw new EngineBusy(refusal.code)
  teller.log.error(
    { payment: payment.our_reference, told: word, problem: refusal.code },
    'what a provider told is not taken by its agreement',
  )
  return { ...payment, heard: not_taken }
}

/** An operator has said so before the provider did, under the provider's own id. */
async function isCounted({ db }: ReportContext, payment: ProviderPayment): Promise<boolean> {
  const { kind, agreement, settled_id } = payment
  if (kind !== 'pay_in' || agreement === null) return false
  const { counted } = await db.one<{ counted: boolean }>(
    `select coalesce(bool_or(reference = $2 or data ->> 'payment_reference' = $2), false) as counted
     from agreements
     where id = $1`,
    [agreement, settled_id],
  )
  return counted
}

async function setAside(
  teller: ReportContext,
  payment: ProviderPayment,
  because: SuspenseReason,
  note: string | null,
  now_ms: number,
): Promise<ProviderPayment> {
  const { provider, told_amount, told_currency, settled_id, provider_id, details } = payment
  if (told_currency === null || !currencies.has(told_currency))
    return notSetAside(teller, payment, 'a currency that we do not know')
  const about = shownAgreement(teller, payment)
  const ask = askOf(payment, 'suspense', now_ms)
  const verdict = await heard(teller, {
    ...ask,
    flow: suspense_flow,
    agreement: null,
    creation: {
      parties: details.party === undefined ? {} : { payer: details.party },
      currency: told_currency,
      amounts: { amount: told_amount ?? 0n },
      terms: {},
      reference: settled_id ?? provider_id,
    },
    transition: 'set_aside',
    input: {
      because,
      provider,
      ...(about === null ? {} : { about }),
      ...(note === null ? {} : { note }),
    },
  })
  if (verdict.outcome === 'refused') return notSetAside(teller, payment, verdict.problem.code)
  const shown = (JSON.parse(verdict.body) as { id: string }).id
  await mark(teller, payment, because, shown, now_ms)
  return { ...payment, heard: 'set_aside', suspense: readId(shown.split('_')[0] ?? '', shown) }
}

/** For an operator; reconciliation names it. */
function notSetAside(teller: ReportContext, payment: ProviderPayment, because: string): ProviderPayment {
  teller.log.error({ payment: payment.our_reference, because }, 'money that came in cannot be set aside')
  return { ...payment, heard: not_taken }
}

/** So that whoever reads the agreement finds the money. */
async function mark(
  teller: ReportContext,
  payment: ProviderPayment,
  because: SuspenseReason,
  suspense: string,
  now_ms: number,
): Promise<void> {
  if (payment.flow === null || payment.kind !== 'pay_in') return
  const edition = teller.registry.current.get(payment.flow)
  if (edition?.flow.transitions.has('set_aside') !== true) return
  await say(teller, payment, 'mark', { transition: 'set_aside', input: { because, suspense } }, now_ms)
}

function shownAgreement({ registry }: ReportContext, { flow, agreement }: ProviderPayment): string | null {
  const prefix = flow === null ? undefined : registry.current.get(flow)?.flow.flow.id_prefix
  return agreement === null || prefix === undefined ? null : showId(prefix, agreement)
}

/** Null where it was taken, now or before. */
async function say(
  teller: ReportContext,
  payment: ProviderPayment,
  word: string,
  { transition, input, creation }: EngineCommand,
  now_ms: number,
): Promise<Problem | null> {
  const ask = askOf(payment, word, now_ms)
  const about = creation === undefined ? { agreement: payment.agreement } : madeHere(payment)
  const verdict = await heard(teller, {
    ...ask,
    ...about,
    flow: payment.flow ?? '',
    creation: creation ?? null,
    transition,
    input,
  })
  return verdict.outcome === 'refused' ? verdict.problem : null
}

/** An agreement that is made by this ask has its id. */
function madeHere({ agreement }: ProviderPayment): { id?: string; agreement: null } {
  return agreement === null ? { agreement: null } : { id: agreement, agreement: null }
}

/** The key makes one of all repeats of a word. */
function askOf(
  { id, provider }: ProviderPayment,
  word: string,
  now_ms: number,
): Pick<Ask, 'id' | 'kind' | 'actor' | 'reason' | 'key' | 'now_ms'> {
  return {
    id: newId(now_ms),
    kind: 'transition',
    actor: { kind: 'service', id: `provider:${provider}`, party: null },
    reason: null,
    key: { id: `provider ${id} ${word}`, body_hash: '' },
    now_ms,
  }
}

async function heard({ engine }: ReportContext, ask: Ask): Promise<Verdict> {
  const verdict = await engine.ask(ask)
  if (verdict.outcome !== 'refused') return verdict
  const { code } = verdict.problem
  if (code === 'overloaded' || code === 'request_in_progress') throw new EngineBusy(code)
  return verdict
}

function useOf({ uses }: ReportContext, { flow, kind }: ProviderPayment): ProviderBinding | undefined {
  return uses.find((use) => use.flow === flow && use.kind === kind)
}
