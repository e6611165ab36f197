// The harness room of money that nothing waits for, and of money on its way back: what the desk would ask, and what an operator does.
import { newId } from '@holdfast/kernel/ids.ts'
import type { Ask } from '@holdfast/kernel/engine/ask.ts'
import type { Engine, Json } from './engine.ts'

/** As the desk asks. */
export function asDesk(flow: string, transition: string, now_ms: number, more: Partial<Ask> = {}): Ask {
  return {
    id: newId(now_ms),
    kind: 'transition',
    flow,
    agreement: null,
    creation: null,
    transition,
    actor: { kind: 'service', id: 'provider:test', party: null },
    input: {},
    reason: null,
    key: null,
    now_ms,
    ...more,
  }
}

/** A refund to somebody, of a payment that never was. */
export function refundOf(payer: string, now_ms: number, over: Partial<Ask['creation']> = {}): Ask {
  const creation = {
    parties: { payer },
    currency: 'PKR',
    amounts: { amount: 500n },
    terms: {},
    reference: null,
  }
  return asDesk('refund', 'create', now_ms, {
    creation: { ...creation, ...over },
    input: { payment: 'pay_x' },
  })
}

/** An operator sets aside what a payment brought and its booking does not take, and says so on the payment. Gives the id. */
export async function asideFor(
  engine: Engine,
  begun: Json,
  told: Json,
  because = 'not_awaited',
): Promise<string> {
  const { id } = await engine.operate('/v1/suspense', {
    amount: told['amount_paid'],
    currency: told['currency'],
    reference: told['provider_reference'],
    because,
    about: begun['id'],
    payer: begun['payer'],
  })
  await engine.must(200, `/v1/payments/${begun['id']}/set-aside`, { body: { because, suspense: id } })
  return id
}
