/** Freelance milestone: an operator decides its dispute in the words of the document. The money moves in the flow's own transition. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../../../access/caller.ts'
import { readId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import { amountOf, type Agreement } from '@holdfast/kernel/engine/agreement.ts'
import { basisPoints } from '@holdfast/kernel/flow/compile.ts'
import { answer, askFor } from '../../../http/ask-request.ts'
import type { Context } from '../../../http/context.ts'
import { dispute_id_prefix, findDispute } from '../../../disputes/find.ts'
import { answered } from '../../../http/idempotent.ts'
import { readAgreement } from '../../../http/read-agreement.ts'
import { divide } from '@holdfast/kernel/money/divide.ts'
import { freelanceMilestone } from './flow.ts'

export const decisions = ['WIN_FREELANCER', 'WIN_CLIENT', 'SPLIT'] as const

interface Decision {
  readonly result: (typeof decisions)[number]
  readonly client_percentage?: number
  readonly notes: string
}

interface Wanted {
  readonly transition: string
  readonly input: Readonly<Record<string, bigint>>
}

/** A repeat is answered as before, whatever has become of the dispute since. */
export async function resolve(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: string,
): Promise<FastifyReply> {
  const repeated = await answered(context, request, reply)
  if (repeated !== null) return repeated
  const agreement = await disputedOf(context, request.caller, shown)
  if (isProblem(agreement)) return reply.refuse(agreement)
  const decision = request.body as Decision
  const wanted = wantedBy(decision, agreement)
  if (isProblem(wanted)) return reply.refuse(wanted)
  const ask = askFor(context, request, request.caller, {
    flow: agreement.flow,
    agreement: agreement.id,
    creation: null,
    ...wanted,
  })
  return isProblem(ask)
    ? reply.refuse(ask)
    : answer(context, request, reply, { ...ask, reason: decision.notes })
}

/** Named by its own id or by the dispute's; one that ended decides nothing about a later one. */
async function disputedOf(context: Context, caller: Caller, shown: string): Promise<Agreement | Problem> {
  const missing = problem('not_found', { what: 'dispute' })
  if (shown.startsWith(`${dispute_id_prefix}_`)) {
    const found = await findDispute(context, caller, shown)
    if (found === null || found.agreement.flow !== freelanceMilestone.name) return missing
    const { state } = found.dispute
    if (state === 'open') return found.agreement
    return problem('transition_not_open', { state, reason: `the dispute is ${state}` })
  }
  const id = readId(freelanceMilestone.id_prefix, shown)
  const agreement = id === null ? null : await readAgreement(context, id)
  const { party } = caller.actor
  const sees = agreement !== null && (party === null || Object.values(agreement.parties).includes(party))
  return sees && agreement.flow === freelanceMilestone.name ? agreement : missing
}

function wantedBy({ result, client_percentage }: Decision, agreement: Agreement): Wanted | Problem {
  const pointer = '/client_percentage'
  if (result !== 'SPLIT') {
    if (client_percentage !== undefined)
      return problem('invalid_request', { pointer, reason: 'only a SPLIT has one' })
    return { transition: result === 'WIN_CLIENT' ? 'refund' : 'release', input: {} }
  }
  if (client_percentage === undefined)
    return problem('invalid_request', { pointer, reason: "a SPLIT says what part of it is the client's" })
  const percent = `${client_percentage}%`
  if (!/^\d{1,3}(\.\d{1,2})?%$/.test(percent))
    return problem('invalid_request', { pointer, reason: 'at most 2 digits after the point' })
  // Nothing but a decision moves what is held meanwhile, and parts that do not sum to it are refused.
  const held = amountOf(agreement, 'held')
  const [to_client = 0n, to_developer = 0n] = divide(held, [basisPoints(percent), 'rest'])
  return { transition: 'split', input: { to_client, to_developer } }
}
