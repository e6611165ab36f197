/** Baseline C, a process of its own: an order's life as most teams write it, a Fastify handler that goes row by row. */
import { createHash } from 'node:crypto'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { Pool, type PoolClient } from 'pg'

const url = process.env['DATABASE_URL']
if (!url) throw new Error('textbook.ts needs DATABASE_URL')

interface Agreement {
  id: string
  state: string
  money: string
  amount: string
  fee_bps: number
  buyer_account: string
  seller_account: string
  held_account: string
}
interface Answer {
  status: number
  body: Record<string, unknown>
}
type Body = { buyer: string; seller: string; amount: number; currency: string }
type Step = (client: PoolClient, agreement: Agreement, party: string) => Promise<Answer>

const pool = new Pool({ connectionString: url, max: 16 })
const app = Fastify({ logger: false })
const revenue_account = '1'
const fee_bps = 500

app.post<{ Body: Body }>('/orders', (request, reply) =>
  once(request, reply, (client) => create(client, request.body)),
)
for (const [path, step] of [
  ['pay', pay],
  ['ship', ship],
  ['confirm-delivery', confirm],
] as [string, Step][]) {
  app.post<{ Params: { id: string } }>(`/orders/:id/${path}`, (request, reply) =>
    once(request, reply, async (client) => {
      const id = request.params.id.slice('ord_'.length)
      const agreement = await get<Agreement>(
        client,
        'lock_agreement',
        'select * from agreements where id = $1 for update',
        [id],
      )
      return step(client, agreement, String(request.headers['holdfast-party']))
    }),
  )
}
const address = await app.listen({ port: 0, host: '127.0.0.1' })
process.send?.({ address })
process.once('disconnect', () => process.exit())

