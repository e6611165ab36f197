/** Emulator: payment providers for a sandbox, on one port, with books of their own in the schema `emulator`. */

import type { FastifyInstance } from 'fastify'
import type { Clock } from './clock.ts'
import { connect, type Database } from './db.ts'
import type { Logger } from './log.ts'
import { createApp } from './app.ts'
import { Schedule } from './schedule.ts'
import { Faults } from './faults.ts'
import { defineMovements } from './momo/settle-movement.ts'
import { openBooks } from './open-books.ts'
import { definePaymongo } from './paymongo/paymongo.ts'
import { keepEngineWebhook } from './paymongo/engine-webhook.ts'
import { createSchema } from './schema.ts'
import { default_settings, type EmulatorSettings, type EmulatorContext } from './context.ts'

export const emulator_connections_max = 8

export interface EmulatorOptions {
  readonly db_url: string
  readonly clock: Clock
  /** 0 for a free one. */
  readonly port: number
  readonly host: string
  readonly log: Logger
  readonly settings?: Partial<EmulatorSettings>
}

export interface Emulator {
  /** Without a path; PayMongo is under `/paymongo`, MTN MoMo under `/momo`. */
  readonly address: string
  /** From now on PayMongo's events go there too, signed with the secret of keys.ts. */
  tellEngine(url: string): Promise<void>
  /** When the next thing happens by itself, or null. */
  nextDue(): Promise<number | null>
  /** All that falls due until then, in order. */
  fireDue(now_ms: number): Promise<number>
  stop(): Promise<void>
}

/** One for each database: two would tell everything twice. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const db = connect(options.db_url, emulator_connections_max)
  const ending = new AbortController()
  try {
    return await assemble(options, db, ending)
  } catch (error) {
    ending.abort()
    await db.close()
    throw error
  }
}

async function assemble(
  { clock, host, port, log, settings }: EmulatorOptions,
  db: Database,
  ending: AbortController,
): Promise<Emulator> {
  await createSchema(db)
  await clock.refresh?.()
  const due = new Schedule(db, clock, log)
  const faults = new Faults(db)
  await faults.load()
  let address = ''
  const world: EmulatorContext = {
    db,
    clock,
    log,
    due,
    faults,
    settings: { ...default_settings, ...settings },
    address: () => address,
    ending: ending.signal,
  }
  await openBooks(world)
  definePaymongo(world)
  defineMovements(world)
  const app = await createApp(world)
  await app.listen({ host, port })
  address = addressOf(app)
  const running = due.run(ending.signal)
  const stop = async () => {
    ending.abort()
    await app.close()
    await running
    await db.close()
  }
  let stopping: Promise<void> | null = null
  return {
    address,
    tellEngine: (url) => world.db.transaction((tx) => keepEngineWebhook(tx, url, clock.now())),
    nextDue: () => due.nextDue(),
    fireDue: (now_ms) => due.fireDue(now_ms),
    stop: () => (stopping ??= stop()),
  }
}

function addressOf(app: FastifyInstance): string {
  const address = app.server.address()
  if (address === null || typeof address === 'string')
    throw new Error('the emulator does not listen on a port')
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
}
