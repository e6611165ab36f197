/** How the products in the box use providers. A further use is one more line here. */

import type { ProviderBinding } from './payments/processor/binding.ts'
import { repaymentUse } from './products/trade-credit/repayment/use.ts'
import { paymentUse } from './products/service-booking/payment/use.ts'
import { refundUse } from './products/service-booking/refund/use.ts'
import { suspenseUse } from './system-flows/suspense/use.ts'
import { walletPayInUse } from './system-flows/wallet-pay-in/use.ts'
import { withdrawalUse } from './system-flows/withdrawal/use.ts'

export const provider_bindings: readonly ProviderBinding[] = [
  paymentUse,
  refundUse,
  suspenseUse,
  repaymentUse,
  walletPayInUse,
  withdrawalUse,
]
