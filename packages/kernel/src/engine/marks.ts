/** Engine, pure: who has already said so, where a transition needs all of several parties. */

import type { CompiledTransition } from '../flow/compile.ts'
import type { Agreement, Marks } from './agreement.ts'

/** The marks once this role has asked for this transition: its own one more, or one less where that takes it back. */
export function marksWith(marks: Marks, transition: CompiledTransition, role: string, now_ms: number): Marks {
  const { name, by_all, undoes } = transition
  if (undoes !== null) {
    const { [role]: _gone, ...others } = marks[undoes] ?? {}
    return Object.keys(others).length > 0 ? { ...marks, [undoes]: others } : withoutMarks(marks, undoes)
  }
  return by_all ? { ...marks, [name]: { ...marks[name], [role]: now_ms } } : marks
}

/** What all have said is spent: it takes all of them again. */
export function withoutMarks(marks: Marks, name: string): Marks {
  const { [name]: _spent, ...others } = marks
  return others
}

/** Marks of a state that the clock stood still for so long. */
export function laterMarks(marks: Marks, stopped_ms: number): Marks {
  const later = (by: Marks[string]) =>
    Object.fromEntries(Object.entries(by).map(([role, at_ms]) => [role, at_ms + stopped_ms]))
  return Object.fromEntries(Object.entries(marks).map(([name, by]) => [name, later(by)]))
}

/** The parties that a transition by all still waits for. */
export function waitingFor({ parties }: Agreement, marks: Marks, { name, by }: CompiledTransition): string[] {
  const said = marks[name] ?? {}
  return by.filter((role) => parties[role] !== undefined && said[role] === undefined)
}
