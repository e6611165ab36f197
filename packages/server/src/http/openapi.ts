/** HTTP: what the OpenAPI document says of every route beyond its own schema: a name, who may call it, how it refuses. */

import type { FastifySchema, RouteOptions } from 'fastify'

/** RFC 9457, as in problems.ts. */
const Problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'request_id'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', description: 'Stable; see docs/problems.md' },
    pointer: { type: 'string', description: 'The field at fault, as a JSON pointer' },
    request_id: { type: 'string' },
  },
}

interface Documented {
  readonly schema: FastifySchema
  readonly url: string
}

export function documented({
  schema,
  url,
  route,
}: {
  readonly schema: FastifySchema
  readonly url: string
  readonly route: RouteOptions
}): Documented {
  const open = route.config?.scope === undefined
  const refusal = { description: 'A problem', content: { 'application/problem+json': { schema: Problem } } }
  const extended = {
    ...schema,
    operationId: operationId([route.method].flat()[0] ?? 'GET', url),
    ...(open ? { security: [] } : {}),
    response: {
      '2xx': { description: 'Done', type: 'object', additionalProperties: true },
      '4xx': refusal,
      '5xx': refusal,
    },
  }
  return { schema: extended, url }
}

/** POST /orders/:id/confirm-delivery is post_orders_id_confirm_delivery. */
function operationId(method: string, url: string): string {
  return `${method.toLowerCase()}_${url.split(/\W+/).filter(Boolean).join('_')}`
}
