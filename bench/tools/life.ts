/** A product's full life as the bench lives it: what must be there before, and one life from the creation to the money. */
import type { Script, Writer } from './script.ts'

export interface Life {
  /** Of the flow. */
  readonly name: string
  readonly says: string
  /** Flows whose transitions are counted, where it is not that one alone. */
  readonly flows?: readonly string[]
  /** What must be there before: wallets with money, ads, lines. One script for all connections together. */
  prepare?(writer: Writer, parties: number): Script
  /** One life after the other, for ever, on one connection. */
  live(writer: Writer): Script
}

export const usr = (party: number): string => `usr_${party}`

/** Every party has money enough in this currency. */
export function* topUps(writer: Writer, parties: number, currency: string, amount: number): Script {
  for (let party = 1; party <= parties; party += 1) {
    const path = `/v1/wallets/${usr(party)}/${currency}/top-ups`
    yield writer.operator(path, { amount, reference: writer.key(), reason: 'bench' }, 201)
  }
}
