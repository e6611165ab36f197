/** Freelance milestone: the milestones of a project, newest first, for whoever has a part in the project. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { readId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem } from '@holdfast/kernel/problem.ts'
import { agreement_columns, agreementOf, type AgreementRow } from '../../../engine/agreements.ts'
import { agreementView } from '@holdfast/kernel/engine/view.ts'
import { sendJson } from '../../../http/ask-request.ts'
import type { Context } from '../../../http/context.ts'
import { readAgreement } from '../../../http/read-agreement.ts'
import { pageOf } from '../../../http/page.ts'
import { freelanceProject } from '../project/flow.ts'
import { freelanceMilestone } from './flow.ts'

export async function listMilestones(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: string,
): Promise<FastifyReply> {
  const page = pageOf(request)
  if (isProblem(page)) return reply.refuse(page)
  const { party } = request.caller.actor
  const id = readId(freelanceProject.id_prefix, shown)
  const project = id === null ? null : await readAgreement(context, id)
  if (project === null || (party !== null && !Object.values(project.parties).includes(party)))
    return reply.refuse(problem('not_found', { what: 'project' }))
  const { starting_after } = page
  const after = starting_after === null ? null : readId(freelanceMilestone.id_prefix, starting_after)
  if (starting_after !== null && after === null)
    return reply.refuse(
      problem('invalid_request', { in: 'querystring', pointer: '/starting_after', reason: 'not an id' }),
    )
  const rows = await context.db.any<AgreementRow>(
    `select ${agreement_columns}
     from agreements
     where under = $1
     and ($2::uuid is null or id < $2)
     order by id desc
     limit $3`,
    [project.id, after, page.limit + 1],
  )
  const data = await Promise.all(
    rows.slice(0, page.limit).map(async (row) => {
      const agreement = agreementOf(row)
      return agreementView(agreement, await context.engine.flowVersion(agreement))
    }),
  )
  return sendJson(reply, 200, JSON.stringify({ data, has_more: rows.length > page.limit }))
}
