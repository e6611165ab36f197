/** HTTP: pages of lists: `limit`, `starting_after`, `has_more`. */

import type { FastifyRequest } from 'fastify'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { page_size_default, page_size_max } from './schemas.ts'

export interface Page {
  readonly limit: number
  readonly starting_after: string | null
}

export function pageOf(request: FastifyRequest): Page | Problem {
  const { limit: text, starting_after = null } = request.query as { limit?: string; starting_after?: string }
  const limit = text === undefined ? page_size_default : Number.parseInt(text, 10)
  if (limit < 1 || limit > page_size_max) {
    return problem('invalid_request', {
      in: 'querystring',
      pointer: '/limit',
      reason: `1 to ${page_size_max}`,
    })
  }
  return { limit, starting_after }
}
