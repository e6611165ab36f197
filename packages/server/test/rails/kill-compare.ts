/** Kill drill on the rails: what everybody knows, side by side; each difference is a sentence. Pure. */

import { isAccepted, type Acknowledged } from '../crash/record.ts'
import type { Evidence, Made } from './kill-evidence.ts'
import { currencies, type Book, type Currency } from './kill-people.ts'
import type { Json } from './kill-plant.ts'

export function compare(evidence: Evidence): string[] {
  return [
    ...evidence.faults,
    ...acknowledged(evidence),
    ...repeated(evidence),
    ...doubled(evidence),
    ...unclear(evidence),
    ...sums(evidence),
    ...evidence.wallets
      .filter(({ should, is }) => should !== is)
      .map(({ wallet, should, is }) => `the wallet of ${wallet} has ${is}, and should have ${should}`),
    ...(evidence.integrity['clean'] === true ? [] : [`integrity: ${JSON.stringify(evidence.integrity)}`]),
  ]
}

/** Each acknowledged creation is there once, and nothing that was not acknowledged. */
function acknowledged({ record, agreements }: Evidence): string[] {
  const told = record.flatMap(({ asked, told: [answer] }) => {
    if (!asked.transition.startsWith('create ') || answer === undefined || !isAccepted(answer)) return []
    return [idIn(answer)]
  })
  const there = new Set(agreements)
  const known = new Set(told)
  return [
    ...record.filter((one) => one.told.length === 0).map(({ asked }) => `${asked.key} was never answered`),
    ...told.filter((id) => !there.has(id)).map((id) => `${id} was acknowledged and is not there`),
    ...twice(told).map((id) => `${id} was acknowledged under two keys`),
    ...agreements.filter((id) => !known.has(id)).map((id) => `${id} is there, and nobody was told of it`),
  ]
}

function repeated({ record, repeats }: Evidence): string[] {
  return record.flatMap(({ asked, told: [first] }) => {
    const again = repeats.get(asked.n)
    if (first === undefined || again === undefined || !isAccepted(first)) return []
    const same = waits.has(asked.transition) ? idIn(again) === idIn(first) : again.body === first.body
    return again.status === first.status && again.replayed && same
      ? []
      : [`${asked.key}, ${asked.transition}, was answered\n  ${first.body}\nand then\n  ${again.body}`]
  })
}

/** Answered when the provider has been asked: what has come of it by then is another answer each time. */
const waits: ReadonlySet<string> = new Set(['create payment', 'create top-up'])

function idIn({ body }: Acknowledged): string {
  return String((JSON.parse(body) as Json)['id'])
}

/** Nothing at a provider stands there twice for one of ours, nor for none of ours. */
function doubled({ made, tokens }: Evidence): string[] {
  const by = (name: 'token' | 'reference') => (one: Made) => `${one.kind} of ${name} ${one[name]}`
  return [
    ...twice(made.map(by('token'))).map((one) => `${one} is at the provider twice`),
    ...twice(made.map(by('reference'))).map((one) => `${one} is at the provider twice`),
    ...made
      .filter(({ token }) => !tokens.has(token))
      .map((one) => `${by('token')(one)} is at the provider, and we know nothing of it`),
  ]
}

const open: readonly string[] = ['wanted', 'unknown', 'pending', 'lost']

function unclear({ payments }: Evidence): string[] {
  return payments
    .filter(({ state, told_engine }) => open.includes(String(state)) || told_engine === 'not_taken')
    .map((one) => {
      const [what, why] = [`${one['kind']} ${one['id']}`, `${one['told_engine']}, ${one['reason']}`]
      return `${what} is still ${one['state']}: ${why}`
    })
}

/** Three books: the ledger's, the providers', the people's. */
function sums({ clearing, transit, books, book }: Evidence): string[] {
  const moved = movedAt(books)
  return currencies.flatMap((currency) => {
    const net = netOf(moved, currency)
    const lines = (Object.keys(book) as (keyof Book)[]).filter(
      (line) => book[line][currency] !== moved[line][currency],
    )
    return [
      ...(-clearing[currency] === net
        ? []
        : [`${currency}: clearing has ${-clearing[currency]}, the providers have ${net}`]),
      ...(transit[currency] === 0 ? [] : [`${currency}: ${transit[currency]} are in transit for ever`]),
      ...lines.map(
        (line) =>
          `${currency}: ${line} is ${moved[line][currency]} by the providers, ${book[line][currency]} by the people`,
      ),
    ]
  })
}

export function movedAt({ paymongo, momo }: Json): Book {
  const of = (lines: readonly Json[], is: (line: Json) => boolean, currency: Currency) =>
    lines
      .filter((line) => line['currency'] === currency && is(line))
      .reduce((total, { amount }) => total + Number(amount), 0)
  const ended = (operation: string) => (line: Json) =>
    line['operation'] === operation && line['status'] === 'SUCCESSFUL'
  const all = (name: string, is: (line: Json) => boolean, operation: string) =>
    Object.fromEntries(
      currencies.map((currency) => [
        currency,
        of(paymongo[name], is, currency) + of(momo['movements'], ended(operation), currency),
      ]),
    ) as Record<Currency, number>
  return {
    paid: all('payments', ({ status }) => status === 'paid', 'requesttopay'),
    given_back: all('refunds', ({ status }) => status === 'succeeded', 'refund'),
    paid_out: all('transfers', ({ status }) => status === 'succeeded', 'transfer'),
  }
}

function netOf({ paid, given_back, paid_out }: Book, currency: Currency): number {
  return paid[currency] - given_back[currency] - paid_out[currency]
}

function twice(words: readonly string[]): string[] {
  const seen = new Set<string>()
  return words.filter((word) => seen.has(word) || !seen.add(word))
}
