/** HTTP: what is no ask and yet must not happen twice: done in one transaction with its answer under the caller's key. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { isUniqueViolation, type Database, type Tx } from '../platform/postgres/database.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { StoredAnswer } from '@holdfast/kernel/engine/ask.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { keyOf, sendJson } from './ask-request.ts'
import type { Context } from './context.ts'

export function idempotent(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  work: (tx: Tx) => Promise<object | Problem>,
): Promise<FastifyReply> {
  return onceOn(context.db, context, request, reply, status, work)
}

/**
 * For what may take long and works on connections of its own: its answer alone is written under the key, by a transaction
 * that waits meanwhile on a connection that no work needs.
 */
export function onceLong(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  work: () => Promise<object | Problem>,
): Promise<FastifyReply> {
  return onceOn(context.waiting, context, request, reply, status, work)
}

async function onceOn(
  db: Database,
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  work: (tx: Tx) => Promise<object | Problem>,
): Promise<FastifyReply> {
  const key = keyOf(request, request.caller)
  if (key !== null && isProblem(key)) return reply.refuse(key)
  try {
    const answer = await db.transaction(async (tx): Promise<StoredAnswer | Problem> => {
      const stored =
        key === null
          ? undefined
          : await tx.maybeOne<StoredAnswer>('select body_hash, status, body from answers where key = $1', [
              key.id,
            ])
      if (stored !== undefined) return stored
      const done = await work(tx)
      if (isProblem(done)) return done
      const fresh = { body_hash: '', status, body: JSON.stringify(done) }
      if (key !== null) {
        await tx.run('insert into answers (key, body_hash, status, body, at) values ($1, $2, $3, $4, $5)', [
          key.id,
          key.body_hash,
          status,
          fresh.body,
          instant(context.clock.now()),
        ])
      }
      return fresh
    })
    if (isProblem(answer)) return reply.refuse(answer)
    if (answer.body_hash === '') return sendJson(reply, answer.status, answer.body)
    if (answer.body_hash !== key?.body_hash) return reply.refuse(problem('idempotency_key_reused'))
    return sendJson(reply.header('Idempotent-Replayed', 'true'), answer.status, answer.body)
  } catch (error) {
    if (isUniqueViolation(error) === 'answers_pkey') return reply.refuse(problem('request_in_progress'))
    throw error
  }
}

/** The answer of before, where this is a repeat of an ask; null where it is none. */
export async function answered(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | null> {
  const stored = await storedAnswer(context, request)
  if (stored === null) return null
  if (isProblem(stored)) return reply.refuse(stored)
  return sendJson(reply.header('Idempotent-Replayed', 'true'), stored.status, stored.body)
}

/** The same, for those who have something to add. */
export async function storedAnswer(
  context: Context,
  request: FastifyRequest,
): Promise<StoredAnswer | Problem | null> {
  const key = keyOf(request, request.caller)
  if (key === null || isProblem(key)) return key
  const stored = await context.db.maybeOne<StoredAnswer>(
    'select body_hash, status, body from answers where key = $1',
    [key.id],
  )
  if (stored === undefined) return null
  return stored.body_hash === key.body_hash ? stored : problem('idempotency_key_reused')
}
