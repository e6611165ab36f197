/** What the compiler cannot see of a flow. Complains instead of throwing, so that every fault is shown at once. */

import { AssertionError } from 'node:assert'
import { moneyComplaints } from './money.ts'
import { nameComplaints } from './names.ts'
import type { Flow } from '../define.ts'
import { compileFlow, type Edge, type CompiledFlow, type CompiledTransition } from '../compile.ts'

/** Sentences for the author of the flow; none when it is sound. A flow that was loaded as JSON may break any type. */
export function complaintsAbout(flow: Flow): string[] {
  let read: CompiledFlow
  try {
    read = compileFlow(flow)
  } catch (error) {
    if (error instanceof AssertionError) return [error.message]
    throw error
  }
  return [
    ...nameComplaints(read),
    ...graphComplaints(read),
    ...arrowComplaints(read),
    ...moneyComplaints(read),
  ]
}

function graphComplaints(flow: CompiledFlow): string[] {
  const edges = [...flow.transitions.values()].flatMap((transition) => transition.edges)
  const reachable = new Set(['[*]'])
  for (const state of reachable) for (const { from, to } of edges) if (from === state) reachable.add(to)

  const complaints = Object.keys(flow.flow.states).flatMap((state) => {
    const leaves = edges.some(({ from, to }) => from === state && to !== state)
    const touched = edges.some(({ from }) => from === state)
    return [
      ...(reachable.has(state) ? [] : [`${state}: no arrow leads here`]),
      ...(flow.ends.has(state) && touched ? [`${state}: is an end, but an arrow leaves it`] : []),
      ...(!flow.ends.has(state) && !leaves ? [`${state}: a dead end that is not listed in ends`] : []),
    ]
  })
  const creations = [...flow.transitions.values()].filter((transition) => transition.creates)
  if (creations.length > 1)
    complaints.push(`${creations.map(({ name }) => name).join(', ')}: only one creates`)
  return [...complaints, ...[...flow.pausing].flatMap((state) => backComplaints(flow, edges, state))]
}

/** A state that is left by `[back]` remembers one state: the one before it. */
function backComplaints(flow: CompiledFlow, edges: readonly Edge[], state: string): string[] {
  const before = edges.filter(({ from, to }) => to === state && from !== state).map(({ from }) => from)
  if (before.length === 0) return [`${state}: [back] leaves it, but nothing enters it`]
  if (before.includes('[*]')) return [`${state}: [back] would lead before the creation`]
  const nested = before.find((from) => flow.pausing.has(from))
  return nested === undefined
    ? []
    : [`${state}: [back] leaves it and ${nested} before it; only one is remembered`]
}

function arrowComplaints(flow: CompiledFlow): string[] {
  return [...flow.transitions.values()].flatMap((transition) => {
    const complaints = [...new Set(transition.edges.map(({ from }) => from))].flatMap((from) =>
      choiceComplaints(transition, from),
    )
    const goes_back = transition.edges.some(({ to }) => to === '[back]')
    if (goes_back && transition.at_least === null)
      complaints.push(
        `${transition.name}: goes [back] and says no at_least: who stops the clock just before the end leaves the others no turn`,
      )
    if (!goes_back && transition.at_least !== null)
      complaints.push(`${transition.name}: says at_least, but does not go [back]`)
    // Mermaid ends a label at ";" and refuses "::".
    if (/;|::/.test(transition.says)) complaints.push(`${transition.name}: says must not contain ";" or "::"`)
    if (transition.clock && transition.creates)
      complaints.push(`${transition.name}: the clock creates nothing`)
    return complaints
  })
}

/** Of several arrows from one state the first that applies is taken, so the last, and only the last, always applies. */
function choiceComplaints({ name, edges }: CompiledTransition, from: string): string[] {
  const always = edges.filter((edge) => edge.from === from).map((edge) => edge.condition === null)
  const first = always.indexOf(true)
  if (first === -1)
    return [`${name}: the last arrow from ${from} has a condition, so it may be that none applies`]
  return first === always.length - 1
    ? []
    : [`${name}: an arrow from ${from} comes after one that always applies`]
}
