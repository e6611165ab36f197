/** HTTP: a graceful end. Who has sent a request is answered; who only keeps a connection open does not hold it up. */

import type { FastifyInstance } from 'fastify'
import { setTimeout as sleep } from 'node:timers/promises'

/** Requests that are in the wires when the end begins still arrive, and are answered. */
const last_requests_ms = 100
const sweep_ms = 50
/** A request that never arrives whole waits no longer than this. */
const closing_ms_max = 10_000

/** Node closes idle connections once, at the beginning; those that become idle with their last answer would stay for a minute. */
export function closeGently(app: FastifyInstance): void {
  app.addHook('preClose', async () => {
    await sleep(last_requests_ms)
    const sweeping = setInterval(() => app.server.closeIdleConnections(), sweep_ms)
    const ending = setTimeout(() => app.server.closeAllConnections(), closing_ms_max)
    app.server.once('close', () => {
      clearInterval(sweeping)
      clearTimeout(ending)
    })
  })
}
