/** Emulator, PayMongo: the banks and wallets that a transfer can go to. */

import { paymongo_bic } from '../keys.ts'
import type { Ask, Endpoint } from './endpoint.ts'
import { complaint, refuse, type Refusal } from './refusal.ts'
import { transfer_providers, type TransferProvider } from './resources.ts'

export const institutions: ReadonlyMap<string, string> = new Map([
  [paymongo_bic, 'PAYMONGO PAYMENTS, INC.'],
  ['BNORPHMMXXX', 'BDO Unibank, Inc.'],
  ['BOPIPHMMXXX', 'Bank of the Philippine Islands'],
  ['GXCHPHM2XXX', 'G-Xchange (GCash)'],
  ['MBTCPHMMXXX', 'Metropolitan Bank and Trust Company'],
  ['TLBPPHMMXXX', 'Land Bank of the Philippines'],
  ['UBPHPHMMXXX', 'Union Bank of the Philippines'],
])

export const institution_endpoints: readonly Endpoint[] = [
  '/v2/transfers/receiving_institutions',
  '/v1/wallets/receiving_institutions',
].map((path): Endpoint => ({
  method: 'GET',
  path,
  operation: 'receiving_institutions.list',
  act: list,
}))

function list({ query }: Ask): Promise<object | Refusal> {
  const provider = transfer_providers.find((known) => known === query['provider'])
  if (provider === undefined) {
    const sentence = `provider should be one of ${transfer_providers.join(', ')}.`
    return Promise.resolve(refuse(400, complaint('parameter_invalid', sentence, 'provider')))
  }
  const data = [...institutions]
    .filter(([bic]) => serves(bic, provider))
    .map(([bic, name], place) => ({
      id: `ri_${provider}_${place + 1}`,
      type: 'receiving_institution',
      attributes: { name, bic, provider },
    }))
  return Promise.resolve({ data })
}

/** Wallet to wallet stays inside; PESONet has banks alone. */
export function serves(bic: string, provider: TransferProvider): boolean {
  if (!institutions.has(bic)) return false
  if (provider === 'paymongo') return bic === paymongo_bic
  return bic !== paymongo_bic && (provider === 'instapay' || !bic.startsWith('GXCH'))
}
