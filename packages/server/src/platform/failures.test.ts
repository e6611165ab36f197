// Examines how often a failure that lasts is logged.
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { Failures } from './failures.ts'

function failing() {
  const lines: { msg: string; failed?: number; for_seconds?: number }[] = []
  let now_ms = 0
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  return { lines, failures: new Failures(log, () => now_ms), pass: (ms: number) => (now_ms += ms) }
}

test('C9: an hour of failures, five a second, is a score of lines with growing pauses', () => {
  const { lines, failures, pass } = failing()
  const at: number[] = []
  for (let ms = 0; ms < 3_600_000; ms += 200) {
    const before = lines.length
    failures.note({ err: new Error('away') }, 'could not; trying again')
    if (lines.length > before) at.push(ms / 1_000)
    pass(200)
  }
  expect(at.slice(0, 7)).toEqual([0, 1, 3, 7, 15, 31, 63])
  expect(lines.length).toBeLessThan(22)
  expect(lines.at(-1)).toMatchObject({ failed: expect.any(Number), for_seconds: expect.any(Number) })
  failures.over()
  expect(lines.at(-1)).toMatchObject({ msg: 'it works again', failed: 18_000, for_seconds: 3_600 })
  failures.over()
  expect(lines.filter(({ msg }) => msg === 'it works again')).toHaveLength(1)
})

test('C9: another failure is said at once, and one that is over begins anew', () => {
  const { lines, failures } = failing()
  failures.note({}, 'one')
  failures.note({}, 'other')
  failures.note({}, 'one')
  expect(lines.map(({ msg }) => msg)).toEqual(['one', 'other'])
  failures.over('other')
  failures.note({}, 'other')
  expect(lines.map(({ msg }) => msg)).toEqual(['one', 'other', 'other'])
})
