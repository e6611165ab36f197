/** Emulator, MTN MoMo: all of it, under /momo. */

import type { FastifyInstance } from 'fastify'
import type { EmulatorContext } from '../context.ts'
import { serveEndpoints } from './endpoint.ts'
import { movement_endpoints } from './movements.ts'
import { provisioning_endpoints } from './provisioning.ts'

export function serveMomo(app: FastifyInstance, world: EmulatorContext): void {
  serveEndpoints(app, world, [...provisioning_endpoints, ...movement_endpoints])
  app.setErrorHandler((error, _request, reply) => {
    world.log.error({ err: error }, 'the emulator failed')
    return reply.code(500).send()
  })
}
