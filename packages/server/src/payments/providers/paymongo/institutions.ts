/** PayMongo: where transfers can go, and by which rail. Loaded from it, since the list changes. */

import { arrayAt, at, textAt } from '../json.ts'
import { cached, type Cached } from '../cached.ts'
import type { Institution, Reply } from '../port.ts'
import { refused, ok, unavailable } from '../result.ts'
import type { PaymongoClient } from './client.ts'

export const institutions_kept_ms = 3_600_000

/** In the order in which they are preferred: at once around the clock, and in batches on banking days. */
export const rails = {
  instapay: { amount_max: 5_000_000n },
  pesonet: { amount_max: 1_000_000_000n },
} as const
export type Rail = keyof typeof rails
const rail_names: readonly Rail[] = ['instapay', 'pesonet']

/** Of PayMongo itself: from wallet to wallet, by no rail. */
const paymongo_bic = 'PAEYPHM2XXX'
const gcash_bic = 'GXCHPHM2XXX'

export function keepInstitutions(client: PaymongoClient): Cached<readonly Institution[]> {
  return cached(async (now_ms) => {
    const found = new Map<string, Institution>()
    for (const rail of rail_names) {
      // oxlint-disable-next-line no-await-in-loop -- two calls an hour
      const reply = await client.get(['v2', 'transfers', 'receiving_institutions'], { provider: rail })
      if (reply.outcome !== 'told') return reply
      for (const one of arrayAt(reply.value, 'data')) {
        const code = textAt(one, 'attributes', 'bic') ?? textAt(one, 'bic')
        const name = textAt(one, 'attributes', 'name') ?? textAt(one, 'name')
        if (code === null || name === null) continue
        found.set(code, { code, name, rails: [...(found.get(code)?.rails ?? []), rail] })
      }
    }
    if (found.size === 0) return unavailable('malformed_answer', 'PayMongo lists no institution')
    return ok({ value: [...found.values()], until_ms: now_ms + institutions_kept_ms })
  })
}

/** GCash has a code of its own, which it is not asked for by name. */
export function codeOf(method: string, institution: string | null): string | null {
  return method === 'gcash' ? gcash_bic : institution
}

/** The rail that carries this amount to this institution. */
export function railTo(
  institutions: readonly Institution[],
  code: string | null,
  amount: bigint,
): Reply<{ readonly code: string; readonly rail: Rail | 'paymongo' }> {
  if (code === null) return refused('institution_missing', 'a transfer needs the institution it goes to')
  if (code === paymongo_bic) return ok({ code, rail: 'paymongo' })
  const institution = institutions.find((one) => one.code === code)
  if (institution === undefined) return refused('institution_unknown', `PayMongo sends nothing to ${code}`)
  const rail = rail_names.find((name) => institution.rails.includes(name) && amount <= rails[name].amount_max)
  return rail === undefined
    ? refused('amount_above_rail', `no rail to ${institution.name} carries that much at once`)
    : ok({ code, rail })
}

/** The account that transfers leave from, as each transfer must name it. */
export interface SourceAccount {
  readonly number: string
  readonly name: string
  readonly bic: string
}

export function readSource(wallet: unknown): SourceAccount | null {
  const source = at(wallet, 'source_account')
  const account = at(wallet, 'account')
  const number = textAt(source, 'number') ?? textAt(account, 'account_number')
  const name = textAt(source, 'name') ?? textAt(account, 'account_name')
  return number === null || name === null
    ? null
    : { number, name, bic: textAt(source, 'bic') ?? paymongo_bic }
}
