/** Simulation on PostgreSQL: one engine process, put together as in start.ts, but that its asks and its time come from the simulator. */

import { connect, lane } from '../../src/platform/postgres/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { Engine } from '../../src/engine/engine.ts'
import { publishFlows } from '../../src/engine/flow-versions.ts'
import { Timers } from '../../src/scheduling/timers.ts'
import { startWorker } from '../../src/jobs/worker.ts'
import type { FromEngine, ToEngine } from './postgres-engine.ts'
import { simulated } from './products.ts'

/** As in start.ts. */
const lane_settings = {
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_seqscan: 'off',
  plan_cache_mode: 'force_generic_plan',
  jit: 'off',
}
const lanes_max = 3
const readers_max = 3

const [url = '', started = '0'] = process.argv.slice(2)
let now_ms = Number.parseInt(started, 10)
const clock = { now: () => now_ms }
const log = createLog('fatal')
const db = connect(url, { name: 'holdfast', max: readers_max })
const registry = await publishFlows(db, simulated, clock.now())
const open = (name: string) => lane(url, name, lane_settings, () => engine.forget())
const lanes = Array.from({ length: lanes_max }, (_, i) => open(`holdfast lane ${i + 1}`))
const engine: Engine = new Engine(lanes, open('holdfast dry runs'), registry)
const timers = new Timers(db, engine, log)
const worker = await startWorker(url, { db, engine, clock, log })

process.on('message', (message: ToEngine) => void answer(message))
process.on('disconnect', () => process.exit(1))
tell({ say: 'ready' })

async function answer(message: ToEngine): Promise<void> {
  try {
    now_ms = Math.max(now_ms, message.now_ms)
    if (message.say === 'ask') tell({ say: 'told', n: message.n, verdict: await engine.ask(message.ask) })
    else if (message.say === 'fire') tell({ say: 'fired', n: message.n, rows: await timers.fireDue(now_ms) })
    else await end(message.n)
  } catch (error) {
    const { name, message: why, stack = '' } = error as Error
    tell({ say: 'failed', n: message.n, name, why: `${why} ${stack}` })
  }
}

async function end(n: number): Promise<void> {
  await worker.stop()
  await engine.close()
  await db.close()
  process.send?.({ say: 'ended', n, counts: engine.counts } satisfies FromEngine, () => process.exit(0))
}

function tell(message: FromEngine): void {
  process.send?.(message)
}
