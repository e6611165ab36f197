/** The P2P order's life: ordered from an ad with inventory, paid, confirmed, released by its job. */
import { topUps, usr, type Life } from './tools/life.ts'
import { idIn } from './tools/script.ts'

/** NGN 1,500.00 for a dollar, in kobo. */
const price = '150000'
const one_dollar = 100
const inventory_dollars = 100_000

export const p2pTrade: Life = {
  name: 'p2p-trade',
  says: 'ordered, paid, confirmed, released by a job',
  flows: ['p2p-trade', 'p2p-ad'],
  prepare: (writer, parties) => topUps(writer, parties, 'NGN', 1_000_000_000_000),
  *live(writer) {
    const maker = writer.somebody()
    const account = {
      bank_name: 'First',
      account_number: '12345678',
      routing_number: '021000021',
      account_name: 'Ada Obi',
    }
    const method = { kind: 'bank_transfer', currency: 'USD', details: account }
    const payment_method = idIn(yield writer.service('/p2p/payment-methods', method, 201, usr(maker)))
    const total = inventory_dollars * one_dollar
    const ad = idIn(
      yield writer.service(
        '/p2p/ads',
        {
          type: 'buy_fx',
          currency: 'NGN',
          foreign_currency: 'USD',
          total,
          min: one_dollar,
          max: total,
          price,
          payment_method,
        },
        201,
        usr(maker),
      ),
    )
    for (;;) {
      const taker = usr(writer.after(maker))
      const order = { ad, quantity: one_dollar }
      const path = `/p2p/orders/${idIn(yield writer.service('/p2p/orders', order, 201, taker))}`
      yield writer.service(`${path}/pay`, { proof: { reference: writer.key() } }, 200, taker)
      yield writer.service(`${path}/confirm`, {}, 200, usr(maker))
    }
  },
}
