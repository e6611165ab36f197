// The OpenAPI document: valid in shape, complete, and true to the app.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compileFlow } from '@holdfast/kernel/flow/compile.ts'
import { products } from '../../src/modules.ts'
import { startEngine, type Engine, type Json } from '../fixtures/engine.ts'

let engine: Engine
let document: Json
let operations: { name: string; path: string; method: string; operation: Json }[]

beforeAll(async () => {
  engine = await startEngine()
  document = await engine.must(200, '/openapi.json', { key: null })
  operations = Object.entries(document['paths'] as Record<string, Json>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      path,
      method,
      operation,
    })),
  )
})
afterAll(() => engine.stop())

const open = new Set(['GET /healthz', 'GET /readyz', 'GET /openapi.json'])

test('is OpenAPI 3.1 and names its scheme of security', () => {
  expect(document).toMatchObject({
    openapi: '3.1.0',
    info: { title: 'Holdfast', version: expect.any(String) },
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  })
  expect(operations.length).toBeGreaterThan(30)
})

test('every operation has a name of its own, tags, a summary, and says who may call it', () => {
  const names = operations.map(({ operation }) => operation['operationId'])
  expect(new Set(names).size).toBe(names.length)
  for (const { name, operation } of operations) {
    expect([name, operation['operationId']]).toEqual([
      name,
      expect.stringMatching(/^(get|post|put|patch|delete)_[a-zA-Z0-9_]+$/),
    ])
    expect([name, operation['tags'], operation['summary']]).toEqual([
      name,
      [expect.any(String)],
      expect.stringMatching(/./),
    ])
    const security = operation['security'] ?? document['security']
    expect([name, security]).toEqual([name, open.has(name) ? [] : [{ bearer: [] }]])
  }
})

test('every parameter of a path is declared, and no other', () => {
  for (const { name, path, operation } of operations) {
    const declared = (operation['parameters'] ?? []).filter((parameter: Json) => parameter['in'] === 'path')
    const inside = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => parameter)
    expect([name, declared.map((parameter: Json) => parameter['name']).toSorted()]).toEqual([
      name,
      inside.toSorted(),
    ])
    for (const parameter of declared)
      expect(parameter).toMatchObject({ required: true, schema: { type: 'string' } })
  }
})

test('every POST has a body with a schema that refuses unknown fields', () => {
  for (const { name, method, operation } of operations) {
    if (name === 'POST /v1/reconciliations/bank') {
      // A bank statement has columns, and no fields.
      expect(Object.keys(operation['requestBody'].content)).toEqual(['text/csv'])
      continue
    }
    const media_type = name === 'POST /v1/files' ? 'multipart/form-data' : 'application/json'
    const schema = operation['requestBody']?.content?.[media_type]?.schema
    if (!['post', 'put', 'patch'].includes(method))
      expect([name, operation['requestBody']]).toEqual([name, undefined])
    else expect([name, schema?.type]).toEqual([name, 'object'])
    const any_flow = name === 'POST /v1/agreements' || name.startsWith('POST /v1/agreements/{id}/transitions')
    if (method === 'post' && !any_flow) expect([name, schema.additionalProperties]).toEqual([name, false])
  }
})

test('every operation documents its refusals', () => {
  for (const { name, operation } of operations) {
    const { responses } = operation
    expect([name, Object.keys(responses).toSorted()]).toEqual([name, ['2XX', '4XX', '5XX']])
    for (const status of ['4XX', '5XX']) {
      const schema = responses[status].content['application/problem+json'].schema
      expect([name, schema.required]).toEqual([
        name,
        expect.arrayContaining(['type', 'title', 'status', 'detail', 'code']),
      ])
    }
  }
})

test('amounts are integers with both ends, currencies and states are words', () => {
  const { amount, currency } =
    operations.find(({ name }) => name === 'POST /orders')?.operation['requestBody'].content[
      'application/json'
    ].schema.properties ?? {}
  expect(amount).toMatchObject({ type: 'integer', minimum: 1, maximum: 2 ** 53 - 1 })
  expect(currency.enum).toContain('PKR')
})

test('nothing refers to what is not there', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to = '']) => to)
  for (const reference of references) {
    const found = reference
      .slice(2)
      .split('/')
      .reduce<Json | undefined>((inside, name) => inside?.[name], document)
    expect([reference, found]).toEqual([reference, expect.anything()])
  }
})

test('what it lists is there, with that method, and nothing is there that it does not list', async () => {
  for (const { name, path, method } of operations) {
    const { status } = await engine.ask(path.replaceAll(/\{\w+\}/g, 'x'), {
      method: method.toUpperCase(),
      key: null,
      ...(method === 'post' ? { body: {} } : {}),
    })
    expect([name, status]).toEqual([name, open.has(name) ? 200 : 401])
  }
  // All flows' paths, but for those whose products bring routes of their own.
  const expected = products.flatMap(({ flow, own_routes = [] }) =>
    [...compileFlow(flow).transitions.values()]
      .filter(({ clock, by, name }) => clock === null && !by.includes('child') && !own_routes.includes(name))
      .map(({ path }) => path),
  )
  expect(expected.length).toBeGreaterThan(80)
  for (const path of expected)
    expect([path, document['paths'][path]?.post]).toEqual([path, expect.anything()])
  for (const path of ['/orders/x', '/v1/flows', '/healthz']) {
    const listed = Object.keys(document['paths'][path.replace('/x', '/{id}')])
    const { headers } = await engine.ask(path, { method: 'DELETE' })
    expect([
      path,
      headers
        .get('allow')
        ?.toLowerCase()
        .split(', ')
        .filter((method) => method !== 'head'),
    ]).toEqual([path, listed])
  }
})
