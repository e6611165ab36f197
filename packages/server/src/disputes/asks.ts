/** HTTP: from what is said in a dispute to an ask of the agreement's own transition. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { Proposal } from '@holdfast/kernel/engine/agreement.ts'
import { distributionIn } from './story.ts'
import { fromJson, toJson } from '@holdfast/kernel/money/amount.ts'
import { answer, askFor } from '../http/ask-request.ts'
import type { Context } from '../http/context.ts'
import { whyOver } from './actions.ts'
import { offerId, standingOf, type Found } from './find.ts'
import { answered } from '../http/idempotent.ts'

export type Act = (
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  found: Found,
) => Promise<FastifyReply>

interface Wanted {
  readonly transition: string
  readonly input?: Readonly<Record<string, bigint>>
  /** In place of the body's `reason`. */
  readonly reason?: string
  readonly kind?: 'transition' | 'revoke'
}

export const makeOffer: Act = (context, request, reply, found) =>
  take(context, request, reply, found, () => {
    const { distribution } = request.body as { distribution: Record<string, number> }
    const input = partsOf(found, distribution)
    return isProblem(input) ? input : { transition: found.words.settle, input }
  })

/** Accepting is asking for the same. Money moves when both have asked for the same amounts, and only then. */
export const acceptOffer: Act = (context, request, reply, found) =>
  take(context, request, reply, found, () => {
    const { words, role, dispute } = found
    const offer = offerNamed(request, found)
    if (isProblem(offer)) return offer
    if (offer.role === role)
      return notOpen(dispute.state, 'this offer is your own', { offer: shownOf(found, offer) })
    const names = Object.values(words.parts).filter((name) => name !== undefined)
    const input = Object.fromEntries(names.map((name) => [name, fromJson(offer.input[name])]))
    return { transition: words.settle, input }
  })

/** Only its own: the other side makes another offer instead. */
export const withdrawOffer: Act = (context, request, reply, found) =>
  take(context, request, reply, found, () => {
    const offer = offerNamed(request, found)
    if (isProblem(offer)) return offer
    // Who is no side is told so by the engine.
    if (offer.role !== found.role && found.role in found.agreement.parties)
      return notOpen(found.dispute.state, 'this offer is not your own', { offer: shownOf(found, offer) })
    return { transition: found.words.settle, kind: 'revoke' }
  })

export const withdrawDispute: Act = (context, request, reply, found) =>
  take(context, request, reply, found, () => ({ transition: found.words.withdraw }))

export const resolveDispute: Act = (context, request, reply, found) =>
  take(context, request, reply, found, () => {
    const { decision, distribution, notes } = request.body as {
      decision: 'release' | 'refund' | 'split'
      distribution?: Record<string, number>
      notes: string
    }
    const transition = found.words[decision]
    if (decision !== 'split') {
      return distribution === undefined
        ? { transition, reason: notes }
        : problem('invalid_request', { pointer: '/distribution', reason: 'only a split has one' })
    }
    const input = partsOf(found, distribution)
    return isProblem(input) ? input : { transition, input, reason: notes }
  })

type Amounts = Readonly<Record<string, bigint>>

/** A repeat is answered as it was before anything is looked at: what it asked for may have ended the dispute. */
async function take(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  found: Found,
  wanted: () => Wanted | Problem,
): Promise<FastifyReply> {
  const repeated = await answered(context, request, reply)
  if (repeated !== null) return repeated
  const { dispute, agreement } = found
  const over = whyOver(found)
  if (over !== null) return reply.refuse(notOpen(dispute.state, over))
  const what = wanted()
  if (isProblem(what)) return reply.refuse(what)
  const { transition, input = {}, reason, kind } = what
  const wish = { flow: agreement.flow, agreement: agreement.id, creation: null, transition, input }
  const ask = askFor(context, request, request.caller, wish, kind)
  if (isProblem(ask)) return reply.refuse(ask)
  return answer(context, request, reply, reason === undefined ? ask : { ...ask, reason })
}

/** The standing offer, if it is the one that the path names. */
function offerNamed({ params }: FastifyRequest, found: Found): Proposal | Problem {
  const { offer_id } = params as { offer_id: string }
  const offer = standingOf(found, found.words.settle)
  if (offer !== null && offerId(offer) === offer_id) return offer
  return notOpen(found.dispute.state, 'this offer does not stand', {
    offer: offer === null ? null : shownOf(found, offer),
  })
}

function shownOf({ words }: Found, offer: Proposal): object {
  return { id: offerId(offer), ...distributionIn(offer.input, words) }
}

/** The amounts of a distribution in the flow's words. Every side has a part, and together they are what is held. */
function partsOf(
  { words, agreement }: Found,
  distribution: Record<string, number> | undefined,
): Amounts | Problem {
  const parts = Object.entries(words.parts).flatMap(([party, amount]) =>
    amount === undefined ? [] : [{ party, amount }],
  )
  const sides = parts.map(({ party }) => party)
  const given = Object.keys(distribution ?? {})
  if (
    distribution === undefined ||
    given.length !== sides.length ||
    !sides.every((side) => given.includes(side))
  )
    return problem('invalid_request', {
      pointer: '/distribution',
      reason: `a part for each side: ${sides.join(', ')}`,
    })
  const input = Object.fromEntries(parts.map(({ party, amount }) => [amount, fromJson(distribution[party])]))
  const sum = Object.values(input).reduce((total, part) => total + part, 0n)
  const { held = 0n } = agreement.amounts
  return sum === held
    ? input
    : problem('distribution_mismatch', {
        held: toJson(held),
        reason: 'the parts must sum to what is held',
      })
}

function notOpen(state: string, reason: string, facts: object = {}): Problem {
  return problem('transition_not_open', { state, reason, ...facts })
}
