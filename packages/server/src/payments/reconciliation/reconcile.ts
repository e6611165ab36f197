/**
 * Payments, reconciliation: one run over one provider. It changes nothing of money: what differs is written down, and
 * what the desk can mend by asking again is made due.
 */

import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/postgres/database.ts'
import { newId } from '@holdfast/kernel/ids.ts'
import type { Logger } from '../../platform/log.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { Providers } from '../providers/index.ts'
import { insertUnsolicited, makeDue } from '../webhooks/match.ts'
import type { Payment, Provider } from '../providers/port.ts'
import type { ProviderBinding } from '../processor/binding.ts'
import { canAskAt } from '../providers/places.ts'
import { isOutdated, judge, keyOf, pairUp, type Ours, type Pair } from './compare.ts'
import { findCandidates, listCandidates } from './derived.ts'
import { clearAgreed, listOpen, recordFound, type Exception } from './exceptions.ts'
import { foundOf, isFinding } from './finding.ts'
import { findOurs, listOurs } from './ours.ts'
import { beginRun, coveredUntil, endRun, type Reconciliation } from './runs.ts'
import { summaryOf } from './summary.ts'
import { beginAsking, findEach, listAll, NotTold, wantedOf, type Asked } from './theirs.ts'
import { earliestMs, isWithin, widened, windowSince, type Window } from './window.ts'

/** Rows of ours that one run looks at. */
export const ours_max = 200_000

export interface ReconcileNeeds {
  readonly db: Database
  readonly providers: Providers
  readonly clock: Clock
  readonly log: Logger
  /** What may have been wanted and is lost here is asked about by its token. */
  readonly uses: readonly ProviderBinding[]
  /** Rows were made due: the desk need not wait for its next look. */
  readonly onDue?: () => void
}

/** Who has it run, and why; the clock needs no reason. */
export interface Asking {
  readonly by: string
  readonly reason: string | null
  /** Whatever is here may have gone on further in the database that was lost: all of it is asked about, however old. */
  readonly after_restore?: boolean
}

export async function usualWindow(db: Database, provider: string, now_ms: number): Promise<Window> {
  return windowSince(await coveredUntil(db, provider, earliestMs(now_ms)), now_ms)
}

/** Problems: `not_found`, `request_in_progress`. A provider that does not answer makes a run that has failed. */
export async function reconcile(
  needs: ReconcileNeeds,
  name: string,
  window: Window,
  { by, reason, after_restore = false }: Asking,
): Promise<Reconciliation | Problem> {
  const { db, providers, clock, log } = needs
  const provider = providers.get(name)
  if (provider === undefined) return problem('not_found', { what: 'provider' })
  const now_ms = clock.now()
  const run = { id: newId(now_ms), provider: name, now_ms }
  const refusal = await beginRun(db, { ...run, ...window, currency: null, by, reason })
  if (refusal !== null) return refusal
  const asked = beginAsking()
  try {
    const known = await listOpen(db, name)
    const since_ms = after_restore ? 0 : window.from_ms
    const pairs = await compared(needs, provider, window, since_ms, known, asked)
    return await conclude(needs, run, provider, pairs, known, asked)
  } catch (error) {
    const told = error instanceof NotTold ? error.message : 'an error of ours, see the log'
    log.error({ err: error, provider: name }, 'a reconciliation failed')
    const ending = { state: 'failed', summary: summaryOf([], asked), error: told } as const
    const ended = await endRun(db, run.id, ending, clock.now())
    if (error instanceof NotTold && ended !== null) return ended
    throw error
  }
}

/** Every movement of the window, and every one that is open from before, as both sides know it now. */
async function compared(
  { db, providers, uses }: ReconcileNeeds,
  provider: Provider,
  window: Window,
  since_ms: number,
  known: readonly Exception[],
  asked: Asked,
): Promise<Pair[]> {
  const candidates = await listCandidates(db, providers, uses, provider, since_ms)
  const lost = await findCandidates(
    provider,
    candidates.filter(({ kind }) => !provider.lists.includes(kind)),
    asked,
  )
  const named = [...(await askForNamed(provider, known, asked)), ...lost.map(({ payment }) => payment)]
  const listed: Payment[] = []
  for (const kind of provider.lists) {
    // oxlint-disable-next-line no-await-in-loop -- one list after another
    listed.push(...(await listAll(provider, kind, widened(window), asked)))
  }
  const theirs = [...named, ...listed]
  const in_time = await listOurs(db, provider.name, window, ours_max + 1)
  if (in_time.length > ours_max) throw new NotTold(`more than ${ours_max} payments of ours: take less time`)
  const ids = known.map(({ payment_id }) => payment_id).filter((id) => id !== null)
  const elsewhere = await findOurs(db, provider.name, theirs, ids)
  const rows = [...new Map([...in_time, ...elsewhere].map((row) => [row.id, row])).values()]

  const rows_meant = new Set([...in_time.map(({ id }) => id), ...ids])
  const payments_meant = new Set(named.map(keyOf))
  const isMeant = ({ ours, theirs: payment }: Pair) =>
    (ours !== null && rows_meant.has(ours.id)) ||
    (payment !== null &&
      (payments_meant.has(keyOf(payment)) || isWithin(window, payment.created_ms, payment.settled_ms)))
  const found = await askAgain(provider, pairUp(theirs, rows).filter(isMeant), asked)
  const known_better = new Set(found.map(keyOf))
  const surer = [...found, ...theirs.filter((payment) => !known_better.has(keyOf(payment)))]
  const pairs = pairUp(surer, rows).filter(isMeant)
  const meant = new Map([
    ...candidates.map(
      ({ kind, our_reference, agreement }) => [`${kind} ${our_reference}`, agreement] as const,
    ),
    ...lost.map(({ payment, agreement }) => [keyOf(payment), agreement] as const),
  ])
  return withoutElsewhere(provider, pairs, asked).map((pair) =>
    pair.ours === null ? { ...pair, meant: meantBy(meant, pair.theirs) } : pair,
  )
}

