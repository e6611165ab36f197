/** Puts the rooms together: a database, an engine on it, the API, the jobs. Stops them in the opposite order. */

import type { FastifyInstance } from 'fastify'
import { Access } from './access/caller.ts'
import { createKey, Keys } from './access/keys.ts'
import { Tokens, tokenSecret } from './access/tokens.ts'
import { realClock, SandboxClock } from './platform/clock.ts'
import { ConfigError, type Config } from './platform/config/config.ts'
import { connect, lane, type Database } from './platform/postgres/database.ts'
import { may_lose_setting, mayLose } from './platform/postgres/durability.ts'
import { startEmbedded, type Embedded } from './platform/embedded/embedded.ts'
import type { Logger } from './platform/log.ts'
import { ageWarning } from './platform/zones/age.ts'
import { openSchema } from './platform/postgres/migrate.ts'
import { Engine } from './engine/engine.ts'
import { publishFlows } from './engine/flow-versions.ts'
import type { Product } from '@holdfast/kernel/engine/product.ts'
import { projectDisputes } from './disputes/projection.ts'
import { projectFileUses } from './files/uses.ts'
import { beginEmails, projectEmails } from './notifications/email/projection.ts'
import { Projections } from './event-log/projections.ts'
import { projectNotifications } from './notifications/projection.ts'
import { product_projections } from './module-projections.ts'
import { provider_bindings } from './module-bindings.ts'
import { products as all_products } from './modules.ts'
import { schedulesOf, type ScheduleContext } from './module-schedules.ts'
import { createApp } from './http/app.ts'
import { product_routes, room_routes } from './module-routes.ts'
import { Mailer } from './notifications/email/mailer.ts'
import { connectLocks } from './scheduling/locks.ts'
import { Schedules, type Schedule } from './scheduling/schedules.ts'
import { startWorker } from './jobs/worker.ts'
import { Timers } from './scheduling/timers.ts'
import { projectProviderPayments, provider_payments_projection } from './payments/processor/projection.ts'
import type { ProviderBinding } from './payments/processor/binding.ts'
import { openPayments, type PaymentsModule, type PaymentsNeeds } from './payments/module.ts'
import type { Emulator, EmulatorOptions } from '@holdfast/payment-emulator/emulator.ts'
import { reconcileSchedule } from './payments/reconciliation/schedule.ts'

/** What runs in this process: by default API and worker, apart in production. The emulator runs in the sandbox alone. */
export type Part = 'api' | 'worker' | 'emulator'

export interface Running {
  /** Null where only the worker runs. */
  readonly address: string | null
  readonly database_url: string
  /** Of the payment providers' emulator; null where it does not run. */
  readonly emulator_address: string | null
  /** Only at the first start on a database in the sandbox: keys are shown once. */
  readonly keys: { readonly service_key: string; readonly operator_key: string } | null
  readonly db: Database
  readonly engine: Engine
  /** Lets batches and jobs under way finish. */
  stop(): Promise<void>
}

/**
 * Session settings of the lanes. Plans of a batch must not change as the tables grow: nested loops over primary keys,
 * always, whatever the statistics say.
 */
const lane_settings = {
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_seqscan: 'off',
  plan_cache_mode: 'force_generic_plan',
  jit: 'off',
}

/** Answers that wait for long work at once, and how: for as long as it takes. */
const waiting_max = 4
const waiting_settings = { idle_in_transaction_session_timeout: 0 }

/** The work that is no product's needs more. */
interface AllScheduleContext extends ScheduleContext, Pick<Config, 'time_zone'> {
  readonly payments: PaymentsModule
}

function allSchedules({ payments, time_zone, ...context }: AllScheduleContext): readonly Schedule[] {
  const onDue = () => payments.processor.nudge()
  const reconciling = { ...context, providers: payments.providers, uses: payments.uses, onDue }
  return [...schedulesOf(context), reconcileSchedule(reconciling, time_zone)]
}

export interface StartOptions {
  readonly parts?: readonly Part[]
  readonly products?: readonly Product[]
  readonly schedules?: (context: AllScheduleContext) => readonly Schedule[]
  readonly uses?: readonly ProviderBinding[]
  readonly onDatabaseExit?: (why: string) => void
  /** For tests of live mode on a database that nobody needs: one that may lose what it acknowledged is taken. */
  readonly takes_lossy?: boolean
}

