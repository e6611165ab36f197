/** HTTP: from a request to an ask, and from a verdict to an answer. */

import { hash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../access/caller.ts'
import { newId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { Accepted, Ask, Creation, Verdict } from '@holdfast/kernel/engine/ask.ts'
import type { FlowVersion } from '@holdfast/kernel/engine/product.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import {
  amountsAtCreation,
  type CompiledFlow,
  type CompiledTransition,
} from '@holdfast/kernel/flow/compile.ts'
import { fromJson, toJson } from '@holdfast/kernel/money/amount.ts'
import { withFreeze } from '../wallets/open-freeze.ts'
import type { Context } from './context.ts'
import { maySeeAccount } from './tellable.ts'

export type Body = Readonly<Record<string, unknown>>

const key_pattern = /^[\x21-\x7e]{1,255}$/

/** The key of a repeat is the caller's own: two callers may use the same words. */
export function keyOf(request: FastifyRequest, caller: Caller): Ask['key'] | Problem {
  const key = request.headers['idempotency-key']
  if (key === undefined) return null
  if (typeof key !== 'string' || !key_pattern.test(key)) {
    return problem('invalid_request', {
      header: 'Idempotency-Key',
      reason: '1 to 255 visible ASCII characters',
    })
  }
  const { kind, id, party } = caller.actor
  return {
    id: `${kind} ${id} ${key}`,
    body_hash: fingerprint(`${request.url}\n${party ?? ''}\n${request.text}`),
  }
}

/** Tells a repeat from another request. Short ones are their own fingerprint. */
function fingerprint(text: string): string {
  return text.length <= fingerprint_chars_max ? text : hash('sha256', text, 'base64url')
}

const fingerprint_chars_max = 160

export function askFor(
  context: Context,
  request: FastifyRequest,
  caller: Caller,
  what: Pick<Ask, 'flow' | 'agreement' | 'creation' | 'transition' | 'input'>,
  kind: 'transition' | 'revoke' = 'transition',
): Ask | Problem {
  const key = keyOf(request, caller)
  if (key !== null && isProblem(key)) return key
  const now_ms = context.clock.now()
  const { reason } = (request.body ?? {}) as { reason?: string }
  return {
    ...what,
    ...withoutSpacesAround(what),
    id: newId(now_ms),
    kind,
    actor: caller.actor,
    reason: reason ?? null,
    key,
    now_ms,
  }
}

/** References are kept as they are written, but for the spaces around them. */
function withoutSpacesAround({
  creation,
  input,
}: Pick<Ask, 'creation' | 'input'>): Pick<Ask, 'creation' | 'input'> {
  const names = Object.keys(input).filter((name) => name === 'reference' || name.endsWith('_reference'))
  const written = names.flatMap((name) => {
    const value = input[name]
    return typeof value === 'string' ? [[name, value.trim()] as const] : []
  })
  const reference = creation?.reference ?? null
  return {
    creation:
      creation === null || reference === null ? creation : { ...creation, reference: reference.trim() },
    input: written.length === 0 ? input : { ...input, ...Object.fromEntries(written) },
  }
}

/** The input that the transition names; its amounts as bigint. */
export function inputOf(
  edition: FlowVersion,
  transition: CompiledTransition,
  body: Body,
): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  for (const name of Object.keys(transition.input)) {
    const value = body[name]
    if (value === undefined) continue
    input[name] = edition.flow.amounts.includes(name) ? fromJson(value) : value
  }
  return input
}

/** A party's token creates for itself: the first party that the flow lets create and the body leaves out. */
export function creationOf(flow: CompiledFlow, body: Body, caller: Caller): Creation {
  const parties: Record<string, string> = {}
  for (const party of flow.parties) {
    const named = body[party]
    if (typeof named === 'string') parties[party] = named
  }
  const { party: self } = caller.actor
  if (self !== null) {
    const role = flow.creation.by.find(
      (party) => flow.parties.includes(party) && parties[party] === undefined,
    )
    if (role !== undefined) parties[role] = self
  }
  return {
    parties,
    currency: String(body['currency']),
    amounts: Object.fromEntries(amountsAtCreation(flow).map((name) => [name, fromJson(body[name] ?? 0)])),
    terms: (body['terms'] ?? {}) as Record<string, string>,
    reference: typeof body['reference'] === 'string' ? body['reference'] : null,
  }
}

/** `pointers`: what the product's route calls a field that the engine names otherwise, as `{ '/reference': '/order_id' }`. */
export async function answer(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  ask: Ask,
  pointers: Pointers = {},
): Promise<FastifyReply> {
  if (isDryRun(request)) {
    const verdict = await context.engine.dryRun(ask)
    return verdict.outcome === 'accepted'
      ? sendJson(reply, 200, JSON.stringify(wouldBe(verdict, request.caller)))
      : sendVerdict(context, reply, verdict, pointers)
  }
  return sendVerdict(context, reply, await context.engine.ask(ask), pointers)
}

export function isDryRun({ query }: FastifyRequest): boolean {
  return (query as { dry_run?: string }).dry_run === 'true'
}

type Pointers = Readonly<Record<string, string>>

async function sendVerdict(
  context: Context,
  reply: FastifyReply,
  verdict: Verdict,
  pointers: Pointers,
): Promise<FastifyReply> {
  if (verdict.outcome === 'refused')
    return reply.refuse(pointedAt(await withFreeze(context, verdict.problem), pointers))
  if (verdict.outcome === 'replayed') reply.header('Idempotent-Replayed', 'true')
  return sendJson(reply, verdict.status, verdict.body)
}

function pointedAt({ code, details }: Problem, pointers: Pointers): Problem {
  const pointer = pointers[String(details['pointer'])]
  return problem(code, pointer === undefined ? details : { ...details, pointer })
}

export function sendJson(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.code(status).header('content-type', 'application/json; charset=utf-8').send(body)
}

/** The answer of a dry run: what would be there, what would move, what the clock would wait for, who would be told. */
function wouldBe(
  { body, transfers, event, before, timers, tells, agreement }: Accepted,
  caller: Caller,
): Record<string, unknown> {
  const told = JSON.parse(event.body) as { postings: { from: string; to: string }[] }
  // Null where the account is another's.
  const balance = (account: string, after = 0n) => (maySeeAccount(caller, account) ? toJson(after) : null)
  return {
    dry_run: true,
    agreement: JSON.parse(body),
    postings: told.postings.map((posting, i) => ({
      ...posting,
      from_after: balance(posting.from, transfers[i]?.debit_after),
      to_after: balance(posting.to, transfers[i]?.credit_after),
    })),
    timers: timers.map((t) => ({ transition: t.transition, kind: t.kind, at: instant(t.at_ms) })),
    timers_cancelled: (before?.timers ?? []).filter((old) => !timers.includes(old)).map((t) => t.transition),
    tells: tells.map((role) => ({ role, party: agreement.parties[role] ?? null })),
  }
}
