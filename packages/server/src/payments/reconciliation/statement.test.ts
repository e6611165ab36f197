// Bank statements: read to the unit, or refused with the line that is wrong.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isProblem } from '@holdfast/kernel/problem.ts'
import { amount_max } from '@holdfast/kernel/money/amount.ts'
import { toDecimal } from '../providers/decimal.ts'
import { pairLines, judgeLine, type ByHand } from './compare-bank.ts'
import { readStatement, statement_bytes_max, statement_lines_max, type Line } from './statement.ts'

const head = 'date,amount,reference,description'
function linesOf(csv: string, currency = 'PHP'): readonly Line[] {
  const lines = readStatement(csv, currency)
  if (!Array.isArray(lines)) throw new Error(JSON.stringify(lines))
  return lines
}

test('as banks write it: in any order, with a mark in front, quoted, with Windows line ends', () => {
  const csv =
    '\uFEFFDescription,DATE,Amount ,Balance,Reference\r\n"Rent, ""May""",2026-03-15,-1250.50,9.00,BANK-7\r\n\r\n,2026-03-16,0.05,,\r\n'
  expect(linesOf(csv)).toMatchObject([
    { date: '2026-03-15', amount: -125_050n, reference: 'BANK-7', description: 'Rent, "May"' },
    { date: '2026-03-16', amount: 5n, reference: '', description: '' },
  ])
})

test('credit and debit in columns of their own', () => {
  const csv = 'date,credit,debit,reference\n2026-03-15,10.00,,A\n2026-03-15,,2.50,B\n2026-03-15,0,3,C'
  expect(linesOf(csv).map(({ amount }) => amount)).toEqual([1_000n, -250n, -300n])
})

test('two equal lines are two movements, and each the same in another copy', () => {
  const twice = `${head}\n2026-03-15,1,A,x\n2026-03-15,1,A,x`
  const keys = linesOf(twice).map(({ key }) => key)
  expect(new Set(keys).size).toBe(2)
  expect(linesOf(`${twice}\n2026-03-16,1,A,x`).map(({ key }) => key)).toEqual(expect.arrayContaining(keys))
})

test('every amount of every size is read exactly', () => {
  const amount = fc.bigInt({ min: -amount_max, max: amount_max }).filter((one) => one !== 0n)
  fc.assert(
    fc.property(amount, fc.constantFrom('PHP', 'RWF', 'BTC'), (minor, currency) => {
      const text = `${minor < 0n ? '-' : ''}${toDecimal(minor < 0n ? -minor : minor, currency)}`
      expect(linesOf(`${head}\n2026-03-15,${text},A,`, currency)[0]?.amount).toBe(minor)
    }),
  )
})

describe('what is wrong is named with its line', () => {
  const good = '2026-03-15,1.00,A,x'
  test.each([
    ['nothing', '', 1, /empty/],
    ['names alone', head, 1, /no line below/],
    ['no date', `amount,reference\n1,A`, 1, /called date/],
    ['no amount', `date,reference\n2026-03-15,A`, 1, /credit and debit/],
    ['amount twice told', `date,amount,credit,debit,reference\n2026-03-15,1,1,,A`, 1, /either/],
    ['a column twice', `date,date,amount,reference\n2026-03-15,2026-03-15,1,A`, 1, /two columns/],
    ['nothing to know a line by', `date,amount\n2026-03-15,1`, 1, /reference or description/],
    ['another date', `${head}\n${good}\n15/03/2026,1,A,x`, 3, /no date/],
    ['a day that is not', `${head}\n2026-02-30,1,A,x`, 2, /no date/],
    ['thousands', `${head}\n2026-03-15,"1,000.00",A,x`, 2, /no amount/],
    ['too fine', `${head}\n2026-03-15,1.005,A,x`, 2, /no amount/],
    ['an exponent', `${head}\n2026-03-15,1e3,A,x`, 2, /no amount/],
    ['two signs', `${head}\n2026-03-15,--1,A,x`, 2, /no amount/],
    ['none at all', `${head}\n2026-03-15,,A,x`, 2, /no amount/],
    ['zero', `${head}\n2026-03-15,0.00,A,x`, 2, /no money/],
    ['both sides', `date,credit,debit,reference\n2026-03-15,1,1,A`, 2, /in one line/],
    ['a cell too many', `${head}\n${good}\n${good},more`, 3, /record|length/i],
    ['a quote that never ends', `${head}\n2026-03-15,1,"A,x`, 2, /quote/i],
    ['another currency', `date,amount,reference,currency\n2026-03-15,1,A,USD`, 2, /currency/],
    ['a long text', `${head}\n2026-03-15,1,A,${'x'.repeat(1_001)}`, 2, /longer/],
  ])('%s', (_, csv, line, reason) => {
    expect(readStatement(csv, 'PHP')).toMatchObject({
      code: 'invalid_request',
      details: { line, reason: expect.stringMatching(reason) },
    })
  })

  test('too many lines, and too many bytes', () => {
    const lines = `${head}\n${`${good}\n`.repeat(statement_lines_max + 1)}`
    expect(readStatement(lines, 'PHP')).toMatchObject({ code: 'invalid_request' })
    expect(readStatement('x'.repeat(statement_bytes_max + 1), 'PHP')).toMatchObject({
      code: 'payload_too_large',
    })
  })

  test('whatever is thrown at it, it answers', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const read = readStatement(`${head}\n${text}`, 'PHP')
        expect(Array.isArray(read) || isProblem(read)).toBe(true)
      }),
    )
  })
})

