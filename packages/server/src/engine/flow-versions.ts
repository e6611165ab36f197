/** Engine: published flows. A version never changes; an agreement stays on the one it was opened under. */

import { hash } from 'node:crypto'
import assert from 'node:assert/strict'
import type { Database, Lane } from '../platform/postgres/database.ts'
import { complaintsAbout } from '@holdfast/kernel/flow/check/index.ts'
import type { Flow } from '@holdfast/kernel/flow/define.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import { FlowRegistry, type Product } from '@holdfast/kernel/engine/product.ts'
import { instant } from '@holdfast/kernel/instant.ts'

interface FlowRow {
  readonly name: string
  readonly version: number
  readonly hash: string
  readonly definition: Flow
}

/** Publishes what is new or changed, and gives all versions that were ever published. Safe in many processes at once. */
export async function publishFlows(
  db: Database,
  products: readonly Product[],
  now_ms: number,
): Promise<FlowRegistry> {
  const rows = await db.transaction(async (tx) => {
    // One process publishes at a time; the others then find it done.
    await tx.one(`select pg_advisory_xact_lock(hashtextextended('flows', 0))::text as locked`)
    for (const { flow } of products) {
      const definition = JSON.stringify(flow)
      const digest = hash('sha256', definition)
      const newest = await tx.maybeOne<FlowRow>(
        'select version, hash from flows where name = $1 order by version desc limit 1',
        [flow.name],
      )
      if (newest?.hash === digest) continue
      assertSound(flow)
      await tx.run(
        'insert into flows (name, version, hash, definition, published_at) values ($1, $2, $3, $4, $5)',
        [flow.name, (newest?.version ?? 0) + 1, digest, definition, instant(now_ms)],
      )
    }
    return tx.any<FlowRow>('select name, version, hash, definition from flows order by name, version')
  })
  const registry = new FlowRegistry(products)
  for (const row of rows) registry.learn(row.name, row.version, row.definition)
  return registry
}

/** What is published stays for good, and agreements on it with it. */
function assertSound(flow: Flow): void {
  const complaints = complaintsAbout(flow)
  if (complaints.length > 0)
    throw new Error(
      `The flow ${flow.name} is not published, since it is not sound; mend it, and see npm run flows: ${complaints.join('; ')}`,
    )
}

/** Versions that another, newer process has published since we started. */
export async function learnFlowVersions(
  lane: Lane,
  registry: FlowRegistry,
  agreements: Iterable<Agreement>,
): Promise<void> {
  for (const { flow, flow_version } of agreements) {
    if (registry.get(flow, flow_version) !== undefined) continue
    const { rows } = await lane.query<FlowRow>({
      name: 'flow',
      text: 'select name, version, hash, definition from flows where name = $1 and version = $2',
      values: [flow, flow_version],
    })
    const [row] = rows
    assert(row, `an agreement stands on ${flow} version ${flow_version}, which was never published`)
    registry.learn(row.name, row.version, row.definition)
  }
}
