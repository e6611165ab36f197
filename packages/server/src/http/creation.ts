/** HTTP: what becomes of the body of a creation, and which agreement it is opened under. */

import type { FastifyRequest } from 'fastify'
import { readId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { FlowVersion, Opening } from '@holdfast/kernel/engine/product.ts'
import { creationOf, inputOf, type Body } from './ask-request.ts'
import type { Context } from './context.ts'
import { readAgreement } from './read-agreement.ts'

export async function openingOf(
  context: Context,
  edition: FlowVersion,
  request: FastifyRequest,
  body: Body,
): Promise<Opening | Problem> {
  const { flow, product } = edition
  const parent = await parentOf(context, edition, request, body)
  if (parent !== null && isProblem(parent)) return parent
  const { party } = request.caller.actor
  if (product.opening !== undefined) {
    const opening = product.opening.open({ body, parent, party, now_ms: context.clock.now() })
    if (isProblem(opening)) return opening
    return { ...opening, creation: { ...opening.creation, under: parent?.id ?? null } }
  }
  // What a person has no part in does not exist for it.
  if (parent !== null && party !== null && !Object.values(parent.parties).includes(party))
    return problem('not_found', { what: flow.under?.as })
  const creation = creationOf(
    flow,
    { ...body, ...(parent ? { currency: parent.currency } : {}) },
    request.caller,
  )
  return {
    creation: { ...creation, under: parent?.id ?? null },
    input: inputOf(edition, flow.creation, body),
  }
}

/** The agreement above, as its path or its body names it; null where there is none to be. */
async function parentOf(
  context: Context,
  { flow: { under } }: FlowVersion,
  request: FastifyRequest,
  body: Body,
): Promise<Agreement | Problem | null> {
  if (under === null) return null
  const missing = problem('not_found', { what: under.as })
  const named = (request.params as Record<string, string>)[under.as] ?? body[under.as]
  const prefix = context.registry.current.get(under.flow)?.flow.flow.id_prefix
  const id = typeof named === 'string' && prefix !== undefined ? readId(prefix, named) : null
  if (id === null) return missing
  const found = await readAgreement(context, id)
  return found?.flow === under.flow ? found : missing
}
