/** Crash drill: the client's record against the database. Every acknowledged transition is there once, and nothing else is. */

import type { Evidence, EventRow } from './evidence.ts'
import { Model, type Step } from './model.ts'
import { isAccepted, type Entry, type Acknowledged } from './record.ts'

/** Somebody else was first, or the money is not there: what shoppers may be told. */
const expected_refusal = 409
const body_chars = 300

/** What does not agree, in sentences; nothing when all is well. */
export function compare(evidence: Evidence): string[] {
  const acknowledged = acknowledgedIn(evidence)
  return [
    ...evidence.faults,
    ...answersThatAreWrong(evidence),
    ...eventsAgainst(acknowledged.steps, evidence),
    ...acknowledged.wrong,
    ...transitionsMissing(acknowledged.steps),
    ...modelAgainst(acknowledged.steps, evidence),
    ...repeatsThatDiffer(evidence),
    ...Object.entries(evidence.integrity.broken).flatMap(([check, count]) =>
      count === 0 ? [] : `integrity: ${check} is broken by ${count}`,
    ),
  ]
}

function nameOf({ agreement, version }: { agreement: string; version: number }): string {
  return `${agreement} version ${version}`
}

/** What the client was told was done, by agreement and version. */
function acknowledgedIn({ record }: Evidence): { steps: Map<string, Step>; wrong: string[] } {
  const steps = new Map<string, Step>()
  const wrong: string[] = []
  for (const { asked, told } of record) {
    const answer = told.find(isAccepted)
    if (answer === undefined) continue
    const { id, version, state } = JSON.parse(answer.body)
    const holder = /^\/v1\/wallets\/(\w+)\//.exec(asked.path)?.[1]
    const input = { ...JSON.parse(asked.body), holder }
    const step: Step = { agreement: id, version, transition: asked.transition, input, state }
    if (steps.has(nameOf(step)))
      wrong.push(`${nameOf(step)} was acknowledged under two keys, the second ${asked.key}`)
    steps.set(nameOf(step), step)
  }
  return { steps, wrong }
}

/** Each request has one answer in the end, always the same, and the database keeps exactly those that were accepted. */
function answersThatAreWrong({ record, answers }: Evidence): string[] {
  const wrong: string[] = []
  let accepted = 0
  for (const { asked, told } of record) {
    const name = `${asked.transition} under ${asked.key}`
    const [first] = told
    const stored = answers.get(asked.key)
    const done = told.find(isAccepted)
    if (first === undefined) wrong.push(`${name} was never answered`)
    else if (!isAccepted(first) && first.status !== expected_refusal)
      wrong.push(`${name}: ${first.status} ${first.body.slice(0, body_chars)}`)
    if (done === undefined && stored !== undefined) wrong.push(`${name} was done, and nobody was told`)
    if (done === undefined) continue
    accepted += 1
    // Whose twin was refused while it was not done yet may be told so; told that it is done, it is told the same words.
    if (told.some((other) => isAccepted(other) && other.body !== done.body))
      wrong.push(`${name} was answered in two ways`)
    if (told.filter((answer) => isAccepted(answer) && !answer.replayed).length > 1)
      wrong.push(`${name} was done twice under one key`)
    if (stored === undefined) wrong.push(`${name} was acknowledged and is not there`)
    else if (stored.body !== done.body || stored.status !== done.status)
      wrong.push(`${name}: another answer is stored than was given`)
  }
  if (answers.size !== accepted)
    wrong.push(`${answers.size} answers are stored where ${accepted} were acknowledged`)
  return wrong
}

function eventsAgainst(steps: ReadonlyMap<string, Step>, { events, agreements }: Evidence): string[] {
  const wrong: string[] = []
  const last = new Map<string, number>()
  const seen = new Set<string>()
  for (const [i, event] of events.entries()) {
    const name = nameOf(event)
    const step = steps.get(name)
    if (event.seq !== BigInt(i + 1)) wrong.push(`event ${i + 1} has number ${event.seq}`)
    if (seen.has(name)) wrong.push(`${name} happened twice`)
    seen.add(name)
    if (event.version !== (last.get(event.agreement) ?? 0) + 1)
      wrong.push(`${name} follows version ${last.get(event.agreement) ?? 0}`)
    last.set(event.agreement, event.version)
    if (step === undefined && event.by !== 'clock')
      wrong.push(`${event.transition} of ${name} happened, and nobody was told`)
    if (step !== undefined && step.transition !== event.transition)
      wrong.push(`${name} was told as ${step.transition} and is ${event.transition}`)
  }
  for (const [name, { transition }] of steps)
    if (!seen.has(name)) wrong.push(`${transition} of ${name} was acknowledged and is not in the log`)
  for (const [id, { version }] of agreements)
    if (version !== last.get(id)) wrong.push(`${id} is at version ${version}, its log at ${last.get(id)}`)
  if (agreements.size !== last.size) wrong.push(`${agreements.size} agreements, ${last.size} in the log`)
  return wrong
}

/** A drill in which nothing was sold proves nothing. */
function transitionsMissing(steps: ReadonlyMap<string, Step>): string[] {
  const taken = new Set([...steps.values()].map(({ transition }) => transition))
  return ['top_up', 'pay', 'confirm_delivery', 'cancel'].flatMap((name) =>
    taken.has(name) ? [] : [`no ${name} was acknowledged`],
  )
}

/** The model takes what the client was told, in the order of versions; only what the clock did comes from the log. */
function modelAgainst(
  steps: ReadonlyMap<string, Step>,
  { events, agreements, balances }: Evidence,
): string[] {
  const model = new Model()
  const clock = events.filter((event) => event.by === 'clock' && event.kind === 'transition').map(stepOfClock)
  const all = [...steps.values(), ...clock].toSorted((a, b) => a.version - b.version)
  for (const step of all) model.take(step)
  const wrong = [...model.wrong]
  for (const [id, { state, held }] of model.orders) {
    const is = agreements.get(id)
    if (is?.state !== state || is.held !== held)
      wrong.push(`${id} is ${is?.state} with ${is?.held}; by the client's book ${state} with ${held}`)
  }
  for (const account of new Set([...balances.keys(), ...model.balances.keys()])) {
    const [is, should] = [balances.get(account) ?? 0n, model.balances.get(account) ?? 0n]
    if (is !== should) wrong.push(`${account} has ${is}; by the client's book ${should}`)
  }
  return wrong
}

function stepOfClock({ agreement, version, transition }: EventRow): Step {
  return { agreement, version, transition, input: {}, state: null }
}

function repeatsThatDiffer({ record, repeats }: Evidence): string[] {
  const entries = new Map<number, Entry>(record.map((entry) => [entry.asked.n, entry]))
  const wrong = repeats.filter((repeat) => {
    const told: Acknowledged | undefined = entries.get(repeat.n)?.told.find(isAccepted)
    return told?.body !== repeat.body || told.status !== repeat.status || !repeat.replayed
  })
  return wrong.map(({ n, status }) => `request ${n} was answered anew with ${status}, not as the first time`)
}
