// The harness room of faults around providers: an engine on a database that can be copied and opened anew, and providers
// with books of their own, which nothing that happens to that database touches.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Running } from '../../src/assemble.ts'
import type { Config } from '../../src/platform/config/config.ts'
import { freshDatabase, type FreshDatabase } from '../fixtures/database.ts'
import { startEngine, type Engine, type Json } from '../fixtures/engine.ts'
import { startEmulated, type Emulated } from '../payments/emulated.ts'
import { momoAt, paymongoAt } from '../payments/settings.ts'

export const day_s = 86_400
export const hour_s = 3_600

export interface House {
  /** Now; another one after each opening. */
  engine(): Engine
  /** The engine stops, and another starts on the same database, or on this one. */
  reopen(config: Partial<Config>, database?: FreshDatabase): Promise<Engine>
  /** As it is now, as a backup would keep it. The engine is stopped for it, and is to be opened anew. */
  backup(): Promise<FreshDatabase>
  /** Rows of what is wanted of providers, newest first. */
  payments(query: string): Promise<Json[]>
  /** Looks until it is so, on the real clock. */
  until<T>(read: () => Promise<T>, is: (value: T) => boolean, what: string): Promise<T>
  stop(): Promise<void>
}

export async function openHouse(config: Partial<Config>): Promise<House> {
  const databases = [await freshDatabase()]
  let current = databases[0]
  let engine = await startEngine({ url: current?.url ?? '', config })
  const keys: NonNullable<Running['keys']> = { service_key: engine.service, operator_key: engine.admin }
  let stopped = false
  const stopEngine = async () => {
    if (!stopped) await engine.stop()
    stopped = true
  }
  return {
    engine: () => engine,
    async reopen(changed, database = current) {
      await stopEngine()
      current = database
      engine = await startEngine({ url: database?.url ?? '', keys, config: changed })
      stopped = false
      return engine
    },
    async backup() {
      await stopEngine()
      const copy = await freshDatabase(new URL(current?.url ?? '').pathname.slice(1))
      databases.push(copy)
      return copy
    },
    payments: async (query) =>
      (await engine.must(200, `/v1/provider-payments?${query}`, { key: engine.admin }))['data'],
    async until(read, is, what) {
      for (let look = 0; look < looks_max; look += 1) {
        // oxlint-disable-next-line no-await-in-loop -- one look after another
        const value = await read()
        if (is(value)) return value
        // oxlint-disable-next-line no-await-in-loop -- one look after another
        await sleep(look_ms)
      }
      throw new Error(`${what} did not come about\n${engine.log.slice(-5).join('')}`)
    },
    async stop() {
      await stopEngine()
      // oxlint-disable-next-line no-await-in-loop -- one after another
      for (const database of databases) await database.drop()
    },
  }
}

const look_ms = 50
const looks_max = 600

/** Settings for emulated providers of their own. */
export function at(emulated: Emulated, change: Partial<Record<'paymongo' | 'momo', Json>> = {}) {
  const { paymongo = {}, momo = {} } = change
  return {
    paymongo: paymongoAt(emulated.paymongo, paymongo),
    momo: momoAt(emulated.momo, { ...rwanda, ...momo }),
  } as const satisfies Partial<Config>
}

export const rwanda = { MOMO_TARGET_ENVIRONMENT: 'mtnrwanda', MOMO_CURRENCY: 'RWF' }

/** Settings for two of them: the second is used now, and the first was used before. */
export function movedFrom(old: Emulated, now: Emulated) {
  return at(now, {
    paymongo: { PAYMONGO_OLD_1_URL: old.paymongo.href },
    momo: { MOMO_OLD_1_URL: old.momo.href },
  })
}

/** What moved at the provider, or may still move, as its own books say: minor units of each. */
export async function amountsAt(emulated: Emulated): Promise<Record<string, number[]>> {
  const { paymongo, momo } = await emulated.admin('/books')
  const of = (lines: Json[], is: (line: Json) => boolean = () => true) =>
    lines
      .filter((line) => is(line) && !/^(failed|FAILED)$/.test(line['status']))
      .map(({ amount }) => amount as number)
  const by = (operation: string) => of(momo['movements'], (line) => line['operation'] === operation)
  return {
    payments: of(paymongo['payments']),
    refunds: of(paymongo['refunds']),
    transfers: of(paymongo['transfers']),
    requests: by('requesttopay'),
    momo_refunds: by('refund'),
    momo_transfers: by('transfer'),
  }
}

/** Whose clock begins with the engine's. */
export async function startProviders(): Promise<Emulated> {
  const emulated = await startEmulated()
  emulated.place.now_ms = Date.now()
  return emulated
}

export type { Emulated }
