// The harness room of the emulated MTN MoMo: what tests ask of it.
import { randomUUID } from 'node:crypto'
import type { Json } from '../fixtures/engine.ts'
import type { Answer, Town } from './emulator.ts'

export type Product = 'collection' | 'disbursement'
export type Operation = 'requesttopay' | 'transfer' | 'deposit' | 'refund'

/** A number with which all goes well. */
export const good = '250788000000'

export interface Wanted {
  readonly number?: string
  readonly body?: Json
  readonly headers?: Record<string, string>
  readonly reference?: string
}

export function momoOf(town: Town) {
  return {
    async ask(
      operation: Operation,
      { number = good, body, headers, reference = randomUUID() }: Wanted = {},
    ): Promise<{ readonly reference: string; readonly answer: Answer }> {
      const party = { partyIdType: 'MSISDN', partyId: number }
      const answer = await town.momo(productOf(operation), `/v1_0/${operation}`, {
        headers: { 'x-reference-id': reference, ...headers },
        body: {
          amount: '5000',
          currency: 'EUR',
          externalId: 'rp_01',
          [operation === 'requesttopay' ? 'payer' : 'payee']: party,
          payerMessage: 'Loan repayment',
          payeeNote: 'rp_01',
          ...body,
        },
      })
      return { reference, answer }
    },

    read(operation: Operation, reference: string): Promise<Answer> {
      return town.momo(productOf(operation), `/v1_0/${operation}/${reference}`)
    },

    async balance(product: Product): Promise<string> {
      return (await town.momo(product, '/v1_0/account/balance')).body['availableBalance']
    },
  }
}

function productOf(operation: Operation): Product {
  return operation === 'requesttopay' ? 'collection' : 'disbursement'
}
