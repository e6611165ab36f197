// The harness room of PayMongo's bench: an adapter, the emulator behind it, and a payer who fills in its forms.
import { openPaymongo } from '../../src/payments/providers/paymongo/provider.ts'
import type { Payment, PaymentKind } from '../../src/payments/providers/port.ts'
import type { Act, Bench, Booked, Fault } from './bench.ts'
import { slow_fault, startEmulated, type Emulated } from './emulated.ts'
import { paymongoAt } from './settings.ts'
import { payIn, payOut, refund } from './wanted.ts'

export const hour_ms = 3_600_000

/** Of what else than the resource itself a call to find one asks, an operation each. */
export const operations: Readonly<Record<PaymentKind, Readonly<Record<Act, readonly string[]>>>> = {
  pay_in: { create: ['checkout_sessions.create'], find: ['checkout_sessions.get'] },
  refund: { create: ['refunds.create'], find: ['refunds.get', 'refunds.list'] },
  pay_out: { create: ['transfers.create'], find: ['transfers.get', 'transfers.list'] },
}

export interface PaymongoBench extends Bench {
  readonly emulated: Emulated
}

export async function openPaymongoBench(
  change: Readonly<Record<string, string>> = {},
): Promise<PaymongoBench> {
  const emulated = await startEmulated()
  const provider = openPaymongo(paymongoAt(emulated.paymongo, change), emulated.place)
  return {
    emulated,
    provider,
    payIn,
    payOut,
    badPayOut: () =>
      payOut({ destination: { number: '999999990003', name: 'Nobody', institution: 'BNORPHMMXXX' } }),
    refund,
    pay: (_, { checkout_url }) => payByGcash(checkout_url),
    settle: () => emulated.pass(2 * hour_ms),
    books: async () => booksOf(await emulated.admin('/books')),
    faults: {
      async set({ kind, act, fault, ...rule }) {
        for (const operation of operations[kind][act]) {
          // oxlint-disable-next-line no-await-in-loop -- rules strike in their order
          await emulated.admin('/faults', { provider: 'paymongo', operation, fault: faultOf(fault), ...rule })
        }
      },
      clear: () => emulated.clearFaults(),
    },
    stop: () => emulated.stop(),
  }
}

export function faultOf(fault: Fault): string {
  return fault === 'slow' ? slow_fault : fault
}

/** The hosted page, then the wallet's own. */
export async function payByGcash(
  checkout_url: Payment['checkout_url'],
  outcome = 'authorize',
): Promise<void> {
  const page = new URL(checkout_url ?? 'none')
  const authorize = await submit(`${page.origin}${page.pathname}/pay`, {
    method: 'gcash',
    name: 'Test Payer',
  })
  await submit(new URL('/paymongo/authorize', page).href, {
    id: new URL(authorize, page).searchParams.get('id') ?? '',
    outcome,
  })
}

/** Where the form leads. */
export async function submit(url: string, fields: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
  if (response.status !== 303) throw new Error(`${url} answered ${response.status}`)
  return response.headers.get('location') ?? ''
}

interface Line {
  readonly amount: number
  readonly currency: string
  readonly status: string
  readonly metadata: Readonly<Record<string, string>> | null
}

type Books = { readonly paymongo: Readonly<Record<'payments' | 'refunds' | 'transfers', readonly Line[]>> }

function booksOf(books: object): Booked[] {
  const { payments, refunds, transfers } = (books as Books).paymongo
  const words: Readonly<Record<string, Booked['state']>> = {
    paid: 'succeeded',
    succeeded: 'succeeded',
    pending: 'pending',
    failed: 'failed',
  }
  const asBooked =
    (kind: PaymentKind) =>
    (line: Line): Booked => ({
      kind,
      token: line.metadata?.['holdfast_token'] ?? '',
      amount: line.amount,
      currency: line.currency,
      state: words[line.status] ?? 'failed',
    })
  return [
    ...payments.map(asBooked('pay_in')),
    ...refunds.map(asBooked('refund')),
    ...transfers.map(asBooked('pay_out')),
  ]
}
