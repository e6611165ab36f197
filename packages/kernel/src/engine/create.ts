/** Engine, pure: an agreement before its first transition, with its terms frozen. */

import { isProblem, problem, type Problem } from '../problem.ts'
import { basisPoints, defaultOf, isPercent, isSpan, spanMs, type CompiledFlow } from '../flow/compile.ts'
import { standing_owners } from '../ledger/account.ts'
import type { Agreement } from './agreement.ts'
import type { Ask, Creation } from './ask.ts'
import { referenceScope } from './references.ts'

/** The state of the world before an agreement exists. */
export const initial_state = '[*]'

export function newAgreement(
  ask: Ask,
  creation: Creation,
  flow: CompiledFlow,
  schedule: Readonly<Record<string, string>>,
  parent: Agreement | null = null,
): Agreement | Problem {
  const people = checkParties(creation.parties, flow)
  if (people !== null) return people
  const terms = freezeTerms(flow, schedule, creation.terms)
  if (isProblem(terms)) return terms
  // What was agreed above counts below: a milestone has the shares of its project.
  for (const name of Object.keys(terms)) terms[name] = parent?.terms[name] ?? terms[name] ?? ''
  return {
    id: ask.id,
    flow: flow.name,
    flow_version: flow.version,
    under: creation.under ?? null,
    state: initial_state,
    money: 'none',
    currency: creation.currency,
    parties: creation.parties,
    amounts: creation.amounts,
    terms,
    data: dataIn(ask.input),
    marks: {},
    timers: [],
    paused: null,
    later: null,
    reference: creation.reference,
    reference_scope: creation.reference === null ? null : referenceScope(flow, creation.parties, ask.input),
    version: 0,
    due_ms: null,
    created_ms: ask.now_ms,
    entered_ms: ask.now_ms,
    ended_ms: null,
  }
}

/** What is said at the creation and is no amount: some of it says which accounts are meant. */
function dataIn(input: Ask['input']): Agreement['data'] {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => typeof value !== 'bigint'))
}

/** Everyone the flow needs, nobody twice, nobody with the name of the platform. */
function checkParties(parties: Readonly<Record<string, string>>, flow: CompiledFlow): Problem | null {
  const people = Object.values(parties)
  for (const party of flow.parties) {
    if (parties[party] === undefined && !flow.optional.has(party)) {
      return problem('invalid_request', { pointer: `/${party}`, reason: `${party} is required` })
    }
  }
  for (const [role, person] of Object.entries(parties)) {
    if (!flow.parties.includes(role))
      return problem('invalid_request', { pointer: `/${role}`, reason: 'no such party' })
    if (standing_owners.has(person))
      return problem('invalid_request', { pointer: `/${role}`, reason: 'a reserved name' })
    if (people.indexOf(person) !== people.lastIndexOf(person)) {
      return problem('invalid_request', { pointer: `/${role}`, reason: 'one person cannot be two parties' })
    }
  }
  return null
}

/** The flow's defaults, over them the fee schedule in force, over that what was asked for where the flow allows it. */
function freezeTerms(
  flow: CompiledFlow,
  schedule: Readonly<Record<string, string>>,
  asked: Readonly<Record<string, string>>,
): Record<string, string> | Problem {
  const frozen: Record<string, string> = {}
  for (const [name, term] of Object.entries(flow.flow.terms)) frozen[name] = schedule[name] ?? defaultOf(term)
  for (const [name, value] of Object.entries(asked)) {
    const term = Object.hasOwn(flow.flow.terms, name) ? flow.flow.terms[name] : undefined
    const pointer = `/terms/${name}`
    if (term === undefined) return problem('invalid_request', { pointer, reason: 'no such term' })
    if (typeof term === 'string')
      return problem('invalid_request', { pointer, reason: 'this term is not set for one agreement' })
    if (isPercent(value) !== isPercent(term.is) || isSpan(value) !== isSpan(term.is))
      return problem('invalid_request', { pointer, reason: `like ${term.is}` })
    if (sizeOf(value) < sizeOf(term.min) || sizeOf(value) > sizeOf(term.max)) {
      return problem('limit_exceeded', { pointer, min: term.min, max: term.max })
    }
    frozen[name] = value
  }
  return frozen
}

function sizeOf(term: string): number | bigint {
  return isPercent(term) ? basisPoints(term) : spanMs(term)
}
