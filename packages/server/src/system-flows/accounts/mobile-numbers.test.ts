// Examines which mobile numbers are taken for GCash and Maya, and that the date of the metadata is the true one.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { account_kinds } from './account-details.ts'
import { isPhilippineMobile, phone_data } from './mobile-numbers.ts'

test.each([
  ['08951234567', true],
  ['08981234567', true],
  ['09171234567', true],
  ['09911234567', true],
  ['0917123456', false],
  ['091712345678', false],
  ['639171234567', false],
  ['0281234567', false],
  ['08941234567', false],
  ['0917 1234567', false],
])('N8: %s is a mobile number of GCash and Maya: %s', (number, taken) => {
  expect(isPhilippineMobile(number)).toBe(taken)
  for (const kind of ['gcash', 'paymaya'])
    expect(account_kinds[kind]?.currencies['PHP']?.['mobile_number']?.fits(number)).toBe(taken)
})

test('N8: the release of the numbers that is shown is the one that is installed', () => {
  const file = createRequire(import.meta.url).resolve('libphonenumber-js/package.json')
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ version: phone_data.release })
})
