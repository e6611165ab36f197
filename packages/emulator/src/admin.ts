/** Emulator: what providers do not offer, under /__emulator: faults, the books, the hand that settles what is pending. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { all, lock } from './store.ts'
import { books } from './books.ts'
import { fault_names, readFault } from './fault.ts'
import type { NewFaultRule } from './faults.ts'
import * as keys from './keys.ts'
import { settleByHand } from './settle-by-hand.ts'
import { payByHand } from './pay-by-hand.ts'
import { openBooks } from './open-books.ts'
import { returnTransfer, type Return } from './paymongo/settle-transfer.ts'
import type { Event, Transfer, Webhook } from './paymongo/resources.ts'
import { changeWallet, lockWallet } from './paymongo/wallet.ts'
import { clearSchema } from './schema.ts'
import type { EmulatorTx } from './emulator-tx.ts'
import type { EmulatorContext } from './context.ts'

type Body = Readonly<Record<string, unknown>>

/** A refusal of ours, in words: nobody but a test or a developer asks here. */
export interface No {
  readonly error: string
}

export function serveAdmin(app: FastifyInstance, world: EmulatorContext): void {
  app.get('', async () => ({
    paymongo: { url: `${world.address()}/paymongo`, ...keysOf('paymongo') },
    momo: { url: `${world.address()}/momo`, ...keysOf('momo') },
    now_ms: world.clock.now(),
    next_due_ms: await world.due.nextDue(),
    faults: fault_names,
  }))
  app.get('/books', () => books(world.db))
  app.get('/deliveries', () => deliveries(world))
  app.get('/events', async () => ({ data: await all<Event>(world.db, 'event') }))
  app.get('/faults', async () => ({ data: world.faults.list() }))
  app.post('/faults', (request, reply) => addFault(world, request, reply))
  app.delete('/faults', async () => (await world.faults.clear(), { data: [] }))
  app.post('/advance', (request, reply) => advance(world, request, reply))
  app.post('/reset', async () => {
    await clearSchema(world.db)
    await world.faults.load()
    await openBooks(world)
    return { data: 'begun anew' }
  })
  app.post(
    '/paymongo/pay',
    act(world, (one, body) => payByHand(world, one, body)),
  )
  app.post('/paymongo/wallet', act(world, setWallet))
  app.post('/momo/strict', (request, reply) => {
    world.settings.momo_strict = bodyOf(request)['strict'] !== false
    return reply.send({ strict: world.settings.momo_strict })
  })
  app.post(
    '/paymongo/events/:id/replay',
    act(world, (one, _, id) => replay(world, one, id)),
  )
  app.post(
    '/paymongo/transfers/:id/return',
    act(world, (one, body, id) => sendBack(world, one, body, id)),
  )
  app.post('/:provider/:kind/:id/settle', (request, reply) => {
    const { kind = '' } = request.params as { kind?: string }
    return act(world, (one, body, id) => settleByHand(world, one, kind, id, body))(request, reply)
  })
}

function keysOf(provider: 'paymongo' | 'momo'): object {
  if (provider === 'paymongo') {
    return {
      secret_key: keys.paymongo_secret_key,
      public_key: keys.paymongo_public_key,
      wallet: keys.wallet_id,
    }
  }
  return {
    subscription_keys: keys.momo_subscription_keys,
    api_user: keys.momo_api_user,
    api_key: keys.momo_api_key,
    callback_host: keys.momo_callback_host,
  }
}

/** One transaction; what it brings about is told at once. */
function act(
  world: EmulatorContext,
  does: (act: EmulatorTx, body: Body, id: string) => Promise<object | No>,
) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { id = '' } = request.params as { id?: string }
    const done = await world.db.transaction((tx) =>
      does({ tx, now_ms: world.clock.now(), faults: [] }, bodyOf(request), id),
    )
    world.due.nudge()
    return reply.code('error' in done ? 400 : 200).send(done)
  }
}

async function deliveries({ db }: EmulatorContext): Promise<object> {
  const data = await db.any(
    `select provider, event, type, url, attempt, at_ms::float8 as at_ms, outcome, status
     from emulator.deliveries
     order by id`,
  )
  return { data }
}

async function addFault(
  world: EmulatorContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { provider, operation = null, fault, times = null, probability = 1, seed = '1' } = bodyOf(request)
  const rule = { provider, operation, fault, times, probability, seed: String(seed) }
  if (!isRule(rule)) {
    const error = `{ provider: paymongo or momo, fault: one of ${fault_names.join(', ')}, operation?, times?, probability?, seed? }`
    return reply.code(400).send({ error })
  }
  return reply.send({ data: await world.faults.add(rule) })
}

function isRule(rule: Readonly<Record<keyof NewFaultRule, unknown>>): rule is NewFaultRule {
  const { provider, operation, fault, times, probability } = rule
  return (
    (provider === 'paymongo' || provider === 'momo') &&
    (operation === null || typeof operation === 'string') &&
    typeof fault === 'string' &&
    readFault(fault) !== null &&
    (times === null || (Number.isInteger(times) && (times as number) > 0)) &&
    typeof probability === 'number' &&
    probability >= 0 &&
    probability <= 1
  )
}

/** What falls due until then happens in order, before the clock has arrived there. */
async function advance(
  world: EmulatorContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  await world.clock.refresh?.()
  const { to_ms = world.clock.now() } = bodyOf(request)
  if (typeof to_ms !== 'number') return reply.code(400).send({ error: '{ to_ms?: milliseconds of UTC }' })
  const fired = await world.due.fireDue(to_ms)
  return reply.send({ fired, next_due_ms: await world.due.nextDue() })
}

async function setWallet(one: EmulatorTx, { available }: Body): Promise<object | No> {
  if (!Number.isSafeInteger(available)) return { error: '{ available: centavos }' }
  const { body } = await lockWallet(one)
  await changeWallet(one, { available: (available as number) - body.available })
  return { data: (await lockWallet(one)).body }
}

/** To every webhook that would be told of it now, with a signature of now. */
async function replay(world: EmulatorContext, one: EmulatorTx, id: string): Promise<object | No> {
  const event = await lock<Event>(one.tx, 'event', id)
  if (event === undefined) return { error: `no event ${id}` }
  const webhooks = (await all<Webhook>(one.tx, 'webhook')).filter(({ body }) =>
    body.events.includes(event.body.type),
  )
  for (const webhook of webhooks) {
    await world.due.later(one.tx, one.now_ms, 'paymongo.deliver', {
      webhook: webhook.id,
      event: id,
      attempt: 0,
    })
  }
  return { data: { webhooks: webhooks.map((webhook) => webhook.id) } }
}

const returns: readonly Return[] = ['inward', 'failed', 'status']

async function sendBack(
  world: EmulatorContext,
  one: EmulatorTx,
  { how = 'inward' }: Body,
  id: string,
): Promise<object | No> {
  const known = returns.find((way) => way === how)
  if (known === undefined) return { error: `{ how?: ${returns.join(', ')} }` }
  const transfer = await lock<Transfer>(one.tx, 'transfer', id)
  if (transfer === undefined) return { error: `no transfer ${id}` }
  if (transfer.body.status !== 'succeeded' || transfer.hidden.returned || transfer.hidden.returns !== null) {
    return { error: 'only what has arrived comes back, and only once' }
  }
  return { data: await returnTransfer(world, one, transfer, known) }
}

function bodyOf(request: FastifyRequest): Body {
  const text = typeof request.body === 'string' && request.body !== '' ? request.body : '{}'
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Body) : {}
  } catch {
    return {}
  }
}
