/** Payments, the desk: follows the event log and writes what it makes wanted of providers, each once, before anybody is called. */

import type { Tx } from '../../platform/postgres/database.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import { agreement_columns, agreementOf, type AgreementRow } from '../../engine/agreements.ts'
import type { Projection } from '../../event-log/projections.ts'
import type { LoggedEvent } from '../../event-log/log.ts'
import { listServing, type Providers } from '../providers/index.ts'
import { agreementWords } from './derive.ts'
import { newPayment } from './new-payment.ts'
import type { ProviderPayment } from './provider-payment.ts'
import { closePayIns, insertPayments } from './rows.ts'
import { countTries, withoutKnown, withOwnTokens } from './tries.ts'
import type { ProviderBinding, PaymentRequest } from './binding.ts'

export const provider_payments_projection = 'provider-payments'
/** Stands for the provider where none serves what is wanted. */
export const no_provider = 'none'
/** Where operators confirm; not chosen for what is meant to go by itself. */
const by_hand = 'manual'

export function projectProviderPayments(uses: readonly ProviderBinding[], providers: Providers): Projection {
  return {
    name: provider_payments_projection,
    flows: [...new Set(uses.flatMap(({ flow, on }) => [flow, on.flow]))],
    async project(tx, events) {
      const taken = events.filter(({ body }) => body.kind === 'transition')
      const watched = taken.flatMap((event) =>
        uses.filter((use) => watches(use, event)).map((use) => ({ use, event })),
      )
      const agreements = await readAgreements(tx, watched)
      const rows: ProviderPayment[] = []
      for (const { use, event } of watched) {
        const agreement = agreements.get(event.agreement_id)
        if (agreement === undefined || isOver(use, event, agreement)) continue
        // oxlint-disable no-await-in-loop -- one after another, in the follower's transaction
        const wanted = await use.wants(event, agreement, tx)
        if (wanted.length === 0) continue
        const tries = await countTries(tx, use, [event])
        // oxlint-enable no-await-in-loop
        for (const wants of wanted) {
          const row = rowOf(use, wants, providers, tries.get(event.seq) ?? 1, Date.parse(event.body.at))
          if (row !== null) rows.push(row)
        }
      }
      await insertPayments(tx, await withOwnTokens(tx, await withoutKnown(tx, rows)))
      await close(tx, uses, taken)
    },
  }
}

function watches({ on }: ProviderBinding, { body }: LoggedEvent): boolean {
  return on.flow === body.flow && on.transitions.includes(body.transition)
}

/** An event that is read late, when its agreement has gone on, makes nothing wanted any more. */
function isOver({ on, flow }: ProviderBinding, { body }: LoggedEvent, agreement: Agreement): boolean {
  return on.flow === flow && agreement.state !== body.to
}

function rowOf(
  { flow, kind, says }: ProviderBinding,
  {
    agreement,
    provider: given,
    method,
    amount,
    currency,
    details,
    of = agreementWords(agreement),
  }: PaymentRequest,
  providers: Providers,
  nth: number,
  now_ms: number,
): ProviderPayment | null {
  const mayBeByHand = kind !== 'pay_out' && method !== null
  const serving = listServing(providers, kind, method, currency).filter(
    ({ name }) => mayBeByHand || name !== by_hand,
  )
  const provider = given ?? serving[0]?.name
  // Who can be told that nobody does it is told; for the others it is done by hand, as if there were no providers.
  if (provider === undefined && says.refused === undefined) return null
  const derived = { from: of, try: nth }
  const wanted = { kind, flow, agreement, method, amount, currency, details, derived }
  const where =
    provider === undefined
      ? { provider: no_provider, state: 'refused' as const, reason: 'no provider is set up for this' }
      : { provider, state: 'wanted' as const }
  return newPayment({ ...wanted, ...where }, now_ms)
}

async function close(
  tx: Tx,
  uses: readonly ProviderBinding[],
  events: readonly LoggedEvent[],
): Promise<void> {
  const closing = events.filter(({ body }) =>
    uses.some(({ flow, closes }) => flow === body.flow && closes?.includes(body.transition)),
  )
  if (closing.length === 0) return
  const last_ms = Math.max(...closing.map(({ body }) => Date.parse(body.at)))
  await closePayIns(
    tx,
    closing.map(({ agreement_id }) => agreement_id),
    last_ms,
  )
}

async function readAgreements(
  tx: Tx,
  watched: readonly { event: LoggedEvent }[],
): Promise<ReadonlyMap<string, Agreement>> {
  if (watched.length === 0) return new Map()
  const rows = await tx.any<AgreementRow>(
    `select ${agreement_columns} from agreements where id = any($1::uuid[])`,
    [[...new Set(watched.map(({ event }) => event.agreement_id))]],
  )
  return new Map(rows.map((row) => [row.id, agreementOf(row)]))
}
