/** HTTP: reconciliation, for operators: runs, what differs, and the word of who has looked into it. */

import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { readId, showId } from '@holdfast/kernel/ids.ts'
import type { Tx } from '../../platform/postgres/database.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import { readBooks } from './clearing.ts'
import {
  countOpen,
  exception_prefix,
  exception_states,
  listExceptions,
  resolveException,
  type Exception,
} from './exceptions.ts'
import { reconcile, usualWindow } from './reconcile.ts'
import { bank, findRun, listRuns, reconciliation_prefix } from './runs.ts'
import { showBooks, showException, showRun } from './show.ts'
import { windowAfterRestore, windowGiven } from './window.ts'
import { singleFlight } from '../../http/single-flight.ts'
import { sendJson } from '../../http/ask-request.ts'
import type { FlowRegistry } from '@holdfast/kernel/engine/product.ts'
import type { Context } from '../../http/context.ts'
import { idempotent, onceLong } from '../../http/idempotent.ts'
import { pageOf } from '../../http/page.ts'
import { bankRoutes } from './bank-routes.ts'
import { Instant, PageQuery, Reason } from '../../http/schemas.ts'

const strict = { additionalProperties: false }
const tags = ['payments']
const reading = { scope: 'payments:read' } as const
const resolving = { scope: 'payments:resolve' } as const
const Name = Type.String({ pattern: '^[a-z_]{1,32}$', description: `A provider, or ${bank}` })
const RunBody = Type.Object(
  {
    provider: Type.Optional(Name),
    from: Type.Optional(Instant),
    to: Type.Optional(Instant),
    after_restore: Type.Optional(
      Type.Boolean({
        description: 'A backup was restored: up to now, and about all that is here and may have gone on',
      }),
    ),
    reason: Reason,
  },
  strict,
)
const RunsQuery = Type.Object({ ...PageQuery, provider: Type.Optional(Name) }, strict)
const ExceptionsQuery = Type.Object(
  {
    ...PageQuery,
    provider: Type.Optional(Name),
    state: Type.Optional(Type.Enum([...exception_states, 'all'], { description: 'By default open' })),
  },
  strict,
)

interface Named {
  readonly id: string
}

export function reconciliationRoutes(app: FastifyInstance, context: Context): void {
  const { db } = context
  app.post(
    '/v1/reconciliations',
    {
      schema: {
        tags,
        summary: "Compare the providers' own books with ours now; the answer says what it came to",
        body: RunBody,
      },
      config: resolving,
    },
    (request, reply) =>
      onceLong(context, request, reply, 200, async () => {
        return singleFlight(context, () => runNow(context, request.body as Asked, request.caller.actor.id))
      }),
  )
  bankRoutes(app, context)
  app.get(
    '/v1/reconciliations',
    { schema: { tags, summary: 'Runs, newest first', querystring: RunsQuery }, config: reading },
    async (request, reply) => {
      const page = pageOf(request)
      if (isProblem(page)) return reply.refuse(page)
      const before = idAfter(reconciliation_prefix, page.starting_after)
      if (before !== null && typeof before !== 'string') return reply.refuse(before)
      const { provider = null } = request.query as { provider?: string }
      const runs = await listRuns(db, provider, before, page.limit + 1)
      const data = runs.slice(0, page.limit).map(showRun)
      return sendJson(reply, 200, JSON.stringify({ data, has_more: runs.length > page.limit }))
    },
  )
  app.get<{ Params: Named }>(
    '/v1/reconciliations/:id',
    { schema: { tags, summary: 'One run' }, config: reading },
    async (request, reply) => {
      const id = readId(reconciliation_prefix, request.params.id)
      const run = id === null ? null : await findRun(db, id)
      if (run === null) return reply.refuse(problem('not_found', { what: 'reconciliation' }))
      return sendJson(reply, 200, JSON.stringify(showRun(run)))
    },
  )
  app.get(
    '/v1/reconciliation-exceptions',
    {
      schema: {
        tags,
        summary: 'What differs, newest first; by default what is open',
        querystring: ExceptionsQuery,
      },
      config: reading,
    },
    async (request, reply) => {
      const page = pageOf(request)
      if (isProblem(page)) return reply.refuse(page)
      const before = idAfter(exception_prefix, page.starting_after)
      if (before !== null && typeof before !== 'string') return reply.refuse(before)
      const { provider = null, state = 'open' } = request.query as { provider?: string; state?: string }
      const filters = { provider, state: state === 'all' ? null : state }
      const found = await listExceptions(db, filters, before, page.limit + 1)
      const data = await shown(db, context.registry, found.slice(0, page.limit))
      return sendJson(reply, 200, JSON.stringify({ data, has_more: found.length > page.limit }))
    },
  )
  app.post<{ Params: Named }>(
    '/v1/reconciliation-exceptions/:id/resolve',
    {
      schema: {
        tags,
        summary: 'It has been looked into: say what came of it. No money moves',
        body: Type.Object({ reason: Reason }, strict),
      },
      config: resolving,
    },
    (request, reply) =>
      idempotent(context, request, reply, 200, async (tx) => {
        const id = readId(exception_prefix, request.params.id)
        if (id === null) return problem('not_found', { what: 'reconciliation exception' })
        const { reason } = request.body as { reason: string }
        const by = request.caller.actor.id
        const resolved = await resolveException(tx, id, { by, reason, now_ms: context.clock.now() })
        if (isProblem(resolved)) return resolved
        const [one] = await shown(tx, context.registry, [resolved])
        return one ?? {}
      }),
  )
}

