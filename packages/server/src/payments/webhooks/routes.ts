/** HTTP: where the events of payment providers come in. Their signature is their key; the inbox keeps them, and nothing moves. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DatabaseUnavailable } from '../../platform/postgres/database.ts'
import { problem, type ProblemCode } from '@holdfast/kernel/problem.ts'
import { realClock } from '../../platform/clock.ts'
import { isLoopback } from '../../platform/config/provider-settings.ts'
import type { ReceivedOutcome } from './receiver.ts'
import { verifyEvent } from './verify.ts'
import type { Incoming } from '../providers/port.ts'
import { sendJson } from '../../http/ask-request.ts'
import type { Context } from '../../http/context.ts'

export const event_bytes_max = 256 * 1024

const address = '/v1/providers/:provider/events'

interface Named {
  readonly provider: string
  /** What a provider was given to put behind the address; absent where nothing is there. */
  readonly '*'?: string
}

export function providerEventRoutes(rooms: FastifyInstance, context: Context): void {
  // A room of its own: nowhere else is any body taken, and as bytes, since signatures are over bytes.
  void rooms.register(async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    const listen = (method: 'POST' | 'PUT', url: string) =>
      app.route<{ Params: Named }>({
        method,
        url,
        bodyLimit: event_bytes_max,
        // Not for those who call this API, and its addresses may have a secret in them.
        schema: { hide: true },
        handler: (request, reply) => receive(context, request, reply, request.params),
      })
    // MTN sends its callbacks by either method, and with words of ours behind the address.
    for (const method of ['POST', 'PUT'] as const)
      for (const url of [address, `${address}/*`]) listen(method, url)
  })
}

async function receive(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { provider: name, '*': path = '' }: Named,
): Promise<FastifyReply> {
  const { providers, webhooks: inbox } = context.payments
  const provider = providers.get(name)
  if (provider === undefined) return reply.refuse(problem('not_found', { what: 'provider' }))
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const incoming: Incoming = { body, headers: request.headers, path }
  try {
    const verified = verifyEvent(provider, incoming, timeFor(context, name))
    if ('refused' in verified) {
      inbox.count(name, verified.refused)
      return reply.refuse(problem(refusals[verified.refused], { provider: name }))
    }
    const outcome = await inbox.receive(name, verified, incoming)
    if (outcome === 'overloaded') return reply.refuse(problem('overloaded'))
    return sendJson(reply, 200, '{"received":true}')
  } catch (error) {
    if (error instanceof DatabaseUnavailable) throw error
    // Told here, where the address is left out: what is behind it may be a secret.
    context.log.error({ err: error, request_id: request.id, provider: name }, 'an event could not be kept')
    return reply.refuse(problem('internal_error'))
  }
}

const refusals = {
  forged: 'event_forged',
  stale: 'event_stale',
  malformed: 'invalid_request',
} as const satisfies Partial<Record<ReceivedOutcome, ProblemCode>>

/**
 * The clock that the provider lives by: an emulated one follows the sandbox clock, a real one does not, wherever
 * the clock of the sandbox that it writes to may stand.
 */
function timeFor({ config, clock }: Context, name: string): number {
  const url = name === 'paymongo' || name === 'momo' ? config[name]?.url : undefined
  return url === undefined || isLoopback(url) ? clock.now() : realClock.now()
}
