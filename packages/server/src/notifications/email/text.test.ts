// The words of an e-mail: whose money it was, a subject that fits, and nothing but what the event says.
import { expect, test } from 'vitest'
import { emailText, subject_length_max } from './text.ts'
import type { EventBody } from '../../event-log/log.ts'

type Posting = readonly [from: string, to: string, amount: number]

const textOf = (person: string, currency: string, ...postings: readonly Posting[]) => {
  const body = {
    agreement: 'ord_1',
    currency,
    postings: postings.map(([from, to, amount]) => ({ from, to, amount })),
    at: '2026-03-15T22:30:00.000Z',
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rest of an event is not read
  return emailText('Said', body as unknown as EventBody, person, 'Africa/Kigali').text
}
const lines = (text: string) => text.split('\n').slice(2, -3)

test('the sentence, whose money, about what, and when where the people are', () => {
  expect(textOf('usr.7', 'PHP', ['usr.7.held', 'usr.8.available', 5_000_000])).toBe(
    'Said.\n\nFrom you: PHP 50,000.00\nAbout: ord_1\nWhen: 16 Mar 2026, 00:30 (Africa/Kigali)\n',
  )
})

const rows: readonly [what: string, person: string, currency: string, says: string[], ...Posting[]][] = [
  [
    'a sale with its fee, to who sold',
    'b',
    'PKR',
    ['To you: PKR 9.00'],
    ['a.held', 'b.available', 900],
    ['a.held', 'platform.revenue', 100],
  ],
  [
    'to who bought',
    'a',
    'PKR',
    ['From you: PKR 10.00'],
    ['a.held', 'b.available', 900],
    ['a.held', 'platform.revenue', 100],
  ],
  [
    'shared',
    'a',
    'VND',
    ['Back in your wallet: VND 400', 'From you: VND 600'],
    ['a.held', 'a.available', 400],
    ['a.held', 'b.available', 600],
  ],
  ['set aside', 'a', 'BTC', ['Set aside in your wallet: BTC 0.00000001'], ['a.available', 'a.payout', 1]],
  [
    'sent back by the bank',
    'a',
    'RWF',
    ['To you: RWF 1,000', 'Back in your wallet: RWF 1,000'],
    ['outside.clearing', 'a.payout', 1_000],
    ['a.payout', 'a.available', 1_000],
  ],
  ['lent: the debtor', 'a', 'RWF', ['Owed by you: RWF 10'], ['a.debt', 'c.due', 10]],
  ['lent: the lender', 'c', 'RWF', ['Owed to you: RWF 10'], ['a.debt', 'c.due', 10]],
  ['paid back: the debtor', 'a', 'RWF', ['Owed by you no more: RWF 10'], ['c.due', 'a.debts', 10]],
  ['paid back: the lender', 'c', 'RWF', ['Owed to you no more: RWF 10'], ['c.due', 'a.debts', 10]],
  [
    "others' money, and names like one's own",
    'a',
    'PKR',
    [],
    ['a.b.held', 'b.available', 1],
    ['b.held', 'aa.held', 2],
  ],
  ['staff', '*operator', 'PKR', [], ['a.held', 'b.available', 1]],
]
test.each(rows)('%s', (_, person, currency, says, ...postings) => {
  expect(lines(textOf(person, currency, ...postings))).toEqual(says)
})

test('a long sentence is cut in the subject at a word, and whole in the text', () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rest of an event is not read
  const body = {
    agreement: 'ord_1',
    currency: 'PKR',
    postings: [],
    at: '2026-03-15T22:30:00.000Z',
  } as unknown as EventBody
  const says = `Reminder, if nothing happens soon: ${'word '.repeat(20)}end.`
  const { subject, text } = emailText(says, body, 'a', 'UTC')
  expect(subject.length).toBeLessThanOrEqual(subject_length_max)
  expect(subject).toMatch(/ word…$/)
  expect(text.startsWith(`${says}\n\n`)).toBe(true)
  expect(emailText('x'.repeat(200), body, 'a', 'UTC').subject).toBe(`${'x'.repeat(subject_length_max - 1)}…`)
})
