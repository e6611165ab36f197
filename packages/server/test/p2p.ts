// A bureau de change: ads and orders of the P2P product over HTTP, with people who have money and payment methods.

import { form, png } from './form.ts'
import { startEngine, type Answer, type Engine, type EngineOptions, type Json } from './engine.ts'

export const naira = 'NGN'
/** 1,580.25 naira a dollar, in kobo. */
export const rate = '158025'
const bank = {
  kind: 'bank_transfer',
  currency: 'USD',
  details: {
    bank_name: 'First',
    routing_number: '021000021',
    account_number: '12345678',
    account_name: 'Ada',
  },
}

export interface Bureau extends Engine {
  /** A person of whom nobody has heard yet. */
  someone(name: string): string
  /** Its payment method for dollars. */
  method(party: string): Promise<string>
  /** Ads of 100 dollars, orders of 10 to 100; the maker pays naira unless it says otherwise. */
  post(maker: string, body?: Json): Promise<Json>
  take(taker: string, ad: string, quantity: number, body?: Json): Promise<Answer>
  /** The same, and it must be accepted. */
  taken(taker: string, ad: string, quantity: number, body?: Json): Promise<Json>
  /** One step of an order or an ad. */
  act(path: string, party: string, body?: Json): Promise<Answer>
  upload(party: string, content?: Buffer): Promise<string>
  /** An order that waits for the release job: `{ id, maker, taker, ad }`. */
  paid(quantity?: number): Promise<Trade>
}

export interface Trade {
  readonly id: string
  readonly ad: string
  readonly payer: string
  readonly payee: string
}

export async function openBureau(options: EngineOptions = {}): Promise<Bureau> {
  return bureauOn(await startEngine(options))
}

let people = 0

export function bureauOn(engine: Engine): Bureau {
  const someone = (name: string) => `${name}-${(people += 1)}`
  const method = async (party: string): Promise<string> =>
    (await engine.must(201, '/p2p/payment-methods', { party, body: bank }))['id']
  const act = (path: string, party: string, body: Json = {}) => engine.ask(path, { party, body })
  const upload = async (party: string, content: Buffer = png): Promise<string> =>
    (await engine.must(201, '/v1/files', { party, ...form({ content }) }))['id']

  async function post(maker: string, body: Json = {}): Promise<Json> {
    const buys = body['type'] !== 'sell_fx'
    const how = buys ? { payment_method: await method(maker) } : { payment_methods: ['bank_transfer'] }
    return engine.must(201, '/p2p/ads', {
      party: maker,
      body: {
        type: 'buy_fx',
        currency: naira,
        foreign_currency: 'USD',
        price: rate,
        total: 10_000,
        min: 1_000,
        max: 10_000,
        ...how,
        ...body,
      },
    })
  }
  const take = (taker: string, ad: string, quantity: number, body: Json = {}) =>
    engine.ask('/p2p/orders', { party: taker, body: { ad, quantity, ...body } })
  async function taken(taker: string, ad: string, quantity: number, body: Json = {}): Promise<Json> {
    const answer = await take(taker, ad, quantity, body)
    if (answer.status !== 201) throw new Error(`not taken: ${answer.text}`)
    return answer.body
  }
  async function paid(quantity = 1_000): Promise<Trade> {
    const [payer, payee] = [someone('maker'), someone('taker')]
    await engine.topUp(payer, 20_000_000, naira)
    const ad = (await post(payer))['id']
    const { id } = await taken(payee, ad, quantity)
    await engine.must(200, `/p2p/orders/${id}/pay`, { party: payee, body: { proof: { reference: 'TX-1' } } })
    return { id, ad, payer, payee }
  }
  return { ...engine, someone, method, post, take, taken, act, upload, paid }
}
