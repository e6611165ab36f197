/** Every flow passes the same examination, and so do the specimens. A further flow gets all of it by being in the list. */

import { describe, expect, test } from 'vitest'
import { specimens } from '@holdfast/kernel/test/specimens/index.ts'
import { explore, type Proof } from '@holdfast/kernel/proof/explore.ts'
import { complaintsAbout } from '@holdfast/kernel/flow/check/index.ts'
import { pageOf } from '@holdfast/kernel/flow/draw.ts'
import { compileFlow } from '@holdfast/kernel/flow/compile.ts'
import { products } from '../../src/modules.ts'
import { proveFlows } from '../../src/prove.ts'

const all = [...products, ...specimens]
const proofs = new Map<string, Proof>()

describe.each(all)('$flow.name', (product) => {
  const { flow } = product

  test('has no complaints', () => {
    expect(complaintsAbout(flow)).toEqual([])
  })

  test('is pure data', () => {
    expect(JSON.parse(JSON.stringify(flow))).toEqual(flow)
  })

  test('brings the guards that it names', () => {
    const needs = [...compileFlow(flow).transitions.values()].flatMap((transition) => transition.needs)
    expect(new Set(needs)).toEqual(new Set(Object.keys(product.guards ?? {})))
  })

  test('in no situation is money created, destroyed or stranded', () => {
    const proof = explore(product, all)
    proofs.set(flow.name, proof)
    expect(proof).toMatchObject({
      complaints: [],
      all_seen: true,
      conserved: true,
      never_stranded: true,
    })
  })

  test('can be drawn', () => {
    const page = pageOf(flow)
    for (const state of Object.keys(flow.states)) expect(page).toContain(`\`${state}\``)
    for (const name of Object.keys(flow.transitions)) expect(page).toContain(`\`${name}\``)
  })
})

test.each(['name', 'noun', 'id_prefix'] as const)('no two flows have the same %s', (word) => {
  const words = all.map(({ flow }) => flow[word])
  expect(new Set(words).size).toBe(words.length)
})

test('the proof of the flows in the box holds, one row each', () => {
  const explored = products.flatMap(({ flow }) => proofs.get(flow.name) ?? [])
  const { text, json, ok } = proveFlows(products, explored)
  expect(ok).toBe(true)
  expect(json.flows.map(({ flow }) => flow)).toEqual(products.map(({ flow }) => flow.name))
  expect(text.split('\n')).toHaveLength(products.length + 1)
})
