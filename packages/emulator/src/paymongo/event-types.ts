/** Emulator, PayMongo: the names of events that a webhook may ask for. Two official pages differ, so both have theirs. */

export const event_types = [
  'source.chargeable',
  'payment.paid',
  'payment.failed',
  'payment.refunded',
  'payment.refund.updated',
  'payment_intent.succeeded',
  'payment_intent.awaiting_payment_method',
  'checkout_session.payment.paid',
  'link.payment.paid',
  'refund.created',
  'refund.succeeded',
  'qrph.expired',
  'qr.expired',
  'qr.paid',
  'transfer.outward.successful',
  'transfer.outward.failed',
  'transfer.inward.successful',
  'transfer.inward.failed',
  'wallet.transaction.cash_in.created',
  'dispute.created',
  'dispute.resolved',
  'payout.created',
  'payout.deposited',
  'payout.returned',
] as const

export type EventType = (typeof event_types)[number]
