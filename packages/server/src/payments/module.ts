/** Payments: all that works on payments in this process, put together: providers, desk, and in the sandbox the emulator. */

import type { Clock } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import type { Database } from '../platform/postgres/database.ts'
import type { Logger } from '../platform/log.ts'
import type { Engine } from '../engine/engine.ts'
import type { FlowRegistry } from '@holdfast/kernel/engine/product.ts'
import { PaymentProcessor } from './processor/processor.ts'
import type { ProviderBinding } from './processor/binding.ts'
import type { Emulator } from '@holdfast/payment-emulator/emulator.ts'
import type { EmulatedSettings } from './emulated.ts'
import { eventsPath } from './webhooks/path.ts'
import { openProviders, type Providers } from './providers/index.ts'
import { WebhookReceiver } from './webhooks/receiver.ts'
import { tableBook } from './providers/manual/book-table.ts'
import { providerRuntime } from './providers/runtime.ts'

export interface PaymentsModule {
  readonly providers: Providers
  readonly processor: PaymentProcessor
  readonly webhooks: WebhookReceiver
  readonly uses: readonly ProviderBinding[]
  /** Whether a provider is called for a new agreement of this flow. */
  callsFor(flow: string): boolean
  /** When the next thing is due on the sandbox clock, here or at the emulated providers. */
  nextDue(): Promise<number | null>
  /** All that is due until then. */
  fireDue(now_ms: number): Promise<number>
  run(signal: AbortSignal): Promise<void>
  /** Once it is known where the engine listens. */
  listen(address: string): Promise<void>
}

export interface PaymentsNeeds {
  readonly config: Config
  readonly db: Database
  readonly engine: Engine
  readonly registry: FlowRegistry
  readonly clock: Clock
  readonly log: Logger
  readonly uses: readonly ProviderBinding[]
  /** What the event log makes wanted is written down by now. */
  readonly catchUp: () => Promise<void>
  /** In the sandbox, where it runs in this process. */
  readonly emulator: Emulator | null
  /** How to reach it, once it is known where the engine listens; null where there is none. */
  readonly emulated: ((own_address: () => string) => EmulatedSettings) | null
}

export function openPayments(needs: PaymentsNeeds): PaymentsModule {
  const { config, db, clock, emulator } = needs
  let own_address = ''
  // What the configuration names is used; what it does not name is emulated, where an emulator runs beside.
  const emulated = needs.emulated?.(() => own_address) ?? null
  const paymongo = config.paymongo ?? emulated?.paymongo ?? null
  const momo = config.momo ?? emulated?.momo ?? null
  const providers = openProviders({
    config: { paymongo, momo },
    surroundings: providerRuntime(clock),
    manual_book: tableBook(db),
  })
  const held = config.payments === 'held'
  if (held) needs.log.warn('payments are held: nothing new is asked of providers')
  const desk = new PaymentProcessor({ ...needs, providers, held })
  const inbox = new WebhookReceiver({ db, clock, log: needs.log, providers, onDue: () => desk.nudge() })
  return {
    providers,
    processor: desk,
    webhooks: inbox,
    uses: needs.uses,
    callsFor: (flow) => needs.uses.some((use) => use.kind === 'pay_in' && use.flow === flow),
    async nextDue() {
      // What was told before is acted upon before the clock goes on, also where no worker runs in this process.
      await Promise.all([needs.catchUp(), inbox.drain()])
      const due = await Promise.all([desk.nextDue(), emulator?.nextDue() ?? null])
      const known = due.filter((at_ms) => at_ms !== null)
      return known.length === 0 ? null : Math.min(...known)
    },
    async fireDue(now_ms) {
      const told = (await emulator?.fireDue(now_ms)) ?? 0
      await inbox.drain()
      return told + (await desk.fireDue(now_ms))
    },
    run: async (signal) => void (await Promise.all([desk.run(signal), inbox.run(signal)])),
    async listen(address) {
      own_address = address
      if (config.paymongo === null) await emulator?.tellEngine(new URL(eventsPath('paymongo'), address).href)
    },
  }
}
