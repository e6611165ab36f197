/** Emulator, PayMongo: things that are shown with others inside: an intent with its payments, a session with its intent. */

import type { Tx } from '../db.ts'
import { children, find } from '../store.ts'
import { shown, type Intent, type Payment, type Session } from './resources.ts'

export async function shownIntent(tx: Tx, intent: Intent): Promise<object> {
  const payments = await children<Payment>(tx, 'payment', intent.id)
  return shown({ ...intent, body: { ...intent.body, payments: payments.map(shown) } })
}

export async function shownSession(tx: Tx, session: Session): Promise<object> {
  const id = session.hidden.intent
  const intent = id === null ? undefined : await find<Intent>(tx, 'payment_intent', id)
  const payments = id === null ? [] : await children<Payment>(tx, 'payment', id)
  return shown({
    ...session,
    body: {
      ...session.body,
      payments: payments.filter(({ body }) => body.status === 'paid').map(shown),
      // What v2 says before anybody has paid is not documented; this is what its description implies.
      payment_intent: intent === undefined ? null : await shownIntent(tx, intent),
    },
  })
}
