/** Emulator: the app. Bodies stay texts: what is signed, hashed and refused as no JSON is the text. */

import { fastify, type FastifyInstance } from 'fastify'
import { serveAdmin } from './admin.ts'
import { serveMomo } from './momo/momo.ts'
import { servePaymongo } from './paymongo/paymongo.ts'
import type { EmulatorContext } from './context.ts'

const body_bytes_max = 1_048_576

export async function createApp(world: EmulatorContext): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    bodyLimit: body_bytes_max,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  // No words, as with the providers: that is how one knows that the path is wrong, and not the id.
  app.setNotFoundHandler((_request, reply) => reply.code(404).send())
  await app.register(
    (rooms, _options, done) => {
      servePaymongo(rooms, world)
      done()
    },
    { prefix: '/paymongo' },
  )
  await app.register(
    (rooms, _options, done) => {
      serveMomo(rooms, world)
      done()
    },
    { prefix: '/momo' },
  )
  await app.register(
    (rooms, _options, done) => {
      serveAdmin(rooms, world)
      done()
    },
    { prefix: '/__emulator' },
  )
  await app.ready()
  return app
}
