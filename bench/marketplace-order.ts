/** The marketplace order's life: created, paid, shipped, confirmed. The others are measured against it. */
import { topUps, usr, type Life } from './tools/life.ts'
import { idIn } from './tools/script.ts'

export const marketplaceOrder: Life = {
  name: 'marketplace-order',
  says: 'created, paid, shipped, confirmed',
  prepare: (writer, parties) => topUps(writer, parties, 'PKR', 1_000_000_000),
  *live(writer) {
    for (;;) {
      const buyer = writer.somebody()
      const seller = usr(writer.after(buyer))
      const order = { buyer: usr(buyer), seller, amount: 500, currency: 'PKR' }
      const path = `/orders/${idIn(yield writer.service('/orders', order, 201))}`
      yield writer.service(`${path}/pay`, {}, 200, usr(buyer))
      yield writer.service(`${path}/ship`, {}, 200, seller)
      yield writer.service(`${path}/confirm-delivery`, {}, 200, usr(buyer))
    }
  },
}
