/** The part of the check that looks at money: shares, partial releases, parties that may be missing, prompts. */

import { readMoneyTerm } from '../../money/price.ts'
import {
  basisPoints,
  defaultOf,
  isPercent,
  isSpan,
  isSum,
  isSwitch,
  spanMs,
  type PlannedMove,
  type CompiledFlow,
  type CompiledTransition,
} from '../compile.ts'

const whole_bps = 10_000n

export function moneyComplaints(flow: CompiledFlow): string[] {
  const complaints = termComplaints(flow)
  if (flow.amounts.length > 0 && flow.flow.amounts[flow.whole] !== 'fixed')
    complaints.push(`${flow.whole}: the first amount is the whole, so it must be fixed`)
  for (const transition of flow.transitions.values()) {
    for (const moves of [transition.moves, transition.later]) {
      for (const text of inMoves(flow, transition, moves)) complaints.push(`${transition.name}: ${text}`)
    }
    for (const text of referenceComplaints(flow, transition)) complaints.push(`${transition.name}: ${text}`)
    for (const text of absenceComplaints(flow, transition)) complaints.push(`${transition.name}: ${text}`)
    const moves_money = transition.moves.length + transition.later.length > 0
    if (transition.clock !== null && moves_money && transition.clock.remind === null) {
      complaints.push(`${transition.name}: the clock moves money without a reminder`)
    }
  }
  const lists = new Set([...flow.transitions.values()].flatMap((t) => [t.moves, t.later].flatMap(shareLists)))
  if (lists.size > 1)
    complaints.push(`partial releases count on over one list of shares, here are ${[...lists].join(' and ')}`)
  return complaints
}

function inMoves(
  flow: CompiledFlow,
  transition: CompiledTransition,
  moves: readonly PlannedMove[],
): string[] {
  const complaints = [...dividedOf(moves)].flatMap(([amount, group]) =>
    inDivision(flow, amount, group, moves),
  )
  for (const { amount, from, to, share } of moves) {
    if (`${from.party}.${from.purpose}` === `${to.party}.${to.purpose}`)
      complaints.push('a move from an account to itself')
    if (amount === 'held' && !holds(from.purpose))
      complaints.push(`held is taken from ${from.party}.${from.purpose}, which holds nothing`)
    if (flow.flow.amounts[amount] === 'given' && !(amount in transition.input))
      complaints.push(`moves ${amount}, but its input does not ask for it`)
    if (flow.optional.has(from.party)) complaints.push(`takes money from ${from.party}, who may be missing`)
    if (flow.optional.has(to.party) && (share === 'all' || share === 'rest'))
      complaints.push(`gives more than a share to ${to.party}, who may be missing`)
  }
  return complaints
}

/** A reference is used once, so it is carried by one move of those that are made together. */
function referenceComplaints(flow: CompiledFlow, { moves, later }: CompiledTransition): string[] {
  const named = (list: readonly PlannedMove[]) =>
    list.filter(({ credit_code }) => flow.flow.codes[credit_code]?.[2] !== undefined)
  return [moves, later].flatMap(named).flatMap((move, i, all) => {
    const alike = all.findIndex(
      ({ credit_code, into }) => credit_code === move.credit_code && into === move.into,
    )
    return alike < i ? [`two moves would carry the one reference of ${move.credit_code}`] : []
  })
}

/** A wallet of somebody who may be missing can neither be looked at nor be stopped. */
function absenceComplaints(flow: CompiledFlow, { edges, blocks, unblocks }: CompiledTransition): string[] {
  const looked_at = edges.flatMap(({ condition }) =>
    typeof condition?.at_most === 'object' ? [condition.at_most.party] : [],
  )
  return [
    ...looked_at
      .filter((party) => flow.optional.has(party))
      .map((party) => `looks at the wallet of ${party}, who may be missing`),
    ...[blocks, unblocks]
      .filter((party) => party !== null && flow.optional.has(party))
      .map((party) => `stops the wallet of ${party}, who may be missing`),
  ]
}

/** A percentage alone leaves the rest where it is; of several parts one is the rest. They leave one account, side by side. */
function inDivision(
  flow: CompiledFlow,
  amount: string,
  group: readonly PlannedMove[],
  moves: readonly PlannedMove[],
): string[] {
  const rests = group.filter(({ share }) => share === 'rest').length
  const complaints: string[] = []
  if (rests !== 1 && !(rests === 0 && group.length === 1))
    complaints.push(`a divided ${amount} needs exactly one rest, found ${rests}`)
  if (new Set(group.map(({ from }) => `${from.party}.${from.purpose}`)).size > 1)
    complaints.push(`a divided ${amount} must leave one account`)
  const at = group.map((move) => moves.indexOf(move))
  if (Math.max(...at) - Math.min(...at) >= group.length)
    complaints.push(`the parts of ${amount} must stand side by side`)
  if (group.reduce((sum, move) => sum + largest(flow, move), 0n) > whole_bps)
    complaints.push(`the shares of ${amount} exceed 100%`)
  return complaints
}

/** Basis points that a share can come to by the flow itself; a fee schedule is checked when it is set. */
function largest(flow: CompiledFlow, { share }: PlannedMove): bigint {
  if (typeof share === 'bigint') return share
  const term = typeof share === 'object' ? flow.flow.terms[share.term] : undefined
  if (term === undefined) return 0n
  const most = typeof term === 'string' ? term : term.max
  return isPercent(most) ? basisPoints(most) : 0n
}

function dividedOf(moves: readonly PlannedMove[]): Map<string, PlannedMove[]> {
  return Map.groupBy(
    moves.filter(({ share }) => share !== 'all'),
    ({ amount }) => amount,
  )
}

/** Every division with a rest, written out; all of one flow are the same, since shares count on over partial releases. */
function shareLists(moves: readonly PlannedMove[]): string[] {
  return [...dividedOf(moves).values()]
    .filter((group) => group.some(({ share }) => share === 'rest'))
    .map((group) =>
      group.map(({ share, to }) => `${shareName(share)} to ${to.party}.${to.purpose}`).join(', '),
    )
}

function shareName(share: PlannedMove['share']): string {
  return typeof share === 'bigint' ? `${share} bps` : typeof share === 'object' ? share.term : share
}

function termComplaints(flow: CompiledFlow): string[] {
  return Object.entries(flow.flow.terms).flatMap(([name, term]) => {
    const values = typeof term === 'string' ? [term] : [term.min, term.is, term.max]
    if (typeof term === 'string' && isSwitch(term)) return []
    if (typeof term === 'string' && isSum(term)) {
      const sums = readMoneyTerm(term)
      return typeof sums === 'string' ? [`${name}: ${sums}`] : []
    }
    if (!values.every((value) => /^\d+(\.\d{1,2})?%$/.test(value) || isSpan(value)))
      return [
        `${name}: neither a percentage, a span, a sum nor a switch${typeof term === 'string' ? '' : ' that can have limits'}`,
      ]
    if (new Set(values.map(isPercent)).size > 1) return [`${name}: its limits are of another kind`]
    const sizes = values.map((value) => (isPercent(value) ? basisPoints(value) : BigInt(spanMs(value))))
    if (isPercent(defaultOf(term)) && sizes.some((size) => size > whole_bps))
      return [`${name}: more than 100%`]
    return sizes.every((size, i) => i === 0 || size >= (sizes[i - 1] ?? 0n))
      ? []
      : [`${name}: not within its limits`]
  })
}

function holds(purpose: string): boolean {
  return purpose === 'held' || purpose === 'payout'
}
