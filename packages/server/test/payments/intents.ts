// The harness room of PayMongo's payment intents: one that is wanted, and a card to pay it with.
import { expect } from 'vitest'
import type { Json } from '../fixtures/engine.ts'
import type { Town } from './emulator.ts'

export const wanted = {
  amount: 150_000,
  currency: 'PHP',
  payment_method_allowed: ['card', 'gcash'],
  description: 'Wallet top-up w_1001',
  metadata: { topup_id: 'tp_01' },
}

/** PayMongo's envelope of v1. */
export function v1(attributes: Json): { body: Json } {
  return { body: { data: { attributes } } }
}

export interface Intents {
  readonly intent: (attributes?: Json) => Promise<Json>
  /** The id of a payment method. */
  readonly method: (card_number: string) => Promise<string>
}

export function intentsIn(town: () => Town): Intents {
  return {
    async intent(attributes = {}) {
      const answer = await town().paymongo('/v1/payment_intents', v1({ ...wanted, ...attributes }))
      expect(answer.status).toBe(200)
      return answer.body['data']
    },
    async method(card_number) {
      const details = { card_number, exp_month: 12, exp_year: 2030, cvc: '123' }
      const answer = await town().paymongo('/v1/payment_methods', v1({ type: 'card', details }))
      expect(answer.status).toBe(200)
      return answer.body['data']['id']
    },
  }
}
