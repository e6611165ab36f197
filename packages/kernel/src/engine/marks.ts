/** Engine, pure: who has already said so, where a transition needs all of several parties, and for how long that counts. */

import type { CompiledFlow, CompiledTransition } from '../flow/compile.ts'
import type { Agreement, Marks } from './agreement.ts'

/** Of an agreement that nobody has said anything about. */
export const no_marks: Marks = {}

/** The marks once this role has asked for this transition: its own one more, or one less where that takes it back. */
export function marksWith(marks: Marks, transition: CompiledTransition, role: string, now_ms: number): Marks {
  const { name, by_all, undoes } = transition
  if (undoes !== null) return withoutMark(marks, undoes, role)
  return by_all ? { ...marks, [name]: { ...marks[name], [role]: now_ms } } : marks
}

/** What one has said counts no more. */
export function withoutMark(marks: Marks, name: string, role: string): Marks {
  const { [role]: _gone, ...others } = marks[name] ?? {}
  return Object.keys(others).length > 0 ? { ...marks, [name]: others } : withoutMarks(marks, name)
}

/** What all have said is spent: it takes all of them again. */
export function withoutMarks(marks: Marks, name: string): Marks {
  const { [name]: _spent, ...others } = marks
  return others
}

/**
 * What stays while the clock stands still: reports, which the clock counts from. A consent to an act ends with the state
 * that it spoke of, since nobody knows what the other side would say after a dispute.
 */
export function reportsIn(marks: Marks, { reports }: CompiledFlow): Marks {
  const names = Object.keys(marks)
  if (names.every((name) => reports.has(name))) return marks
  return Object.fromEntries(Object.entries(marks).filter(([name]) => reports.has(name)))
}

/** The parties that a transition by all still waits for. */
export function waitingFor({ parties }: Agreement, marks: Marks, { name, by }: CompiledTransition): string[] {
  const said = marks[name] ?? {}
  return by.filter((role) => parties[role] !== undefined && said[role] === undefined)
}
