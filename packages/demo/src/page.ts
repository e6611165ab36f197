/** Demo: the page that a person reads. Colour only where standard output is a terminal and NO_COLOR is not set. */

import { styleText } from 'node:util'
import { display } from '@holdfast/kernel/money/amount.ts'
import { told, type Check } from './check.ts'

const label_width = 26
const cell_width = 12

export class Page {
  readonly #write: (line: string) => void
  #open = true

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  /** After this nothing is written any more. */
  close(): void {
    this.#open = false
  }

  line(text = ''): void {
    if (this.#open) this.#write(text.replaceAll(/\b([a-z]+_)[0-9a-z]{22}([0-9a-z]{4})\b/g, '$1…$2'))
  }

  title(text: string): void {
    this.line()
    this.line(styleText('bold', text))
  }

  check({ what, expected, got, ok, currency }: Check): void {
    const instead = ok ? '' : styleText('red', `  expected ${told(expected, currency)}`)
    this.line(`${mark(ok)} ${label(what)}${told(got, currency)}${instead}`)
  }

  /** The head of a table of balances: three columns for each wallet. */
  head(currency: string, wallets: readonly string[]): void {
    const names = wallets.map((name) => name.padStart(3 * cell_width)).join('')
    const columns = wallets.map(() => ['total', 'available', 'frozen'].map(cell).join('')).join('')
    this.line(styleText('dim', `  ${currency.padEnd(label_width)}${wallets.length > 1 ? names : columns}`))
    if (wallets.length > 1) this.line(styleText('dim', `  ${''.padEnd(label_width)}${columns}`))
  }

  row(name: string, currency: string, checks: readonly Check[]): void {
    const cells = checks.map(({ got, ok }) => {
      const text = cell(told(got, currency).replace(`${currency} `, ''))
      return ok ? text : styleText('red', text)
    })
    this.line(`${mark(checks.every(({ ok }) => ok))} ${label(name)}${cells.join('')}`)
    for (const check of checks) if (!check.ok) this.check(check)
  }

  /** One line of a wallet's statement. */
  entry(name: string, type: string, amount: bigint, currency: string, description: string): void {
    const columns = `${label(name)}${type.padEnd(15)}${display(amount, currency)}`
    this.line(`${mark(true)} ${columns}  ${description}`)
  }
}

export function mark(ok: boolean): string {
  return ok ? styleText('green', '✓') : styleText('red', '✗')
}

/** A label that is too long pushes its line to the right, and stays apart from it. */
function label(text: string): string {
  return `${text.padEnd(label_width - 1)} `
}

function cell(text: string): string {
  return text.padStart(cell_width)
}