/** What was made at a place that is not set up any more cannot be compared, and is not said to be missing there. */
function withoutElsewhere(provider: Provider, pairs: readonly Pair[], asked: Asked): Pair[] {
  const here = pairs.filter(
    ({ theirs, ours }) => theirs !== null || ours === null || canAskAt(provider, ours.place),
  )
  asked.elsewhere += pairs.length - here.length
  return here
}

function meantBy(meant: ReadonlyMap<string, string>, theirs: Payment | null): string | null {
  if (theirs === null) return null
  const { kind, our_reference } = theirs
  return meant.get(keyOf(theirs)) ?? meant.get(`${kind} ${our_reference}`) ?? null
}

/** Money that is missing here, and that no row stands for, is asked for by the provider's own id. */
async function askForNamed(
  provider: Provider,
  known: readonly Exception[],
  asked: Asked,
): Promise<Payment[]> {
  const wanted = known
    .filter(({ what, payment_id }) => what === 'missing_here' && payment_id === null)
    .map(({ id, kind, their_id }) => ({
      id,
      kind: kind as Payment['kind'],
      provider_id: their_id,
      token: id,
      our_reference: '',
      settled_id: null,
      place: null,
    }))
  const found = await findEach(provider, wanted, asked)
  return [...found.values()].filter((payment) => payment !== null)
}

/**
 * A list may lack what is dated otherwise, and need not know that a pay-out came back. Nothing of ours is said to differ
 * before the provider was asked for that one, nor where it has no list.
 */
async function askAgain(provider: Provider, pairs: readonly Pair[], asked: Asked): Promise<Payment[]> {
  const doubtful = new Map<string, Ours>()
  for (const pair of pairs) {
    const { ours } = pair
    if (ours === null || !ours.called) continue
    if (isFinding(judge(pair)) || !provider.lists.includes(ours.kind)) doubtful.set(ours.id, ours)
  }
  const found = await findEach(provider, [...doubtful.values()].map(wantedOf), asked)
  return [...found.values()].filter((payment) => payment !== null)
}

interface Run {
  readonly id: string
  readonly provider: string
  readonly now_ms: number
}

async function conclude(
  { db, clock, onDue }: ReconcileNeeds,
  run: Run,
  provider: Provider,
  pairs: readonly Pair[],
  known: readonly Exception[],
  asked: Asked,
): Promise<Reconciliation> {
  const ended = await db.transaction(async (tx) => {
    const now_ms = clock.now()
    const row = await endRun(tx, run.id, { state: 'done', summary: summaryOf(pairs, asked) }, now_ms)
    if (row === null) throw new NotTold('it took so long that it was given up for dead')
    const open = await recordFound(tx, run, pairs.flatMap(foundOf))
    await clearAgreed(
      tx,
      run,
      known.map(({ id }) => id),
    )
    await mend(tx, provider, pairs, open, now_ms)
    return row
  })
  onDue?.()
  return ended
}

/** Most of what differs does so because nobody has asked yet: a payment of ours is asked about, money that came is told of. */
async function mend(
  tx: Tx,
  provider: Provider,
  pairs: readonly Pair[],
  open: readonly Exception[],
  now_ms: number,
): Promise<void> {
  const here = open.filter(({ what }) => what !== 'missing_there')
  const outdated = pairs.filter(isOutdated)
  const ids = [...here.map(({ payment_id }) => payment_id), ...outdated.map(({ ours }) => ours?.id ?? null)]
  await askAnew(tx, new Set(ids.filter((id) => id !== null)), outdated, now_ms)
  const news = here
    .filter(({ kind, payment_id }) => kind === 'pay_in' && payment_id === null)
    .map(({ their_id }) => ({ provider, provider_id: their_id ?? '' }))
  await insertUnsolicited(tx, news, now_ms)
}

/** What we had given up for lost is found: then it is asked about as well, by the id that it turned out to have. */
async function askAnew(
  tx: Tx,
  ids: ReadonlySet<string>,
  outdated: readonly Pair[],
  now_ms: number,
): Promise<void> {
  if (ids.size === 0) return
  // Locked in the order of their ids, as by all who lock several.
  await tx.any('select id from provider_payments where id = any($1) order by id for no key update', [
    [...ids],
  ])
  const lost = outdated.flatMap(({ theirs, ours }) =>
    theirs && ours?.state === 'lost' ? [{ theirs, ours }] : [],
  )
  await tx.run(`update provider_payments set state = 'unknown' where id = any($1) and state = 'lost'`, [
    lost.map(({ ours }) => ours.id),
  ])
  // A pay-in has several ids, of which another row may have one.
  const given = new Map(
    lost.map(({ theirs, ours }) => [ours.id, theirs.kind === 'pay_in' ? null : theirs.provider_id]),
  )
  await makeDue(tx, new Map([...ids].map((id) => [id, given.get(id) ?? null])), now_ms)
}
