import { fastify } from 'fastify'
const app = fastify({ logger: false })
const body = JSON.stringify({ id: 'ord_01m7xwxaqzfyqt166tzz0vfar0', x: 'y'.repeat(700) })
app.post('/orders', (_r, reply) => reply.code(201).header('content-type', 'application/json; charset=utf-8').send(body))
app.post('/orders/:id/:what', (_r, reply) => reply.code(200).header('content-type', 'application/json; charset=utf-8').send(body))
await app.listen({ port: 4777 })
