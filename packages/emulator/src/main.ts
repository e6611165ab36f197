#!/usr/bin/env node
/** The emulator alone: `payment-emulator --database-url postgres://…`. Holdfast is not needed. */

import { parseArgs } from 'node:util'
import { startEmulator } from './emulator.ts'
import { system_clock } from './clock.ts'
import { default_settings } from './context.ts'
import type { Logger } from './log.ts'

const help = `payment-emulator: PayMongo (under /paymongo) and MTN MoMo (under /momo) on this machine.

  --database-url URL          PostgreSQL for its books, in the schema "emulator" (or DATABASE_URL)
  --host ADDRESS              default 127.0.0.1
  --port NUMBER               default 4601; 0 takes a free one
  --requests-per-second N     PayMongo's limit, default ${default_settings.requests_per_second_max}; 0 for none
  --json                      print one JSON line when ready
  --help

What it knows from the start, and how to make it fail, is on its page /__emulator.
`

const { values } = parseArgs({
  options: {
    'database-url': { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '4601' },
    'requests-per-second': { type: 'string', default: String(default_settings.requests_per_second_max) },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

function fail(message: string): never {
  process.stderr.write(`payment-emulator: ${message}\n`)
  process.exit(1)
}

function whole(name: 'port' | 'requests-per-second'): number {
  return /^\d{1,6}$/.test(values[name])
    ? Number.parseInt(values[name], 10)
    : fail(`--${name} is a whole number`)
}

const line = (fields: object, message = '') =>
  void process.stderr.write(`${JSON.stringify({ ...fields, msg: message })}\n`)
const log: Logger = { info: () => undefined, warn: line, error: line }

if (values.help) {
  process.stdout.write(help)
} else {
  const db_url = values['database-url'] ?? process.env['DATABASE_URL']
  if (db_url === undefined) fail('say where its books are: --database-url postgres://…, or DATABASE_URL')
  const emulator = await startEmulator({
    db_url,
    clock: system_clock,
    host: values.host,
    port: whole('port'),
    log,
    settings: { requests_per_second_max: whole('requests-per-second') },
  }).catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void emulator.stop())
  const said = values.json
    ? JSON.stringify({ emulator_address: emulator.address, pid: process.pid })
    : `Payment providers are emulated on ${emulator.address}/__emulator`
  process.stdout.write(`${said}\n`)
}
