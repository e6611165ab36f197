/** Emulator: ids and secrets as the providers make them. Whoever checks them by their look will be wrong one day. */

import { randomBytes } from 'node:crypto'

const letters = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const body_length = 24

export function newId(prefix: string): string {
  return `${prefix}_${letterText(body_length)}`
}

export function letterText(length: number): string {
  return [...randomBytes(length)].map((byte) => letters[byte % letters.length]).join('')
}
