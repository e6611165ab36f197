/** Engine: a reference that comes with a transition: used once under its flow, and for good. */

import { expect, test } from 'vitest'
import { withdrawal } from '../../test/specimens/withdrawal.ts'
import { accepted, operator, service, Town } from '../../test/walkthrough.ts'
import { referenceKey, type BatchState } from './batch-state.ts'

const flow = withdrawal.flow.name

/** A world in which one agreement of a flow has this reference. */
function referredBy(of: string, reference: string): BatchState['references'] {
  const id = '0195a3b2-0000-7000-8000-000000000000'
  return new Map([[referenceKey(of, reference, null), { id, flow: of, parties: {} }]])
}

function approved(town: Town): string {
  const asked = { ...town.create(flow, { amount: 10n }, { vendor: 'ana' }), input: { account: 'x' } }
  const by_vendor = { ...asked, actor: { kind: 'party', id: 'ana', party: 'ana' } as const }
  const { id: agreement } = accepted(town.take(by_vendor).verdicts[0]).agreement
  accepted(town.take(town.ask('approve', operator, { flow, agreement })).verdicts[0])
  return agreement
}

const paid = (town: Town, agreement: string, payout_reference: string) =>
  town.ask('mark_paid', service, { flow, agreement, input: { payout_reference } })

test('it becomes the agreement’s own, and stays when other transitions follow', () => {
  const town = new Town([withdrawal], flow)
  town.put('ana', 10n)
  const agreement = approved(town)
  expect(accepted(town.take(paid(town, agreement, 'one')).verdicts[0]).agreement.reference).toBe('one')
  const returned = town.take(town.ask('mark_returned', operator, { flow, agreement }))
  expect(accepted(returned.verdicts[0]).agreement.reference).toBe('one')
})

test('one that another agreement has, in the same batch or from before, is refused and moves nothing', () => {
  const town = new Town([withdrawal], flow)
  town.put('ana', 30n)
  const [one, two] = [approved(town), approved(town)]
  const { verdicts } = town.take(paid(town, one, 'same'), paid(town, two, 'same'))
  expect(verdicts[0]?.outcome).toBe('accepted')
  expect(verdicts[1]).toMatchObject({
    problem: { code: 'reference_taken', details: { pointer: '/payout_reference' } },
  })
  town.world = { ...town.world, references: referredBy(flow, 'before') }
  expect(town.take(paid(town, two, 'before')).verdicts[0]).toMatchObject({
    problem: { code: 'reference_taken' },
  })
  expect(town.balance('ana', 'payout')).toBe(10n)
  // The same words under another flow are another reference.
  town.world = { ...town.world, references: referredBy('another-flow', 'free') }
  expect(town.take(paid(town, two, 'free')).verdicts[0]?.outcome).toBe('accepted')
})

test('an agreement that was created with one keeps it', () => {
  const town = new Town([withdrawal], flow)
  town.put('ana', 10n)
  const agreement = approved(town)
  const was = town.world.agreements.get(agreement)
  if (was === undefined) throw new Error('it is not there')
  const own = new Map([...town.world.agreements, [agreement, { ...was, reference: 'own' }]])
  town.world = { ...town.world, agreements: own }
  expect(town.take(paid(town, agreement, 'other')).verdicts[0]).toMatchObject({
    problem: { code: 'reference_taken' },
  })
  expect(town.take(paid(town, agreement, 'own')).verdicts[0]?.outcome).toBe('accepted')
})
