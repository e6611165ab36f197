/** Trade credit: the company's settings for all retailers, and its daily jobs. */

import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { defaultOf } from '@holdfast/kernel/flow/compile.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import { publishFeeSchedule } from '../../../engine/fee-schedules.ts'
import { sendJson } from '../../../http/ask-request.ts'
import type { Context } from '../../../http/context.ts'
import { idempotent, onceLong } from '../../../http/idempotent.ts'
import { Reason } from '../../../http/schemas.ts'
import { showRun } from '../../../scheduling/routes.ts'
import { listRuns, listSchedules } from '../../../scheduling/runs.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { dayCalled, lastDayAt } from './business-days.ts'
import { tradeCredit } from './flow.ts'
import { escrow_jobs } from './schedules.ts'
import { listSettings, setting_keys, termsOf } from './settings.ts'

const strict = { additionalProperties: false }
const tags = [tradeCredit.name]
/** Of each job. */
const runs_shown_max = 20

const SettingBody = Type.Object(
  {
    setting_key: Type.Enum(setting_keys),
    setting_value: Type.Union([Type.Boolean(), Type.Integer()]),
    reason: Reason,
  },
  strict,
)
const RunBody = Type.Object(
  {
    reason: Reason,
    business_date: Type.Optional(
      Type.String({
        format: 'date',
        description: 'Of the deductions: a day that has ended, by default the last',
      }),
    ),
  },
  strict,
)

export function adminRoutes(app: FastifyInstance, context: Context): void {
  app.get(
    '/admin/escrow-settings',
    { schema: { tags, summary: 'Settings for all retailers' }, config: { scope: 'fee_schedules:read' } },
    async (_request, reply) =>
      sendJson(reply, 200, JSON.stringify({ data: await listSettings(context.db), has_more: false })),
  )
  app.patch(
    '/admin/escrow-settings',
    {
      schema: { tags, summary: 'Change one, for new orders', body: SettingBody },
      config: { scope: 'fee_schedules:write' },
    },
    (request, reply) => {
      const { setting_key, setting_value, reason } = request.body as {
        setting_key: string
        setting_value: unknown
        reason: string
      }
      return idempotent(context, request, reply, 200, async (tx) => {
        const terms = termsOf(setting_key, setting_value)
        if (isProblem(terms)) return terms
        const created_by = request.caller.actor.id
        await publishFeeSchedule(
          tx,
          { flow: tradeCredit.name, terms, reason, created_by },
          { credit_limit: defaultOf(tradeCredit.terms.credit_limit) },
          context.clock.now(),
        )
        return { data: await listSettings(tx), has_more: false }
      })
    },
  )
  app.get(
    '/admin/escrow-jobs',
    {
      schema: { tags, summary: 'The daily jobs: when each is due, and what its runs came to' },
      config: { scope: 'jobs:read' },
    },
    async (_request, reply) => {
      const rows = await listSchedules(context.db, Object.values(escrow_jobs))
      const data = await Promise.all(
        Object.entries(escrow_jobs).map(async ([job, name]) => {
          const row = rows.find((one) => one.name === name)
          const runs = await listRuns(context.db, name, null, runs_shown_max)
          return {
            job,
            schedule: name,
            cron: row?.cron ?? null,
            zone: row?.zone ?? null,
            next_at: row === undefined ? null : instant(row.next_at.getTime()),
            runs: runs.map(showRun),
          }
        }),
      )
      return sendJson(reply, 200, JSON.stringify({ data, has_more: false }))
    },
  )
  app.post<{ Params: { job: string } }>(
    '/admin/escrow-jobs/:job/run',
    {
      schema: { tags, summary: 'Run it now; what was done already is not done again', body: RunBody },
      config: { scope: 'jobs:retry' },
    },
    (request, reply) => {
      const { job } = request.params
      const { reason, business_date } = request.body as { reason: string; business_date?: string }
      return onceLong(context, request, reply, 200, async () => {
        const name = Object.hasOwn(escrow_jobs, job)
          ? escrow_jobs[job as keyof typeof escrow_jobs]
          : undefined
        if (name === undefined) return problem('not_found', { what: 'job' })
        const now_ms = context.clock.now()
        const due_ms = dueOf(job, business_date, now_ms)
        if (typeof due_ms !== 'number') return due_ms
        const by = request.caller.actor.id
        const run = await context.schedules.runNow(name, { due_ms, now_ms, by, reason })
        return isProblem(run) ? run : showRun(run)
      })
    },
  )
}

/** Deductions run for the end of a business day; the release for now. */
function dueOf(job: string, business_date: string | undefined, now_ms: number): number | Problem {
  const pointer = '/business_date'
  if (job !== 'auto-deductions')
    return business_date === undefined
      ? now_ms
      : problem('invalid_request', { pointer, reason: 'only deductions are for a day' })
  const day = business_date === undefined ? lastDayAt(now_ms) : dayCalled(business_date)
  return day !== null && day.to_ms <= now_ms
    ? day.to_ms
    : problem('invalid_request', { pointer, reason: 'no business day that has ended' })
}
