/** HTTP: fee schedules: the terms that a marketplace sets for a flow, in versions. New agreements take the newest. */

import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import {
  basisPoints,
  defaultOf,
  isPercent,
  isSum,
  isSwitch,
  type PlannedMove,
  type CompiledFlow,
} from '@holdfast/kernel/flow/compile.ts'
import { readMoneyTerm } from '@holdfast/kernel/money/price.ts'
import { listFeeSchedules, publishFeeSchedule, termsInForce, termsOver } from '../engine/fee-schedules.ts'
import { isDryRun, sendJson } from '../http/ask-request.ts'
import type { Context } from '../http/context.ts'
import { idempotent } from '../http/idempotent.ts'
import { DryRunQuery, Reason } from '../http/schemas.ts'
import type { Tx } from '../platform/postgres/database.ts'

const Body = Type.Object(
  {
    flow: Type.String({ maxLength: 60 }),
    terms: Type.Record(Type.String(), Type.String({ maxLength: 300 })),
    reason: Reason,
  },
  { additionalProperties: false },
)

export function feeScheduleRoutes(app: FastifyInstance, context: Context): void {
  const tags = ['fee schedules']
  app.post(
    '/v1/fee-schedules',
    {
      schema: {
        tags,
        summary: 'Publish a new version; a dry run shows what it would change',
        body: Body,
        querystring: DryRunQuery,
      },
      config: { scope: 'fee_schedules:write' },
    },
    async (request, reply) => {
      const {
        flow: name,
        terms,
        reason,
      } = request.body as { flow: string; terms: Record<string, string>; reason: string }
      const flow = context.registry.current.get(name)?.flow
      if (flow === undefined)
        return reply.refuse(problem('invalid_request', { pointer: '/flow', reason: 'no such flow' }))
      const defaults = defaultsOf(flow)
      const check = async (tx: Pick<Tx, 'maybeOne'>) => {
        // What is agreed above counts below: the shares of a project are those of its milestones.
        const below = [...context.registry.current.values()].filter((one) => one.flow.under?.flow === name)
        const flows = [flow, ...below.map((one) => one.flow)] as const
        return checkTerms(flows, { ...(await termsInForce(tx, name)), ...terms }, terms)
      }
      if (isDryRun(request)) {
        const refusal = await check(context.db)
        if (refusal !== null) return reply.refuse(refusal)
        const before = { ...defaults, ...(await termsInForce(context.db, name)) }
        return sendJson(reply, 200, JSON.stringify(previewOf(name, before, terms)))
      }
      return idempotent(context, request, reply, 201, async (tx) => {
        const refusal = await check(tx)
        if (refusal !== null) return refusal
        const is = { flow: name, terms, reason, created_by: request.caller.actor.id }
        return publishFeeSchedule(tx, is, defaults, context.clock.now())
      })
    },
  )
  app.get(
    '/v1/fee-schedules',
    { schema: { tags, summary: 'All versions, newest first' }, config: { scope: 'fee_schedules:read' } },
    async (_request, reply) =>
      sendJson(reply, 200, JSON.stringify({ data: await listFeeSchedules(context.db), has_more: false })),
  )
}

export function defaultsOf({ flow }: CompiledFlow): Record<string, string> {
  return Object.fromEntries(Object.entries(flow.terms).map(([name, term]) => [name, defaultOf(term)]))
}

/** What a publication would change, term by term, and which sums it does not name and so keeps. */
function previewOf(
  flow: string,
  before: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): object {
  const after = termsOver(before, given)
  const changes = Object.entries(given).map(([term, value]) => {
    const named = new Set(value.split(', '))
    const kept = isSum(value) ? (after[term] ?? '').split(', ').filter((sum) => !named.has(sum)) : []
    return { term, from: before[term] ?? null, to: after[term], keeps: kept }
  })
  return { dry_run: true, flow, terms: after, changes }
}

/** Terms that the flow knows, each of its kind, and percentages that leave something for the rest. */
function checkTerms(
  [flow, ...below]: readonly [CompiledFlow, ...CompiledFlow[]],
  terms: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Problem | null {
  for (const [name, value] of Object.entries(given)) {
    const term = Object.hasOwn(flow.flow.terms, name) ? flow.flow.terms[name] : undefined
    const pointer = `/terms/${name}`
    if (term === undefined)
      return problem('invalid_request', {
        pointer,
        reason: 'no such term',
        allowed: Object.keys(flow.flow.terms),
      })
    const like = defaultOf(term)
    const refusal = unlike(like, value)
    if (refusal !== null) return problem(refusal.code, { pointer, ...refusal.details })
  }
  const sums = [flow, ...below].flatMap(({ transitions, flow: { terms: own } }) => {
    const valueOf = (name: string) => terms[name] ?? defaultOf(flow.flow.terms[name] ?? own[name] ?? '0%')
    const groups = [...transitions.values()].flatMap((t) => [...t.move_groups, ...t.later_groups])
    return groups.map((group) => group.reduce((sum, { share }) => sum + shareOf(share, valueOf), 0n))
  })
  return sums.some((sum) => sum > 10_000n)
    ? problem('limit_exceeded', { pointer: '/terms', reason: 'percentages sum above 100%' })
    : null
}

/** A term is replaced by one of its kind. */
function unlike(like: string, value: string): Problem | null {
  if (isSum(like)) {
    const sums = readMoneyTerm(value)
    return typeof sums === 'string' ? problem('invalid_request', { reason: sums }) : null
  }
  const pattern = isPercent(like)
    ? /^(100|\d{1,2})(\.\d{1,2})?%$/
    : isSwitch(like)
      ? /^(on|off)$/
      : /^[1-9]\d{0,4} (minutes|hours|days)$/
  return pattern.test(value) ? null : problem('invalid_request', { reason: `like "${like}"` })
}

function shareOf(share: PlannedMove['share'], valueOf: (term: string) => string): bigint {
  if (typeof share === 'bigint') return share
  return typeof share === 'object' ? basisPoints(valueOf(share.term)) : 0n
}
