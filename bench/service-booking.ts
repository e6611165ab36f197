/** The booking's life: asked for, quoted, paid by a provider, completed by both. */
import { usr, type Life } from './tools/life.ts'
import { idIn } from './tools/script.ts'

const price = 5_000_000

export const serviceBooking: Life = {
  name: 'service-booking',
  says: 'asked for, quoted, paid, completed by both',
  flows: ['service-booking', 'payment'],
  *live(writer) {
    for (;;) {
      const party = writer.somebody()
      const [couple, vendor] = [usr(party), usr(writer.after(party))]
      const request = { vendor, currency: 'PHP' }
      const path = `/bookings/${idIn(yield writer.service('/bookings', request, 201, couple))}`
      yield writer.service(`${path}/send-quote`, { price }, 200, vendor)
      const payment = idIn(yield writer.service(`${path}/pay`, {}, 201, couple))
      const paid = { amount_paid: price, currency: 'PHP', provider_reference: writer.key() }
      yield writer.service(`/v1/payments/${payment}/settle`, paid, 200)
      yield writer.service(`${path}/mark-complete`, {}, 200, vendor)
      yield writer.service(`${path}/mark-complete`, {}, 200, couple)
    }
  },
}
