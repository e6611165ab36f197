/** Engine, pure: what is wrong with a flow, where, how often, and the shortest way there. */

import type { Problem } from '../problem.ts'
import type { Situation } from './situation.ts'

interface Finding {
  readonly about: 'books' | 'stranded' | 'flow'
  readonly text: string
  readonly way: readonly string[]
  times: number
}

/** Each thing once, with the first, and so the shortest, way to it. */
export class Findings {
  readonly #found = new Map<string, Finding>()

  add(about: Finding['about'], text: string, situation?: Situation, details?: Problem['details']): void {
    const known = this.#found.get(text)
    if (known !== undefined) known.times += 1
    else
      this.#found.set(text, {
        about,
        text: details ? `${text} ${JSON.stringify(details)}` : text,
        way: situation?.way ?? [],
        times: 1,
      })
  }

  any(about: Finding['about']): boolean {
    return [...this.#found.values()].some((finding) => finding.about === about)
  }

  texts(): string[] {
    return [...this.#found.values()].map(({ text, way, times }) =>
      way.length === 0 ? text : `${text} (${times} times, first after ${way.join(', ')})`,
    )
  }
}
