/** Freelance milestone: the routes that its flow does not give: cancelling, its transactions, those of a project, and the decision of a dispute. */

import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Context, Routes } from '../../../http/context.ts'
import { DryRunQuery, PageQuery, Reason } from '../../../http/schemas.ts'
import { cancel } from './routes-cancel.ts'
import { decisions, resolve } from './routes-resolve.ts'
import { freelanceMilestone } from './flow.ts'
import { listMilestones } from './routes-list.ts'
import { listTransactions } from './routes-transactions.ts'

const strict = { additionalProperties: false }
const CancelBody = Type.Object({ reason: Type.Optional(Reason) }, strict)
const ResolveBody = Type.Object(
  {
    result: Type.Enum([...decisions]),
    client_percentage: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 100,
        description: 'Of what is held; at most 2 digits after the point',
      }),
    ),
    notes: Reason,
  },
  strict,
)
const ListQuery = Type.Object(PageQuery, strict)

export const freelanceRoutes: Routes = (app: FastifyInstance, context: Context) => {
  const tags = [freelanceMilestone.name]
  const reading = { scope: 'agreements:read' } as const
  const writing = { scope: 'agreements:write' } as const
  app.post<{ Params: { id: string } }>(
    '/milestone/:id/cancel',
    {
      schema: {
        tags,
        summary: 'Cancel: the client alone, both together, or an operator',
        body: CancelBody,
        querystring: DryRunQuery,
      },
      config: writing,
    },
    (request, reply) => cancel(context, request, reply, request.params.id),
  )
  app.post<{ Params: { id: string } }>(
    '/milestone/:id/cancel/revoke',
    {
      schema: {
        tags,
        summary: 'Take back your consent to cancel together',
        body: Type.Optional(CancelBody),
        querystring: DryRunQuery,
      },
      config: writing,
    },
    (request, reply) => cancel(context, request, reply, request.params.id, 'revoke'),
  )
  app.post<{ Params: { id: string } }>(
    '/admin/disputes/:id/resolve',
    {
      schema: {
        tags,
        summary: 'Decide the dispute of a milestone, by its own id or the id of the dispute',
        body: ResolveBody,
        querystring: DryRunQuery,
      },
      config: writing,
    },
    (request, reply) => resolve(context, request, reply, request.params.id),
  )
  app.get<{ Params: { id: string } }>(
    '/milestone/:id/transactions',
    {
      schema: { tags, summary: 'What its escrow moved, oldest first', querystring: ListQuery },
      config: reading,
    },
    (request, reply) => listTransactions(context, request, reply, request.params.id),
  )
  app.get<{ Params: { project: string } }>(
    '/projects/:project/milestones',
    {
      schema: { tags, summary: 'Milestones of a project, newest first', querystring: ListQuery },
      config: reading,
    },
    (request, reply) => listMilestones(context, request, reply, request.params.project),
  )
}
