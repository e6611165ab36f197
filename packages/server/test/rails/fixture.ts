// The harness room of payment rails: an engine whose providers are emulated in the same process, and people who pay there.
import { startEngine, type Engine, type EngineOptions, type Json } from '../fixtures/engine.ts'
import { until } from '../fixtures/patience.ts'

export interface Street {
  readonly engine: Engine
  /** An admin call of the emulator that must be taken. */
  emulator(path: string, body?: Json): Promise<Json>
  /** What makes calls and events fail, by its own rules; none any more. */
  fault(rule: Json): Promise<void>
  clearFaults(): Promise<void>
  /** A payer at the hosted page, by the address that was given. */
  pay(checkout_url: string, change?: Json): Promise<Json>
  /** The banks pay what PayMongo has on its way, so many: in test mode only a few numbers end by themselves. */
  banksPay(count: number, bad_number?: string): Promise<void>
  /** What the providers say moved, per kind: minor units. */
  moved(): Promise<Moved>
  /** The balance of a standing account. */
  standing(owner: string, purpose: string, currency?: string): Promise<number>
  /** Asks until it is so, on the real clock. */
  until<T>(read: () => Promise<T>, is: (value: T) => boolean, what: string): Promise<T>
  stop(): Promise<void>
}

export interface Moved {
  readonly pay_ins: number
  readonly refunds: number
  readonly pay_outs: number
}

export async function openStreet(options: EngineOptions = {}): Promise<Street> {
  const engine = await startEngine({
    parts: ['api', 'worker', 'emulator'],
    ...options,
    config: { emulator_port: 0, ...options.config },
  })
  const { emulator_address } = engine.running
  if (emulator_address === null) throw new Error('no emulator runs')

  async function emulator(path: string, body?: Json): Promise<Json> {
    const response = await fetch(`${emulator_address}/__emulator${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await response.text()
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`)
    return JSON.parse(text) as Json
  }

  const street: Street = {
    engine,
    emulator,
    fault: async (rule) => void (await emulator('/faults', rule)),
    clearFaults: async () =>
      void (await fetch(`${emulator_address}/__emulator/faults`, { method: 'DELETE' })),
    pay: (checkout_url, change = {}) =>
      emulator('/paymongo/pay', { id: sessionIn(checkout_url), method: 'gcash', ...change }),
    async banksPay(count, bad_number) {
      const transfers = async () => (await emulator('/books'))['paymongo']['transfers'] as Json[]
      const waiting = (found: Json[]) => found.filter(({ status }) => status === 'pending')
      const found = await street.until(transfers, (all) => waiting(all).length >= count, 'transfers')
      for (const { id, number } of waiting(found)) {
        const status = number === bad_number ? 'failed' : 'succeeded'
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await emulator(`/paymongo/transfers/${id}/settle`, { status })
      }
    },
    async moved() {
      const { paymongo, momo } = await emulator('/books')
      const sum = (lines: readonly Json[], is: (line: Json) => boolean) =>
        lines.filter(is).reduce((total, { amount }) => total + Number(amount), 0)
      const by = (operation: string) => (line: Json) =>
        line['operation'] === operation && line['status'] === 'SUCCESSFUL'
      return {
        pay_ins:
          sum(paymongo['payments'], (line) => line['status'] === 'paid') +
          sum(momo['movements'], by('requesttopay')),
        refunds:
          sum(paymongo['refunds'], (line) => line['status'] === 'succeeded') +
          sum(momo['movements'], by('refund')),
        pay_outs:
          sum(
            paymongo['transfers'],
            (line) => line['status'] === 'succeeded' && line['direction'] === 'outward' && !line['returned'],
          ) + sum(momo['movements'], by('transfer')),
      }
    },
    async standing(owner, purpose, currency = 'PHP') {
      const { data } = await engine.must(200, '/v1/platform/accounts', { key: engine.admin })
      const found = (data as Json[]).find(
        (row) => row['owner'] === owner && row['purpose'] === purpose && row['currency'] === currency,
      )
      return Number(found?.['balance'] ?? 0)
    },
    until: (read, is, what) =>
      until(read, is, what).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${engine.log.slice(-5).join('')}`, { cause: error })
      }),
    stop: () => engine.stop(),
  }
  return street
}

function sessionIn(checkout_url: string): string {
  const found = /cs_[A-Za-z0-9_]+/.exec(new URL(checkout_url).pathname)
  if (found === null) throw new Error(`no session in ${checkout_url}`)
  return found[0].split('_client_')[0] ?? ''
}
