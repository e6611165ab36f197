// A studio with one project and one milestone, taken through the pure engine: for the tests of the freelance product's shares.
import type { Problem } from '@holdfast/kernel/problem.ts'
import type { Accepted, Actor, Ask } from '@holdfast/kernel/engine/ask.ts'
import { milestone } from '../src/products/freelance/milestone/product.ts'
import { project } from '../src/products/freelance/project/product.ts'
import { newAccount, walletAccountId } from '@holdfast/kernel/ledger/account.ts'
import { accepted, operator, person, Town } from '@holdfast/kernel/test/town.ts'

export const client = person('client')
export const developer = person('developer')
export const other_operator: Actor = { kind: 'operator', id: 'op_2', party: null }

export interface Terms {
  readonly currency: string
  readonly amount: bigint
  readonly broker: boolean
  /** The fee schedule in force when the project is made. */
  readonly schedule?: Readonly<Record<string, string>>
}

export class Studio {
  readonly town = new Town([project, milestone], milestone.flow.name)
  readonly project: string

  constructor({ currency, amount, broker, schedule = {} }: Terms) {
    const { town } = this
    this.publish(schedule)
    const id = walletAccountId('client', 'available', currency)
    const wallet = {
      id,
      owner: 'client',
      purpose: 'available',
      currency,
      agreement: null,
      beneficiary: null,
    } as const
    const accounts = new Map([[id, { ...newAccount(wallet), balance: amount, paid_in: amount }]])
    town.world = { ...town.world, accounts }
    const parties = { client: 'client', developer: 'developer', ...(broker ? { broker: 'broker' } : {}) }
    const made = accepted(town.take(town.create(project.flow.name, {}, parties, { currency })).verdicts[0])
    this.project = made.agreement.id
    town.agreement = this.add(amount).agreement
  }

  /** A fee schedule for the projects that come. */
  publish(schedule: Readonly<Record<string, string>>): void {
    this.town.world = { ...this.town.world, schedules: new Map([[project.flow.name, schedule]]) }
  }

  /** A milestone of the project. */
  add(amount: bigint): Accepted {
    const above = this.town.world.agreements.get(this.project)
    if (above === undefined) throw new Error('no project')
    const { parties, currency } = above
    const ask = this.town.create(
      milestone.flow.name,
      { amount },
      { ...parties },
      { currency, under: above.id },
    )
    return accepted(this.town.take({ ...ask, input: { due_date: '2026-02-01T00:00:00.000Z' } }).verdicts[0])
  }

  go(transition: string, actor: Actor, input: Ask['input'] = {}): Accepted {
    return this.town.go(transition, actor, { input })
  }

  refused(transition: string, actor: Actor, input: Ask['input'] = {}): Problem {
    return this.town.refused(transition, actor, { input })
  }

  /** As an operator, and as a second one where the sum needs one. */
  decide(transition: string, input: Ask['input'] = {}): void {
    const { event } = this.go(transition, operator, input)
    if (event.kind === 'mark') this.go(transition, other_operator, input)
  }

  /** The clock takes what it waits for first, if that is a transition. */
  wait(transition: string): void {
    const timer = this.town.agreement?.timers.find(
      (t) => t.transition === transition && t.kind === 'transition',
    )
    if (timer === undefined) throw new Error(`the clock does not wait for ${transition}`)
    this.town.now_ms = timer.at_ms
    const actor = { kind: 'clock', id: 'clock', party: null } as const
    this.town.go(transition, actor, { kind: 'timer' })
  }

  /** What each has in the end, by name. */
  shares(): Record<'client' | 'developer' | 'broker' | 'platform' | 'held', bigint> {
    const of = (owner: string, purpose = 'available') => this.town.balance(owner, purpose)
    return {
      client: of('client'),
      developer: of('developer'),
      broker: of('broker'),
      platform: of('platform', 'revenue'),
      held: of('client', 'held'),
    }
  }

  get held(): bigint {
    return this.town.agreement?.amounts['held'] ?? 0n
  }

  get state(): string | undefined {
    return this.town.agreement?.state
  }
}
