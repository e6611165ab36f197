/** Service booking: its own routes: paying in one of two ways, cancelling as far as it went, receipts. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { readId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Ask } from '@holdfast/kernel/engine/ask.ts'
import { noAgreement } from '../../../http/agreements.ts'
import { askFor, sendJson } from '../../../http/ask-request.ts'
import { answerAsk, answeredWithCheckout } from '../../../payments/processor/checkout.ts'
import type { Context, Routes } from '../../../http/context.ts'
import { openingOf } from '../../../http/creation.ts'
import { readAgreement } from '../../../http/read-agreement.ts'
import { DryRunQuery, Reason } from '../../../http/schemas.ts'
import { payment } from '../payment/flow.ts'
import { how_to_pay, Part, payment_methods } from '../payment/product.ts'
import { partDue, type PaymentPart } from './due.ts'
import { serviceBooking } from './flow.ts'
import { findReceipt, projectReceipts, receiptsOf, showReceipt } from './receipts.ts'

const strict = { additionalProperties: false }
const tags = [serviceBooking.name]
const reading = { scope: 'agreements:read' } as const
const writing = { scope: 'agreements:write' } as const
const PayBody = Type.Object(
  {
    method: Type.Optional(Type.Enum([...payment_methods, 'wallet'])),
    part: Type.Optional(Part),
    ...how_to_pay,
    reason: Type.Optional(Reason),
  },
  strict,
)
const CancelBody = Type.Object({ reason: Type.Optional(Reason) }, strict)

interface Named {
  readonly id: string
}
type Request = FastifyRequest<{ Params: Named }>
type Asked = Pick<Ask, 'flow' | 'agreement' | 'creation' | 'transition' | 'input'>

export const bookingRoutes: Routes = (app: FastifyInstance, context: Context) => {
  app.post<{ Params: Named }>(
    '/bookings/:id/pay',
    {
      schema: {
        tags,
        summary: 'Couple pays what is due: by a provider checkout, or from its wallet',
        body: PayBody,
        querystring: DryRunQuery,
      },
      config: writing,
    },
    (request, reply) => ask(context, request, reply, paying),
  )
  app.post<{ Params: Named }>(
    '/bookings/:id/cancel',
    {
      schema: {
        tags,
        summary: 'Cancel: before payment either side; after it the vendor, an operator, or both together',
        body: CancelBody,
        querystring: DryRunQuery,
      },
      config: writing,
    },
    (request, reply) => ask(context, request, reply, cancelling),
  )
  app.post<{ Params: Named }>(
    '/bookings/:id/cancel/revoke',
    {
      schema: {
        tags,
        summary: 'Take back your consent to cancel together',
        body: Type.Optional(CancelBody),
        querystring: DryRunQuery,
      },
      config: writing,
    },
    (request, reply) => ask(context, request, reply, agreeing, 'revoke'),
  )
  app.get<{ Params: Named }>(
    '/bookings/:id/receipts',
    { schema: { tags, summary: 'Receipts of a booking, in the order of payment' }, config: reading },
    async (request, reply) => {
      const booking = await findBooking(context, request)
      if (booking === null) return reply.refuse(noAgreement())
      await context.projections.catchUp(projectReceipts.name)
      const data = (await receiptsOf(context.db, booking.id)).map(showReceipt)
      return sendJson(reply, 200, JSON.stringify({ data, has_more: false }))
    },
  )
  app.get<{ Params: { number: string } }>(
    '/v1/receipts/:number',
    { schema: { tags, summary: 'A receipt by its number' }, config: reading },
    async (request, reply) => {
      await context.projections.catchUp(projectReceipts.name)
      const { party } = request.caller.actor
      const found = await findReceipt(context.db, request.params.number)
      const is_theirs = found !== null && (party === null || party === found.couple || party === found.vendor)
      if (!is_theirs) return reply.refuse(problem('not_found', { what: 'receipt' }))
      return sendJson(reply, 200, JSON.stringify(showReceipt(found)))
    },
  )
}

/** What to ask for follows from the booking as it is now; if it is another meanwhile, the engine refuses. */
async function ask(
  context: Context,
  request: Request,
  reply: FastifyReply,
  chosen: (
    context: Context,
    request: Request,
    booking: Agreement,
  ) => Promise<Asked | Problem> | Asked | Problem,
  kind: 'transition' | 'revoke' = 'transition',
): Promise<FastifyReply> {
  const before = await answeredWithCheckout(context, request, reply)
  if (before !== null) return before
  const booking = await findBooking(context, request)
  if (booking === null) return reply.refuse(noAgreement())
  const what = await chosen(context, request, booking)
  if (isProblem(what)) return reply.refuse(what)
  const asked = askFor(context, request, request.caller, what, kind)
  return isProblem(asked) ? reply.refuse(asked) : answerAsk(context, request, reply, asked)
}

async function paying(context: Context, request: Request, booking: Agreement): Promise<Asked | Problem> {
  const { reason: _reason, ...asked } = request.body as {
    reason?: string
    method?: string
    part?: PaymentPart
  }
  const { method, part } = asked
  if (method === 'wallet') {
    const due = partDue(booking, part)
    if (isProblem(due)) return due
    return taking(booking, 'pay_from_wallet', { amount_paid: due.amount })
  }
  const edition = context.registry.current.get(payment.name)
  if (edition === undefined) return problem('not_found', { what: 'flow', flow: payment.name })
  const opening = await openingOf(context, edition, request, { ...asked, booking: request.params.id })
  if (isProblem(opening)) return opening
  return { flow: payment.name, agreement: null, transition: edition.flow.creation.name, ...opening }
}

function agreeing(_context: Context, { caller }: Request, booking: Agreement): Asked {
  return taking(booking, caller.actor.kind === 'operator' ? 'cancel_paid' : 'cancel_together', {})
}

/** After payment the couple can only ask the vendor to agree; the vendor alone may give all of it back. */
function cancelling(_context: Context, { caller }: Request, booking: Agreement): Asked {
  const is_paid = booking.state === 'deposit_paid' || booking.state === 'fully_paid'
  if (!is_paid) return taking(booking, 'cancel_unpaid', {})
  return taking(
    booking,
    caller.actor.party === booking.parties['couple'] ? 'cancel_together' : 'cancel_paid',
    {},
  )
}

function taking({ id, flow }: Agreement, transition: string, input: Ask['input']): Asked {
  return { flow, agreement: id, creation: null, transition, input }
}

/** Another's booking does not exist for a party. */
async function findBooking(context: Context, { params, caller }: Request): Promise<Agreement | null> {
  const id = readId(serviceBooking.id_prefix, params.id)
  const found = id === null ? null : await readAgreement(context, id)
  const { party } = caller.actor
  return found !== null && (party === null || Object.values(found.parties).includes(party)) ? found : null
}
