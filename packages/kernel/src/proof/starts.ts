/** Engine, pure: the situations that the exploration of a flow begins in: before its creation, alone or under another agreement. */

import { isProblem } from '../problem.ts'
import type { Purpose } from '../flow/define.ts'
import type { AccountRef, CompiledFlow } from '../flow/compile.ts'
import { floorOf } from '../ledger/account.ts'
import { amountOf } from '../engine/agreement.ts'
import { asksIn } from './asks.ts'
import { sceneOf, type Cast, type Scene } from './scene.ts'
import { owersOf, search } from './search.ts'
import { settingsOf, settingsUnder } from './settings.ts'
import { after, topUp, unborn, type Setting, type Situation } from './situation.ts'
import { sizes } from './values.ts'
import type { Product } from '../engine/product.ts'

/** So many situations of the agreement above are looked through for those where one below may be opened, and so many are kept. */
export const above_situations_max = 2_000
export const starts_max = 4
const start_ms = Date.UTC(2001, 0, 1)

export function rootsOf(scene: Scene, products: readonly Product[]): Situation[] {
  const { self, above } = scene
  const there = foundThere(self.flow)
  if (self.flow.under === null)
    return settingsOf(self.flow).map((setting) => unborn(setting, start_ms, there))
  return above === null ? [] : startsIn(scene, above, products)
}

/** Purposes of the outside's accounts that cannot go below nothing, and that this flow takes from and never puts money into: others have. */
function foundThere({ transitions }: CompiledFlow): Purpose[] {
  const moves = [...transitions.values()].flatMap(({ moves: at_once, later }) => [...at_once, ...later])
  const isFound = ({ party, purpose }: AccountRef) =>
    party === 'outside' &&
    floorOf(purpose) !== null &&
    !moves.some(({ to }) => to.party === party && to.purpose === purpose)
  return [...new Set(moves.flatMap(({ from }) => (isFound(from) ? [from.purpose] : [])))]
}

/** In which one is opened under the agreement of another situation. */
function rootOver(start: Situation, setting: Setting): Situation {
  return { ...start, setting, above: start.agreement, agreement: null, funded: false, births: 0, stirs: 0 }
}

/** Where one can be opened under another agreement: in situations of that one that differ in more than amounts. */
function startsIn(scene: Scene, above: Cast, products: readonly Product[]): Situation[] {
  const alone = sceneOf(above.product, [above.product])
  const schedules = settingsOf(above.flow).reduce(
    (most, { schedule_no }) => Math.max(most, schedule_no + 1),
    0,
  )
  const { seen } = search(alone, rootsOf(alone, products), 'in_order', above_situations_max)
  const starts = new Map<string, Situation[]>()
  for (const { situation } of seen.values()) {
    const { agreement, setting } = situation
    if (agreement === null || agreement.ended_ms !== null || agreement.later !== null) continue
    const kind = kindOf(situation, above)
    if (starts.has(kind)) continue
    const settings = settingsUnder(
      scene.self.flow,
      agreement.parties,
      above.flow.parties,
      `${setting.name}, `,
    )
    // The other schedule of the one above goes with the other one here, where there is one.
    const has_other = settings.some(({ schedule_no }) => schedule_no === setting.schedule_no)
    const same_no = has_other ? setting.schedule_no : 0
    const fitting = settings.filter(({ schedule_no: no }) => no === same_no || no >= schedules)
    const roots = fitting.flatMap((one) => openingsIn(scene, rootOver(situation, one)))
    if (roots.length > 0) starts.set(kind, roots)
    if (starts.size >= starts_max) break
  }
  return [...starts.values()].flat()
}

/** With all of it where that is accepted, else with half of it; none where nothing is. */
function openingsIn(scene: Scene, root: Situation): Situation[] {
  const sized = sizes.map((size) => ({ ...root, setting: { ...root.setting, size } }))
  const opens = (one: Situation) => {
    const funded = topUp(one, owersOf(scene.self.flow))
    return asksIn(funded, scene).some(({ ask }) => !isProblem(after(funded, ask, scene.registry, '')))
  }
  return sized.filter(opens).slice(0, 1)
}

/** Its state, and whether it holds or counts anything. */
function kindOf({ setting, agreement }: Situation, { flow }: Cast): string {
  const counted = flow.amounts.filter((name) => flow.flow.amounts[name] === 'counted')
  const some = ['held', ...counted].filter((name) => agreement !== null && amountOf(agreement, name) > 0n)
  return JSON.stringify([setting.name, agreement?.state, some])
}
