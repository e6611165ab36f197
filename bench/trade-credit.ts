/** The trade credit's life: held for an order, delivery confirmed, and what is owed repaid from the wallet. */
import { topUps, usr, type Life } from './tools/life.ts'
import { idIn } from './tools/script.ts'

const amount = 1_000

export const tradeCredit: Life = {
  name: 'trade-credit',
  says: 'held, delivery confirmed, repaid',
  flows: ['trade-credit', 'credit-line', 'credit-repayment'],
  *prepare(writer, parties) {
    const path = '/v1/wallets/company/RWF/top-ups'
    yield writer.operator(path, { amount: 1_000_000_000_000, reference: writer.key(), reason: 'bench' }, 201)
    yield* topUps(writer, parties, 'RWF', 1_000_000_000)
  },
  *live(writer) {
    for (;;) {
      const retailer = writer.somebody()
      const wholesaler = usr(writer.after(retailer))
      const order = { order_id: writer.key(), retailer: usr(retailer), wholesaler, amount }
      const id = idIn(yield writer.service('/company/escrow', order, 201))
      yield writer.service(`/wholesaler/escrow/confirm-delivery/${id}`, {}, 200, wholesaler)
      const repayment = { repayment_amount: amount, repayment_method: 'wallet', escrow_transaction_id: id }
      yield writer.service('/retailer/escrow/repayment', repayment, 201, usr(retailer))
    }
  },
}
