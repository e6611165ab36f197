/** The part of the check that looks names up: TypeScript does it for flow files, nobody for flows that come as JSON. */

import type { Purpose } from '../define.ts'
import {
  defaultOf,
  isPercent,
  isSpan,
  isSum,
  type AccountRef,
  type Operand,
  type PlannedMove,
  type CompiledFlow,
  type CompiledTransition,
  type Value,
} from '../compile.ts'

const reserved_parties = new Set(['operator', 'service', 'clock', 'child', 'platform', 'outside'])
/** What the engine keeps of every agreement; an input of that name would overwrite it. */
const reserved_amounts = new Set(['held', 'released', 'refunded', 'shared'])
const standing = new Set(['platform', 'outside'])
const staff = new Set(['operator', 'service'])
const actors = new Set([...staff, 'child'])
const purposes = {
  available: true,
  held: true,
  payout: true,
  revenue: true,
  clearing: true,
  debt: true,
  debts: true,
  due: true,
  suspense: true,
  transit: true,
} satisfies Record<Purpose, true>

export function nameComplaints(flow: CompiledFlow): string[] {
  const { states, beneficiary, id_prefix } = flow.flow
  const complaints: string[] = []
  for (const party of flow.parties)
    if (reserved_parties.has(party)) complaints.push(`${party}: a reserved name, not a party`)
  for (const amount of flow.amounts)
    if (reserved_amounts.has(amount)) complaints.push(`${amount}: an amount that the engine keeps itself`)
  for (const end of flow.ends) if (!(end in states)) complaints.push(`${end}: an end that is no state`)
  if (beneficiary !== undefined && !flow.parties.includes(beneficiary))
    complaints.push(`${beneficiary}: a beneficiary that is no party`)
  const { reference_per } = flow.flow
  const fields = [...flow.transitions.values()].flatMap(({ input }) => Object.keys(input))
  if (reference_per !== undefined && ![...flow.parties, ...fields].includes(reference_per))
    complaints.push(`${reference_per}: references are used once in what is no party and no field`)
  if (!/^[a-z]{2,16}$/.test(id_prefix))
    complaints.push(`${id_prefix}: an id's prefix is 2 to 16 small letters`)
  const paths = [...flow.transitions.values()].filter((t) => t.clock === null).map((t) => t.path)
  for (const path of new Set(paths.filter((p, i) => paths.indexOf(p) !== i)))
    complaints.push(`${path}: the path of two transitions`)
  for (const t of flow.transitions.values())
    complaints.push(...inTransition(flow, t).map((text) => `${t.name}: ${text}`))
  if (flow.under !== null && flow.parties.includes(flow.under.as))
    complaints.push(`${flow.under.as}: what it is opened under has the name of a party`)
  return [...complaints, ...disputeComplaints(flow)]
}

function inTransition(flow: CompiledFlow, t: CompiledTransition): string[] {
  const complaints = [...inArrows(flow, t), ...[...t.moves, ...t.later].flatMap((move) => inMove(flow, move))]
  for (const { into } of t.moves)
    if (into !== null && !t.edges.some(({ to }) => to === into))
      complaints.push(`moves into ${into}, where it does not lead`)
  if (t.job !== null && t.later.length === 0)
    complaints.push(`names the job ${t.job}, but leaves nothing for later`)
  if (t.later.some(({ into }) => into !== null)) complaints.push('what a job posts later goes into no state')
  const isParty = (name: string) => flow.parties.includes(name)
  for (const who of t.by) if (!isParty(who) && !actors.has(who)) complaints.push(`by ${who}, who is no party`)
  if (t.clock === null && t.by.length === 0) complaints.push('by nobody')
  if (t.by_all && !t.by.every(isParty)) complaints.push('by all of several, who must be parties')
  for (const who of new Set(
    [t.tells, t.later_tells, t.clock?.remind?.tells].flatMap((told) => told?.roles ?? []),
  )) {
    if (!isParty(who) && !staff.has(who)) complaints.push(`tells ${who}, who is no party`)
  }
  for (const state of Object.values(t.tells.only_in ?? {}))
    if (!t.edges.some(({ to }) => to === state))
      complaints.push(`tells somebody in ${state}, where it does not lead`)
  for (const who of [t.blocks, t.unblocks, t.sends_out])
    if (who !== null && !isParty(who)) complaints.push(`stops the wallet of ${who}, who is no party`)
  if (t.blocks !== null && t.input['direction'] === undefined)
    complaints.push('stops a wallet without asking for the direction')
  for (const field of Object.keys(t.input))
    if (reserved_amounts.has(field)) complaints.push(`asks for ${field}, which the engine keeps itself`)
  if (t.clock === null && t.path.includes('{id}') === t.creates) {
    complaints.push(
      t.creates ? `creates at ${t.path}, where no {id} is known yet` : `its path ${t.path} lacks the {id}`,
    )
  }
  if (t.stamps !== null && (isParty(t.stamps) || flow.amounts.includes(t.stamps)))
    complaints.push(`stamps ${t.stamps}, which is an amount or a party`)
  if (t.refers !== null && (t.creates || t.by.includes('child') || t.by_all))
    complaints.push(`${t.refers} is a reference, which one caller gives, and not with the creation`)
  if (Object.values(t.input).filter(({ shape }) => shape === 'reference').length > 1)
    complaints.push('asks for two references, and an agreement has one')
  if (t.counts_once !== null && !isKnownAs(flow, t, t.counts_once.reference))
    complaints.push(`counts money once by ${t.counts_once.reference}, which it does not ask for`)
  if (t.undoes !== null && flow.transitions.get(t.undoes)?.by_all !== true)
    complaints.push(`undoes ${t.undoes}, which is no transition by all`)
  return [...complaints, ...inClock(flow, t), ...inNumbers(flow, t), ...inTerms(flow, t)]
}

