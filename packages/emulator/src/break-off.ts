/** Emulator: the connection ends without an answer. What has been written stays written. */

import type { FastifyReply, FastifyRequest } from 'fastify'

export function breakOff(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack()
  request.raw.socket.destroy()
  return reply
}
