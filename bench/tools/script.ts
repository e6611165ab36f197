/** What a script of requests is made of: requests to the letter, unique keys, and the parties that take part. */

export interface Ask {
  text: string
  expect: number
  says: string
}

/** Takes the text of the last answer, gives the next request. */
export type Script = Generator<Ask, void, string>

/** Plain data, because it crosses to the generator's process. */
export interface Callers {
  service_key: string
  operator_key: string
  parties: number
  /** Makes idempotency keys and references unique among all loads of a run. */
  run: string
}

/** Requests as one engine's callers send them. Parties are numbers; `usr_7` is the seventh. */
export interface Writer {
  readonly parties: number
  /** As the service, for this party where one is named. */
  service(path: string, body: object, expect: number, party?: string): Ask
  operator(path: string, body: object, expect: number): Ask
  /** Unique in the whole run. */
  key(): string
  somebody(): number
  after(party: number): number
}

export function writer(callers: Callers, host: string): Writer {
  let keys = 0
  const head = (bearer: string) =>
    `HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${bearer}\r\ncontent-type: application/json\r\n`
  const heads = { service: head(callers.service_key), operator: head(callers.operator_key) }
  const key = (): string => `${callers.run}-${(keys += 1).toString(36).padStart(8, '0')}`
  const write = (who: string, path: string, body: object, expect: number, party?: string): Ask => {
    const text = JSON.stringify(body)
    const named = party === undefined ? '' : `holdfast-party: ${party}\r\n`
    return {
      text: `POST ${path} ${who}idempotency-key: ${key()}\r\n${named}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
      expect,
      says: path.replaceAll(/[a-z]+_[0-9a-z]{20,}/g, '{id}'),
    }
  }
  return {
    parties: callers.parties,
    service: (path, body, expect, party) => write(heads.service, path, body, expect, party),
    operator: (path, body, expect) => write(heads.operator, path, body, expect),
    key,
    somebody: () => 1 + Math.floor(Math.random() * callers.parties),
    after: (party) => (party % callers.parties) + 1,
  }
}

/** The id in an answer: the first, which is the agreement's own. */
export function idIn(answer: string): string {
  const at = answer.indexOf('"id":"')
  return answer.slice(at + 6, answer.indexOf('"', at + 6))
}
