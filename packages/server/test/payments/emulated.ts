// The harness room of adapters on the emulator: one of its own, on a database of its own, on the test's clock.
import { pino } from 'pino'
import { startEmulator } from '@holdfast/payment-emulator/emulator.ts'
import { freshDatabase } from '../fixtures/database.ts'
import { around, type Around } from './runtime.ts'

type Json = Record<string, any> // oxlint-disable-line typescript/no-explicit-any -- answers are read freely

export interface Emulated {
  readonly place: Around
  readonly paymongo: URL
  readonly momo: URL
  /** A call of the emulator's own, that no provider has. */
  admin(path: string, body?: object): Promise<Json>
  clearFaults(): Promise<void>
  /** Moves the clock, and lets everything happen that falls due on the way. */
  pass(ms: number): Promise<void>
  stop(): Promise<void>
}

/** Longer than the adapters of these tests wait. */
export const slow_fault = 'slow:1500'
const answer_ms_max = 1_000

export async function startEmulated(): Promise<Emulated> {
  const database = await freshDatabase('template0')
  const place = around(answer_ms_max)
  const emulator = await startEmulator({
    db_url: database.url,
    clock: place.clock,
    host: '127.0.0.1',
    port: 0,
    log: pino({ level: 'silent' }),
    settings: { requests_per_second_max: 0 },
  })
  async function admin(path: string, body?: object): Promise<Json> {
    const asking = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const response = await fetch(`${emulator.address}/__emulator${path}`, asking)
    const json = (await response.json()) as Json
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(json)}`)
    return json
  }
  return {
    place,
    paymongo: new URL(`${emulator.address}/paymongo`),
    momo: new URL(`${emulator.address}/momo`),
    admin,
    async clearFaults() {
      await fetch(`${emulator.address}/__emulator/faults`, { method: 'DELETE' })
    },
    async pass(ms) {
      // What is on its way arrives before the clock moves. The second look waits for what the emulator began by itself.
      for (const now_ms of [place.now_ms, place.now_ms + ms, place.now_ms + ms]) {
        place.now_ms = now_ms
        // oxlint-disable-next-line no-await-in-loop -- one instant after another
        await emulator.fireDue(now_ms)
      }
    },
    async stop() {
      await emulator.stop()
      await database.drop()
    },
  }
}
