/** Emulator: what is there before anybody has asked: our wallet, our accounts, one API user. */

import { openAccounts } from './momo/balance.ts'
import { openApiUser } from './momo/provisioning.ts'
import { openWallet } from './paymongo/wallet.ts'
import type { EmulatorContext } from './context.ts'

export async function openBooks({ db, clock }: EmulatorContext): Promise<void> {
  await db.transaction(async (tx) => {
    const act = { tx, now_ms: clock.now(), faults: [] }
    await openWallet(act)
    await openAccounts(act)
    await openApiUser(act)
  })
}
