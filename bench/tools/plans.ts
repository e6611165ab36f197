/** What the load consists of: each plan gives every connection a script of requests, one after the answer of the other. */
import { eventsOf, tellOf, type Told } from './events.ts'
import { lifeOf } from './lives.ts'
import { type Ask, type Callers, type Script, type Writer, writer } from './script.ts'

export interface Order {
  id: string
  buyer: number
}

/** Plain data, because it crosses to the generator's process. `requests` ends a plan early. */
export type Plan = Callers &
  (
    | { kind: 'top_up'; amount: number }
    | { kind: 'create'; requests?: number }
    | { kind: 'pay'; orders: Order[] }
    | { kind: 'life' }
    /** A product's own file of this folder, by the name of its flow. */
    | { kind: 'prepare' | 'live'; life: string }
    /** Events of PayMongo about so many payments, each event another. */
    | { kind: 'events'; secret: string; payments: number }
    /** One event of PayMongo about each of these. */
    | { kind: 'tell'; secret: string; told: Told[] }
    /** So many top-ups through a provider, each of another party. */
    | { kind: 'checkouts'; count: number }
  )

const currency = 'PKR'
const price = 500

/** `made` collects the orders that were created, for the plan that pays them. */
export function scripts(plan: Plan, host: string, made: Order[]): () => Script {
  let keys = 0
  let next_party = 0
  let left = plan.kind === 'create' ? (plan.requests ?? Infinity) : Infinity

  const head = (bearer: string) =>
    `HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${bearer}\r\ncontent-type: application/json\r\n`
  const service = head(plan.service_key)
  const operator = head(plan.operator_key)
  const key = (): string => `${plan.run}-${(keys += 1).toString(36).padStart(8, '0')}`
  const somebody = (): number => 1 + Math.floor(Math.random() * plan.parties)
  const after = (party: number): number => (party % plan.parties) + 1

  const create = (buyer: number, seller: number): Ask => {
    const body = `{"buyer":"usr_${buyer}","seller":"usr_${seller}","amount":${price},"currency":"${currency}"}`
    return { text: ask('/orders', service, key(), body), expect: 201, says: 'create' }
  }
  const act = (id: string, verb: string, party: number): Ask => ({
    text: ask(`/orders/${id}/${verb}`, service, key(), '{}', `holdfast-party: usr_${party}\r\n`),
    expect: 200,
    says: verb,
  })

  if (plan.kind === 'events') return () => eventsOf(plan, host)
  // One script for all connections together: each takes the next of its lines.
  if (plan.kind === 'tell') {
    const shared = tellOf(plan, host)
    return () => shared
  }
  if (plan.kind === 'checkouts') {
    const shared = checkouts(plan.count, writer(plan, host))
    return () => shared
  }
  if (plan.kind === 'prepare' || plan.kind === 'live') {
    const life = lifeOf(plan.life)
    const write = writer(plan, host)
    if (plan.kind === 'live') return () => life.live(write)
    // One script for all connections together: each takes the next of its lines.
    const shared = life.prepare?.(write, plan.parties) ?? life.live(write)
    return () => shared
  }
  return () => {
    if (plan.kind === 'top_up') return topUp(plan.amount)
    if (plan.kind === 'pay') return pay(plan.orders)
    return plan.kind === 'create' ? open() : life()
  }

  function* topUp(amount: number): Script {
    while (next_party < plan.parties) {
      const unique = key()
      const path = `/v1/wallets/usr_${(next_party += 1)}/${currency}/top-ups`
      const body = `{"amount":${amount},"reference":"${unique}","reason":"bench"}`
      yield { text: ask(path, operator, unique, body), expect: 201, says: 'top up' }
    }
  }

  function* open(): Script {
    while ((left -= 1) >= 0) {
      const buyer = somebody()
      made.push({ id: idIn(yield create(buyer, after(buyer))), buyer })
    }
  }

  function* pay(orders: Order[]): Script {
    for (let order = orders.pop(); order; order = orders.pop()) yield act(order.id, 'pay', order.buyer)
  }

  function* life(): Script {
    for (;;) {
      const buyer = somebody()
      const id = idIn(yield create(buyer, after(buyer)))
      yield act(id, 'pay', buyer)
      yield act(id, 'ship', after(buyer))
      yield act(id, 'confirm-delivery', buyer)
    }
  }
}

function* checkouts(count: number, write: Writer): Script {
  for (let n = 1; n <= count; n += 1) {
    const party = `usr_${n}`
    yield write.service(`/v1/wallets/${party}/PHP/top-ups`, { amount: 150_000, method: 'gcash' }, 201, party)
  }
}

function ask(path: string, head: string, key: string, body: string, party = ''): string {
  return `POST ${path} ${head}idempotency-key: ${key}\r\n${party}content-length: ${body.length}\r\n\r\n${body}`
}

function idIn(answer: string): string {
  const at = answer.indexOf('"id":"ord_')
  return answer.slice(at + 6, answer.indexOf('"', at + 6))
}
