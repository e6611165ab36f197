/** Base: a secret prints as [secret], whatever prints it: a log, an event, an answer, an error. */

import { inspect } from 'node:util'

const shown = '[secret]'

/** What somebody else wrote, who may repeat what we said, without these. */
export function without(secrets: readonly Secret[], text: string): string {
  return secrets.reduce((kept, secret) => kept.replaceAll(secret.reveal(), secret.toString()), text)
}

export class Secret {
  /** Out of reach of JSON, of `Object.entries` and of the inspector. */
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** Where it is used: in a header that leaves for its provider, or as the key of a signature. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return shown
  }

  toJSON(): string {
    return shown
  }

  [inspect.custom](): string {
    return shown
  }
}
