/** HTTP: the routes that come from the flows: the products' own paths, and /v1/agreements for all of them. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { needScope } from '../access/caller.ts'
import { scopeUnder } from '../access/scopes.ts'
import { readId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { FlowVersion } from '@holdfast/kernel/engine/product.ts'
import type { CompiledFlow, CompiledTransition } from '@holdfast/kernel/flow/compile.ts'
import type { Ask } from '@holdfast/kernel/engine/ask.ts'
import { askFor, inputOf, sendJson, type Body } from './ask-request.ts'
import { answerAsk } from '../payments/processor/checkout.ts'
import type { Context } from './context.ts'
import { openingOf } from './creation.ts'
import { findAgreement, listAgreements } from './agreement-view.ts'
import { validate } from './validation.ts'
import { creationBodyOf, DryRunQuery, PageQuery, Party, Reason, transitionBodyOf } from './schemas.ts'

/** A word of a flow. Nothing else is looked for, and PostgreSQL is never sent what it cannot read. */
const Name = Type.String({ pattern: '^[a-z][a-z0-9_-]{0,59}$' })

const ListQuery = Type.Object(
  { ...PageQuery, state: Type.Optional(Name), party: Type.Optional(Party) },
  { additionalProperties: false },
)

/** One product: create, list, read, and a path for each transition that a person may take. */
export function productRoutes(app: FastifyInstance, context: Context, edition: FlowVersion): void {
  const { flow } = edition
  const { noun } = flow.flow
  const tags = [flow.name]
  for (const transition of flow.transitions.values()) {
    if (!hasRoute(edition, transition)) continue
    const path = transition.path.replaceAll(/\{(\w+)\}/g, ':$1')
    const body = transition.creates
      ? creationBodyOf(edition, namesAbove(edition.flow) ? null : edition.flow.under)
      : transitionBodyOf(edition, transition)
    const schema = { tags, summary: transition.says, body, querystring: DryRunQuery }
    app.post(path, { schema, config: { scope: 'agreements:write' } }, (request, reply) =>
      transition.creates
        ? create(context, edition, request, reply)
        : take(context, edition, transition, request, reply),
    )
    if (transition.by_all) revokeRoute(app, context, edition, transition, path)
  }
  if (flow.creation.path.includes('{') && !namesAbove(flow)) return
  const reading = { scope: 'agreements:read' } as const
  const { own_routes = [] } = edition.product
  if (!own_routes.includes('list'))
    app.get(
      `/${noun}`,
      { schema: { tags, summary: `List ${noun}`, querystring: ListQuery }, config: reading },
      (request, reply) => listAgreements(context, request, reply, flow.name),
    )
  if (!own_routes.includes('read'))
    app.get<{ Params: { id: string } }>(
      `/${noun}/:id`,
      { schema: { tags, summary: 'Read one' }, config: reading },
      (request, reply) => read(context, edition, request, reply, request.params.id),
    )
}

/** Beside the path of a transition by all, the one to take one's own word back. Operators have the general one. */
export function revokeRoute(
  app: FastifyInstance,
  context: Context,
  edition: FlowVersion,
  transition: CompiledTransition,
  path: string,
): void {
  const schema = {
    tags: [edition.flow.name],
    summary: `Take back your consent: ${transition.says}`,
    body: revoke_body,
    querystring: DryRunQuery,
  }
  app.post(`${path}/revoke`, { schema, config: { scope: 'agreements:write' } }, (request, reply) =>
    take(context, edition, transition, request, reply, 'revoke'),
  )
}

const revoke_body = Type.Optional(
  Type.Object({ reason: Type.Optional(Reason) }, { additionalProperties: false }),
)

/** A route from the flow: for what persons may take, unless the product brings its own. */
function hasRoute({ product, flow }: FlowVersion, transition: CompiledTransition): boolean {
  const { clock, by, creates, path, name } = transition
  if (clock !== null || by.every((who) => who === 'child')) return false
  if (creates && path.includes('{') && !namesAbove(flow)) return false
  return product.own_routes?.includes(name) !== true
}

/** `/projects/{project}/milestones`: what it is opened under stands in the path. */
function namesAbove({ under, creation }: CompiledFlow): boolean {
  return under !== null && creation.path.includes(`{${under.as}}`)
}

