/** What the specimen of the marketplace order needs beside its flow. */

import { Type } from 'typebox'
import { amountOf } from '../../src/engine/agreement.ts'
import { instant } from '../../src/instant.ts'
import type { Product } from '../../src/engine/product.ts'
import { toJson } from '../../src/money/amount.ts'
import { marketplaceOrder } from './marketplace-order-flow.ts'

const items_max = 100
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength })

export const order: Product = {
  flow: marketplaceOrder,
  shapes: {
    items: Type.Array(
      Type.Object(
        {
          name: text(200),
          quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
          sku: Type.Optional(text(100)),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: items_max },
    ),
    shipping_address: Type.Object(
      {
        name: text(200),
        line1: text(200),
        line2: Type.Optional(text(200)),
        city: text(100),
        postal_code: Type.Optional(text(20)),
        country: Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' }),
      },
      { additionalProperties: false },
    ),
    dispute_reason: Type.Enum(['not_received', 'not_as_described', 'damaged', 'other']),
  },
  view: (agreement) => {
    const frozen = amountOf(agreement, 'held')
    return {
      is_amount_frozen: frozen > 0n,
      frozen_amount: toJson(frozen),
      completed_date:
        agreement.state === 'completed' && agreement.ended_ms !== null ? instant(agreement.ended_ms) : null,
    }
  },
}