/** The agreement's own reference, or a field of the transition. */
function isKnownAs(flow: CompiledFlow, { input }: CompiledTransition, field: string): boolean {
  return field === 'reference' || (field in input && !flow.amounts.includes(field))
}

/** What it counts, works out, looks at, and drives. */
function inNumbers(flow: CompiledFlow, t: CompiledTransition): string[] {
  const isKind = (name: string, kind: string) =>
    flow.flow.amounts[name] === kind ? [] : [`${name} is no amount that is ${kind}`]
  return [
    ...t.counts.flatMap(({ amount, from, to }) => [
      ...amountName(flow, amount),
      ...[from, to].flatMap((name) => (name === null ? [] : isKind(name, 'counted'))),
    ]),
    ...t.works_out.flatMap(({ amount, operands }) => [
      ...isKind(amount, 'worked_out'),
      ...(operands.length === 0 ? [`works out ${amount} from nothing`] : []),
      ...operands.flatMap((operand) => inOperand(flow, operand)),
    ]),
    ...t.looks_at.flatMap((account) => accountName(flow, account)),
    ...t.drives.flatMap(({ transition, into }) => [
      ...(flow.under === null ? [`drives ${transition}, but is opened under nothing`] : []),
      ...(into === null || t.edges.some(({ to }) => to === into)
        ? []
        : [`drives ${transition} into ${into}, where it does not lead`]),
    ]),
    ...(t.within && !flow.parties.includes(t.within.of) ? [`${t.within.of} is no party`] : []),
    ...(t.within && !(t.within.code in flow.flow.codes) ? [`${t.within.code} is no code`] : []),
  ]
}

function inOperand(flow: CompiledFlow, { value, share, less }: Operand): string[] {
  const percents = share !== null && typeof share === 'object' ? [share.term] : []
  const less_term = less === null ? undefined : flow.flow.terms[less]
  return [
    ...(typeof value !== 'string'
      ? accountName(flow, value)
      : value === 'held'
        ? []
        : amountName(flow, value)),
    ...percents
      .filter((name) => !isPercent(defaultTerm(flow, name)))
      .map((name) => `${name} is no percentage`),
    ...(less === null || less_term !== undefined ? [] : amountName(flow, less)),
    ...(less_term === undefined || isPercent(defaultOf(less_term)) ? [] : [`${less} is no percentage`]),
  ]
}

/** Terms that must be of a kind. */
function inTerms(
  flow: CompiledFlow,
  { within, four_eyes_above, at_least, by }: CompiledTransition,
): string[] {
  const sums = [within?.limit, four_eyes_above].filter((name) => typeof name === 'string')
  return [
    ...sums.filter((name) => !isSum(defaultTerm(flow, name))).map((name) => `${name} is no sum`),
    ...(within && !isSpan(spanOf(flow, within.over)) ? [`${within.over} is no span`] : []),
    ...(at_least !== null && !isSpan(spanOf(flow, at_least)) ? [`${at_least} is no span`] : []),
    ...(four_eyes_above !== null && !by.includes('operator')
      ? ['wants a second operator, but no operator may take it']
      : []),
  ]
}

