/** Which lane takes which asks. */

import { expect, test } from 'vitest'
import { order } from '../products/marketplace-order/product.ts'
import type { Ask } from '@holdfast/kernel/engine/ask.ts'
import { flowRegistryOf } from '@holdfast/kernel/engine/product.ts'
import { AskQueue } from './queue.ts'

const registry = flowRegistryOf([order])

function waiting(transition: string) {
  const ask: Ask = {
    id: transition,
    kind: 'transition',
    flow: 'marketplace-order',
    agreement: null,
    creation: null,
    transition,
    actor: { kind: 'service', id: 'test', party: null },
    input: {},
    reason: null,
    key: null,
    now_ms: 0,
  }
  return { ask, answer: () => undefined, fail: () => undefined }
}

function queued(lanes: number, transitions: readonly string[]) {
  const queue = new AskQueue(registry, lanes)
  for (const transition of transitions) queue.push(waiting(transition))
  return (first: boolean, max: number) => queue.take(first, max).map(({ ask }) => ask.transition)
}

test('what touches the revenue account goes to the first lane alone, which fills up with others', () => {
  const take = queued(2, ['pay', 'confirm_delivery', 'ship', 'confirm_delivery'])
  expect(take(false, 1)).toEqual(['pay'])
  expect(take(true, 3)).toEqual(['confirm_delivery', 'confirm_delivery', 'ship'])
  expect(take(false, 9)).toEqual([])
})

test('another lane never takes a release, even when it has nothing else to do', () => {
  const take = queued(2, ['confirm_delivery', 'release'])
  expect(take(false, 9)).toEqual([])
  expect(take(true, 9)).toEqual(['confirm_delivery', 'release'])
})

test('a lane alone takes all in the order of arrival', () => {
  const take = queued(1, ['pay', 'confirm_delivery', 'ship'])
  expect(take(true, 2)).toEqual(['pay', 'confirm_delivery'])
  expect(take(true, 2)).toEqual(['ship'])
})
