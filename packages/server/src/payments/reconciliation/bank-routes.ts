/** HTTP: a bank statement is handed in as CSV and compared with what was done by hand. */

import { hash } from 'node:crypto'
import type { FastifyError, FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { isProblem, problem } from '@holdfast/kernel/problem.ts'
import { reconcileBank } from './bank.ts'
import { countOpen } from './exceptions.ts'
import { showRun } from './show.ts'
import { readStatement, statement_bytes_max } from './statement.ts'
import { singleFlight } from '../../http/single-flight.ts'
import type { Context } from '../../http/context.ts'
import { onceLong } from '../../http/idempotent.ts'
import { CurrencyCode, Reason } from '../../http/schemas.ts'

const Query = Type.Object({ currency: CurrencyCode, reason: Reason }, { additionalProperties: false })
// Of no type, since what is in it is looked at closer than a schema can.
const Csv = Type.Unsafe({
  description: 'Columns by their names: date, amount (or credit and debit), reference, description, currency',
})

export function bankRoutes(rooms: FastifyInstance, context: Context): void {
  // A room of its own: nowhere else is CSV a body.
  void rooms.register(async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('text/csv', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    app.setErrorHandler((error: FastifyError, _request, reply) => {
      if (error.code !== 'FST_ERR_CTP_BODY_TOO_LARGE') throw error
      return reply.refuse(problem('payload_too_large', { bytes_max: statement_bytes_max }))
    })
    app.post(
      '/v1/reconciliations/bank',
      {
        schema: {
          tags: ['payments'],
          summary: `Compare a bank statement of at most ${statement_bytes_max} bytes with what was done by hand`,
          consumes: ['text/csv'],
          querystring: Query,
          body: Csv,
        },
        config: { scope: 'payments:resolve' },
        bodyLimit: statement_bytes_max,
      },
      (request, reply) => {
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
        request.text = hash('sha256', body, 'hex')
        const { currency, reason } = request.query as { currency: string; reason: string }
        const lines = readStatement(body, currency)
        if (isProblem(lines)) return reply.refuse(lines)
        const by = request.caller.actor.id
        return onceLong(context, request, reply, 200, () =>
          singleFlight(context, async () => {
            const run = await reconcileBank(context, lines, currency, { by, reason })
            if (isProblem(run)) return run
            return { runs: [showRun(run)], exceptions_open: Object.fromEntries(await countOpen(context.db)) }
          }),
        )
      },
    )
  })
}
