/** Engine, pure: who takes part when a flow is explored, and what the fee schedule says: each combination on its own. */

import { basisPoints, defaultOf, isPercent, isSum, isSwitch, type CompiledFlow } from '../flow/compile.ts'
import { currency, whole, type Setting } from './situation.ts'
import { isGuarded } from './values.ts'

/** Less than the whole, so that more than it is held; and more than a part of it. */
const small_sum = `0.20 ${currency}`

/** With and without each optional party. */
export function settingsOf(flow: CompiledFlow): Setting[] {
  return schedulesOf(flow).flatMap((schedule, i) =>
    absencesOf(flow).map((absent) => ({
      name: `${i} ${absent.join(' ')}`,
      parties: Object.fromEntries(
        flow.parties.filter((party) => !absent.includes(party)).map((party) => [party, `${party}_1`]),
      ),
      schedule,
      schedule_no: i,
      size: whole,
    })),
  )
}

/**
 * The same for a flow that is opened under another one: a role that both have is the same person, and the people of the
 * agreement above take as many of the other roles as they can, each of them in turn.
 */
export function settingsUnder(
  flow: CompiledFlow,
  above: Readonly<Record<string, string>>,
  roles_above: readonly string[],
  names_from = '',
): Setting[] {
  // Who is missing above is missing below.
  const fitting = settingsOf(flow).filter(({ parties }) =>
    [...flow.optional].every((role) => !roles_above.includes(role) || role in parties === role in above),
  )
  return fitting.flatMap((setting) => {
    const roles = Object.keys(setting.parties)
    const shared = roles.filter((role) => above[role] !== undefined)
    const people = Object.keys(above).filter((role) => !shared.includes(role))
    const free = roles.filter((role) => !shared.includes(role))
    const same = Object.fromEntries(shared.map((role) => [role, above[role] ?? '']))
    return assignments(
      free,
      people.map((role) => above[role] ?? ''),
    ).map((others) => ({
      ...setting,
      name: `${names_from}${setting.name} ${Object.entries(others).join(' ')}`,
      parties: { ...setting.parties, ...same, ...others },
    }))
  })
}

/** Every way in which these people can take these roles, one each. */
function assignments(roles: readonly string[], people: readonly string[]): Record<string, string>[] {
  const [person, ...others] = people
  if (person === undefined || roles.length === 0) return [{}]
  return roles.flatMap((role) =>
    assignments(
      roles.filter((other) => other !== role),
      others,
    ).map((rest) => ({ ...rest, [role]: person })),
  )
}

function absencesOf({ optional }: CompiledFlow): string[][] {
  return [...optional].reduce<string[][]>(
    (some, party) => [...some, ...some.map((one) => [...one, party])],
    [[]],
  )
}

/** The flow's own terms; 5% in place of 0%, and a sum above which it takes two operators; each switch the other way. */
function schedulesOf(flow: CompiledFlow): Record<string, string>[] {
  const terms = Object.entries(flow.flow.terms).map(([name, term]) => [name, defaultOf(term)] as const)
  const for_two = new Set([...flow.transitions.values()].map(({ four_eyes_above }) => four_eyes_above))
  const free = terms.filter(([, term]) => isPercent(term) && basisPoints(term) === 0n)
  const sums = terms.filter(([name, term]) => isSum(term) && for_two.has(name))
  const other = Object.fromEntries([
    ...free.map(([name]) => [name, '5%']),
    ...sums.map(([name]) => [name, small_sum]),
  ])
  const switches = isGuarded(flow) ? terms.filter(([, term]) => isSwitch(term)) : []
  return [
    {},
    ...(Object.keys(other).length === 0 ? [] : [other]),
    ...switches.map(([name, term]) => ({ [name]: term === 'on' ? 'off' : 'on' })),
  ]
}
