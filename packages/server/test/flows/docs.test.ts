/** The pages of docs/flows are written here, by `npm run docs`; a stale one fails. */

import { expect, test } from 'vitest'
import { explore } from '@holdfast/kernel/proof/explore.ts'
import { pageOf } from '@holdfast/kernel/flow/draw.ts'
import { products } from '../../src/modules.ts'
import { proofSection } from '../../src/prove.ts'

test.each(products)('the page of $flow.name is fresh', async (product) => {
  const page = `${pageOf(product.flow)}\n${proofSection(explore(product, products))}`
  await expect(page).toMatchFileSnapshot(`../../../../docs/flows/${product.flow.name}.md`)
})
