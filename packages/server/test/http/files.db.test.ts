// Files: taken by what they are, kept as they came, given back as downloads to who may have them.
import { hash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { file_bytes_max } from '../../src/files/form.ts'
import { startEngine, type Asking, type Engine, type Json } from '../fixtures/engine.ts'
import { form, jpeg, pdf, png, pngWith, webp, type Part } from '../fixtures/file-form.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(() => engine.stop())

const upload = (part: Part | Part[], asking: Asking = {}) =>
  engine.ask('/v1/files', { party: 'ayesha', ...form(...[part].flat()), ...asking })
const files = () => engine.running.db.any<Json>('select id, sha256, bytes from files order by id')

test.each([
  ['PNG', png, 'image/png'],
  ['JPEG', jpeg, 'image/jpeg'],
  ['WebP', webp, 'image/webp'],
  ['PDF', pdf, 'application/pdf'],
])('a %s comes back as it went, whatever it was called', async (_, content, media_type) => {
  const before = await files()
  const { status, body } = await upload({ content, filename: 'invoice.exe', type: 'text/html' })
  expect(status).toBe(201)
  expect(body).toEqual({
    id: expect.stringMatching(/^fil_[0-9a-z]{26}$/),
    sha256: hash('sha256', content, 'hex'),
    media_type,
    bytes: content.length,
    at: expect.stringMatching(/Z$/),
  })
  expect((await files()).length).toBe(before.length + 1)
  const response = await fetch(`${engine.address}/v1/files/${body['id']}`, {
    headers: { authorization: `Bearer ${engine.service}`, 'holdfast-party': 'ayesha' },
  })
  expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': media_type,
    'content-disposition': 'attachment',
    'x-content-type-options': 'nosniff',
  })
})

const html = Buffer.from('<!doctype html><script>alert(1)</script>')
const refused: [why: string, parts: Part[], status: number, code: string, facts: Json][] = [
  [
    'HTML called .png',
    [{ content: html, filename: 'photo.png', type: 'image/png' }],
    400,
    'invalid_request',
    { pointer: '/file', reason: 'by its content it is none of these' },
  ],
  [
    'an SVG',
    [{ content: '<svg xmlns="http://www.w3.org/2000/svg"/>' }],
    400,
    'invalid_request',
    { pointer: '/file' },
  ],
  ['a GIF', [{ content: 'GIF89a\x01\x00\x01\x00;' }], 400, 'invalid_request', { pointer: '/file' }],
  [
    'a RIFF that is a sound',
    [{ content: 'RIFF\x04\x00\x00\x00WAVE' }],
    400,
    'invalid_request',
    { pointer: '/file' },
  ],
  ['nothing', [{ content: '' }], 400, 'invalid_request', { reason: 'empty' }],
  [
    'a PNG cut off',
    [{ content: png.subarray(0, -8) }],
    400,
    'invalid_request',
    { reason: 'it ends too early' },
  ],
  [
    'a JPEG cut off behind its small picture',
    [{ content: jpeg.subarray(0, -2) }],
    400,
    'invalid_request',
    { reason: 'it ends too early' },
  ],
  [
    'a WebP cut off',
    [{ content: webp.subarray(0, -1) }],
    400,
    'invalid_request',
    { reason: 'it ends too early' },
  ],
  [
    'a PDF cut off',
    [{ content: pdf.subarray(0, 30) }],
    400,
    'invalid_request',
    { reason: 'it ends too early' },
  ],
  [
    'a form without a file',
    [{ content: 'x', field: 'text', filename: null }],
    400,
    'invalid_request',
    { pointer: '/text' },
  ],
  ['two files', [{ content: png }, { content: pdf }], 400, 'invalid_request', {}],
  [
    'a file and a field',
    [{ content: png }, { content: 'x', field: 'note', filename: null }],
    400,
    'invalid_request',
    { pointer: '/note' },
  ],
  [
    'a file in another field',
    [{ content: png, field: 'photo' }],
    400,
    'invalid_request',
    { pointer: '/photo' },
  ],
  ['no part at all', [], 400, 'invalid_request', {}],
]

