/** Simulation on PostgreSQL: what was asked and what was told, so that every event can be laid at somebody's door. */

import { readId } from '@holdfast/kernel/ids.ts'
import type { AgreementEvent, Ask, StoredAnswer, Verdict } from '@holdfast/kernel/engine/ask.ts'
import type { FlowRegistry } from '@holdfast/kernel/engine/product.ts'
import { clock } from '@holdfast/kernel/test/simulation/forms.ts'

export class Asked {
  readonly faults: string[] = []
  readonly counts: Record<string, number> = {}
  /** Agreement and version → the ask that made it. */
  readonly #done = new Map<string, Ask>()
  readonly #told = new Map<string, Pick<StoredAnswer, 'body_hash' | 'body'> & { accepted: number }>()
  /** Asks without a key that were under way when their process died. */
  readonly #lost: Ask[] = []
  readonly #registry: FlowRegistry

  constructor(registry: FlowRegistry) {
    this.#registry = registry
  }

  lose(ask: Ask): void {
    this.#lost.push(ask)
  }

  /** Verdicts come in any order: a repeat may be heard of before what it repeats. */
  hear(ask: Ask, verdict: Verdict): void {
    const what = verdict.outcome === 'refused' ? verdict.problem.code : verdict.outcome
    this.counts[what] = (this.counts[what] ?? 0) + 1
    if (what === 'overloaded') this.faults.push(`${ask.transition}: overloaded`)
    if (verdict.outcome === 'refused') return
    const name =
      verdict.outcome === 'accepted'
        ? nameOf(verdict.agreement.id, verdict.agreement.version)
        : this.#nameIn(verdict.body)
    const before = this.#done.get(name)
    if (before !== undefined && (ask.key === null || before.key?.id !== ask.key.id))
      this.faults.push(`${name} was done for two who asked`)
    this.#done.set(name, ask)
    if (ask.key === null) return
    const told = this.#told.get(ask.key.id) ?? {
      body_hash: ask.key.body_hash,
      body: verdict.body,
      accepted: 0,
    }
    if (told.body !== verdict.body || told.body_hash !== ask.key.body_hash)
      this.faults.push(`${name}: two answers under one key`)
    if (verdict.outcome === 'accepted') told.accepted += 1
    if (told.accepted > 1) this.faults.push(`${name}: done twice under one key`)
    this.#told.set(ask.key.id, told)
  }

  /** Who asked for an event, the clock and the job runner included; undefined where nobody did. */
  askOf(event: AgreementEvent): Ask | undefined {
    const ask =
      this.#done.get(nameOf(event.agreement, event.version)) ?? clockAsk(event) ?? this.#lostFor(event)
    return ask && { ...ask, now_ms: event.at_ms }
  }

  /** What was acknowledged and is not among these events. */
  missing(events: readonly AgreementEvent[]): string[] {
    const there = new Set(events.map(({ agreement, version }) => nameOf(agreement, version)))
    return [...this.#done].flatMap(([name, { transition }]) =>
      there.has(name) ? [] : [`${transition} of ${name} was acknowledged and is not in the log`],
    )
  }

  #lostFor({ agreement, transition, kind }: AgreementEvent): Ask | undefined {
    return this.#lost.find(
      (ask) =>
        (ask.agreement ?? ask.id) === agreement &&
        ask.transition === transition &&
        (ask.kind === 'revoke') === (kind === 'revoked'),
    )
  }

  #nameIn(body: string): string {
    const { id, flow, version } = JSON.parse(body)
    const prefix = this.#registry.current.get(flow)?.flow.flow.id_prefix ?? ''
    return nameOf(readId(prefix, id) ?? id, version)
  }
}

function clockAsk({ agreement, flow, kind, transition, at_ms, body }: AgreementEvent): Ask | undefined {
  const { by } = JSON.parse(body)
  if (kind !== 'deferred' && by.kind !== 'clock') return undefined
  const asked = kind === 'later' || kind === 'reminder' ? kind : 'timer'
  return {
    id: '',
    kind: asked,
    flow,
    agreement,
    creation: null,
    transition,
    actor: clock,
    input: {},
    reason: null,
    key: null,
    now_ms: at_ms,
  }
}

function nameOf(agreement: string, version: number): string {
  return `${agreement} version ${version}`
}
