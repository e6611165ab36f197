/** Events: flows as newer processes have published them since we started; their events are in the log already. */

import type { Tx } from '../platform/postgres/database.ts'
import type { FlowRegistry } from '@holdfast/kernel/engine/product.ts'
import type { Flow } from '@holdfast/kernel/flow/define.ts'
import type { LoggedEvent } from './log.ts'

export async function learnVersions(
  tx: Tx,
  registry: FlowRegistry,
  events: readonly LoggedEvent[],
): Promise<void> {
  const missing = new Map<string, readonly [flow: string, version: number]>()
  for (const { body } of events) {
    const { flow, flow_version } = body
    if (registry.get(flow, flow_version) === undefined)
      missing.set(`${flow} ${flow_version}`, [flow, flow_version])
  }
  for (const [flow, version] of missing.values()) {
    const { definition } = await tx.one<{ definition: Flow }>(
      'select definition from flows where name = $1 and version = $2',
      [flow, version],
    )
    registry.learn(flow, version, definition)
  }
}
