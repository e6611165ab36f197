/** Emulator, MTN MoMo: API users and their keys, as the sandbox hands them out, and the tokens got with them. */

import { randomUUID } from 'node:crypto'
import { momo_api_key, momo_api_user, momo_callback_host } from '../keys.ts'
import { find, lock, put, putOnce, save } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import { answer, refusal, type Answer } from './answer.ts'
import type { Ask, Endpoint } from './endpoint.ts'
import { environments, uuid_v4, type ApiUser, type Product, type Token } from './resources.ts'

const open = { product: null, is_guarded: false } as const

export const provisioning_endpoints: readonly Endpoint[] = [
  { method: 'POST', path: '/v1_0/apiuser', operation: 'apiuser.create', ...open, act: create },
  {
    method: 'GET',
    path: '/v1_0/apiuser/:id',
    operation: 'apiuser.get',
    ...open,
    act: async ({ act, params: { id = '' } }) => {
      const user = await find<ApiUser>(act.tx, 'momo_user', id)
      return user === undefined ? refusal('RESOURCE_NOT_FOUND') : answer(200, user.body)
    },
  },
  { method: 'POST', path: '/v1_0/apiuser/:id/apikey', operation: 'apikey.create', ...open, act: createKey },
  ...(['collection', 'disbursement'] as const).flatMap((product) =>
    [`/${product}/token/`, `/${product}/token`].map((path): Endpoint => ({
      method: 'POST',
      path,
      operation: 'token.create',
      product,
      is_guarded: false,
      act: (ask) => createToken(ask, product),
    })),
  ),
]

/** One that is there from the start, so that a sandbox works without provisioning. */
export async function openApiUser(act: EmulatorTx): Promise<void> {
  const body = { providerCallbackHost: momo_callback_host, targetEnvironment: 'sandbox' as const }
  const user: ApiUser = {
    id: momo_api_user,
    kind: 'momo_user',
    parent: null,
    body,
    hidden: { api_key: momo_api_key },
  }
  await putOnce(act.tx, user, act.now_ms)
}

async function create({ act, body, header }: Ask): Promise<Answer> {
  const id = header('x-reference-id').toLowerCase()
  const host =
    typeof body === 'object' && body !== null && 'providerCallbackHost' in body
      ? body.providerCallbackHost
      : ''
  if (!uuid_v4.test(id) || typeof host !== 'string' || host === '') return answer(400)
  const user: ApiUser = {
    id,
    kind: 'momo_user',
    parent: null,
    body: { providerCallbackHost: host, targetEnvironment: 'sandbox' },
    hidden: { api_key: null },
  }
  return (await putOnce(act.tx, user, act.now_ms)) ? answer(201) : refusal('RESOURCE_ALREADY_EXIST')
}

/** A new key each time; the one before is void. */
async function createKey({ act, params: { id = '' } }: Ask): Promise<Answer> {
  const user = await lock<ApiUser>(act.tx, 'momo_user', id)
  if (user === undefined) return refusal('RESOURCE_NOT_FOUND')
  const api_key = randomUUID().replaceAll('-', '')
  await save(act.tx, { ...user, hidden: { api_key } })
  return answer(201, { apiKey: api_key })
}

const token_seconds = 3_600

async function createToken({ act, world, header }: Ask, product: Product): Promise<Answer> {
  if (world.settings.momo_strict && !Object.hasOwn(environments, header('x-target-environment')))
    return answer(400, { statusCode: 400, message: 'X-Target-Environment is missing or not known.' })
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header('authorization')) ?? []
  const [id = '', key = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  const user = await find<ApiUser>(act.tx, 'momo_user', id.toLowerCase())
  // The shape of this refusal is not documented.
  if (user === undefined || user.hidden.api_key === null || user.hidden.api_key !== key) {
    return answer(401, { error: 'login_failed' })
  }
  const token: Token = {
    id: `emulator.${randomUUID().replaceAll('-', '')}.${product}`,
    kind: 'momo_token',
    parent: user.id,
    body: { product, expires_ms: act.now_ms + token_seconds * 1_000 },
    hidden: {},
  }
  await put(act.tx, token, act.now_ms)
  return answer(200, { access_token: token.id, token_type: 'access_token', expires_in: token_seconds })
}
