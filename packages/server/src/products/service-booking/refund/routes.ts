/** Refund: its own routes: what over HTTP only an operator says. */

import { operatorRoutes } from '../../../system-flows/routes-operator.ts'
import type { Routes } from '../../../http/context.ts'
import { refund } from './flow.ts'
import { by_operators } from './product.ts'

export const refundRoutes: Routes = (app, context) => {
  const edition = context.registry.current.get(refund.name)
  // An engine for tests may run without this product.
  if (edition !== undefined) operatorRoutes(app, context, edition, by_operators)
}
