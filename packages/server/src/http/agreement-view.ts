/** HTTP: agreements as they are read: what each party may do now, why the rest is closed, and what happens if nobody acts. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../access/caller.ts'
import { scopeUnder } from '../access/scopes.ts'
import { newId, readId } from '@holdfast/kernel/ids.ts'
import { localTime } from '../platform/local-time.ts'
import { isProblem, problem } from '@holdfast/kernel/problem.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import { consentsOf } from '@holdfast/kernel/engine/consents.ts'
import { roleOf, transitionsOf, whyClosed } from '@holdfast/kernel/engine/permissions.ts'
import type { FlowVersion } from '@holdfast/kernel/engine/product.ts'
import { hasGiven } from '@holdfast/kernel/engine/consent.ts'
import { agreementColumns, agreementOf, type AgreementRow } from '../engine/agreements.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { agreementView } from '@holdfast/kernel/engine/view.ts'
import { display } from '@holdfast/kernel/money/amount.ts'
import { sendJson } from './ask-request.ts'
import type { Context } from './context.ts'
import { pageOf } from './page.ts'
import { readAgreement } from './read-agreement.ts'

/** Null where it is not there, or not the caller's to see. */
export async function findAgreement(
  context: Context,
  caller: Caller,
  id: string,
  flow: string,
): Promise<Record<string, unknown> | null> {
  const agreement = await readAgreement(context, id)
  if (agreement?.flow !== flow) return null
  const { party } = caller.actor
  if (party !== null && !Object.values(agreement.parties).includes(party)) return null
  const edition = await context.engine.flowVersion(agreement)
  const role = sideOf(agreement, party)
  return {
    ...showTo(caller, agreement, edition),
    ...(role === null ? {} : { your_side: role }),
    consents: consentsFor(caller, agreement, edition),
    transitions: transitionsOf(edition.flow, agreement, role),
    if_nothing_happens: await ifNothingHappens(context, edition, agreement),
  }
}

export async function listAgreements(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  flow: string | null,
): Promise<FastifyReply> {
  const page = pageOf(request)
  if (isProblem(page)) return reply.refuse(page)
  const query = request.query as { state?: string; party?: string }
  const { party: self } = request.caller.actor
  const after = page.starting_after === null ? null : anyId(context, page.starting_after)
  if (page.starting_after !== null && after === null)
    return reply.refuse(
      problem('invalid_request', { in: 'querystring', pointer: '/starting_after', reason: 'not an id' }),
    )
  // A party sees its own, whatever it asks for.
  const party = self ?? query.party ?? null
  const rows = await context.db.any<AgreementRow>(
    `select ${agreementColumns('a')}
     from ${party === null ? 'agreements a' : 'agreement_parties p join agreements a on a.id = p.agreement_id'}
     where ($1::text is null or a.flow = $1)
     and ($2::text is null or a.state = $2)
     and ($3::uuid is null or ${party === null ? 'a.id' : 'p.agreement_id'} < $3)
     ${party === null ? 'and $4::text is null' : 'and p.party = $4'}
     order by ${party === null ? 'a.id' : 'p.agreement_id'} desc
     limit $5`,
    [flow, query.state ?? null, after, party, page.limit + 1],
  )
  const agreements = await Promise.all(
    rows.slice(0, page.limit).map(async (row) => {
      const agreement = agreementOf(row)
      const side = sideOf(agreement, self)
      const shown = showTo(request.caller, agreement, await context.engine.flowVersion(agreement))
      return side === null ? shown : { ...shown, your_side: side }
    }),
  )
  return sendJson(reply, 200, JSON.stringify({ data: agreements, has_more: rows.length > page.limit }))
}

/** The role of a person in an agreement. */
export function sideOf({ parties }: Agreement, party: string | null): string | null {
  return Object.keys(parties).find((name) => parties[name] === party) ?? null
}

/** With what the caller may do about each: give its own consent, revoke it, or nothing. */
function consentsFor({ actor }: Caller, agreement: Agreement, { flow }: FlowVersion): object[] {
  const role = roleOf(actor, agreement)
  return consentsOf(flow, agreement, actor.party === null).map((consent) => {
    const transition = flow.transitions.get(consent.transition)
    const gave = transition !== undefined && hasGiven(agreement, transition, role, actor.id)
    const open = transition?.by.includes(role) === true && whyClosed(agreement, transition, role) === null
    return { ...consent, you_may: gave ? 'revoke' : open ? 'give' : null }
  })
}

/** What only those are to see who act under its flow is masked for other operators; a party sees no other's wallet. */
export function showTo(
  { actor, scopes }: Caller,
  agreement: Agreement,
  edition: FlowVersion,
): Record<string, unknown> {
  const shown = agreementView(agreement, edition, actor.party === null)
  const scope = scopeUnder(agreement.flow, actor.kind)
  const masked = actor.kind === 'operator' && scope !== undefined && !scopes.has(scope)
  const { product } = edition
  const role = actor.party === null ? null : sideOf(agreement, actor.party)
  if (role !== null) return product.toParty?.(shown, role) ?? shown
  return masked ? (product.masked?.(shown) ?? shown) : shown
}

/** The clock's next transition, tried without effect: where it leads and whom it pays. Null when the clock waits for nothing. */
async function ifNothingHappens(
  context: Context,
  { flow }: FlowVersion,
  agreement: Agreement,
): Promise<Record<string, unknown> | null> {
  const [next] = agreement.timers
    .filter((timer) => timer.kind === 'transition')
    .toSorted((a, b) => a.at_ms - b.at_ms)
  if (next === undefined) return null
  const now_ms = Math.max(next.at_ms, context.clock.now())
  const verdict = await context.engine.dryRun({
    id: newId(now_ms),
    kind: 'timer',
    flow: flow.name,
    agreement: agreement.id,
    creation: null,
    transition: next.transition,
    actor: { kind: 'clock', id: 'clock', party: null },
    input: {},
    reason: null,
    key: null,
    now_ms,
  })
  const says = flow.transitions.get(next.transition)?.says ?? next.transition
  const facts = { transition: next.transition, at: instant(next.first_due_ms ?? next.at_ms), says }
  const by = localTime(next.first_due_ms ?? next.at_ms, context.config.time_zone)
  if (verdict.outcome !== 'accepted') return { ...facts, sentence: `If nothing happens by ${by}: ${says}.` }
  const paid = await namesOf(
    context,
    verdict.transfers.map((transfer) => transfer.credit_account),
  )
  const moves = verdict.transfers.map(
    (t) => `${display(t.amount, t.currency)} to ${paid.get(t.credit_account) ?? 'a wallet'}`,
  )
  return {
    ...facts,
    to: verdict.agreement.state,
    money: verdict.agreement.money,
    sentence: `If nothing happens by ${by}: ${moves.length === 0 ? says : moves.join(', ')}.`,
  }
}

async function namesOf(context: Context, accounts: readonly string[]): Promise<Map<string, string>> {
  if (accounts.length === 0) return new Map()
  const rows = await context.db.any<{ id: string; owner: string }>(
    'select id, owner from accounts where id = any($1::uuid[])',
    [accounts],
  )
  return new Map(rows.map(({ id, owner }) => [id, owner]))
}

export function anyId(context: Context, shown: string): string | null {
  for (const { flow } of context.registry.current.values()) {
    const id = readId(flow.flow.id_prefix, shown)
    if (id !== null) return id
  }
  return null
}
