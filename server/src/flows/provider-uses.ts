/** How the products in the box use providers. A further use is one more line here. */

import type { ProviderUse } from '../payments/desk/use.ts'
import { repaymentUse } from './credit-repayment/use.ts'
import { paymentUse } from './payment/use.ts'
import { refundUse } from './refund/use.ts'
import { suspenseUse } from './suspense/use.ts'
import { walletPayInUse } from './wallet-pay-in/use.ts'
import { withdrawalUse } from './withdrawal/use.ts'

export const provider_uses: readonly ProviderUse[] = [
  paymentUse,
  refundUse,
  suspenseUse,
  repaymentUse,
  walletPayInUse,
  withdrawalUse,
]
