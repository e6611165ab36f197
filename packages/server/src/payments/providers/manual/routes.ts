/** HTTP: payments by hand: what waits for an operator's word, and the word. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Caller } from '../../../access/caller.ts'
import type { Tx } from '../../../platform/postgres/database.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import { usedBy } from '@holdfast/kernel/engine/outside.ts'
import { findFile } from '../../../files/files.ts'
import { OutsideReference } from '../../../system-flows/outside-reference.ts'
import { fromJson } from '@holdfast/kernel/money/amount.ts'
import { askNow } from '../../processor/rows.ts'
import { tableBook } from './book-table.ts'
import { countedElsewhere, countReturned } from './counted.ts'
import { confirmManual, type Said } from './confirm.ts'
import { sendJson } from '../../../http/ask-request.ts'
import type { Context } from '../../../http/context.ts'
import { findManual, listManual, showManual, type ListAsked } from './find.ts'
import { idempotent } from '../../../http/idempotent.ts'
import { pageOf } from '../../../http/page.ts'
import { Amount, PageQuery, Reason } from '../../../http/schemas.ts'

const strict = { additionalProperties: false }
const Query = Type.Object(
  {
    ...PageQuery,
    kind: Type.Optional(Type.Enum(['pay_in', 'refund', 'pay_out'])),
    state: Type.Optional(
      Type.Enum(['pending', 'succeeded', 'failed', 'expired', 'returned'], {
        description: 'By default pending',
      }),
    ),
  },
  strict,
)
const Confirmation = Type.Object(
  {
    state: Type.Enum(['succeeded', 'failed', 'expired', 'returned']),
    reference: Type.Optional(OutsideReference),
    amount: Type.Optional(Amount),
    proof: Type.Optional(Type.String({ maxLength: 100, description: 'Id of a file, see POST /v1/files' })),
    reason: Reason,
  },
  strict,
)

interface Body {
  readonly state: Said['state']
  /** On the statement; needed where money moved. */
  readonly reference?: string
  /** What really moved; left out where it is what was wanted. */
  readonly amount?: number
  readonly proof?: string
  readonly reason: string
}

type ByToken = { Params: { token: string } }

export function manualPaymentRoutes(app: FastifyInstance, context: Context): void {
  const tags = ['manual payments']
  app.get(
    '/v1/manual-payments',
    {
      schema: { tags, summary: 'What waits for an operator, oldest first', querystring: Query },
      config: { scope: 'payments:read' },
    },
    (request, reply) => list(context, request, reply),
  )
  app.get<ByToken>(
    '/v1/manual-payments/:token',
    { schema: { tags, summary: 'One of them' }, config: { scope: 'payments:read' } },
    async (request, reply) => {
      const found = await findManual(context.db, request.params.token)
      return found === null
        ? reply.refuse(problem('not_found', { what: 'manual payment' }))
        : sendJson(reply, 200, JSON.stringify(showManual(context, found)))
    },
  )
  app.post<ByToken>(
    '/v1/manual-payments/:token/confirm',
    {
      schema: { tags, summary: 'Say what became of it', body: Confirmation },
      config: { scope: 'payments:resolve' },
    },
    async (request, reply) => {
      const { caller, params, body } = request
      await idempotent(context, request, reply, 200, (tx) =>
        confirm(context, tx, caller.actor, params.token, body as Body),
      )
      context.payments.processor.nudge()
      return reply
    },
  )
}

async function list(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const page = pageOf(request)
  if (isProblem(page)) return reply.refuse(page)
  const { kind = null, state = 'pending' } = request.query as Partial<ListAsked>
  const { starting_after } = page
  if (starting_after !== null && (await findManual(context.db, starting_after)) === null)
    return reply.refuse(
      problem('invalid_request', { in: 'querystring', pointer: '/starting_after', reason: 'not an id' }),
    )
  const found = await listManual(context.db, { kind, state }, starting_after, page.limit + 1)
  const data = found.slice(0, page.limit).map((one) => showManual(context, one))
  return sendJson(reply, 200, JSON.stringify({ data, has_more: found.length > page.limit }))
}

/** In one transaction with the desk's row, which is due at once: the desk asks the book, and tells the agreement. */
async function confirm(
  context: Context,
  tx: Tx,
  actor: Caller['actor'],
  token: string,
  { state, reference, amount, proof, reason }: Body,
): Promise<object | Problem> {
  const found = await findManual(tx, token)
  if (found === null) return problem('not_found', { what: 'manual payment' })
  const file = proof === undefined ? null : await findFile(tx, actor, proof)
  if (proof !== undefined && file === null)
    return problem('invalid_request', { pointer: '/proof', reason: 'no such file' })
  const said: Said = {
    state,
    reference: reference?.trim() ?? null,
    amount: amount === undefined ? null : fromJson(amount),
    proof: file?.id ?? null,
    operator: actor.id,
    reason,
  }
  const now_ms = context.clock.now()
  const { kind } = found.entry
  const comes_in = kind === 'pay_in' ? state === 'succeeded' : state === 'returned'
  const counted = comes_in && said.reference !== null ? said.reference : null
  const used = counted === null ? null : await countedElsewhere(tx, counted, found.agreement_id)
  if (used !== null)
    return problem('reference_taken', {
      pointer: '/reference',
      reference: counted,
      used_by: usedBy(context.registry, used),
    })
  const entry = await confirmManual(tableBook(tx), kind, token, said, now_ms)
  if (isProblem(entry)) return entry
  const { flow, agreement_id: agreement } = found
  if (counted !== null && kind !== 'pay_in' && flow !== null && agreement !== null)
    await countReturned(tx, { reference: counted, flow, agreement }, now_ms)
  if (found.desk_id !== null) await askNow(tx, found.desk_id, now_ms)
  return showManual(context, { ...found, entry })
}
