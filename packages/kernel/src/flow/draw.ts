/** Draws a flow as product documents draw theirs: a state diagram, and a table of who may do what to the money. */

import assert from 'node:assert/strict'
import type { AmountKind, Flow, SettableTerm, Term } from './define.ts'
import { compileFlow, type Edge, type CompiledFlow, type CompiledTransition } from './compile.ts'

/** A page of Markdown about one flow. */
export function pageOf(flow: Flow): string {
  const read = compileFlow(flow)
  const ends = new Set(flow.ends)
  const parts = [
    `# ${flow.name}`,
    '<!-- Generated from the flow by `npm run docs`; edit the flow instead. -->',
    flow.about,
    ...Object.entries(flow.under ?? {}).map(
      ([name, above]) => `Opened under a ${code(above)}, here called ${name}.`,
    ),
    ['```mermaid', diagramOf(read), '```'].join('\n'),
    '## States',
    table(
      ['state', 'means'],
      Object.entries(flow.states).map(([state, says]) => [
        code(state),
        ends.has(state) ? `${says} (end)` : says,
      ]),
    ),
    '## Parties',
    table(
      ['party', 'does'],
      Object.entries(flow.parties).map(([party, is]) => [code(party), partySays(is)]),
    ),
    ...section(
      'Amounts',
      table(
        ['amount', 'set'],
        Object.entries(flow.amounts).map(([amount, is]) => [code(amount), amountSays(is)]),
      ),
      read.amounts,
    ),
    ...section(
      'Terms',
      table(['term', 'is', 'may be set'], Object.entries(flow.terms).map(termRow)),
      Object.keys(flow.terms),
    ),
    ...section(
      'Codes',
      table(
        ['code', 'type', 'a statement says'],
        Object.entries(flow.codes).map(([name, [type, says]]) => [code(name), type, says]),
      ),
      Object.keys(flow.codes),
    ),
    '## Transitions',
    table(
      ['transition', 'who', 'arrows', 'money', 'clock', 'tells', 'path'],
      [...read.transitions.values()].map((t) => transitionRow(flow, t)),
    ),
  ]
  return `${parts.join('\n\n')}\n`
}

/** A mermaid state diagram; an arrow to `[back]` is drawn to every state that it may go back to. */
export function diagramOf(flow: CompiledFlow): string {
  const all = [...flow.transitions.values()]
  const entering = (state: string) => [
    ...new Set(
      all.flatMap((t) =>
        t.edges.filter(({ from, to }) => to === state && from !== state).map(({ from }) => from),
      ),
    ),
  ]
  const lines = all.flatMap((transition) =>
    transition.edges.flatMap((edge) =>
      (edge.to === '[back]' ? entering(edge.from) : [edge.to]).map(
        (to) => `    ${edge.from} --> ${to}: ${labelOf(transition, edge)}`,
      ),
    ),
  )
  return ['stateDiagram-v2', ...lines, ...[...flow.ends].map((end) => `    ${end} --> [*]`)].join('\n')
}

function labelOf({ says, clock }: CompiledTransition, { condition }: Edge): string {
  const when = condition === null ? '' : `, if ${conditionSays(condition)}`
  return `${says}${when}${clock === null ? '' : ` (clock, ${clock.after})`}`
}

function conditionSays({ amount, at_most }: NonNullable<Edge['condition']>): string {
  return `${amount} is at most ${typeof at_most === 'string' ? at_most : `${at_most.party}.${at_most.purpose}`}`
}

function transitionRow(flow: Flow, read: CompiledTransition): string[] {
  const transition = flow.transitions[read.name]
  assert(transition)
  const who = read.clock === null ? read.by.join(read.by_all ? ' and ' : ' or ') : 'clock'
  const money = [
    ...read.counts.map(({ amount, from, to }) => `counts ${amount}: ${from ?? '[*]'} -> ${to ?? '[*]'}`),
    ...read.works_out.map(
      ({ amount, operands }) => `${amount} is the least of ${operands.map(({ text }) => text).join(', ')}`,
    ),
    ...(read.within
      ? [`${read.within.code} of ${read.within.of} within ${read.within.limit} over ${read.within.over}`]
      : []),
    ...(read.four_eyes_above === null ? [] : [`above ${read.four_eyes_above}: two operators`]),
    ...read.drives.map(
      ({ transition, into }) =>
        `with ${transition} of the ${aboveOf(flow)}${into === null ? '' : `, into ${into}`}`,
    ),
    ...(transition.moves ?? []).map(
      ([part, route, name, into]) => `${part}: ${route} (${name})${into === undefined ? '' : `, ${into}`}`,
    ),
    ...(transition.later ?? []).map(([part, route, name]) => `by a job: ${part}: ${route} (${name})`),
    ...(read.blocks === null ? [] : [`stops the wallet of ${read.blocks}`]),
    ...(read.sends_out === null ? [] : [`not while money out of the wallet of ${read.sends_out} is stopped`]),
    ...(read.unblocks === null ? [] : [`the wallet of ${read.unblocks} flows again`]),
  ]
  return [
    `${code(read.name)}<br>${read.says}`,
    who,
    [transition.arrow].flat().map(code).join('<br>'),
    money.join('<br>'),
    clockSays(read),
    [...new Set([...read.tells.roles, ...read.later_tells.roles])].join(', '),
    read.clock === null ? code(`POST ${read.path}`) : '',
  ]
}

function aboveOf(flow: Flow): string {
  return Object.keys(flow.under ?? {}).join()
}

function clockSays({ clock, at_least }: CompiledTransition): string {
  if (clock === null) return at_least === null ? '' : `goes on with what was left, at least ${at_least}`
  const reminder =
    clock.remind === null
      ? ''
      : `<br>reminds ${clock.remind.tells.roles.join(', ')} ${clock.remind.before} before`
  return `after ${clock.after}${clock.since === null ? '' : ` since ${clock.since}`}${clock.not_before === null ? '' : `, not before ${clock.not_before}`}${reminder}`
}

function partySays(is: Flow['parties'][string]): string {
  return typeof is === 'string' ? is : `${is?.says} (may be left out)`
}

function amountSays(is: AmountKind): string {
  return amounts_say[is]
}

const amounts_say: Readonly<Record<AmountKind, string>> = {
  fixed: 'once, and then fixed',
  given: 'given with a transition',
  counted: 'counted from zero',
  worked_out: 'worked out in a transition',
}

function termRow([name, term]: [string, Term | SettableTerm]): string[] {
  return typeof term === 'string'
    ? [code(name), term, '']
    : [code(name), term.is, `${term.min} to ${term.max}`]
}

function section(title: string, text: string, rows: readonly unknown[]): string[] {
  return rows.length === 0 ? [] : [`## ${title}`, text]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows]
  return lines
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')
}

function code(text: string): string {
  return `\`${text}\``
}