/** The transaction around every request: a repeated key gets the stored answer. */
async function once(
  request: FastifyRequest,
  reply: FastifyReply,
  act: (client: PoolClient) => Promise<Answer>,
): Promise<unknown> {
  const key = String(request.headers['idempotency-key'])
  const hash = createHash('sha256').update(JSON.stringify(request.body)).digest('hex')
  const client = await pool.connect()
  try {
    await client.query('begin')
    const known = await find<{ request_hash: string; status: number; answer: unknown }>(
      client,
      'find_answer',
      'select request_hash, status, answer from idempotency where key = $1',
      [key],
    )
    if (known) {
      await client.query('commit')
      if (known.request_hash !== hash) return await reply.code(422).send({ code: 'idempotency_key_reused' })
      return await reply.code(known.status).send(known.answer)
    }
    const { status, body } = await act(client)
    if (status < 300) {
      await write(
        client,
        'keep_answer',
        'insert into idempotency (key, request_hash, status, answer) values ($1, $2, $3, $4)',
        [key, hash, status, JSON.stringify(body)],
      )
      await client.query('commit')
    } else await client.query('rollback')
    return await reply.code(status).send(body)
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

async function create(client: PoolClient, body: Body): Promise<Answer> {
  const { buyer, seller, amount, currency } = body
  const wallets = await many<{ id: string; owner: string }>(
    client,
    'find_wallets',
    `select id, owner from accounts where owner = any($1) and currency = $2 and purpose <> 'held'`,
    [[buyer, seller], currency],
  )
  const accountOf = (owner: string) => wallets.find((wallet) => wallet.owner === owner)?.id
  const agreement = await get<Agreement>(
    client,
    'insert_agreement',
    `insert into agreements (state, money, amount, currency, fee_bps, buyer_account, seller_account)
     values ('created', 'none', $1, $2, $3, $4, $5)
     returning *`,
    [amount, currency, fee_bps, accountOf(buyer), accountOf(seller)],
  )
  await write(
    client,
    'insert_parties',
    `insert into parties (agreement, role, party) values ($1, 'buyer', $2), ($1, 'seller', $3)`,
    [agreement.id, buyer, seller],
  )
  await write(
    client,
    'insert_timer',
    `insert into timers (agreement, transition, due_at) values ($1, 'expire', now() + interval '24 hours')`,
    [agreement.id],
  )
  return said(client, agreement, 'create', buyer, 201)
}

async function pay(client: PoolClient, agreement: Agreement, party: string): Promise<Answer> {
  if (agreement.state !== 'created') return wrongState(agreement)
  await actsAs(client, agreement, 'buyer', party)
  const held = await get<{ id: string }>(
    client,
    'insert_held',
    `insert into accounts (owner, purpose, currency) values ($1, 'held', 'PKR') returning id`,
    [party],
  )
  const balances = await lock(client, [agreement.buyer_account, held.id])
  if (balances.get(agreement.buyer_account)! < BigInt(agreement.amount)) {
    return { status: 409, body: { code: 'insufficient_funds' } }
  }
  await move(
    client,
    agreement,
    balances,
    agreement.buyer_account,
    held.id,
    BigInt(agreement.amount),
    'FREEZE',
  )
  Object.assign(agreement, { state: 'awaiting_shipment', money: 'held', held_account: held.id })
  await save(client, agreement)
  await restart(client, agreement, 'cancel_unshipped', '7 days')
  return said(client, agreement, 'pay', party, 200)
}

async function ship(client: PoolClient, agreement: Agreement, party: string): Promise<Answer> {
  if (agreement.state !== 'awaiting_shipment') return wrongState(agreement)
  await actsAs(client, agreement, 'seller', party)
  agreement.state = 'shipped'
  await save(client, agreement)
  await restart(client, agreement, 'deliver', '14 days')
  return said(client, agreement, 'ship', party, 200)
}

async function confirm(client: PoolClient, agreement: Agreement, party: string): Promise<Answer> {
  if (agreement.state !== 'shipped') return wrongState(agreement)
  await actsAs(client, agreement, 'buyer', party)
  const { held_account: held, seller_account: seller } = agreement
  const balances = await lock(client, [held, seller, revenue_account])
  const fee = (BigInt(agreement.amount) * BigInt(agreement.fee_bps)) / 10_000n
  await move(client, agreement, balances, held, seller, BigInt(agreement.amount) - fee, 'CREDIT')
  await move(client, agreement, balances, held, revenue_account, fee, 'FEE_DEDUCTION')
  Object.assign(agreement, { state: 'completed', money: 'released' })
  await save(client, agreement)
  await write(client, 'delete_timer', 'delete from timers where agreement = $1', [agreement.id])
  return said(client, agreement, 'confirm_delivery', party, 200)
}

async function actsAs(client: PoolClient, agreement: Agreement, role: string, party: string): Promise<void> {
  const acting = await get<{ party: string }>(
    client,
    'find_party',
    'select party from parties where agreement = $1 and role = $2',
    [agreement.id, role],
  )
  if (acting.party !== party) throw new Error(`${party} is not the ${role} of ${agreement.id}`)
}

async function lock(client: PoolClient, ids: string[]): Promise<Map<string, bigint>> {
  const rows = await many<{ id: string; balance: string }>(
    client,
    'lock_accounts',
    'select id, balance from accounts where id = any($1) order by id for update',
    [ids],
  )
  return new Map(rows.map((row) => [row.id, BigInt(row.balance)]))
}

async function move(
  client: PoolClient,
  agreement: Agreement,
  balances: Map<string, bigint>,
  debit: string,
  credit: string,
  amount: bigint,
  code: string,
): Promise<void> {
  balances.set(debit, balances.get(debit)! - amount)
  balances.set(credit, balances.get(credit)! + amount)
  await write(
    client,
    'insert_transfer',
    `insert into transfers (agreement, debit_account, credit_account, amount, code, debit_balance, credit_balance)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [agreement.id, debit, credit, amount, code, balances.get(debit), balances.get(credit)],
  )
  for (const account of [debit, credit]) {
    await write(client, 'update_account', 'update accounts set balance = $2 where id = $1', [
      account,
      balances.get(account),
    ])
  }
}

async function save(client: PoolClient, { id, state, money, held_account }: Agreement): Promise<void> {
  await write(
    client,
    'update_agreement',
    'update agreements set state = $2, money = $3, held_account = $4, updated_at = now() where id = $1',
    [id, state, money, held_account],
  )
}

async function restart(
  client: PoolClient,
  { id }: Agreement,
  transition: string,
  after: string,
): Promise<void> {
  await write(
    client,
    'update_timer',
    'update timers set transition = $2, due_at = now() + $3::interval where agreement = $1',
    [id, transition, after],
  )
}

async function said(
  client: PoolClient,
  agreement: Agreement,
  transition: string,
  party: string,
  status: number,
): Promise<Answer> {
  const { id, state, money, amount } = agreement
  const body = { id: `ord_${id}`, state, money, amount: Number(amount), currency: 'PKR' }
  await write(
    client,
    'insert_event',
    'insert into events (agreement, transition, party, body) values ($1, $2, $3, $4)',
    [id, transition, party, JSON.stringify(body)],
  )
  return { status, body }
}

function wrongState({ state }: Agreement): Answer {
  return { status: 409, body: { code: 'wrong_state', state } }
}

/** Every statement has a name, so PostgreSQL parses and plans it once per connection: the fastest that `pg` can do. */
async function many<Row extends object>(
  client: PoolClient,
  name: string,
  text: string,
  values: unknown[],
): Promise<Row[]> {
  const found = await client.query<Row>({ name, text, values })
  return found.rows
}
async function find<Row extends object>(
  client: PoolClient,
  name: string,
  text: string,
  values: unknown[],
): Promise<Row | undefined> {
  return (await many<Row>(client, name, text, values))[0]
}
async function get<Row extends object>(
  client: PoolClient,
  name: string,
  text: string,
  values: unknown[],
): Promise<Row> {
  const row = await find<Row>(client, name, text, values)
  if (!row) throw new Error(`${name} found no row`)
  return row
}
async function write(client: PoolClient, name: string, text: string, values: unknown[]): Promise<void> {
  await client.query({ name, text, values })
}
