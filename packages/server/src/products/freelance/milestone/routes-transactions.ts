/** Freelance milestone: what its escrow moved, in the rows of the document: a hold takes from a wallet, all else gives to one. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { readId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { isProblem, problem } from '@holdfast/kernel/problem.ts'
import { noAgreement } from '../../../http/agreements.ts'
import { sendJson } from '../../../http/ask-request.ts'
import type { Context } from '../../../http/context.ts'
import { pageOf } from '../../../http/page.ts'
import { findAgreement } from '../../../http/agreement-view.ts'
import { holding_purposes } from '@holdfast/kernel/ledger/account.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import type { Flow, Purpose } from '@holdfast/kernel/flow/define.ts'
import { escrowId } from './escrow.ts'
import { freelanceMilestone } from './flow.ts'

interface Row {
  readonly id: string
  readonly owner: string
  readonly purpose: Purpose
  readonly amount: bigint
  readonly currency: string
  readonly code: string
  readonly at: Date
}

/** As the document lists them: of one release first the developer, whose share is divided last, then the others. */
const transactions_sql = `
  with moved as (
    select t.id, t.version, t.amount, t.currency, t.credit_code as code, t.at, c.owner, c.purpose,
      c.owner is distinct from $2 as others
    from transfers t
    join accounts c on c.id = t.credit_account
    where t.agreement_id = $1
  )
  select id, amount, currency, code, at, owner, purpose
  from moved
  where $3::uuid is null
  or (version, others, id) > (select version, others, id from moved where id = $3)
  order by version, others, id
  limit $4`

export async function listTransactions(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: string,
): Promise<FastifyReply> {
  const page = pageOf(request)
  if (isProblem(page)) return reply.refuse(page)
  const { name, id_prefix } = freelanceMilestone
  const id = readId(id_prefix, shown)
  const found = id === null ? null : await findAgreement(context, request.caller, id, name)
  if (id === null || found === null) return reply.refuse(noAgreement())
  const after = page.starting_after
  if (after !== null && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(after))
    return reply.refuse(
      problem('invalid_request', {
        in: 'querystring',
        pointer: '/starting_after',
        reason: 'not the id of a transaction',
      }),
    )
  const wanted = [id, found['developer'], after, page.limit + 1]
  const rows = await context.db.any<Row>(transactions_sql, wanted)
  const data = rows.slice(0, page.limit).map((row) => transactionOf(row, id))
  return sendJson(reply, 200, JSON.stringify({ data, has_more: rows.length > page.limit }))
}

function transactionOf({ id, owner, purpose, amount, currency, code, at }: Row, milestone: string): object {
  const { codes }: Flow = freelanceMilestone
  return {
    id,
    type: codes[code]?.[0] ?? code,
    wallet_id: `${owner}/${currency}`,
    amount: toJson(holding_purposes.has(purpose) ? -amount : amount),
    currency,
    reference_type: 'Escrow',
    reference_id: escrowId(milestone),
    at: instant(at.getTime()),
  }
}
