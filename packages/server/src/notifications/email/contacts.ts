/** HTTP: contacts: the address to which a person is told by e-mail. Its own, or set by the marketplace or an operator. */

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { isParty } from '../../access/caller.ts'
import type { Tx } from '../../platform/postgres/database.ts'
import { email_length_max, isEmailAddress } from '../../platform/email-address.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { mailAddressChange } from './projection.ts'
import { sendJson } from '../../http/ask-request.ts'
import type { Context } from '../../http/context.ts'
import { idempotent } from '../../http/idempotent.ts'

const Body = Type.Object(
  { email: Type.String({ minLength: 3, maxLength: email_length_max }) },
  { additionalProperties: false },
)
const path = '/v1/contacts/:party'
const columns = 'party, email, updated_at'

interface Named {
  readonly party: string
}

interface Row {
  readonly party: string
  readonly email: string
  readonly updated_at: Date
}

export function contactRoutes(app: FastifyInstance, context: Context): void {
  const tags = ['contacts']
  const writing = { scope: 'agreements:write' } as const
  app.put<{ Params: Named }>(
    path,
    { schema: { tags, summary: 'Where a person is told by e-mail', body: Body }, config: writing },
    (request, reply) => {
      const { email } = request.body as { email: string }
      const refusal = cannotTouch(request, request.params) ?? wrongEmail(email)
      if (refusal !== null) return reply.refuse(refusal)
      const { party } = request.params
      return idempotent(context, request, reply, 200, async (tx) => {
        await tellOld(context, tx, party, email)
        const row = await tx.one<Row>(
          `insert into contacts (party, email, updated_at)
           values ($1, $2, $3)
           on conflict (party) do update
           set email = excluded.email, updated_at = excluded.updated_at
           returning ${columns}`,
          [party, email, instant(context.clock.now())],
        )
        return show(row)
      })
    },
  )
  app.get<{ Params: Named }>(
    path,
    { schema: { tags, summary: "A person's address of e-mail" }, config: { scope: 'agreements:read' } },
    async (request, reply) => {
      const refusal = cannotTouch(request, request.params)
      if (refusal !== null) return reply.refuse(refusal)
      const row = await context.db.maybeOne<Row>(`select ${columns} from contacts where party = $1`, [
        request.params.party,
      ])
      return row === undefined ? reply.refuse(none()) : sendJson(reply, 200, JSON.stringify(show(row)))
    },
  )
  app.delete<{ Params: Named }>(
    path,
    { schema: { tags, summary: 'No more e-mail to this person' }, config: writing },
    (request, reply) => {
      const refusal = cannotTouch(request, request.params)
      if (refusal !== null) return reply.refuse(refusal)
      const { party } = request.params
      return idempotent(context, request, reply, 200, async (tx) => {
        await tellOld(context, tx, party, null)
        const gone = await tx.run('delete from contacts where party = $1', [party])
        return { party, removed: gone > 0 }
      })
    },
  )
}

/** The address that it is not any more. Locks the contact: of two changes at once the second tells the first one's. */
async function tellOld(
  { config, clock }: Context,
  tx: Tx,
  party: string,
  email: string | null,
): Promise<void> {
  const old = await tx.maybeOne<{ email: string }>('select email from contacts where party = $1 for update', [
    party,
  ])
  if (config.mail === null || old === undefined || old.email === email) return
  const { time_zone } = config
  await mailAddressChange(tx, { party, address: old.email, time_zone, now_ms: clock.now() })
}

function cannotTouch({ caller }: FastifyRequest, { party }: Named): Problem | null {
  if (!isParty(party))
    return problem('invalid_request', { in: 'params', pointer: '/party', reason: 'not an id of a person' })
  const self = caller.actor.party
  return self === null || self === party ? null : none()
}

function wrongEmail(email: string): Problem | null {
  if (isEmailAddress(email)) return null
  return problem('invalid_request', {
    pointer: '/email',
    reason: 'not an address of e-mail such as ana@example.com, in ASCII, without a name beside it',
  })
}

function none(): Problem {
  return problem('not_found', { what: 'contact' })
}

function show({ party, email, updated_at }: Row): object {
  return { party, email, updated_at: instant(updated_at.getTime()) }
}
