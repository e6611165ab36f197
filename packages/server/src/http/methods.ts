/** HTTP: which methods a path has, for who asks with another. */

import type { FastifyInstance } from 'fastify'

const routes = new WeakMap<object, { readonly pattern: RegExp; readonly methods: readonly string[] }[]>()

/** From here on, routes are remembered as they are added. */
export function noteRoutes(app: FastifyInstance): void {
  const known: { pattern: RegExp; methods: string[] }[] = []
  routes.set(app.server, known)
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = url.replaceAll(/:\w+/g, '[^/]+').replace('*', '.*')
    known.push({ pattern: new RegExp(`^${pattern}$`), methods: [method].flat() })
  })
}

export function methodsOf(app: FastifyInstance, path: string): string[] {
  const found = (routes.get(app.server) ?? []).filter(({ pattern }) => pattern.test(path))
  return [...new Set(found.flatMap(({ methods }) => methods))].toSorted()
}
