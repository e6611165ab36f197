/** Emulator, MTN MoMo: our accounts with it, one for what is collected and one for what is sent, in each currency. */

import { lock, putOnce, save, type Resource } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import { environments, type Product } from './resources.ts'

type Account = Resource<{ readonly minor: number }> & { readonly kind: 'momo_account' }

/** Minor units of whatever currency: enough to pay out before anything was collected. */
const opening_minor = 10_000_000_000

export async function openAccounts(act: EmulatorTx): Promise<void> {
  for (const { currency } of Object.values(environments)) {
    for (const [product, minor] of [
      ['collection', 0],
      ['disbursement', opening_minor],
    ] as const) {
      const id = accountId(product, currency)
      await putOnce(
        act.tx,
        { id, kind: 'momo_account', parent: null, body: { minor }, hidden: {} },
        act.now_ms,
      )
    }
  }
}

/** What there is now, in minor units. Locked last in every act. */
export async function balanceOf(act: EmulatorTx, product: Product, currency: string): Promise<number> {
  return (await lockAccount(act, product, currency)).body.minor
}

export async function changeBalance(
  act: EmulatorTx,
  product: Product,
  currency: string,
  by_minor: number,
): Promise<void> {
  const account = await lockAccount(act, product, currency)
  await save(act.tx, { ...account, body: { minor: account.body.minor + by_minor } })
}

async function lockAccount(act: EmulatorTx, product: Product, currency: string): Promise<Account> {
  const account = await lock<Account>(act.tx, 'momo_account', accountId(product, currency))
  if (account === undefined) throw new Error('the emulator has lost an account')
  return account
}

function accountId(product: Product, currency: string): string {
  return `momo ${product} ${currency}`
}

/** Major units as a text, as all amounts are here. */
export function majorOf(minor: number, digits: number): string {
  if (digits === 0) return String(minor)
  const text = String(minor).padStart(digits + 1, '0')
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** Null where it is no amount above zero, or has more digits than the currency. */
export function minorOf(text: string, digits: number): number | null {
  const [, whole = '', part = ''] = /^(\d{1,12})(?:\.(\d+))?$/.exec(text) ?? []
  if (whole === '' || part.length > digits) return null
  const minor = Number.parseInt(`${whole}${part.padEnd(digits, '0')}`, 10)
  return minor > 0 ? minor : null
}
