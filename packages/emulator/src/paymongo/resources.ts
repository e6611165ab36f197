/** Emulator, PayMongo: the shapes of what it remembers and shows. */

import type { Fault } from '../fault.ts'
import type { Resource } from '../store.ts'
import type { Billing } from './fields.ts'

type Metadata = Readonly<Record<string, string>> | null

export type Intent = Resource<
  IntentBody,
  { readonly faults: readonly Fault[]; readonly session: string | null }
> & {
  readonly kind: 'payment_intent'
}

export interface IntentBody {
  readonly amount: number
  readonly capture_type: 'automatic' | 'manual'
  readonly client_key: string
  readonly currency: string
  readonly description: string | null
  readonly livemode: false
  readonly statement_descriptor: string | null
  readonly status:
    | 'awaiting_payment_method'
    | 'awaiting_next_action'
    | 'processing'
    | 'awaiting_capture'
    | 'succeeded'
    | 'cancelled'
  readonly last_payment_error: object | null
  readonly payment_method_allowed: readonly MethodType[]
  readonly next_action: object | null
  readonly payment_method_options: object | null
  readonly metadata: Metadata
  readonly setup_future_usage: null
  readonly created_at: number
  readonly updated_at: number
}

export const method_types = [
  'card',
  'gcash',
  'paymaya',
  'grab_pay',
  'shopeepay',
  'billease',
  'dob',
  'dob_ubp',
  'brankas_bdo',
  'brankas_landbank',
  'brankas_metrobank',
  'qrph',
  'atome',
] as const
export type MethodType = (typeof method_types)[number]

export type Method = Resource<MethodBody, { readonly card_number: string | null }> & {
  readonly kind: 'payment_method'
}

export interface MethodBody {
  readonly livemode: false
  readonly type: MethodType
  readonly billing: Billing
  readonly details: { readonly exp_month: number; readonly exp_year: number; readonly last4: string } | null
  readonly metadata: Metadata
  readonly created_at: number
  readonly updated_at: number
}

/** A payment's parent is its intent. */
export type Payment = Resource<PaymentBody, { readonly faults: readonly Fault[] }> & {
  readonly kind: 'payment'
}

export interface PaymentBody {
  readonly access_url: null
  readonly amount: number
  readonly balance_transaction_id: string
  readonly billing: Billing
  readonly currency: string
  readonly description: string | null
  readonly disputed: false
  readonly external_reference_number: string | null
  readonly failed_code?: string
  readonly failed_message?: string
  readonly fee: number
  readonly instant_settlement: null
  readonly livemode: false
  readonly net_amount: number
  readonly origin: string
  readonly payment_intent_id: string | null
  readonly payout: null
  readonly source: { readonly id: string; readonly type: string }
  readonly statement_descriptor: string | null
  readonly status: 'paid' | 'failed'
  readonly tax_amount: null
  readonly metadata: Metadata
  readonly refunds: readonly object[]
  readonly taxes: readonly object[]
  readonly available_at: number
  readonly created_at: number
  readonly credited_at: number
  readonly paid_at: number | null
  readonly updated_at: number
}

export type Session = Resource<SessionBody, SessionHidden> & { readonly kind: 'checkout_session' }

interface SessionHidden {
  readonly faults: readonly Fault[]
  /** Null until somebody pays, in v2. */
  readonly intent: string | null
}

export interface SessionBody {
  readonly billing: Billing
  readonly billing_information_fields_editable: 'enabled'
  readonly cancel_url: string | null
  readonly checkout_url: string
  readonly client_key: string
  readonly customer_email: string | null
  readonly description: string | null
  readonly line_items: readonly LineItem[]
  readonly livemode: false
  readonly merchant: null
  readonly payment_method_types: readonly MethodType[]
  readonly payment_method_used?: string
  readonly paid_at?: number
  readonly pass_on_fees?: boolean
  readonly reference_number: string | null
  readonly send_email_receipt: boolean
  readonly show_description: boolean
  readonly show_line_items: boolean
  readonly statement_descriptor: string | null
  readonly status: 'active' | 'expired'
  readonly success_url: string | null
  readonly created_at: number
  readonly updated_at: number
  readonly metadata: Metadata
}

