/** Demo: the stories. A further one is one more file and one more line here. */

import type { Story } from '../story.ts'
import { marketplaceOrder } from './marketplace-order.ts'

export const stories: readonly Story[] = [marketplaceOrder]
