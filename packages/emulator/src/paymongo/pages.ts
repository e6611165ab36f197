/** Emulator, PayMongo: the hosted pages that a person opens and clicks. Plain forms, answered by a redirect. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { find } from '../store.ts'
import type { EmulatorContext } from '../context.ts'
import { authorize, type Word } from './authorize.ts'
import { authorizePage, checkoutPage, closedPage } from './checkout-page.ts'
import { page_headers } from './page.ts'
import { findSession, paySession } from './pay-session.ts'
import { isRefusal } from './refusal.ts'
import type { Authorization, Intent, Method } from './resources.ts'
import { paidOf } from './settle-payment.ts'

const words: readonly Word[] = ['authorize', 'fail', 'expire']

export function servePages(app: FastifyInstance, world: EmulatorContext): void {
  app.get('/checkout/:key', (request, reply) => showCheckout(world, request, reply))
  app.post('/checkout/:key/pay', (request, reply) => pay(world, request, reply))
  app.get('/authorize', (request, reply) => showAuthorize(world, request, reply))
  app.post('/authorize', (request, reply) => sayWord(world, request, reply))
}

async function showCheckout(
  world: EmulatorContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { key = '' } = request.params as { key?: string }
  const { error = null } = request.query as { error?: string }
  const session = await findSession(world.db, key)
  if (session === undefined)
    return send(reply, 404, closedPage('Checkout', 'There is no such checkout.', null))
  const { intent } = session.hidden
  const act = { tx: world.db, now_ms: world.clock.now(), faults: [] }
  const paid = intent === null ? undefined : await paidOf(act, intent)
  if (paid !== undefined) {
    return send(
      reply,
      200,
      closedPage('Paid', 'This checkout has been paid. Thank you.', session.body.success_url),
    )
  }
  if (session.body.status === 'expired') {
    return send(reply, 410, closedPage('Expired', 'This checkout has expired.', session.body.cancel_url))
  }
  return send(reply, 200, checkoutPage(session, error === null ? null : error.slice(0, 200)))
}

async function pay(
  world: EmulatorContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { key = '' } = request.params as { key?: string }
  const form = formOf(request)
  const paid = await world.db.transaction((tx) =>
    paySession(world, { tx, now_ms: world.clock.now(), faults: [] }, key, form),
  )
  world.due.nudge()
  if (isRefusal(paid)) {
    const sentence = paid.errors[0]?.detail ?? 'That did not work.'
    return redirect(
      reply,
      `/paymongo/checkout/${encodeURIComponent(key)}?error=${encodeURIComponent(sentence)}`,
    )
  }
  return redirect(reply, paid.go_to ?? `/paymongo/checkout/${encodeURIComponent(key)}`)
}

async function showAuthorize(
  world: EmulatorContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { id = '' } = request.query as { id?: string }
  const authorization = await find<Authorization>(world.db, 'authorization', id)
  const intent = await find<Intent>(world.db, 'payment_intent', authorization?.parent ?? '')
  const method = await find<Method>(world.db, 'payment_method', authorization?.body.method ?? '')
  if (authorization === undefined || intent === undefined || method === undefined) {
    return send(reply, 404, closedPage('Confirm', 'There is nothing to confirm here.', null))
  }
  if (authorization.body.status !== 'pending') {
    const sentence = `This payment is ${authorization.body.status} already.`
    return send(reply, 200, closedPage('Confirm', sentence, authorization.body.return_url))
  }
  return send(reply, 200, authorizePage(authorization, intent, method))
}

async function sayWord(
  world: EmulatorContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const form = formOf(request)
  const word = words.find((known) => known === form.get('outcome'))
  if (word === undefined) return send(reply, 400, closedPage('Confirm', 'Say what should happen.', null))
  const said = await world.db.transaction((tx) =>
    authorize(world, { tx, now_ms: world.clock.now(), faults: [] }, form.get('id') ?? '', word),
  )
  world.due.nudge()
  if (said === null) return send(reply, 404, closedPage('Confirm', 'There is nothing to confirm here.', null))
  const { session, intent, failure, return_url } = said
  if (session !== null) {
    const page = `/paymongo/checkout/${encodeURIComponent(session.body.client_key)}`
    if (failure !== null) return redirect(reply, `${page}?error=${encodeURIComponent(failure.message)}`)
    return redirect(reply, session.body.success_url ?? page)
  }
  if (return_url === null) return send(reply, 200, closedPage('Done', 'You can close this page.', null))
  // That the id is appended is what clients say; nobody should take the redirect for a proof.
  const target = new URL(return_url)
  target.searchParams.set('payment_intent_id', intent.id)
  return redirect(reply, target.href)
}

function formOf(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams(typeof request.body === 'string' ? request.body : '')
}

function send(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).headers(page_headers).send(text)
}

function redirect(reply: FastifyReply, to: string): FastifyReply {
  return reply.code(303).header('location', to).send()
}