export interface LineItem {
  readonly amount: number
  readonly currency: string
  readonly description: string | null
  readonly images: readonly string[]
  readonly name: string
  readonly quantity: number
}

/** The page on which a payer says yes or no. Its parent is the intent. */
export type Authorization = Resource<AuthorizationBody> & { readonly kind: 'authorization' }

export interface AuthorizationBody {
  readonly status: 'pending' | 'authorized' | 'failed' | 'expired'
  readonly method: string
  readonly return_url: string | null
}

/** A refund's parent is its payment. */
export type Refund = Resource<RefundBody, { readonly faults: readonly Fault[] }> & { readonly kind: 'refund' }

export interface RefundBody {
  readonly amount: number
  readonly balance_transaction_id: string
  readonly currency: string
  readonly livemode: false
  readonly metadata: Metadata
  readonly notes: string | null
  readonly payment_id: string
  readonly payout_id: null
  readonly reason: string
  readonly status: 'pending' | 'processing' | 'succeeded' | 'failed'
  readonly available_at: number
  readonly refunded_at: number | null
  readonly created_at: number
  readonly updated_at: number
}

export type Webhook = Resource<WebhookBody, { readonly exhausted: number }> & { readonly kind: 'webhook' }

export interface WebhookBody {
  readonly livemode: false
  readonly secret_key: string
  readonly status: 'enabled' | 'disabled'
  readonly url: string
  readonly events: readonly string[]
  readonly created_at: number
  readonly updated_at: number
}

export type Event = Resource<EventBody> & { readonly kind: 'event' }

export interface EventBody {
  readonly type: string
  readonly livemode: false
  readonly data: object
  readonly previous_data: object
  readonly pending_webhooks: number
  readonly created_at: number
  readonly updated_at: number
}

/** Flat, and with instants as texts: money movement is shown so. A transfer's parent is its batch. */
export type Transfer = Resource<TransferBody, TransferHidden> & { readonly kind: 'transfer' }

interface TransferHidden {
  readonly faults: readonly Fault[]
  /** Came in, from a bank: what of ours was sent back. */
  readonly returns: string | null
  readonly returned: boolean
  readonly transaction: string
}

export interface TransferBody {
  readonly livemode: false
  readonly merchant_id: string
  readonly source_account: TransferAccount
  readonly destination_account: TransferAccount
  readonly amount: number
  readonly fee: number
  readonly currency: string
  readonly provider: TransferProvider
  readonly provider_reference_number: string
  readonly provider_error?: string
  readonly provider_error_code?: string
  readonly reference_number: string | null
  readonly purpose: string | null
  readonly description: string | null
  readonly callback_url: string | null
  readonly metadata: Metadata
  readonly status: 'pending' | 'succeeded' | 'failed' | 'returned'
  readonly batch_transfer_id: string | null
  readonly created_at: string
  readonly updated_at: string
}

export const transfer_providers = ['instapay', 'pesonet', 'paymongo'] as const
export type TransferProvider = (typeof transfer_providers)[number]

export interface TransferAccount {
  readonly number: string
  readonly name: string
  readonly bic: string
  readonly bank_name: string
}

export type Wallet = Resource<WalletBody> & { readonly kind: 'wallet' }

export interface WalletBody {
  /** Centavos: what can be sent, and what payers have paid and PayMongo has yet to credit. */
  readonly available: number
  readonly pending: number
  readonly created_at: string
  readonly updated_at: string
}

/** As v1 shows a thing. */
export function shown({ id, kind, body }: Resource): object {
  return { id, type: kind, attributes: body }
}
