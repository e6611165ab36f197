/** The part of the check that looks names up: TypeScript does it for flow files, nobody for flows that come as JSON. */

import type { Purpose } from './define.ts'
import {
  defaultOf,
  isPercent,
  type AccountRef,
  type PlannedMove,
  type ReadFlow,
  type ReadTransition,
} from './read.ts'

const reserved_parties = new Set(['operator', 'service', 'clock', 'platform', 'outside'])
/** What the engine keeps of every agreement; an input of that name would overwrite it. */
const reserved_amounts = new Set(['held', 'released', 'refunded', 'shared'])
const standing = new Set(['platform', 'outside'])
const staff = new Set(['operator', 'service'])
const purposes = {
  available: true,
  held: true,
  payout: true,
  revenue: true,
  clearing: true,
  debt: true,
  due: true,
  suspense: true,
} satisfies Record<Purpose, true>

export function nameComplaints(flow: ReadFlow): string[] {
  const { states, beneficiary, id_prefix } = flow.flow
  const complaints: string[] = []
  for (const party of flow.parties)
    if (reserved_parties.has(party)) complaints.push(`${party}: a reserved name, not a party`)
  for (const amount of flow.amounts)
    if (reserved_amounts.has(amount)) complaints.push(`${amount}: an amount that the engine keeps itself`)
  for (const end of flow.ends) if (!(end in states)) complaints.push(`${end}: an end that is no state`)
  if (beneficiary !== undefined && !flow.parties.includes(beneficiary))
    complaints.push(`${beneficiary}: a beneficiary that is no party`)
  if (!/^[a-z]{2,16}$/.test(id_prefix))
    complaints.push(`${id_prefix}: an id's prefix is 2 to 16 small letters`)
  const paths = [...flow.transitions.values()].filter((t) => t.clock === null).map((t) => t.path)
  for (const path of new Set(paths.filter((p, i) => paths.indexOf(p) !== i)))
    complaints.push(`${path}: the path of two transitions`)
  for (const t of flow.transitions.values())
    complaints.push(...inTransition(flow, t).map((text) => `${t.name}: ${text}`))
  return complaints
}

function inTransition(flow: ReadFlow, t: ReadTransition): string[] {
  const complaints = [...inArrows(flow, t), ...[...t.moves, ...t.later].flatMap((move) => inMove(flow, move))]
  const isParty = (name: string) => flow.parties.includes(name)
  for (const who of t.by) if (!isParty(who) && !staff.has(who)) complaints.push(`by ${who}, who is no party`)
  if (t.clock === null && t.by.length === 0) complaints.push('by nobody')
  if (t.by_all && !t.by.every(isParty)) complaints.push('by all of several, who must be parties')
  for (const who of new Set([...t.tells, ...(t.clock?.remind?.tells ?? [])])) {
    if (!isParty(who) && !staff.has(who)) complaints.push(`tells ${who}, who is no party`)
  }
  for (const who of [t.blocks, t.unblocks])
    if (who !== null && !isParty(who)) complaints.push(`stops the wallet of ${who}, who is no party`)
  if (t.blocks !== null && t.input['direction'] === undefined)
    complaints.push('stops a wallet without asking for the direction')
  for (const field of Object.keys(t.input))
    if (reserved_amounts.has(field)) complaints.push(`asks for ${field}, which the engine keeps itself`)
  // Each could give another one, and whose would count?
  for (const field of Object.keys(t.input))
    if (t.by_all && flow.amounts.includes(field)) complaints.push(`asks all of several for ${field}`)
  if (t.clock === null && t.path.includes('{id}') === t.creates) {
    complaints.push(
      t.creates ? `creates at ${t.path}, where no {id} is known yet` : `its path ${t.path} lacks the {id}`,
    )
  }
  if (t.undoes !== null && flow.transitions.get(t.undoes)?.by_all !== true)
    complaints.push(`undoes ${t.undoes}, which is no transition by all`)
  return [...complaints, ...inClock(flow, t)]
}

function inArrows(flow: ReadFlow, t: ReadTransition): string[] {
  return t.edges.flatMap(({ from, to, condition }) => [
    ...[from, to]
      .filter((state) => !state.startsWith('[') && !(state in flow.flow.states))
      .map((state) => `${state} is no state`),
    ...(condition === null ? [] : amountName(flow, condition.amount)),
    ...(condition === null
      ? []
      : typeof condition.at_most === 'string'
        ? amountName(flow, condition.at_most)
        : accountName(flow, condition.at_most)),
  ])
}

function inMove(flow: ReadFlow, move: PlannedMove): string[] {
  const codes = [...new Set([move.debit_code, move.credit_code])].filter((code) => !(code in flow.flow.codes))
  const term = typeof move.share === 'object' ? flow.flow.terms[move.share.term] : undefined
  return [
    ...(move.amount === 'held' ? [] : amountName(flow, move.amount)),
    ...[move.from, move.to].flatMap((account) => accountName(flow, account)),
    ...codes.map((code) => `${code} is no code`),
    ...(typeof move.share !== 'object' || (term !== undefined && isPercent(defaultOf(term)))
      ? []
      : [`${move.share.term} is no percentage`]),
  ]
}

function inClock(flow: ReadFlow, { clock, edges }: ReadTransition): string[] {
  if (clock === null) return []
  const complaints = [clock.after, ...(clock.remind ? [clock.remind.before] : [])]
    .filter((span) => !/^\d+ (minutes|hours|days)$/.test(spanOf(flow, span)))
    .map((span) => `${span} is no span`)
  if (clock.since === null) return complaints
  const mark = flow.transitions.get(clock.since)
  const asked = [...flow.transitions.values()].some((t) => clock.since !== null && clock.since in t.input)
  if (mark?.by_all !== true && !asked)
    complaints.push(`since ${clock.since}, which is neither a field nor a transition by all`)
  // Marks are kept for as long as their state lasts.
  const open =
    mark?.by_all === true && edges.every(({ from }) => mark.edges.some((edge) => edge.from === from))
  if (mark?.by_all === true && !open) complaints.push(`since ${clock.since}, which is not open in that state`)
  return complaints
}

function spanOf(flow: ReadFlow, span: string): string {
  const term = flow.flow.terms[span]
  return term === undefined ? span : defaultOf(term)
}

function amountName(flow: ReadFlow, amount: string): string[] {
  return flow.amounts.includes(amount) ? [] : [`${amount} is no amount`]
}

function accountName(flow: ReadFlow, { party, purpose }: AccountRef): string[] {
  const holds = purpose === 'held' || purpose === 'payout'
  return [
    ...(flow.parties.includes(party) || standing.has(party) ? [] : [`${party} is no party`]),
    ...(Object.hasOwn(purposes, purpose) ? [] : [`${purpose} is no purpose of an account`]),
    ...(holds && standing.has(party)
      ? [`${party}.${purpose}: only a party holds money in an agreement`]
      : []),
  ]
}
