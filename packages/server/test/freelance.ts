// A freelance studio over HTTP: projects with milestones of 100,000,000 VND, as the document has them.
import type { Engine, Json } from './engine.ts'

export const total = 100_000_000

export interface Deal {
  readonly client: string
  readonly developer: string
  readonly broker: string
  readonly project: string
  readonly id: string
}

/** What differs from the document's own milestone. */
interface More {
  readonly project?: Json
  readonly milestone?: Json
  readonly broker?: false
}

export class Freelance {
  readonly engine: Engine
  #cases = 0

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** A milestone between people of its own, whose client has exactly its price. */
  async agreed(more: More = {}): Promise<Deal> {
    const { engine } = this
    this.#cases += 1
    const named = (role: string) => `${role}-${this.#cases}`
    const [client, developer, broker] = [named('client'), named('dev'), named('broker')]
    await engine.topUp(client, total, 'VND')
    const people = { client, developer, ...(more.broker === false ? {} : { broker }) }
    const { id: project } = await engine.must(201, '/projects', {
      body: { ...people, currency: 'VND', title: 'Shop', ...more.project },
    })
    const { id } = await engine.must(201, `/projects/${project}/milestones`, {
      party: client,
      body: { amount: total, title: 'Checkout', ...more.milestone },
    })
    return { client, developer, broker, project, id }
  }

  async completed(more: More = {}): Promise<Deal> {
    const deal = await this.agreed(more)
    await this.fund(deal)
    await this.by(deal.developer, deal, 'complete')
    return deal
  }

  async disputed(more: More = {}): Promise<Deal> {
    const deal = await this.completed(more)
    const why = { dispute_reason: 'not_as_agreed', dispute_text: 'No checkout' }
    await this.by(deal.client, deal, 'dispute', why)
    return deal
  }

  fund({ id, client }: Deal): Promise<Json> {
    return this.engine.must(200, `/escrow/fund/${id}`, { party: client, body: {} })
  }

  by(party: string, { id }: Deal, act: string, body: Json = {}): Promise<Json> {
    return this.engine.must(200, `/milestone/${id}/${act}`, { party, body })
  }

  resolve(id: string, decision: Json): Promise<Json> {
    const { admin: key } = this.engine
    const body = { notes: 'seen both', ...decision }
    return this.engine.must(200, `/admin/disputes/${id}/resolve`, { key, body })
  }

  read({ id }: Deal): Promise<Json> {
    return this.engine.must(200, `/milestone/${id}`)
  }

  /** Type, wallet and amount of each. */
  async transactions({ id }: Deal): Promise<(readonly [string, string, number])[]> {
    const { data } = await this.engine.must(200, `/milestone/${id}/transactions?limit=100`)
    return (data as Json[]).map((row) => [row['type'], row['wallet_id'], row['amount']] as const)
  }

  async available(party: string): Promise<number> {
    return (await this.engine.wallet(party, 'VND'))['available']
  }

  /** What the platform's revenue grows by meanwhile. */
  async revenueOf(act: () => Promise<unknown>): Promise<number> {
    const before = await this.#revenue()
    await act()
    return (await this.#revenue()) - before
  }

  async #revenue(): Promise<number> {
    const { data } = await this.engine.must(200, '/v1/platform/accounts')
    const found = (data as Json[]).find((a) => a['purpose'] === 'revenue' && a['currency'] === 'VND')
    return found?.['balance'] ?? 0
  }
}
