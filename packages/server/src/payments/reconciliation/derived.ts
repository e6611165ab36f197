/**
 * Payments, reconciliation: what a provider may have done for us that this database has lost, by a restored backup or a
 * failover. Tokens derive from what wants a payment, so they can be worked out without the row, and asked about.
 */

import { uuid } from '../../platform/postgres/binary-arrays.ts'
import type { Verbs } from '../../platform/postgres/database.ts'
import { agreementWords, referenceOf, tokenOf } from '../processor/derive.ts'
import type { MayWant, ProviderBinding } from '../processor/binding.ts'
import { listServing, type Providers } from '../providers/index.ts'
import type { Payment, PaymentKind, Provider } from '../providers/port.ts'
import { findEach, type Asked, type Wanted } from './theirs.ts'

/** How often one thing may have been tried, each after the one before had come back. */
export const tries_asked_max = 5

/** One that may be there, under a token that no row of ours has. */
export interface Candidate extends Wanted {
  readonly try: number
  /** The agreement that it is about. */
  readonly agreement: string
  readonly means: MayWant
}

/** Of what the agreements here may have wanted of this provider, the first try that no row stands for. */
export async function listCandidates(
  db: Verbs,
  providers: Providers,
  uses: readonly ProviderBinding[],
  provider: Provider,
  since_ms: number,
): Promise<Candidate[]> {
  const candidates: Candidate[] = []
  for (const use of uses) {
    const { kind } = use
    if (use.mayWant === undefined) continue
    // oxlint-disable-next-line no-await-in-loop -- one use after another
    const meant = await use.mayWant(db, provider.name, since_ms)
    candidates.push(
      ...meant
        .filter(({ method, currency }) => serves(providers, provider, kind, method, currency))
        .map((one) => candidateOf(kind, one, 1)),
    )
  }
  return withoutRows(db, candidates)
}

function serves(
  providers: Providers,
  { name }: Provider,
  kind: PaymentKind,
  method: MayWant['method'],
  currency: string,
): boolean {
  return listServing(providers, kind, method, currency).some((one) => one.name === name)
}

function candidateOf(kind: PaymentKind, means: MayWant, nth: number): Candidate {
  const { agreement, of = agreementWords(agreement), settled_id = null } = means
  const token = tokenOf({ derived_from: of, kind, try: nth })
  return {
    id: token,
    kind,
    provider_id: null,
    token,
    our_reference: referenceOf(token),
    settled_id,
    place: null,
    try: nth,
    agreement,
    means,
  }
}

async function withoutRows(db: Verbs, candidates: readonly Candidate[]): Promise<Candidate[]> {
  let left = [...candidates]
  const without: Candidate[] = []
  while (left.length > 0) {
    // oxlint-disable-next-line no-await-in-loop -- a try after another
    const rows = await db.any<{ token: string }>(
      'select token from provider_payments where token = any($1)',
      [uuid(left, ({ token }) => token)],
    )
    const known = new Set(rows.map(({ token }) => token))
    without.push(...left.filter(({ token }) => !known.has(token)))
    left = left.flatMap((one) => (known.has(one.token) ? nextOf(one) : []))
  }
  return without
}

function nextOf({ kind, means, try: nth }: Candidate): Candidate[] {
  return nth < tries_asked_max ? [candidateOf(kind, means, nth + 1)] : []
}

/** What the provider has of them: asked one by one, a try after another as long as there is one. */
export async function findCandidates(
  provider: Provider,
  candidates: readonly Candidate[],
  asked: Asked,
): Promise<{ readonly payment: Payment; readonly agreement: string }[]> {
  let left = [...candidates]
  const found: { payment: Payment; agreement: string }[] = []
  while (left.length > 0) {
    // oxlint-disable-next-line no-await-in-loop -- a try after another
    const told = await findEach(provider, left, asked)
    const there = left.flatMap((one) => {
      const payment = told.get(one.id) ?? null
      return payment === null ? [] : [{ one, payment }]
    })
    found.push(...there.map(({ one, payment }) => ({ payment, agreement: one.agreement })))
    left = there.flatMap(({ one }) => nextOf(one))
  }
  return found
}
