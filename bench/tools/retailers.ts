/** Retailers as the deductions find them in the evening: each owes for one order, and has sold today. */
import { usr, type Life } from './life.ts'
import { idIn } from './script.ts'

const owed = 1_000_000
const sold = 100_000

let next = 0

export const retailers: Life = {
  name: 'retailers',
  says: 'ordered on credit, delivered, sold',
  /** All connections together go once through all retailers. */
  *live(writer) {
    while (next < writer.parties) {
      const retailer = usr((next += 1))
      const order = { order_id: writer.key(), retailer, wholesaler: 'wholesaler', amount: owed }
      const id = idIn(yield writer.service('/company/escrow', order, 201))
      yield writer.service(`/wholesaler/escrow/confirm-delivery/${id}`, {}, 200, 'wholesaler')
      const sale = { amount: sold, reference: writer.key() }
      yield writer.service(`/v1/wallets/${retailer}/RWF/sales`, sale, 201)
    }
  },
}
