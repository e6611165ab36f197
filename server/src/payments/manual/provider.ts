/** By hand: a provider without a network. Money moves outside, and an operator confirms it. */

import { currency_codes } from '../../money/currency.ts'
import { refused, notFound, told } from '../reply.ts'
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
import type { Surroundings } from '../surroundings.ts'
import type { ManualBook, ManualEntry } from './book.ts'

const methods: readonly Method[] = ['by_hand', 'bank_transfer', 'mobile_money', 'gcash']

export function openManual(book: ManualBook, { clock }: Pick<Surroundings, 'clock'>): Provider {
  async function create(
    kind: PaymentKind,
    { token, our_reference, amount, currency }: WantedPayIn | WantedRefund | WantedPayOut,
    method: Method,
  ): Promise<Reply<Payment>> {
    if (!methods.includes(method)) return refused('method_not_served', `nobody moves ${method} by hand`)
    const entry = { kind, token, our_reference, method, amount, currency, created_ms: clock.now() }
    return told(asPayment(await book.open({ ...entry, ...nothing_said })))
  }
  async function find(kind: PaymentKind, token: string): Promise<Reply<Payment>> {
    const entry = await book.find(kind, token)
    return entry === null ? notFound('nobody was asked to move this by hand') : told(asPayment(entry))
  }
  return {
    name: 'manual',
    services: (['pay_in', 'refund', 'pay_out'] as const).map((kind) => ({
      kind,
      methods,
      currencies: currency_codes,
    })),
    lists: ['pay_in', 'refund', 'pay_out'],
    tokens_kept_ms: null,
    createPayIn: (wanted) => create('pay_in', wanted, wanted.method),
    // Nobody but an operator says that no money will come.
    expirePayIn: ({ provider_id, token }) => find('pay_in', provider_id ?? token),
    createRefund: (wanted) => create('refund', wanted, 'by_hand'),
    createPayOut: (wanted) => create('pay_out', wanted, wanted.method),
    find: (kind, { provider_id, token }) => find(kind, provider_id ?? token),
    async list(kind, from_ms, to_ms, cursor) {
      const page = await book.list(kind, from_ms, to_ms, cursor)
      return told({ payments: page.entries.map(asPayment), cursor: page.cursor })
    },
    institutions: async () => refused('not_supported', 'operators know their banks'),
    verify: () => ({ refused: 'forged' }),
  }
}

const nothing_said = {
  state: 'pending',
  reference: null,
  proof: null,
  operator: null,
  reason: null,
  settled_ms: null,
} as const

function asPayment(entry: ManualEntry): Payment {
  const { kind, token, our_reference, state, amount, currency, reason, created_ms, settled_ms } = entry
  return {
    kind,
    provider_id: token,
    our_reference,
    state,
    amount,
    currency,
    fee: null,
    status: state,
    reason,
    checkout_url: null,
    settled_id: state === 'succeeded' || state === 'returned' ? token : null,
    created_ms,
    settled_ms,
  }
}
