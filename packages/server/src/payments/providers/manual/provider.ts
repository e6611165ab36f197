/** By hand: a provider without a network. Money moves outside, and an operator confirms it. */

import { currency_codes } from '@holdfast/kernel/money/currency.ts'
import { refused, notFound, ok } from '../result.ts'
import type {
  Method,
  Payment,
  PaymentKind,
  Provider,
  Reply,
  WantedPayIn,
  WantedPayOut,
  WantedRefund,
} from '../port.ts'
import type { ProviderRuntime } from '../runtime.ts'
import type { ManualBook, ManualEntry } from './book.ts'

const methods: readonly Method[] = ['by_hand', 'bank_transfer', 'mobile_money', 'gcash']
/** Nobody takes these by hand; what came by them can be given back by hand. */
const by_machine: readonly Method[] = ['card', 'maya', 'grab_pay', 'qr_ph']

export function openManual(book: ManualBook, { clock }: Pick<ProviderRuntime, 'clock'>): Provider {
  async function create(
    kind: PaymentKind,
    { token, our_reference, amount, currency }: WantedPayIn | WantedRefund | WantedPayOut,
    method: Method,
  ): Promise<Reply<Payment>> {
    if (!methods.includes(method)) return refused('method_not_served', `nobody moves ${method} by hand`)
    const wanted = { kind, token, our_reference, method, amount, currency }
    const blank = { state: 'pending', created_ms: clock.now(), said: null, returned: null } as const
    return ok(asPayment(await book.open({ ...wanted, ...blank })))
  }
  async function find(kind: PaymentKind, token: string): Promise<Reply<Payment>> {
    const entry = await book.find(kind, token)
    return entry === null ? notFound('nobody was asked to move this by hand') : ok(asPayment(entry))
  }
  return {
    name: 'manual',
    // The book is in our own database, wherever that is.
    places: [{ address: 'holdfast', account: 'manual' }],
    services: [
      { kind: 'pay_in', methods, currencies: currency_codes },
      { kind: 'refund', methods: [...methods, ...by_machine], currencies: currency_codes },
      { kind: 'pay_out', methods, currencies: currency_codes },
    ],
    lists: ['pay_in', 'refund', 'pay_out'],
    changes_alone: false,
    tokens_kept_ms: null,
    createPayIn: (wanted) => create('pay_in', wanted, wanted.method ?? 'by_hand'),
    // Nobody but an operator says that no money will come.
    expirePayIn: ({ provider_id, token }) => find('pay_in', provider_id ?? token),
    createRefund: (wanted) => create('refund', wanted, 'by_hand'),
    createPayOut: (wanted) => create('pay_out', wanted, wanted.method),
    find: (kind, { provider_id, token }) => find(kind, provider_id ?? token),
    async list(kind, from_ms, to_ms, cursor) {
      const page = await book.list(kind, from_ms, to_ms, cursor)
      return ok({ payments: page.entries.map(asPayment), cursor: page.cursor })
    },
    institutions: async () => refused('not_supported', 'operators know their banks'),
    verify: () => ({ refused: 'forged' }),
  }
}

function asPayment(entry: ManualEntry): Payment {
  const { kind, token, our_reference, state, amount, currency, created_ms, said, returned } = entry
  const hasMoved = state === 'succeeded' || state === 'returned'
  return {
    kind,
    provider_id: token,
    our_reference,
    state,
    amount,
    currency,
    fee: null,
    status: state,
    reason: (returned ?? said)?.reason ?? null,
    checkout_url: null,
    // What the bank knows it by: that is what people look for.
    settled_id: hasMoved ? (said?.reference ?? token) : null,
    created_ms,
    settled_ms: hasMoved ? (said?.at_ms ?? null) : null,
  }
}
