/** Emulator, PayMongo: our wallet with it. What payers pay is pending first; what we send is taken from what is available. */

import { instant } from '../clock.ts'
import { wallet_id } from '../keys.ts'
import { lock, putOnce, save } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import type { Wallet } from './resources.ts'

/** ₱10,000,000.00, so that a sandbox can pay out before anything was credited. */
export const opening_centavos = 1_000_000_000

export async function openWallet(act: EmulatorTx): Promise<void> {
  const at = instant(act.now_ms)
  const body = { available: opening_centavos, pending: 0, created_at: at, updated_at: at }
  await putOnce(act.tx, { id: wallet_id, kind: 'wallet', parent: null, body, hidden: {} }, act.now_ms)
}

/** Locked last in every act, so that two never wait for each other. */
export async function lockWallet(act: EmulatorTx): Promise<Wallet> {
  const wallet = await lock<Wallet>(act.tx, 'wallet', wallet_id)
  if (wallet === undefined) throw new Error('the emulator has lost its wallet')
  return wallet
}

/** Centavos, up or down. */
export async function changeWallet(
  act: EmulatorTx,
  { available = 0, pending = 0 }: { readonly available?: number; readonly pending?: number },
): Promise<void> {
  const wallet = await lockWallet(act)
  const body = {
    ...wallet.body,
    available: wallet.body.available + available,
    pending: wallet.body.pending + pending,
    updated_at: instant(act.now_ms),
  }
  await save(act.tx, { ...wallet, body })
}
