/** Crash drill: canaries. Each falsifies the evidence by one line, as a lost or doubled commit would; each must be noticed. */

import type { Evidence } from './evidence.ts'
import { isAccepted, type Entry } from './record.ts'

export const sabotages = {
  /** The client forgets one acknowledged answer. */
  forget: (evidence) => replaced(evidence, (entry) => ({ ...entry, told: [] })),
  /** The client was told of a transition that is not there, as if it had been acknowledged before the commit. */
  invent: (evidence) =>
    replaced(evidence, (entry) => ({
      ...entry,
      told: entry.told.map((told) => ({ ...told, body: told.body.replace(/"version":\d+/, '"version":77') })),
    })),
  /** One acknowledged event and its answer are gone, as after a commit that did not last. */
  lose: (evidence) => {
    const answers = new Map(evidence.answers)
    answers.delete(victimOf(evidence).asked.key)
    return { ...evidence, events: evidence.events.toSpliced(evidence.events.length >> 1, 1), answers }
  },
  /** One event is there twice, as if a repeat had been done again. */
  double: (evidence) => {
    const [first, ...others] = evidence.events
    return {
      ...evidence,
      events: first ? [first, ...others, { ...first, seq: BigInt(others.length + 2) }] : [],
    }
  },
  /** A unit of money is gone. */
  steal: (evidence) => ({
    ...evidence,
    balances: new Map(
      [...evidence.balances].map(([account, balance], i) => [account, i === 0 ? balance - 1n : balance]),
    ),
  }),
} as const satisfies Record<string, (evidence: Evidence) => Evidence>

export type Sabotage = keyof typeof sabotages

function victimOf({ record }: Evidence): Entry {
  const victims = record.filter(({ told }) => told.some(isAccepted))
  const victim = victims[victims.length >> 1]
  if (victim === undefined) throw new Error('nothing was acknowledged, so there is nothing to falsify')
  return victim
}

function replaced(evidence: Evidence, change: (entry: Entry) => Entry): Evidence {
  const victim = victimOf(evidence)
  return { ...evidence, record: evidence.record.map((entry) => (entry === victim ? change(entry) : entry)) }
}
