/** Trade credit: its own routes, by who uses them. Confirming, disputing, cancelling and deciding come from the flows. */

import type { Routes } from '../../../http/context.ts'
import { adminRoutes } from './routes-admin.ts'
import { companyRoutes } from './routes-company.ts'
import { retailerRoutes } from './routes-retailer.ts'
import { wholesalerRoutes } from './routes-wholesaler.ts'

export const tradeCreditRoutes: Routes = (app, context) => {
  companyRoutes(app, context)
  retailerRoutes(app, context)
  wholesalerRoutes(app, context)
  adminRoutes(app, context)
}
