/** The pages of docs/flows are written here, by `npm run docs`; a stale one fails. */

import { expect, test } from 'vitest'
import { explore } from '../engine/explore.ts'
import { pageOf } from '../flow/draw.ts'
import { products } from './index.ts'
import { proofSection } from './prove.ts'

test.each(products)('the page of $flow.name is fresh', async (product) => {
  const page = `${pageOf(product.flow)}\n${proofSection(explore(product, products))}`
  await expect(page).toMatchFileSnapshot(`../../../docs/flows/${product.flow.name}.md`)
})
