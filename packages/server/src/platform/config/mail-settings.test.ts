// Settings of e-mail: no password and no live e-mail in the open, addresses that are addresses, secrets that nothing prints.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { env } from '../../../test/payments/settings.ts'
import { ConfigError, readConfig } from './config.ts'

const from = { MAIL_FROM: 'pay@shop.test' }
const login = { SMTP_USER: 'shop', SMTP_PASSWORD: 'hush' }
const mail = (given: Record<string, string>, live = false) =>
  readConfig(env({ MODE: live ? 'live' : 'sandbox', ...from, ...given })).mail

test('without a server there is no e-mail, whatever else is set', () => {
  expect(mail({})).toBeNull()
  expect(mail({ SMTP_URL: '', MAIL_FROM: 'nonsense' })).toBeNull()
})

test.each([
  ['smtps://mail.test', 465, 'first', {}, false],
  ['smtps://127.0.0.1:2465', 2465, 'first', {}, false],
  ['smtp://mail.test', 587, 'if_offered', {}, false],
  ['smtp://mail.test:25', 25, 'required', login, false],
  ['smtp://mail.test', 587, 'required', {}, true],
  ['smtp://127.0.0.1.evil.test', 587, 'required', {}, true],
  ['smtp://localhost:25', 25, 'never', login, true],
  ['smtp://[::1]:25', 25, 'never', {}, true],
])('%s: port %i, TLS %s', (url, port, tls, given, live) => {
  expect(mail({ SMTP_URL: url, ...given }, live)).toMatchObject({ port, tls })
})

test.each([
  [{ SMTP_URL: 'https://mail.test' }, /SMTP_URL/],
  [{ SMTP_URL: 'mail.test:587' }, /SMTP_URL/],
  [{ SMTP_URL: 'smtp://shop:hush@mail.test' }, /SMTP_URL/],
  [{ SMTP_URL: 'smtp://mail.test/?tls=no' }, /SMTP_URL/],
  [{ SMTP_URL: 'smtp://mail.test:0' }, /SMTP_URL/],
  [{ SMTP_URL: 'smtp://mail.test:99999' }, /SMTP_URL/],
  [{ SMTP_URL: 'smtp://mail.test', MAIL_FROM: '' }, /MAIL_FROM/],
  [{ SMTP_URL: 'smtp://mail.test', MAIL_FROM: 'Shop <pay@shop.test>' }, /MAIL_FROM/],
  [{ SMTP_URL: 'smtp://mail.test', MAIL_NAME: 'Shop\r\nBcc: x@y.test' }, /MAIL_NAME/],
  [{ SMTP_URL: 'smtp://mail.test', OPERATOR_EMAIL: 'ops' }, /OPERATOR_EMAIL/],
  [{ SMTP_URL: 'smtp://mail.test', SMTP_USER: 'shop' }, /SMTP_PASSWORD/],
  [{ SMTP_URL: 'smtp://mail.test', SMTP_PASSWORD: 'hush' }, /SMTP_USER/],
])('%j stops the start', (given, says) => {
  expect(() => mail(given)).toThrow(ConfigError)
  expect(() => mail(given)).toThrow(says)
})

test('the password comes from a file as well, and nothing prints it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-mail-'))
  writeFileSync(join(folder, 'password'), 'hush\n')
  const read = mail({
    SMTP_URL: 'smtps://mail.test',
    SMTP_USER: 'shop',
    SMTP_PASSWORD_FILE: join(folder, 'password'),
  })
  rmSync(folder, { recursive: true })
  expect(read?.login?.password.reveal()).toBe('hush')
  expect(JSON.stringify(read) + inspect(read, { depth: 9, showHidden: true })).not.toContain('hush')
})