function defaultTerm(flow: CompiledFlow, name: string): string {
  const term = flow.flow.terms[name]
  return term === undefined ? '' : defaultOf(term)
}

/** The words by which the API of disputes asks for this flow's transitions. */
function disputeComplaints(flow: CompiledFlow): string[] {
  const { dispute, states } = flow.flow
  if (dispute === undefined) return []
  const { raise, withdraw, release, refund, split, settle } = dispute
  return [
    ...(dispute.state in states ? [] : [`dispute: ${dispute.state} is no state`]),
    ...[...raise, withdraw, release, refund, split, settle]
      .filter((name) => !flow.transitions.has(name))
      .map((name) => `dispute: ${name} is no transition`),
    ...Object.entries(dispute.parts).flatMap(([party, amount]) => [
      ...(flow.parties.includes(party) ? [] : [`dispute: ${party} is no party`]),
      ...amountName(flow, amount ?? '').map((text) => `dispute: ${text}`),
    ]),
  ]
}

function inArrows(flow: CompiledFlow, t: CompiledTransition): string[] {
  return t.edges.flatMap(({ from, to, condition }) => [
    ...[from, to]
      .filter((state) => !state.startsWith('[') && !(state in flow.flow.states))
      .map((state) => `${state} is no state`),
    ...(condition === null ? [] : valueName(flow, condition.amount)),
    ...(condition === null ? [] : valueName(flow, condition.at_most)),
  ])
}

function inMove(flow: CompiledFlow, move: PlannedMove): string[] {
  const codes = [...new Set([move.debit_code, move.credit_code])].filter((code) => !(code in flow.flow.codes))
  const term = typeof move.share === 'object' ? flow.flow.terms[move.share.term] : undefined
  return [
    ...(move.amount === 'held' ? [] : amountName(flow, move.amount)),
    ...[move.from, move.to].flatMap((account) => accountName(flow, account)),
    ...(move.from.purpose === 'debts' ? ['takes from debts, which one can only repay'] : []),
    ...codes.map((code) => `${code} is no code`),
    ...(typeof move.share !== 'object' || (term !== undefined && isPercent(defaultOf(term)))
      ? []
      : [`${move.share.term} is no percentage`]),
  ]
}

function inClock(flow: CompiledFlow, { clock, edges }: CompiledTransition): string[] {
  if (clock === null) return []
  const complaints = [clock.after, ...(clock.remind ? [clock.remind.before] : [])]
    .filter((span) => !/^\d+ (minutes|hours|days)$/.test(spanOf(flow, span)))
    .map((span) => `${span} is no span`)
  const isAsked = (field: string) => [...flow.transitions.values()].some(({ input }) => field in input)
  if (clock.not_before !== null && !isAsked(clock.not_before))
    complaints.push(`not before ${clock.not_before}, which nobody is asked for`)
  if (clock.since === null) return complaints
  const mark = flow.transitions.get(clock.since)
  const asked = isAsked(clock.since)
  if (mark?.by_all !== true && !asked)
    complaints.push(`since ${clock.since}, which is neither a field nor a transition by all`)
  // Marks are kept for as long as their state lasts.
  const open =
    mark?.by_all === true && edges.every(({ from }) => mark.edges.some((edge) => edge.from === from))
  if (mark?.by_all === true && !open) complaints.push(`since ${clock.since}, which is not open in that state`)
  return complaints
}

function spanOf(flow: CompiledFlow, span: string): string {
  const term = flow.flow.terms[span]
  return term === undefined ? span : defaultOf(term)
}

function amountName(flow: CompiledFlow, amount: string): string[] {
  return flow.amounts.includes(amount) ? [] : [`${amount} is no amount`]
}

function valueName(flow: CompiledFlow, value: Value): string[] {
  if (typeof value !== 'string') return accountName(flow, value)
  return value === 'held' || value === '0' ? [] : amountName(flow, value)
}

function accountName(flow: CompiledFlow, { party, purpose }: AccountRef): string[] {
  const holds = purpose === 'held' || purpose === 'payout'
  return [
    ...(flow.parties.includes(party) || standing.has(party) || party === flow.under?.as
      ? []
      : [`${party} is no party`]),
    ...(Object.hasOwn(purposes, purpose) ? [] : [`${purpose} is no purpose of an account`]),
    ...(holds && standing.has(party)
      ? [`${party}.${purpose}: only a party holds money in an agreement`]
      : []),
  ]
}