describe('lines and what was done by hand', () => {
  const byHand = (change: Partial<ByHand> = {}): ByHand => ({
    id: 'transfer',
    agreement: 'agreement',
    at_ms: 0,
    amount: 100n,
    references: ['BANK-7'],
    ...change,
  })
  const line = (reference: string, amount: string, description = '') =>
    linesOf(`${head}\n2026-03-15,${amount},${reference},${description}`)[0]

  test.each([
    ['the same', line('BANK-7', '1.00'), ['matched']],
    ['in other letters, with spaces', line(' bank-7 ', '1.00'), ['matched']],
    ['somewhere in what it says', line('', '1.00', 'TRANSFER FROM ANA REF:BANK-7.'), ['matched']],
    ['another amount', line('BANK-7', '1.01'), ['different']],
    ['the other way', line('BANK-7', '-1.00'), ['missing_here', 'missing_there']],
    ['only a part of it', line('BANK-77', '1.00'), ['missing_here', 'missing_there']],
    ['nothing in common', line('X', '1.00'), ['missing_here', 'missing_there']],
  ])('%s', (_, one, judgements) => {
    expect(pairLines(one === undefined ? [] : [one], [byHand()]).map(judgeLine)).toEqual(judgements)
  })

  test('the amount decides between two with one reference', () => {
    const [small, large] = [byHand({ id: 'small' }), byHand({ id: 'large', amount: 200n })]
    const lines = linesOf(`${head}\n2026-03-15,2.00,BANK-7,\n2026-03-15,1.00,BANK-7,`)
    expect(pairLines(lines, [small, large]).map((pair) => [pair.by_hand?.id, judgeLine(pair)])).toEqual([
      ['large', 'matched'],
      ['small', 'matched'],
    ])
  })

  test('each line and each transfer in exactly one pair', () => {
    const word = fc.constantFrom('A', 'B', 'C')
    const size = fc.constantFrom(100n, 200n, -100n)
    const some = fc.array(fc.record({ word, size }), { maxLength: 8 })
    fc.assert(
      fc.property(some, some, (there, here) => {
        const lines = there.map(({ word: reference, size: amount }, n) => ({
          key: String(n),
          date: '2026-03-15',
          amount,
          reference,
          description: '',
        }))
        const transfers = here.map(({ word: reference, size: amount }, n) =>
          byHand({ id: String(n), amount, references: [reference] }),
        )
        const pairs = pairLines(lines, transfers)
        expect(pairs.flatMap((pair) => (pair.line === null ? [] : [pair.line.key])).toSorted()).toEqual(
          lines.map(({ key }) => key).toSorted(),
        )
        expect(pairs.flatMap((pair) => (pair.by_hand === null ? [] : [pair.by_hand.id])).toSorted()).toEqual(
          transfers.map((one) => one.id).toSorted(),
        )
        const sum = (of: readonly { amount: bigint }[]) => of.reduce((all, { amount }) => all + amount, 0n)
        const differing = pairs.filter((pair) => judgeLine(pair) !== 'matched')
        expect(
          sum(differing.flatMap((pair) => pair.line ?? [])) -
            sum(differing.flatMap((pair) => pair.by_hand ?? [])),
        ).toBe(sum(lines) - sum(transfers))
      }),
    )
  })
})