test.each(refused)('%s is refused and leaves nothing', async (_, parts, status, code, facts) => {
  const before = await files()
  const answer = await upload(parts, { idempotency: 'refused' })
  expect([answer.status, answer.body]).toEqual([status, expect.objectContaining({ code, ...facts })])
  expect(await files()).toEqual(before)
})

test('10 MB are taken, one byte more is not', async () => {
  const whole = Buffer.concat([png, Buffer.alloc(file_bytes_max - png.length)])
  const { status, body } = await upload({ content: whole })
  expect([status, body['bytes']]).toEqual([201, file_bytes_max])
  const before = await files()
  const more = await upload({ content: Buffer.concat([whole, Buffer.from('x')]) })
  expect([more.status, more.body]).toMatchObject([
    413,
    { code: 'payload_too_large', bytes_max: file_bytes_max },
  ])
  // Without a length that could be looked at first.
  const body_of = form({ content: Buffer.concat([whole, Buffer.alloc(40_000)]) })
  const chunked = await fetch(`${engine.address}/v1/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${engine.service}`, ...body_of.headers },
    body: new Blob([body_of.body as Buffer<ArrayBuffer>]).stream(),
    duplex: 'half',
  })
  expect([chunked.status, await chunked.json()]).toMatchObject([413, { code: 'payload_too_large' }])
  expect(await files()).toEqual(before)
})

test('what is no form, or breaks off, is refused as such; a form is no body elsewhere', async () => {
  const before = await files()
  const json = await engine.ask('/v1/files', { body: { file: 'x' } })
  expect([json.status, json.body['code']]).toEqual([415, 'unsupported_media_type'])
  const { body, headers } = form({ content: png })
  const broken = await engine.ask('/v1/files', {
    body: (body as Buffer).subarray(0, 120),
    headers: headers ?? {},
  })
  expect([broken.status, broken.body['code']]).toEqual([400, 'invalid_request'])
  const unbound = await engine.ask('/v1/files', { body, headers: { 'content-type': 'multipart/form-data' } })
  expect([unbound.status, unbound.body['code']]).toEqual([400, 'invalid_request'])
  const elsewhere = await engine.ask('/orders', form({ content: png }))
  expect([elsewhere.status, elsewhere.body['code']]).toEqual([415, 'unsupported_media_type'])
  expect(await files()).toEqual(before)
  expect(engine.log).toEqual([])
})

test('a repeat is one file, whatever the form around it; another file is another request', async () => {
  const before = await files()
  const content = pngWith('repeat')
  const idempotency = 'once'
  const first = await upload({ content }, { idempotency })
  const again = await upload({ content, filename: 'another-name.jpg' }, { idempotency })
  expect([again.status, again.headers.get('idempotent-replayed'), again.text]).toEqual([
    201,
    'true',
    first.text,
  ])
  const other = await upload({ content: pngWith('other') }, { idempotency })
  expect([other.status, other.body['code']]).toEqual([422, 'idempotency_key_reused'])
  expect((await files()).length).toBe(before.length + 1)
})

test('a file is read by who uploaded it and the staff, and by nobody else', async () => {
  const path = `/v1/files/${(await upload({ content: pngWith('mine') })).body['id']}`
  const status = async (asking: Asking) => (await engine.ask(path, asking)).status
  expect(await status({ key: await engine.token('ayesha') })).toBe(200)
  expect(await status({})).toBe(200)
  expect(await status({ key: engine.admin })).toBe(200)
  expect(await status({ party: 'bilal' })).toBe(404)
  expect(await status({ key: await engine.token('eve') })).toBe(404)
  expect(await status({ key: null })).toBe(401)
  // A key of the staff is no person of the same name.
  const named = await engine.newKey({ kind: 'service', name: 'bilal' })
  const { body } = await upload({ content: pngWith('staff') }, { key: named, party: undefined as never })
  expect((await engine.ask(`/v1/files/${body['id']}`, { party: 'bilal' })).status).toBe(404)
  expect((await engine.ask('/v1/files/fil_x')).status).toBe(404)
})

test('the database keeps a file as it came', async () => {
  await upload({ content: pngWith('kept') })
  await expect(engine.running.db.run("update files set content = 'x', bytes = 1")).rejects.toThrow(
    'never changed',
  )
})
