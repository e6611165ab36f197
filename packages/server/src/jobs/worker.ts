/** Jobs: the queue. graphile-worker on the same PostgreSQL; a job exists if and only if its transition committed. */

import { run, Logger as QueueLogger, type Runner } from 'graphile-worker'
import type { Pool } from 'pg'
import { Failures } from '../platform/failures.ts'
import { openPool } from '../platform/postgres/database.ts'
import { forgetEvents } from '../payments/webhooks/forget.ts'
import { forgetEmails } from '../notifications/email/rows.ts'
import type { JobContext } from './job-context.ts'
import { DeferredPostings } from './deferred-postings.ts'
import { sweep } from './sweeper.ts'

export const jobs_at_once_max = 5
/** So many are fetched at once, to wait here for their turn. */
export const jobs_fetched_max = 100
/** One listens, one keeps the crontab, the others work. */
const connections_max = 10

export interface Worker {
  /** Lets the jobs under way finish. */
  stop(): Promise<void>
}

/** A runner that cannot take jobs for this long, though the database answers, is replaced by a new one. */
const deaf_ms_max = 5_000

/**
 * Runs until `stop()`. graphile-worker 0.18 remembers some failures for good (a database that dies while it starts), so
 * it is watched: whoever cannot take jobs from a database that answers is started anew.
 */
export async function startWorker(url: string, queue: JobContext): Promise<Worker> {
  let deaf_since: number | null = null
  const failures = new Failures(queue.log)
  const hears = () => {
    deaf_since = null
    failures.over()
  }
  const start = async () => {
    const runner = await startRunner(url, queue, failures)
    runner.events.on('worker:getJob:error', () => (deaf_since ??= performance.now()))
    runner.events.on('worker:getJob:empty', hears)
    runner.events.on('job:start', hears)
    return runner
  }
  let runner = await start()
  let replacing = Promise.resolve()
  const replace = async () => {
    if (deaf_since === null || performance.now() - deaf_since < deaf_ms_max) return
    await queue.db.one('select 1 as answers')
    deaf_since = null
    queue.log.error('the queue takes no jobs from a database that answers: starting it anew')
    await runner.stop().catch(() => undefined)
    runner = await start()
  }
  const watching = setInterval(() => {
    replacing = replacing.then(replace).catch((error) => {
      // The database is still away: the runner itself goes on trying, and we look again.
      failures.note({ err: error }, 'the queue takes no jobs')
      deaf_since ??= performance.now()
    })
  }, deaf_ms_max)
  return {
    stop: async () => {
      clearInterval(watching)
      await replacing
      await runner.stop()
    },
  }
}

/** The same complaint of another worker, or about another job, is the same. */
function kindOf(message: string): string {
  return message.replaceAll(/\b(?=\w*\d)\w+\b/g, '…')
}

interface OwnRunner extends Pick<Runner, 'events'> {
  stop(): Promise<void>
}

/** On connections of our own making, whose sessions are like all others. They end with the runner. */
async function startRunner(url: string, queue: JobContext, failures: Failures): Promise<OwnRunner> {
  const pool = openPool(url, { name: 'holdfast queue', max: connections_max })
  try {
    const runner = await runOn(pool, queue, failures)
    let stopping: Promise<void> | undefined
    // One that has ended by itself, or was replaced by one that could not start, is stopped again without complaint.
    const stop = () =>
      (stopping ??= runner
        .stop()
        .catch(() => undefined)
        .then(() => pool.end()))
    return { events: runner.events, stop }
  } catch (error) {
    await pool.end()
    throw error
  }
}

function runOn(pgPool: Pool, queue: JobContext, failures: Failures): Promise<Runner> {
  const { log } = queue
  const laters = new DeferredPostings(queue)
  return run({
    pgPool,
    concurrency: jobs_at_once_max,
    preset: {
      worker: { localQueue: { size: jobs_fetched_max }, completeJobBatchDelay: 2, failJobBatchDelay: 2 },
    },
    noHandleSignals: true,
    logger: new QueueLogger(
      () => (level, message) =>
        level === 'error' ? failures.note({ said: message }, kindOf(message)) : log.debug(message),
    ),
    taskList: {
      'post-later': (payload) => laters.post((payload as Later).agreement),
      sweep: async () => void (await sweep(queue)),
      'forget-answers': () => forgetAnswers(queue),
      'forget-emails': () => forgetEmails(queue),
      'forget-events': () => forgetEvents(queue),
    },
    crontab: [
      '* * * * * sweep',
      '17 * * * * forget-answers',
      '37 * * * * forget-emails',
      '27 * * * * forget-events',
    ].join('\n'),
  })
}

interface Later {
  readonly agreement: string
  readonly transition: string
}

export const answers_kept_days = 30
const answers_page = 10_000

/** Answers are kept for 30 days; older ones go, a page at a time. */
async function forgetAnswers({ db, clock }: JobContext): Promise<void> {
  const before = new Date(clock.now() - answers_kept_days * 86_400_000)
  let gone = answers_page
  while (gone === answers_page) {
    gone = await db.run(
      `delete from answers
       where key in (select key from answers where at < $1 limit $2)`,
      [before, answers_page],
    )
  }
}
