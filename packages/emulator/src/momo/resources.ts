/** Emulator, MTN MoMo: the shapes of what it remembers. */

import type { Fault } from '../fault.ts'
import type { Resource } from '../store.ts'

export type Product = 'collection' | 'disbursement'

export type ApiUser = Resource<
  { readonly providerCallbackHost: string; readonly targetEnvironment: 'sandbox' },
  { readonly api_key: string | null }
> & { readonly kind: 'momo_user' }

export type Token = Resource<{ readonly product: Product; readonly expires_ms: number }> & {
  readonly kind: 'momo_token'
}

export const operations = ['requesttopay', 'transfer', 'deposit', 'refund'] as const
export type Operation = (typeof operations)[number]

export interface Party {
  readonly partyIdType: string
  readonly partyId: string
}

/** A movement of money; its id is the caller's own reference. A refund's parent is what it gives back. */
export type Movement = Resource<MovementBody, MovementHidden> & { readonly kind: `momo_${Operation}` }

export interface MovementBody {
  readonly amount: string
  readonly currency: string
  readonly financialTransactionId?: string
  readonly externalId: string
  readonly payer?: Party
  readonly payee?: Party
  readonly payerMessage: string
  readonly payeeNote: string
  readonly status: 'PENDING' | 'SUCCESSFUL' | 'FAILED'
  readonly reason?: string | { readonly code: string; readonly message: string }
}

export interface MovementHidden {
  readonly faults: readonly Fault[]
  readonly operation: Operation
  readonly reference: string
  readonly callback_url: string | null
  readonly minor: number
}

export function idOf(operation: Operation, reference: string): string {
  return `${operation} ${reference}`
}

/** Each environment has one currency, with its digits after the point. */
export const environments: Readonly<Record<string, { readonly currency: string; readonly digits: number }>> =
  {
    sandbox: { currency: 'EUR', digits: 2 },
    mtnrwanda: { currency: 'RWF', digits: 0 },
  }

export const uuid_v4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i
