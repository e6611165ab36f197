// The harness room of the desk, for tests that play it: what an agreement makes wanted of providers, and what is said to it.
import assert from 'node:assert/strict'
import { newId, readId } from '@holdfast/kernel/ids.ts'
import { agreement_columns, agreementOf, type AgreementRow } from '../src/engine/agreements.ts'
import { readEvents } from '../src/event-log/log.ts'
import type { Flow } from '@holdfast/kernel/flow/define.ts'
import type { ProviderPayment } from '../src/payments/processor/provider-payment.ts'
import type { ProviderUse, Saying, Told, Wants } from '../src/payments/processor/binding.ts'
import type { Engine, Json } from './engine.ts'
import { asDesk } from './suspense.ts'

export class Desk {
  readonly #engine: Engine
  readonly #flow: Pick<Flow, 'name' | 'id_prefix'>

  constructor(engine: Engine, flow: Pick<Flow, 'name' | 'id_prefix'>) {
    this.#engine = engine
    this.#flow = flow
  }

  /** Under a key, it is one word however often it is said. */
  async says(shown: string, { transition, input }: Saying, key: string | null = null): Promise<Json> {
    const now_ms = Date.parse((await this.#engine.must(200, '/v1/test-clock'))['now'])
    const verdict = await this.#engine.running.engine.ask(
      asDesk(this.#flow.name, transition, now_ms, {
        id: newId(now_ms),
        agreement: this.#idOf(shown),
        input,
        key: key === null ? null : { id: key, body_hash: '' },
      }),
    )
    return verdict.outcome === 'refused'
      ? { refused: verdict.problem.code, ...verdict.problem.details }
      : JSON.parse(verdict.body)
  }

  /** What all events of the log together make wanted for this agreement. */
  async wants(use: ProviderUse, shown: string): Promise<Wants[]> {
    const id = this.#idOf(shown)
    const { db } = this.#engine.running
    const row = await db.one<AgreementRow>(`select ${agreement_columns} from agreements where id = $1`, [id])
    const { last } = await db.one<{ last: bigint }>('select max(seq) as last from events')
    const events = (await readEvents(db, 0n, last)).filter(
      ({ agreement_id, body }) =>
        agreement_id === id && body.flow === use.on.flow && use.on.transitions.includes(body.transition),
    )
    return db.transaction(async (tx) => {
      const wanted: Wants[] = []
      // oxlint-disable-next-line no-await-in-loop -- one after another, in one transaction
      for (const event of events) wanted.push(...(await use.wants(event, agreementOf(row), tx)))
      return wanted
    })
  }

  #idOf(shown: string): string {
    const id = readId(this.#flow.id_prefix, shown)
    assert(id !== null, `${shown} is no id of ${this.#flow.name}`)
    return id
  }
}

/** What a use says when its provider tells this. */
export function saying(use: ProviderUse, told: Told, payment: Partial<ProviderPayment>): Saying {
  const say = use.says[told]
  assert(say, `${use.flow} has no word for ${told}`)
  return say({ reason: null, settled_id: null, provider_id: null, ...payment } as ProviderPayment)
}
