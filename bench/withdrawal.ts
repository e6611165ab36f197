/** The withdrawal's life: asked for, approved, paid outside. */
import { topUps, usr, type Life } from './tools/life.ts'
import { idIn, type Writer } from './tools/script.ts'

const cool_off_s = 25 * 3_600

export const withdrawal: Life = {
  name: 'withdrawal',
  says: 'asked for, approved, paid',
  /** A destination cools off once, so every party has asked for a withdrawal to its own a day before. */
  *prepare(writer, parties) {
    yield* topUps(writer, parties, 'PHP', 1_000_000_000)
    for (let party = 1; party <= parties; party += 1) yield ask(writer, party)
    yield writer.operator('/v1/test-clock/advance', { seconds: cool_off_s }, 200)
  },
  *live(writer) {
    for (;;) {
      const id = idIn(yield ask(writer, writer.somebody()))
      yield writer.operator(`/admin/withdrawals/${id}/approve`, { reason: 'bench' }, 200)
      const paid = { payout_reference: writer.key(), reason: 'bench' }
      yield writer.operator(`/admin/withdrawals/${id}/mark-paid`, paid, 200)
    }
  },
}

function ask(writer: Writer, party: number) {
  const number = `09${String(party).padStart(9, '0')}`
  const account_details = { mobile_number: number, account_name: `Person ${party}` }
  const body = { amount: 10_000, currency: 'PHP', method: 'gcash', account_details }
  return writer.service(`/api/wallet/${usr(party)}/withdraw`, body, 201, usr(party))
}