interface Asked {
  readonly provider?: string
  readonly from?: string
  readonly to?: string
  readonly after_restore?: boolean
  readonly reason: string
}

async function runNow(
  { db, payments, clock, log }: Context,
  { provider, from, to, reason, after_restore = false }: Asked,
  by: string,
): Promise<object | Problem> {
  const { providers, processor: desk, uses } = payments
  const needs = { db, providers, uses, clock, log, onDue: () => desk.nudge() }
  const names = provider === undefined ? [...providers.keys()] : [provider]
  const given = {
    ...(from === undefined ? {} : { from_ms: Date.parse(from) }),
    ...(to === undefined ? {} : { to_ms: Date.parse(to) }),
  }
  const runs: object[] = []
  for (const name of names) {
    // oxlint-disable no-await-in-loop -- one provider after another
    const now_ms = clock.now()
    const window = after_restore
      ? windowAfterRestore(given, now_ms)
      : windowGiven(given, await usualWindow(db, name, now_ms), now_ms)
    const run = isProblem(window)
      ? window
      : await reconcile(needs, name, window, { by, reason, after_restore })
    // oxlint-enable no-await-in-loop
    // What was compared before stays so; to ask again compares it again.
    if (isProblem(run)) return run
    runs.push(showRun(run))
  }
  return {
    runs,
    exceptions_open: Object.fromEntries(await countOpen(db)),
    books: showBooks(await readBooks(db)),
  }
}

function idAfter(prefix: string, shown_id: string | null): string | null | Problem {
  if (shown_id === null) return null
  const id = readId(prefix, shown_id)
  return (
    id ?? problem('invalid_request', { in: 'querystring', pointer: '/starting_after', reason: 'not an id' })
  )
}

async function shown(db: Tx, registry: FlowRegistry, exceptions: readonly Exception[]): Promise<object[]> {
  const ids = exceptions.map(({ agreement_id }) => agreement_id).filter((id) => id !== null)
  const rows = await db.any<{ id: string; flow: string }>(
    'select id, flow from agreements where id = any($1::uuid[])',
    [ids],
  )
  const ids_shown = new Map(
    rows.map(({ id, flow }) => [id, showId(registry.current.get(flow)?.flow.flow.id_prefix ?? '', id)]),
  )
  return exceptions.map((exception) => showException(exception, (id) => ids_shown.get(id) ?? null))
}