export async function start(config: Config, log: Logger, options: StartOptions = {}): Promise<Running> {
  const stops: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const step of stops.splice(0).toReversed()) await step()
  }
  try {
    const embedded =
      config.database_url === null
        ? await startEmbedded({
            folder: config.data_folder,
            ...(options.onDatabaseExit ? { onExit: options.onDatabaseExit } : {}),
          })
        : null
    if (embedded !== null) stops.push(() => embedded.stop())
    return await assemble(config, log, options, urlOf(config, embedded), stops, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

function urlOf(config: Config, embedded: Embedded | null): string {
  const url = config.database_url ?? embedded?.url
  if (url === undefined) throw new Error('no database')
  return url
}

async function assemble(
  config: Config,
  log: Logger,
  {
    parts = ['api', 'worker'],
    products = all_products,
    schedules: listed = allSchedules,
    uses: all_uses = provider_bindings,
    takes_lossy = false,
  }: StartOptions,
  url: string,
  stops: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<Running> {
  const zones_warning = ageWarning(config.zone_data, realClock.now())
  if (zones_warning !== null) log.warn(zones_warning)
  await openSchema(url, { log: (line) => log.info(line) })
  const db = connect(url, { name: 'holdfast', max: config.readers })
  stops.push(() => db.close())

  const sandbox = config.mode === 'sandbox' ? new SandboxClock(db) : null
  await sandbox?.refresh()
  if (sandbox === null) await refuseMovedClock(db)
  if (config.mode === 'live' && !takes_lossy) await refuseLossy(db)
  const clock = sandbox ?? realClock
  const registry = await publishFlows(db, products, clock.now())
  const open = (name: string) => lane(url, name, lane_settings, () => engine.forget())
  const lanes = Array.from({ length: config.lanes }, (_, i) => open(`holdfast lane ${i + 1}`))
  const engine: Engine = new Engine(lanes, open('holdfast dry runs'), registry)
  stops.push(() => engine.close())
  const timers = new Timers(db, engine, log)
  const isToEmulate = config.paymongo === null || config.momo === null
  const emulator =
    parts.includes('emulator') && sandbox !== null && isToEmulate
      ? await emulate({ db_url: url, clock, host: config.host, port: config.emulator_port, log })
      : null
  if (emulator !== null) stops.push(() => emulator.emulator.stop())
  const uses = all_uses.filter(({ flow, on }) => [flow, on.flow].every((name) => registry.current.has(name)))
  const emulated = emulator ?? { emulator: null, emulated: null }
  const catchUp = () => projections.catchUp(provider_payments_projection)
  const payments = openPayments({ config, db, engine, registry, clock, log, uses, ...emulated, catchUp })
  const { mail, time_zone } = config
  if (mail !== null) await beginEmails(db)
  const emails =
    mail === null
      ? []
      : [projectEmails({ registry, operator: mail.operator, time_zone, now_ms: clock.now() })]
  const projections: Projections = new Projections(
    db,
    [
      projectNotifications(registry),
      projectDisputes(registry),
      projectFileUses,
      projectProviderPayments(uses, payments.providers),
      ...product_projections,
      ...emails,
    ],
    log,
  )
  const locks = connectLocks(url)
  stops.push(() => locks.close())
  const schedules = new Schedules(
    { db, locks, clock, log, timers },
    listed({ db, engine, clock, log, payments, time_zone }),
  )
  await schedules.publish(clock.now())
  const keys = config.mode === 'sandbox' ? await firstKeys(db, clock.now()) : null

  let app: FastifyInstance | null = null
  if (parts.includes('api')) {
    const tokens = new Tokens(await tokenSecret(db), config)
    const access = new Access(new Keys(db), tokens)
    const waiting = connect(url, { name: 'holdfast waiting', max: waiting_max, settings: waiting_settings })
    stops.push(() => waiting.close())
    const context = {
      config,
      db,
      waiting,
      engine,
      registry,
      access,
      tokens,
      clock,
      sandbox,
      timers,
      projections,
      schedules,
      payments,
      log,
      refusals: new Map(),
    }
    app = await createApp(context, [...room_routes, ...product_routes])
    await app.listen({ host: config.host, port: config.port })
    stops.push(() => app?.close() ?? Promise.resolve())
    await payments.listen(addressOf(app))
  }
  if (parts.includes('worker')) {
    const worker = await startWorker(url, { db, engine, clock, log })
    stops.push(() => worker.stop())
    const mailer = mail === null ? null : new Mailer({ db, clock, log }, mail)
    const ending = new AbortController()
    const firing = Promise.all([
      timers.run(clock, ending.signal),
      schedules.run(clock, ending.signal),
      projections.run(ending.signal),
      mailer?.run(ending.signal),
      payments.run(ending.signal),
    ])
    stops.push(() => (ending.abort(), firing))
  } else if (sandbox !== null) {
    const following = setInterval(() => void sandbox.refresh().catch(() => undefined), 1_000)
    stops.push(() => Promise.resolve(clearInterval(following)))
  }
  return {
    address: app === null ? null : addressOf(app),
    database_url: url,
    emulator_address: emulator?.emulator.address ?? null,
    keys,
    db,
    engine,
    stop,
  }
}

/** Loaded in the sandbox alone. */
async function emulate(
  options: EmulatorOptions,
): Promise<Pick<PaymentsNeeds, 'emulated'> & { readonly emulator: Emulator }> {
  const [{ startEmulator }, { engineSettings }] = await Promise.all([
    import('@holdfast/payment-emulator/emulator.ts'),
    import('./payments/emulated.ts'),
  ])
  const emulator = await startEmulator(options)
  return { emulator, emulated: (own_address) => engineSettings(emulator.address, own_address) }
}

/** A sandbox whose clock was moved has a future that has not come: it does not go live. */
async function refuseMovedClock(db: Database): Promise<void> {
  const moved = await db.maybeOne(
    `select value from settings where name = 'clock_ahead_ms' and value::text <> '0'`,
  )
  if (moved !== undefined) {
    throw new ConfigError(
      'The clock of this database was moved in the sandbox. Give live mode a database of its own.',
    )
  }
}

async function refuseLossy(db: Database): Promise<void> {
  const marked = await db.one<{ may_lose: string | null }>(
    `select current_setting('${may_lose_setting}', true) as may_lose`,
  )
  if (mayLose(marked))
    throw new ConfigError(
      `This database is marked as one that may lose what it has acknowledged (${may_lose_setting}), which is for tests: live mode needs one that keeps it.`,
    )
}

/** One service key and one operator's, where there are none yet. */
async function firstKeys(db: Database, now_ms: number): Promise<Running['keys']> {
  const claimed = await db.run(
    `insert into settings (name, value) values ('first_keys', 'true') on conflict (name) do nothing`,
  )
  if (claimed === 0) return null
  const service_key = await createKey(db, { kind: 'service', name: 'sandbox service' }, now_ms)
  const operator_key = await createKey(db, { kind: 'operator', name: 'sandbox admin', role: 'admin' }, now_ms)
  return { service_key, operator_key }
}

function addressOf(app: FastifyInstance): string {
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('the API does not listen on a port')
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
}
