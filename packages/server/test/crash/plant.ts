/** Crash drill: what is killed: an engine process and its PostgreSQL, on one data folder for all rounds. */

import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect, type Database } from '../../src/platform/postgres/database.ts'
import { startEmbedded, type Embedded } from '../../src/platform/embedded/embedded.ts'
import type { Random } from '@holdfast/kernel/test/simulation/random.ts'
import type { Door } from './messages.ts'
import { isAlive, kill, own, type Owned } from './owned.ts'
import { openRelay, type Relay } from './relay.ts'

/** Whose child PostgreSQL is: the drill's, with the engine led there by DATABASE_URL, or the engine's own. */
export type Owner = 'drill' | 'engine'

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const ready_ms_max = 60_000
const exit_ms_max = 30_000
const starts_max = 5
const pause_ms = 200
const tail_chars = 1_500

interface Ready {
  readonly address: string
  readonly database_url: string
  readonly service_key?: string
  readonly operator_key?: string
}

export class Plant {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-crash-'))
  /** Starts that failed and were tried again, as a supervisor would. */
  readonly failed_starts: string[] = []
  owner: Owner = 'drill'
  #relay: Relay | null = null
  #postgres: Embedded | null = null
  #postmaster: Owned | null = null
  #engine: ChildProcess | null = null
  #ready: Ready | null = null
  #keys: Pick<Door, 'service_key' | 'operator_key'> | null = null

  get door(): Door {
    assert(this.#ready && this.#keys)
    return { address: this.#ready.address, ...this.#keys }
  }

  async start(owner: Owner): Promise<void> {
    this.owner = owner
    if (owner === 'drill') await this.startPostgres()
    await this.startEngine()
  }

  /** Gracefully: everything ends by itself, in time. */
  async stop(): Promise<void> {
    const engine = this.#engine
    if (engine !== null && engine.exitCode === null && engine.signalCode === null) {
      engine.kill('SIGTERM')
      await this.engineExits('after SIGTERM')
      assert.equal(
        engine.exitCode,
        0,
        `the engine ended with ${engine.exitCode ?? engine.signalCode} after SIGTERM: ${this.#tail()}`,
      )
    }
    await this.#postgres?.stop()
    this.#postgres = null
    this.#relay?.lead(null)
  }

  async startPostgres(): Promise<void> {
    await this.#postgres?.stop()
    this.#relay ??= await openRelay()
    this.#postgres = await this.#persistently(() => startEmbedded({ folder: this.folder }))
    this.#postmaster = own(this.#postgres.pid, process.pid)
    this.#relay.lead(this.#postgres.port)
  }

  /** Answers how many milliseconds it took from the start of the process until it was ready. */
  async startEngine(): Promise<number> {
    const [ready, took_ms] = await this.#persistently(() => this.#spawnEngine())
    const { service_key, operator_key } = ready
    if (service_key !== undefined && operator_key !== undefined) this.#keys = { service_key, operator_key }
    this.#ready = ready
    const engine_pid = this.#engine?.pid
    if (this.owner === 'engine' && engine_pid !== undefined) {
      const [pid = ''] = readFileSync(join(this.folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')
      this.#postmaster = own(Number.parseInt(pid, 10), engine_pid)
    }
    return took_ms
  }

  killEngine(): void {
    this.#engine?.kill('SIGKILL')
  }

  /** The engine's next start, interrupted after a while. */
  async killStartingEngine(after_ms: number): Promise<void> {
    this.#launch()
    await sleep(after_ms)
    this.killEngine()
    await this.engineExits('after kill -9')
  }

  killPostmaster(): void {
    assert(this.#postmaster)
    kill(this.#postmaster)
    this.#relay?.lead(null)
  }

  /** One connection of the engine; PostgreSQL then throws all others out and recovers by itself. */
  async killBackend(random: Random): Promise<void> {
    const db = this.connect()
    try {
      const backends = await db.many<{ pid: number }>(
        `select pid from pg_stat_activity where application_name like 'holdfast%lane%' order by pid`,
      )
      assert(this.#postmaster)
      kill(own(random.pick(backends).pid, this.#postmaster.pid))
    } finally {
      await db.close()
    }
  }

  async engineExits(when: string): Promise<void> {
    const engine = this.#engine
    if (engine === null || engine.exitCode !== null || engine.signalCode !== null) return
    const exited = once(engine, 'exit', { signal: AbortSignal.timeout(exit_ms_max) })
    await exited.catch(() => assert.fail(`the engine still runs ${exit_ms_max} ms ${when}: ${this.#tail()}`))
  }

  connect(): Database {
    const url = this.owner === 'drill' ? this.#postgres?.url : this.#ready?.database_url
    assert(url)
    return connect(url, { name: 'crash drill', max: 2 })
  }

  /** At once, because the drill itself is told to end. */
  abandon(): void {
    this.killEngine()
    if (this.#postmaster !== null) kill(this.#postmaster)
  }

  /** However the drill ends. The folder stays when there is something to look at. */
  async destroy(keep: boolean): Promise<void> {
    this.#engine?.kill('SIGKILL')
    if (this.#postmaster !== null && isAlive(this.#postmaster) && this.#postgres === null)
      kill(this.#postmaster)
    await this.#postgres?.stop()
    this.#relay?.close()
    if (keep) return
    // The last of PostgreSQL's processes may still be writing.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: pause_ms })
  }

  async #persistently<T>(start: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await start()
      } catch (error) {
        if (attempt === starts_max) throw error
        this.failed_starts.push((error as Error).message)
        await sleep(pause_ms)
      }
    }
  }

  #launch(): ChildProcess {
    const own_url = this.#postgres === null ? null : new URL(this.#postgres.url)
    if (own_url !== null && this.#relay !== null) own_url.port = String(this.#relay.port)
    const log = openSync(join(this.folder, 'engine.log'), 'a')
    const engine = spawn(process.execPath, [program, 'start', '--port', '0', '--json'], {
      env: {
        PATH: process.env['PATH'],
        HOLDFAST_LOG_LEVEL: process.env['HOLDFAST_LOG_LEVEL'] ?? 'info',
        ...(own_url === null || this.owner === 'engine'
          ? { HOLDFAST_DATA: this.folder }
          : { DATABASE_URL: own_url.href }),
      },
      stdio: ['ignore', 'pipe', log],
    })
    this.#engine = engine
    return engine
  }

  async #spawnEngine(): Promise<[Ready, number]> {
    const began = performance.now()
    const engine = this.#launch()
    assert(engine.stdout)
    let text = ''
    engine.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    for (;;) {
      const took_ms = performance.now() - began
      if (text.includes('\n')) return [JSON.parse(text.slice(0, text.indexOf('\n'))), took_ms]
      if (engine.exitCode !== null || engine.signalCode !== null)
        throw new Error(`the engine did not start: ${this.#tail()}`)
      if (took_ms > ready_ms_max) {
        engine.kill('SIGKILL')
        throw new Error(`the engine is not ready after ${ready_ms_max} ms: ${this.#tail()}`)
      }
      await sleep(5)
    }
  }

  #tail(): string {
    return readFileSync(join(this.folder, 'engine.log'), 'utf8').slice(-tail_chars).trim()
  }
}
