/** Simulation: seeded randomness (sfc32), so that one number repeats a whole run. */

import assert from 'node:assert/strict'

export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number) {
    this.#a = seed | 0
    this.#b = (seed / 2 ** 32) | 0
    this.#c = 0x9e3779b9 | 0
    for (let i = 0; i < 16; i += 1) this.next()
  }

  /** 0 to 2^32 - 1. */
  next(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0
    return result >>> 0
  }

  /** 0 to n - 1. */
  below(n: number): number {
    return Math.floor((this.next() / 2 ** 32) * n)
  }

  /** `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1)
  }

  amount(from: bigint, to: bigint): bigint {
    if (to <= from) return from
    const wide = (BigInt(this.next()) << 32n) | BigInt(this.next())
    return from + (wide % (to - from + 1n))
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)]
    assert(picked !== undefined, 'nothing to pick from')
    return picked
  }

  /** One of several, each as likely as its weight. */
  weighted<T>(rows: readonly (readonly [weight: number, T])[]): T {
    let left = this.below(rows.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, picked] of rows) {
      if (left < weight) return picked
      left -= weight
    }
    throw new Error('the weights sum to nothing')
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    for (let i = 0; i < length; i += 1) bytes[i] = this.next()
    return bytes
  }
}
