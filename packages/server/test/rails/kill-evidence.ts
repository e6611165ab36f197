/** Kill drill on the rails: what is there in the end: of the client, of the engine and its database, and of the providers. */

import { showId } from '@holdfast/kernel/ids.ts'
import type { Entry, Acknowledged } from '../crash/record.ts'
import type { Client } from './kill-client.ts'
import { currencies, type Book, type Currency, type People } from './kill-people.ts'
import type { Json, Plant } from './kill-plant.ts'

export interface Evidence {
  readonly record: readonly Entry[]
  /** The same keys once more, by the number of what was asked. */
  readonly repeats: ReadonlyMap<number, Acknowledged>
  readonly faults: readonly string[]
  /** What the people know to have moved. */
  readonly book: Book
  /** Shown ids of all agreements that people make. */
  readonly agreements: readonly string[]
  /** Everything that is at the providers for a payment of ours. */
  readonly made: readonly Made[]
  /** Tokens that our rows have. */
  readonly tokens: ReadonlySet<string>
  /** As operators see them, all pages. */
  readonly payments: readonly Json[]
  /** The providers' own books. */
  readonly books: Json
  readonly clearing: Record<Currency, number>
  readonly transit: Record<Currency, number>
  readonly wallets: readonly { readonly wallet: string; readonly should: number; readonly is: number }[]
  readonly integrity: Json
}

export interface Made {
  readonly kind: string
  readonly token: string
  readonly reference: string
}

export async function readEvidence(plant: Plant, client: Client, people: People): Promise<Evidence> {
  const repeats = new Map<number, Acknowledged>()
  const record = [...client.record]
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  for (const { asked } of record) repeats.set(asked.n, await client.repeat(asked))
  const tokens = await plant.db.any<{ token: string }>('select token::text from provider_payments')
  const { data: accounts } = await client.read('/v1/platform/accounts')
  const standing = (purpose: string) => (currency: Currency) =>
    Number(
      (accounts as Json[]).find(
        (one) => one['owner'] === 'outside' && one['purpose'] === purpose && one['currency'] === currency,
      )?.['balance'] ?? 0,
    )
  return {
    record,
    repeats,
    faults: people.faults,
    book: people.book,
    agreements: await readAgreements(plant),
    made: await plant.db.any<Made>(made_sql),
    tokens: new Set(tokens.map(({ token }) => token)),
    payments: await readPayments(client),
    books: await plant.emulator('/books'),
    clearing: perCurrency(standing('clearing')),
    transit: perCurrency(standing('transit')),
    wallets: await readWallets(client, people),
    integrity: await client.read('/v1/integrity'),
  }
}

function perCurrency(read: (currency: Currency) => number): Record<Currency, number> {
  return Object.fromEntries(currencies.map((currency) => [currency, read(currency)])) as Record<
    Currency,
    number
  >
}

const prefixes: Readonly<Record<string, string>> = {
  'service-booking': 'bkg',
  payment: 'pay',
  'wallet-pay-in': 'tin',
  withdrawal: 'wd',
}

async function readAgreements({ db }: Plant): Promise<string[]> {
  const rows = await db.any<{ id: string; flow: string }>(
    'select id, flow from agreements where flow = any($1) order by id',
    [Object.keys(prefixes)],
  )
  return rows.map(({ id, flow }) => showId(prefixes[flow] ?? '', id))
}

/** A session that was asked for twice shows before anybody pays it twice. */
const made_sql = `
  select kind, body -> 'metadata' ->> 'holdfast_token' as token,
    body -> 'metadata' ->> 'holdfast_reference' as reference
  from emulator.resources
  where kind in ('checkout_session', 'payment', 'refund', 'transfer')
  and body -> 'metadata' ->> 'holdfast_token' is not null
  union all
  select kind, hidden ->> 'reference', body ->> 'externalId'
  from emulator.resources
  where kind like 'momo\\_%'
  and hidden ->> 'reference' is not null`

async function readPayments(client: Client): Promise<Json[]> {
  const all: Json[] = []
  for (let more = true; more;) {
    const after = all.length === 0 ? '' : `&starting_after=${all.at(-1)?.['id']}`
    // oxlint-disable-next-line no-await-in-loop -- a page names where the next begins
    const page = await client.read(`/v1/provider-payments?limit=100${after}`)
    all.push(...(page['data'] as Json[]))
    more = page['has_more'] === true
  }
  return all
}

async function readWallets(client: Client, { wallets }: People): Promise<Evidence['wallets']> {
  const all = [...wallets].flatMap(([party, should]) =>
    currencies.map(async (currency) => {
      const { available } = await client.read(`/v1/wallets/${party}/${currency}`, party)
      return { wallet: `${party} in ${currency}`, should: should[currency], is: Number(available) }
    }),
  )
  return Promise.all(all)
}
