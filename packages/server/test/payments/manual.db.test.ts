// The port's suite on payments by hand: an operator is the network.
import { confirmManual } from '../../src/payments/providers/manual/confirm.ts'
import type { ManualEntry } from '../../src/payments/providers/manual/book.ts'
import { tableBook } from '../../src/payments/providers/manual/book-table.ts'
import { openManual } from '../../src/payments/providers/manual/provider.ts'
import type { PaymentKind } from '../../src/payments/providers/port.ts'
import { freshDatabase } from '../fixtures/database.ts'
import { around, noon_ms } from './runtime.ts'
import type { Bench, Booked } from './bench.ts'
import { examine } from './suite.ts'
import { kinds, payIn, payOut, refund } from './wanted.ts'

const refused_account = 'no such account'

async function open(): Promise<Bench> {
  const database = await freshDatabase()
  const book = tableBook(database.db)
  const provider = openManual(book, around())
  const unpaid = new Set<string>()
  async function entries(kind: PaymentKind): Promise<ManualEntry[]> {
    const found: ManualEntry[] = []
    let cursor: string | null = null
    do {
      // oxlint-disable-next-line no-await-in-loop -- a page names where the next begins
      const page = await book.list(kind, 0, Number.MAX_SAFE_INTEGER, cursor)
      found.push(...page.entries)
      cursor = page.cursor
    } while (cursor !== null)
    return found
  }
  async function say(kind: PaymentKind, token: string, state: 'succeeded' | 'failed'): Promise<void> {
    const said = { state, reference: `BANK-${token}`, amount: null, proof: null }
    const by = { operator: 'maria', reason: 'Seen in the bank' }
    await database.db.transaction((tx) =>
      confirmManual(tableBook(tx), kind, token, { ...said, ...by }, noon_ms),
    )
  }
  return {
    provider,
    payIn: (change) => payIn({ method: 'bank_transfer', ...change }),
    payOut,
    badPayOut() {
      const wanted = payOut({ description: refused_account })
      unpaid.add(wanted.token)
      return wanted
    },
    refund,
    pay: ({ token }) => say('pay_in', token, 'succeeded'),
    async settle() {
      for (const kind of ['refund', 'pay_out'] as const) {
        // oxlint-disable-next-line no-await-in-loop -- an operator goes line by line
        for (const { token, state } of await entries(kind)) {
          // oxlint-disable-next-line no-await-in-loop -- an operator goes line by line
          if (state === 'pending') await say(kind, token, unpaid.has(token) ? 'failed' : 'succeeded')
        }
      }
    },
    async books() {
      const all = (await Promise.all(kinds.map(entries))).flat()
      return all.map(({ kind, token, amount, currency, state }): Booked => ({
        kind,
        token,
        amount: Number(amount),
        currency,
        state: state === 'succeeded' || state === 'pending' ? state : 'failed',
      }))
    },
    faults: null,
    stop: () => database.drop(),
  }
}

examine('by hand', open, {
  has_no_network: 'operators write in our own database',
  knows_no_limits: 'an operator sees what came; the engine knows what may go back',
})
