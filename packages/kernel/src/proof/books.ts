/** Engine, pure: what is wrong with the books of a situation; nothing, if engine and flow are sound. */

import type { CompiledFlow } from '../flow/compile.ts'
import { ceilingOf, floorOf, holding_purposes, type Account } from '../ledger/account.ts'
import { amountOf, total_amounts } from '../engine/agreement.ts'
import { familyOf, type Situation } from './situation.ts'

export function faultsOf(situation: Situation, flow: CompiledFlow): string[] {
  const { agreement, accounts, taken_in, passed_on } = situation
  const all = [...accounts.values()]
  const faults: string[] = []
  if (sum(all) !== 0n) faults.push('all accounts together are not zero')
  for (const { owner, purpose, balance } of all) {
    const [floor, ceiling] = [floorOf(purpose), ceilingOf(purpose)]
    if (floor !== null && balance < floor) faults.push(`${owner}.${purpose} is below its floor`)
    if (ceiling !== null && balance > ceiling) faults.push(`${owner}.${purpose} is above its ceiling`)
  }
  if (agreement === null) return faults
  const family = familyOf(situation)
  const holding = all.filter(({ purpose }) => holding_purposes.has(purpose))
  for (const one of family) {
    const held = sum(holding.filter((account) => account.agreement === one.id))
    if (held !== amountOf(one, 'held')) faults.push('the held amount is not the sum of the held accounts')
    const counted = Object.keys(one.amounts).filter((name) => !isKept(name))
    for (const name of counted) if (amountOf(one, name) < 0n) faults.push(`${name} is below zero`)
  }
  if (sum(holding) !== family.reduce((total, one) => total + amountOf(one, 'held'), 0n))
    faults.push('an account holds money for no agreement')
  const came_to = family.flatMap((one) => ['held', 'released', 'refunded'].map((name) => amountOf(one, name)))
  if (came_to.reduce((total, amount) => total + amount, 0n) - passed_on !== taken_in)
    faults.push('what came in is not what is held, released and refunded')
  if (flow.ends.has(agreement.state) && agreement.later === null && amountOf(agreement, 'held') !== 0n)
    faults.push('the end still holds money')
  return faults
}

function isKept(name: string): boolean {
  return (total_amounts as readonly string[]).includes(name)
}

function sum(accounts: readonly Account[]): bigint {
  return accounts.reduce((total, { balance }) => total + balance, 0n)
}