/** The general API: any flow, by name. */
export function agreementRoutes(app: FastifyInstance, context: Context): void {
  const tags = ['agreements']
  const reading = { scope: 'agreements:read' } as const
  const writing = { scope: 'agreements:write' } as const

  const named = Type.Object(
    { flow: Type.String({ maxLength: 60, description: 'Name of a flow, see /v1/flows' }) },
    { description: 'And the fields of that flow' },
  )
  const creating = { tags, summary: 'Create, under any flow', body: named, querystring: DryRunQuery }
  app.post('/v1/agreements', { schema: creating, config: writing }, (request, reply) => {
    const { flow, ...body } = request.body as { flow: string }
    const edition = context.registry.current.get(flow)
    if (edition === undefined)
      return reply.refuse(problem('invalid_request', { pointer: '/flow', reason: 'no such flow' }))
    // A route of its own asks for more than the flow does: the reference of a top-up, the scope.
    const { creation, under } = edition.flow
    if (!hasRoute(edition, creation))
      return reply.refuse(
        problem('invalid_request', { pointer: '/flow', reason: `created by POST ${creation.path}` }),
      )
    const complaint = validate(request, creationBodyOf(edition, under), body)
    return complaint === null ? create(context, edition, request, reply, body) : reply.refuse(complaint)
  })
  const taking = {
    tags,
    summary: 'Take a transition',
    body: Type.Optional(Type.Object({})),
    querystring: DryRunQuery,
  }
  app.post<{ Params: { id: string; transition: string } }>(
    '/v1/agreements/:id/transitions/:transition',
    { schema: taking, config: writing },
    (request, reply) => {
      const { id, transition: name } = request.params
      const edition = editionOf(context, id)
      const transition = edition?.flow.transitions.get(name)
      if (!edition || !transition || transition.creates || !hasRoute(edition, transition))
        return reply.refuse(noAgreement())
      const complaint = validate(request, transitionBodyOf(edition, transition), request.body ?? {})
      return complaint === null ? take(context, edition, transition, request, reply) : reply.refuse(complaint)
    },
  )
  const revoking = {
    tags,
    summary: 'Take back your consent to a transition that waits for others',
    body: revoke_body,
    querystring: DryRunQuery,
  }
  app.post<{ Params: { id: string; transition: string } }>(
    '/v1/agreements/:id/transitions/:transition/revoke',
    { schema: revoking, config: writing },
    (request, reply) => {
      const { id, transition: name } = request.params
      const edition = editionOf(context, id)
      const transition = edition?.flow.transitions.get(name)
      return edition && transition && !transition.creates
        ? take(context, edition, transition, request, reply, 'revoke')
        : reply.refuse(noAgreement())
    },
  )
  const query = Type.Object(
    { ...ListQuery.properties, flow: Type.Optional(Name) },
    { additionalProperties: false },
  )
  app.get(
    '/v1/agreements',
    { schema: { tags, summary: 'List', querystring: query }, config: reading },
    (request, reply) =>
      listAgreements(context, request, reply, (request.query as { flow?: string }).flow ?? null),
  )
  app.get<{ Params: { id: string } }>(
    '/v1/agreements/:id',
    { schema: { tags, summary: 'Read one' }, config: reading },
    (request, reply) => {
      const edition = editionOf(context, request.params.id)
      return edition === null
        ? reply.refuse(noAgreement())
        : read(context, edition, request, reply, request.params.id)
    },
  )
}

function editionOf(context: Context, id: string): FlowVersion | null {
  const prefix = id.slice(0, id.lastIndexOf('_'))
  return [...context.registry.current.values()].find(({ flow }) => flow.flow.id_prefix === prefix) ?? null
}

async function create(
  context: Context,
  edition: FlowVersion,
  request: FastifyRequest,
  reply: FastifyReply,
  body = request.body as Body,
): Promise<FastifyReply> {
  const { flow } = edition
  const opening = await openingOf(context, edition, request, body)
  if (isProblem(opening)) return reply.refuse(opening)
  const { creation, input } = opening
  return send(
    context,
    request,
    reply,
    askFor(context, request, request.caller, {
      flow: flow.name,
      agreement: null,
      creation,
      transition: flow.creation.name,
      input,
    }),
  )
}

function take(
  context: Context,
  edition: FlowVersion,
  transition: CompiledTransition,
  request: FastifyRequest,
  reply: FastifyReply,
  kind: Extract<Ask['kind'], 'transition' | 'revoke'> = 'transition',
): Promise<FastifyReply> | FastifyReply {
  const { flow } = edition
  const scope = scopeUnder(flow.name, request.caller.actor.kind)
  const lacking = scope === undefined ? null : needScope(request.caller, scope)
  if (lacking !== null) return reply.refuse(lacking)
  const id = readId(flow.flow.id_prefix, (request.params as { id: string }).id)
  if (id === null) return reply.refuse(noAgreement())
  const input = kind === 'revoke' ? {} : inputOf(edition, transition, (request.body ?? {}) as Body)
  const what = { flow: flow.name, agreement: id, creation: null, transition: transition.name, input }
  return send(context, request, reply, askFor(context, request, request.caller, what, kind))
}

function send(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  ask: ReturnType<typeof askFor>,
): Promise<FastifyReply> | FastifyReply {
  return isProblem(ask) ? reply.refuse(ask) : answerAsk(context, request, reply, ask)
}

async function read(
  context: Context,
  edition: FlowVersion,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: string,
): Promise<FastifyReply> {
  const id = readId(edition.flow.flow.id_prefix, shown)
  const found = id === null ? null : await findAgreement(context, request.caller, id, edition.flow.name)
  return found === null ? reply.refuse(noAgreement()) : sendJson(reply, 200, JSON.stringify(found))
}

export function noAgreement(): Problem {
  return problem('not_found', { what: 'agreement' })
}
