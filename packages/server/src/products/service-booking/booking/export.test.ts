/** The vendor's wallet as CSV: what a spreadsheet would take for a formula, and what RFC 4180 wants quoted. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { csv } from './export.ts'

test.each([
  ['=1+1', "'=1+1"],
  ['+639171234567', "'+639171234567"],
  ['-5', "'-5"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
  ['a,b', '"a,b"'],
  ['a "b"', '"a ""b"""'],
  ['two\nlines', '"two\nlines"'],
  ['two\rlines', '"two\rlines"'],
  ['50000.00', '50000.00'],
  ['', ''],
])('%j is written %j', (cell, written) => {
  expect(csv([[cell, 'x']])).toBe(`${written},x\r\n`)
})

test('any table is read as it was written, but for the apostrophe before a formula', () => {
  const table = fc.array(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 4 }), {
    minLength: 1,
  })
  fc.assert(
    fc.property(table, (records) => {
      const safe = records.map((record) =>
        record.map((cell) => (/^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(cell) ? `'${cell}` : cell)),
      )
      expect(read(csv(records))).toEqual(safe)
    }),
  )
})

/** RFC 4180, by the letter. */
function read(text: string): string[][] {
  const records: string[][] = [[]]
  let at = 0
  for (;;) {
    const quoted = /"((?:[^"]|"")*)"/y
    const plain = /[^,\r\n"]*/y
    quoted.lastIndex = plain.lastIndex = at
    const [found = '', inside] = quoted.exec(text) ?? plain.exec(text) ?? []
    records.at(-1)?.push(inside === undefined ? found : inside.replaceAll('""', '"'))
    at += found.length
    if (text[at] === ',') at += 1
    else {
      expect(text.slice(at, at + 2)).toBe('\r\n')
      at += 2
      if (at === text.length) return records
      records.push([])
    }
  }
}
