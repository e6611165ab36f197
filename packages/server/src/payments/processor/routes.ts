/** HTTP: what we want of payment providers and what became of it, for operators. */

import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { readId, showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { isProblem, problem } from '@holdfast/kernel/problem.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { processor_states, provider_payment_prefix, type ProviderPayment } from './provider-payment.ts'
import { askNow, findPaymentNamed, listPayments, type Filters } from './rows.ts'
import { sendJson } from '../../http/ask-request.ts'
import type { Context } from '../../http/context.ts'
import { idempotent } from '../../http/idempotent.ts'
import { pageOf } from '../../http/page.ts'
import { anyId } from '../../http/agreement-view.ts'
import { PageQuery, Reason } from '../../http/schemas.ts'

const strict = { additionalProperties: false }
const tags = ['payments']
const reading = { scope: 'payments:read' } as const
/** Also by what the agreement has heard, where that is the odd thing about them. */
const states = [...processor_states, 'not_taken', 'set_aside']
const Word = Type.String({ pattern: '^[a-z_]{1,32}$' })
const Query = Type.Object(
  {
    ...PageQuery,
    provider: Type.Optional(Word),
    kind: Type.Optional(Type.Enum(['pay_in', 'refund', 'pay_out'])),
    state: Type.Optional(Type.Enum(states)),
    agreement: Type.Optional(Type.String({ maxLength: 100 })),
  },
  strict,
)

interface Named {
  readonly id: string
}

export function providerPaymentRoutes(app: FastifyInstance, context: Context): void {
  const show = (payment: ProviderPayment) => showPayment(context, payment)
  app.get(
    '/v1/provider-payments',
    {
      schema: { tags, summary: 'Payments that providers make for us, newest first', querystring: Query },
      config: reading,
    },
    async (request, reply) => {
      const page = pageOf(request)
      if (isProblem(page)) return reply.refuse(page)
      const query = request.query as Partial<Record<keyof Filters, string>>
      const before = page.starting_after === null ? null : idOf(page.starting_after)
      const agreement = query.agreement === undefined ? null : anyId(context, query.agreement)
      if (
        (page.starting_after !== null && before === null) ||
        (query.agreement !== undefined && agreement === null)
      )
        return reply.refuse(problem('invalid_request', { in: 'querystring', reason: 'not an id' }))
      const { provider = null, kind = null, state = null } = query
      const filters = { provider, kind, state, agreement }
      const found = await listPayments(context.db, filters, before, page.limit + 1)
      const data = found.slice(0, page.limit).map(show)
      return sendJson(reply, 200, JSON.stringify({ data, has_more: found.length > page.limit }))
    },
  )
  app.get<{ Params: Named }>(
    '/v1/provider-payments/:id',
    { schema: { tags, summary: 'One of them' }, config: reading },
    async (request, reply) => {
      const id = idOf(request.params.id)
      const found = id === null ? null : await findPaymentNamed(context.db, id)
      if (found === null) return reply.refuse(problem('not_found', { what: 'provider payment' }))
      return sendJson(reply, 200, JSON.stringify(show(found)))
    },
  )
  app.post<{ Params: Named }>(
    '/v1/provider-payments/:id/ask',
    {
      schema: {
        tags,
        summary: 'Ask the provider now what has become of it',
        body: Type.Object({ reason: Reason }, strict),
      },
      config: { scope: 'payments:resolve' },
    },
    (request, reply) =>
      idempotent(context, request, reply, 202, async (tx) => {
        const id = idOf(request.params.id)
        const found = id === null ? null : await findPaymentNamed(tx, id)
        if (found === null || !(await askNow(tx, found.id, context.clock.now())))
          return problem('not_found', { what: 'provider payment' })
        const { reason } = request.body as { reason: string }
        context.log.info(
          { payment: request.params.id, by: request.caller.actor.id, reason },
          'asked for by hand',
        )
        // The row is there to be taken once this is committed.
        setImmediate(() => context.payments.processor.nudge())
        return { id: request.params.id, asks: 'now' }
      }),
  )
}

function idOf(shown: string): string | null {
  return readId(provider_payment_prefix, shown)
}

/** Numbers of accounts stay with the agreement; who may see them reads them there. */
function showPayment({ registry }: Context, payment: ProviderPayment): Record<string, unknown> {
  const { id, flow, agreement, suspense, details, amount, told_amount, fee } = payment
  const prefixOf = (name: string) => registry.current.get(name)?.flow.flow.id_prefix ?? ''
  return {
    id: showId(provider_payment_prefix, id),
    provider: payment.provider,
    kind: payment.kind,
    state: payment.state,
    our_reference: payment.our_reference,
    try: payment.try,
    made_at: payment.place,
    flow,
    agreement: agreement === null || flow === null ? null : showId(prefixOf(flow), agreement),
    method: payment.method,
    amount: toJson(amount),
    currency: payment.currency,
    description: details.description,
    party: details.party ?? null,
    refunds: details.refunds === undefined ? null : showId(provider_payment_prefix, details.refunds),
    provider_id: payment.provider_id,
    settled_id: payment.settled_id,
    told_amount: told_amount === null ? null : toJson(told_amount),
    told_currency: payment.told_currency,
    fee: fee === null ? null : toJson(fee),
    status: payment.status,
    reason: payment.reason,
    checkout_url: payment.checkout_url,
    told_engine: payment.heard,
    suspense: suspense === null ? null : showId(prefixOf('suspense'), suspense),
    asked_next_at: at(payment.next_ms),
    created_at: at(payment.created_ms),
    called_at: at(payment.called_ms),
    told_at: at(payment.told_ms),
    settled_at: at(payment.settled_ms),
    denied_since: at(payment.denied_ms),
  }
}

function at(ms: number | null): string | null {
  return ms === null ? null : instant(ms)
}
