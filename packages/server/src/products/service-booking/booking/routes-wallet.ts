/** The vendor's wallet: its routes: balances, transactions with filters, and both as a table to take along. */

import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { isParty } from '../../../access/caller.ts'
import { firstIdAt } from '@holdfast/kernel/ids.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import { sendJson } from '../../../http/ask-request.ts'
import type { Context, Routes } from '../../../http/context.ts'
import { pageOf } from '../../../http/page.ts'
import { CurrencyCode, Instant, PageQuery } from '../../../http/schemas.ts'
import { transactionOf } from '../../../wallets/routes.ts'
import { statementOf, type StatementRow, type Wanted } from '../../../ledger/statements.ts'
import { export_rows_max, exportOf } from './export.ts'
import { showWallet, vendorWallet } from './wallet.ts'

const strict = { additionalProperties: false }
const tags = ['vendor-wallet']
const config = { scope: 'wallets:read' } as const
const Currency = { currency: Type.Optional(CurrencyCode) }
const Filters = {
  ...Currency,
  from: Type.Optional(Instant),
  to: Type.Optional(Instant),
  code: Type.Optional(Type.String({ pattern: '^[A-Z][A-Z0-9_]{0,59}$', description: 'As its rows show it' })),
  side: Type.Optional(Type.Enum(['credit', 'debit', 'within'])),
}
const transaction_id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

interface Query {
  readonly currency?: string
  readonly from?: string
  readonly to?: string
  readonly code?: string
  readonly side?: StatementRow['side']
}
type Request = FastifyRequest<{ Params: { vendor_id?: string } }>

/** What is asked about: whose wallet, in which currency, and which rows of it, older than `before`. */
interface Asked {
  readonly vendor: string
  readonly currency: string
  readonly before: string | null
  readonly wanted: Wanted
}

/** Each as the caller's own, and by the vendor's id. */
export const vendorWalletRoutes: Routes = (app: FastifyInstance, context: Context) => {
  for (const wallet of ['/api/wallet', '/api/wallet/:vendor_id']) {
    const whose = wallet.endsWith('_id') ? "a vendor's" : "the caller's own"
    const schemaOf = (summary: string, query: Parameters<typeof Type.Object>[0]) => ({
      tags,
      summary: `${summary}, ${whose}`,
      querystring: Type.Object(query, strict),
    })
    app.get<{ Params: { vendor_id?: string } }>(
      wallet,
      { schema: schemaOf('Balances', Currency), config },
      async (request, reply) => {
        const vendor = vendorOf(request)
        if (typeof vendor !== 'string') return reply.refuse(vendor)
        const { currency = null } = request.query as Query
        const found = await vendorWallet(context.db, vendor, currency)
        return isProblem(found)
          ? reply.refuse(found)
          : sendJson(reply, 200, JSON.stringify(showWallet(found)))
      },
    )
    app.get<{ Params: { vendor_id?: string } }>(
      `${wallet}/transactions`,
      { schema: schemaOf('Transactions, newest first', { ...PageQuery, ...Filters }), config },
      (request, reply) => transactions(context, request, reply),
    )
    app.get<{ Params: { vendor_id?: string } }>(
      `${wallet}/export`,
      { schema: schemaOf('Transactions as CSV, newest first', Filters), config },
      (request, reply) => exporting(context, request, reply),
    )
  }
}

async function transactions(context: Context, request: Request, reply: FastifyReply): Promise<FastifyReply> {
  const page = pageOf(request)
  if (isProblem(page)) return reply.refuse(page)
  if (page.starting_after !== null && !transaction_id.test(page.starting_after))
    return reply.refuse(invalid('/starting_after', 'not the id of a transaction'))
  const asked = await askedOf(context, request)
  if (isProblem(asked)) return reply.refuse(asked)
  const { vendor, currency, wanted } = asked
  const before = earlier(asked.before, page.starting_after)
  const rows = await statementOf(context.db, vendor, [currency], before, page.limit + 1, wanted)
  const data = rows.slice(0, page.limit).map((row) => transactionOf(context, row))
  return sendJson(reply, 200, JSON.stringify({ data, has_more: rows.length > page.limit }))
}

async function exporting(context: Context, request: Request, reply: FastifyReply): Promise<FastifyReply> {
  const asked = await askedOf(context, request)
  if (isProblem(asked)) return reply.refuse(asked)
  const { vendor, currency, before, wanted } = asked
  const rows = exportOf(
    (last) => statementOf(context.db, vendor, [currency], last, export_rows_max, wanted),
    before,
    (row) => transactionOf(context, row),
  )
  const name = `wallet-${vendor.replaceAll(/[^\w.-]/g, '_')}-${currency}.csv`
  return reply
    .header('content-type', 'text/csv; charset=utf-8; header=present')
    .header('content-disposition', `attachment; filename="${name}"`)
    .header('x-content-type-options', 'nosniff')
    .send(Readable.from(rows))
}

async function askedOf(context: Context, request: Request): Promise<Asked | Problem> {
  const vendor = vendorOf(request)
  if (typeof vendor !== 'string') return vendor
  const { currency = null, from, to, code, side = null } = request.query as Query
  const found = await vendorWallet(context.db, vendor, currency)
  if (isProblem(found)) return found
  // Ids count up with time, so a time is a place in the index.
  const before = to === undefined ? null : idAt(to)
  const wanted = {
    from: from === undefined ? null : idAt(from),
    codes: code === undefined ? null : [code],
    side,
  }
  return { vendor, currency: found.currency, before, wanted }
}

/** Another's wallet does not exist for a party. */
function vendorOf({ params, caller }: Request): string | Problem {
  const self = caller.actor.party
  const { vendor_id = self } = params
  if (vendor_id === null)
    return problem('invalid_request', { reason: 'whose wallet? name a vendor: /api/wallet/{vendor_id}' })
  if (!isParty(vendor_id))
    return problem('invalid_request', {
      in: 'params',
      pointer: '/vendor_id',
      reason: 'not an id of a person',
    })
  return self === null || self === vendor_id ? vendor_id : problem('not_found', { what: 'wallet' })
}

/** There are no ids from before 1970. */
function idAt(instant: string): string {
  return firstIdAt(Math.max(0, Date.parse(instant)))
}

function earlier(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other
  return one < other ? one : other
}

function invalid(pointer: string, reason: string): Problem {
  return problem('invalid_request', { in: 'querystring', pointer, reason })
}
