// The port's suite on MTN MoMo, on the emulator, in Rwanda's currency and in the one of MTN's sandbox.
import { openMomo } from '../../src/payments/providers/momo/provider.ts'
import type { PaymentKind } from '../../src/payments/providers/port.ts'
import type { Bench, Booked } from './bench.ts'
import { startEmulated } from './emulated.ts'
import { faultOf, hour_ms } from './paymongo-bench.ts'
import { momoAt } from './settings.ts'
import { examine } from './suite.ts'
import { payIn, payOut, refund } from './wanted.ts'

const resources = { pay_in: 'requesttopay', refund: 'refund', pay_out: 'transfer' } as const
const refused_number = '46733123451'

async function open(target_environment: string, currency: string): Promise<Bench> {
  const emulated = await startEmulated()
  const settings = momoAt(emulated.momo, { MOMO_TARGET_ENVIRONMENT: target_environment })
  const method = 'mobile_money' as const
  const destination = (number: string) => ({ number, name: 'Test Seller', institution: null })
  const wantedOut = { currency, method, amount: 12_000n, destination: destination('250788000000') }
  return {
    provider: openMomo(settings, emulated.place),
    payIn: (change) => payIn({ currency, method, amount: 5_000n, payer_number: '250788000000', ...change }),
    payOut: (change) => payOut({ ...wantedOut, ...change }),
    badPayOut: () => payOut({ ...wantedOut, destination: destination(refused_number) }),
    refund: (settled_id, change) => refund(settled_id, { currency, ...change }),
    // The payer approves on a phone, which takes a moment.
    pay: async () => undefined,
    settle: () => emulated.pass(2 * hour_ms),
    books: async () => booksOf(await emulated.admin('/books')),
    faults: {
      async set({ kind, act, fault, ...rule }) {
        const operation = `${resources[kind]}.${act === 'find' ? 'get' : act}`
        await emulated.admin('/faults', { provider: 'momo', operation, fault: faultOf(fault), ...rule })
      },
      clear: () => emulated.clearFaults(),
    },
    stop: () => emulated.stop(),
  }
}

interface Movement {
  readonly operation: string
  readonly reference: string
  readonly amount: number
  readonly currency: string
  readonly status: string
}

function booksOf(books: object): Booked[] {
  const { movements } = (books as { momo: { movements: readonly Movement[] } }).momo
  const kinds: Readonly<Record<string, PaymentKind>> = {
    requesttopay: 'pay_in',
    refund: 'refund',
    transfer: 'pay_out',
  }
  const states: Readonly<Record<string, Booked['state']>> = { SUCCESSFUL: 'succeeded', PENDING: 'pending' }
  return movements.map(({ operation, reference, amount, currency, status }) => ({
    kind: kinds[operation] ?? 'pay_out',
    token: reference,
    amount,
    currency,
    state: states[status] ?? 'failed',
  }))
}

examine('MoMo in Rwanda', () => open('mtnrwanda', 'RWF'))
examine("MoMo in MTN's sandbox", () => open('sandbox', 'EUR'))
