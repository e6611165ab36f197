/** Engine, pure: an offer and its answer are explored as one step, so that no situation has to be met with every offer in it. */

import assert from 'node:assert/strict'
import { isProblem, type Problem } from '../problem.ts'
import type { CompiledTransition } from '../flow/compile.ts'
import { proposalsOf } from '../engine/agreement.ts'
import type { Actor, Ask } from '../engine/ask.ts'
import { operators } from './asks.ts'
import type { Scene } from './scene.ts'
import { after, familyOf, type Done } from './situation.ts'

/**
 * An offer changes nothing but that others may accept it, unless the clock counts from it. So what lies behind it is
 * what lies before it, and what comes of it once all who are asked have said the same: that is given here.
 */
export function answered(done: Done, ask: Ask, scene: Scene, name: string): Done | Problem {
  const agreement = familyOf(done.next).find(({ id }) => id === ask.agreement)
  if (!done.is_mark || agreement === undefined || proposalsOf(agreement)[ask.transition] === undefined)
    return done
  const edition = scene.registry.get(agreement.flow, agreement.flow_version)
  const transition = edition?.flow.transitions.get(ask.transition)
  assert(edition && transition)
  if ([...edition.flow.clocks.values()].flat().some(({ clock }) => clock?.since === transition.name))
    return done
  const again = after(done.next, ask, scene.registry, name)
  assert(isProblem(again), `who has asked for ${ask.transition} is counted twice`)
  let last: Done | Problem = done
  for (const actor of othersThan(ask.actor, transition, agreement.parties)) {
    if (isProblem(last) || !last.is_mark) return last
    last = after(last.next, { ...ask, actor }, scene.registry, `the same by ${actor.id}`)
  }
  return last
}

function othersThan(
  { kind, id }: Actor,
  { by }: CompiledTransition,
  parties: Readonly<Record<string, string>>,
): Actor[] {
  if (kind === 'operator') {
    return operators.filter((other) => other !== id).map((other) => ({ kind, id: other, party: null }))
  }
  const people = by.flatMap((role) => parties[role] ?? []).filter((person) => person !== id)
  return people.map((person) => ({ kind: 'party', id: person, party: person }))
}
