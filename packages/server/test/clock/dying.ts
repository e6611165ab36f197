// A process that is killed in the middle of a scheduled run: it says `running` and then never ends by itself.
import assert from 'node:assert/strict'
import { connect } from '../../src/platform/postgres/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { connectLocks } from '../../src/scheduling/locks.ts'
import { Schedules } from '../../src/scheduling/schedules.ts'

const [url, name, cron, zone, now] = process.argv.slice(2)
assert(url !== undefined && name !== undefined && cron !== undefined && zone !== undefined)
const now_ms = Number.parseInt(now ?? '', 10)
const schedules = new Schedules(
  {
    db: connect(url, { name: 'dying', max: 2 }),
    locks: connectLocks(url),
    clock: { now: () => now_ms },
    log: createLog('silent'),
    timers: { fireDue: () => Promise.resolve(0) },
  },
  [
    {
      name,
      cron,
      zone,
      run: () => {
        process.stdout.write('running\n')
        setInterval(() => undefined, 60_000)
        return new Promise(() => undefined)
      },
    },
  ],
)
await schedules.runDue(now_ms)
