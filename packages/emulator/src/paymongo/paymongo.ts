/** Emulator, PayMongo: all of it, under /paymongo. */

import type { FastifyInstance } from 'fastify'
import type { EmulatorContext } from '../context.ts'
import { authorize } from './authorize.ts'
import { checkout_endpoints } from './checkout.ts'
import { defineDeliveries } from './deliver.ts'
import { serveEndpoints } from './endpoint.ts'
import { institution_endpoints } from './institutions.ts'
import { intent_endpoints } from './intents.ts'
import { method_endpoints } from './methods.ts'
import { servePages } from './pages.ts'
import { payment_endpoints } from './payments.ts'
import { defineRefunds, refund_endpoints } from './refunds.ts'
import { defineTransfers } from './settle-transfer.ts'
import { transfer_endpoints } from './transfers.ts'
import { changeWallet, lockWallet } from './wallet.ts'
import { wallet_endpoints } from './wallets.ts'
import { webhook_endpoints } from './webhooks.ts'

export function servePaymongo(app: FastifyInstance, world: EmulatorContext): void {
  serveEndpoints(app, world, [
    ...intent_endpoints,
    ...method_endpoints,
    ...payment_endpoints,
    ...checkout_endpoints,
    ...refund_endpoints,
    ...webhook_endpoints,
    ...wallet_endpoints,
    ...institution_endpoints,
    ...transfer_endpoints,
  ])
  servePages(app, world)
  // A database that fails under us is PayMongo's own trouble, as far as anybody outside can see.
  app.setErrorHandler((error, _request, reply) => {
    world.log.error({ err: error }, 'the emulator failed')
    return reply.code(500).type('text/html').send('<h1>Internal Server Error</h1>')
  })
}

export function definePaymongo(world: EmulatorContext): void {
  defineDeliveries(world)
  defineRefunds(world)
  defineTransfers(world)
  world.due.define('paymongo.expire', {
    settle: async (act, { id }) => void (await authorize(world, act, String(id), 'expire')),
  })
  world.due.define('paymongo.credit', {
    settle: async (act, { centavos }) => {
      const paid = typeof centavos === 'number' ? centavos : 0
      // Less what refunds have taken from it meanwhile.
      const { pending } = (await lockWallet(act)).body
      const credited = Math.max(0, Math.min(paid, pending))
      await changeWallet(act, { pending: -credited, available: credited })
    },
  })
}
