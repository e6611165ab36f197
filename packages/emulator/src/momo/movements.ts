/** Emulator, MTN MoMo: requests to pay, transfers, deposits and refunds: taken with 202, and settled later. */

import { has, type Fault } from '../fault.ts'
import { find, putOnce } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import type { EmulatorContext } from '../context.ts'
import { answer, refusal, type Answer } from './answer.ts'
import { balanceOf, changeBalance, majorOf } from './balance.ts'
import { outcomeFaults, type Ask, type Endpoint } from './endpoint.ts'
import { endingOf, holderRefusal, refusesAtOnce, type Ending } from './numbers.ts'
import { readMovement, type WantedMovement } from './read-movement.ts'
import { environments, idOf, uuid_v4, type Movement, type Operation, type Product } from './resources.ts'

const products: Readonly<Record<Operation, Product>> = {
  requesttopay: 'collection',
  transfer: 'disbursement',
  deposit: 'disbursement',
  refund: 'disbursement',
}

export const movement_endpoints: readonly Endpoint[] = [
  ...operation('requesttopay', ['v1_0']),
  ...operation('transfer', ['v1_0']),
  ...operation('deposit', ['v1_0', 'v2_0']),
  ...operation('refund', ['v1_0', 'v2_0']),
  ...(['collection', 'disbursement'] as const).flatMap(account),
]

function operation(name: Operation, versions: readonly string[]): Endpoint[] {
  const product = products[name]
  const guarded = { product, is_guarded: true }
  return versions.flatMap((version): Endpoint[] => {
    const path = `/${product}/${version}/${name}`
    const create = (ask: Ask) => createMovement(ask, name)
    const get = (ask: Ask) => getMovement(ask, name)
    return [
      { method: 'POST', path, operation: `${name}.create`, ...guarded, act: create },
      // Deposits and refunds made in v2_0 are read in v1_0; reading in v2_0 is a kindness.
      { method: 'GET', path: `${path}/:reference`, operation: `${name}.get`, ...guarded, act: get },
    ]
  })
}

function account(product: Product): Endpoint[] {
  const guarded = { product, is_guarded: true }
  return [
    {
      method: 'GET',
      path: `/${product}/v1_0/account/balance`,
      operation: 'balance.get',
      ...guarded,
      act: async ({ act, header }) => {
        const { currency, digits } = environmentOf(header)
        const minor = await balanceOf(act, product, currency)
        return answer(200, { availableBalance: majorOf(minor, digits), currency })
      },
    },
    {
      method: 'GET',
      path: `/${product}/v1_0/accountholder/msisdn/:number/active`,
      operation: 'accountholder.active',
      ...guarded,
      act: async ({ params: { number = '' } }) => {
        const refused = holderRefusal(number)
        if (refused?.code != null) return refusal(refused.code, refused.status)
        return answer(200, { result: refused === null })
      },
    },
    {
      method: 'GET',
      path: `/${product}/v1_0/accountholder/msisdn/:number/basicuserinfo`,
      operation: 'accountholder.basicuserinfo',
      ...guarded,
      // Which fields there are is not confirmed.
      act: async ({ params: { number = '' } }) => {
        const refused = holderRefusal(number)
        if (refused?.code != null) return refusal(refused.code, refused.status)
        return answer(200, {
          given_name: 'Test',
          family_name: 'Holder',
          name: 'Test Holder',
          status: 'ACTIVE',
        })
      },
    },
  ]
}

async function createMovement(ask: Ask, operation: Operation): Promise<Answer> {
  const { act, world, header } = ask
  const reference = header('x-reference-id').toLowerCase()
  if (!uuid_v4.test(reference)) return answer(400)
  const known = await find<Movement>(act.tx, `momo_${operation}`, idOf(operation, reference))
  if (known !== undefined) return refusal('RESOURCE_ALREADY_EXIST')
  const wanted = await readMovement(ask, operation, environmentOf(header))
  if ('status' in wanted) return wanted
  const faults = [...act.faults, ...(await outcomeFaults(world, act, `${operation}.create`))]
  const ending = await endingFor(act, operation, wanted, faults)
  if (has(faults, 'sync_refusal') && ending.status === 'FAILED' && refusesAtOnce(wanted.number)) {
    return refusal(ending.reason ?? 'INTERNAL_PROCESSING_ERROR')
  }
  const { number: _, parent, minor, callback_url, ...told } = wanted
  const movement: Movement = {
    id: idOf(operation, reference),
    kind: `momo_${operation}`,
    parent,
    body: { ...told, status: 'PENDING' },
    hidden: { faults, operation, reference, callback_url, minor },
  }
  // Two at the same instant: the second waits for the first, and then is the one too many.
  if (!(await putOnce(act.tx, movement, act.now_ms))) return refusal('RESOURCE_ALREADY_EXIST')
  if (operation !== 'requesttopay' && !isShort(ending)) {
    await changeBalance(act, 'disbursement', wanted.currency, -minor)
  }
  await settleLater(world, act, movement, ending, faults)
  return answer(202)
}

async function endingFor(
  act: EmulatorTx,
  operation: Operation,
  { number, minor, currency }: WantedMovement,
  faults: readonly Fault[],
): Promise<Ending> {
  if (has(faults, 'ends_failed')) return { status: 'FAILED', reason: 'INTERNAL_PROCESSING_ERROR' }
  if (operation === 'requesttopay') return endingOf(number, 'payer')
  if ((await balanceOf(act, 'disbursement', currency)) < minor) return { status: 'FAILED', reason: short }
  return operation === 'refund' ? { status: 'SUCCESSFUL' } : endingOf(number, 'payee')
}

const short = 'NOT_ENOUGH_FUNDS'

/** It was never taken from the account, so it is not given back. */
function isShort(ending: Ending): boolean {
  return ending.status === 'FAILED' && ending.reason === short
}

async function settleLater(
  world: EmulatorContext,
  act: EmulatorTx,
  { id, kind }: Movement,
  ending: Ending,
  faults: readonly Fault[],
): Promise<void> {
  if (ending.status === 'PENDING' || has(faults, 'never_final')) return
  const later_ms = ending.status === 'SUCCESSFUL' ? ending.later_ms : undefined
  const facts = { id, kind, status: ending.status, reason: ending.status === 'FAILED' ? ending.reason : null }
  await world.due.later(act.tx, act.now_ms + (later_ms ?? world.settings.pending_ms), 'momo.settle', facts)
}

async function getMovement({ act, params: { reference = '' } }: Ask, operation: Operation): Promise<Answer> {
  if (!uuid_v4.test(reference)) return answer(400)
  const movement = await find<Movement>(act.tx, `momo_${operation}`, idOf(operation, reference.toLowerCase()))
  return movement === undefined ? refusal('RESOURCE_NOT_FOUND') : answer(200, movement.body)
}

function environmentOf(header: Ask['header']): { readonly currency: string; readonly digits: number } {
  const environment = environments[header('x-target-environment')]
  if (environment === undefined) throw new Error('the environment was looked at before')
  return environment
}
