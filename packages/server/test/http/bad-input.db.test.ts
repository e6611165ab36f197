// Every row is something a caller might send by mistake or on purpose: told by a problem below 500, and nothing changed.
import { request as httpRequest } from 'node:http'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contentsOf, startEngine, type Answer, type Asking, type Engine } from '../fixtures/engine.ts'
import { revokeKey } from '../../src/access/keys.ts'

let engine: Engine
let before: string
/** Orders by the state they stand in, and callers by what is wrong with them. */
const at: Record<string, string> = {}
const keys: Record<string, string> = {}

const buyer = 'ayesha'
const key_seconds = 5

beforeAll(async () => {
  engine = await startEngine()
  const order = engine.order.bind(engine)
  const who = { buyer, seller: 'bilal', amount: 500 }
  at['created'] = await order(who)
  at['paid'] = await order(who, 'pay')
  at['shipped'] = await order(who, 'pay', 'ship')
  at['delivered'] = await order(who, 'pay', 'ship', 'deliver')
  at['disputed'] = await order(who, 'pay', 'ship', 'dispute')
  at['completed'] = await order(who, 'pay', 'ship', 'confirm-delivery')
  at['top_up'] = (await engine.events()).find(({ flow }) => flow === 'wallet-top-up')?.['agreement']
  await engine.must(201, '/orders', { body: body(), idempotency: 'used' })

  keys['expired'] = await engine.token(buyer, 60)
  keys['reader'] = await engine.newKey({ kind: 'service', name: 'reader', scopes: ['agreements:read'] })
  keys['viewer'] = await engine.newKey({ kind: 'operator', name: 'viewer', role: 'viewer' })
  keys['support'] = await engine.newKey({ kind: 'operator', name: 'support', role: 'support' })
  keys['revoked'] = await engine.newKey({ kind: 'service', name: 'gone' })
  await engine.must(200, '/orders', { key: keys['revoked'] })
  await revokeKey(engine.running.db, 'gone', Date.now())
  await engine.advance(60 + key_seconds)
  keys['party'] = await engine.token(buyer)
  await forge()
  before = await contentsOf(engine.running.db)
})
afterAll(() => engine.stop())

interface Row {
  readonly says: string
  readonly path: string | (() => string)
  readonly asking?: Asking | (() => Asking)
  readonly status: number
  readonly code: string
  readonly pointer?: string
}

const body = (over: object = {}) => ({ buyer, seller: 'bilal', amount: 500, currency: 'PKR', ...over })
const text = (over: string) => `{"buyer":"${buyer}","seller":"bilal","currency":"PKR",${over}}`

/** What is wrong with a creation, by its field. */
const creations: readonly [says: string, body: unknown, pointer: string, code?: string][] = [
  ['a fraction', body({ amount: 10.5 }), '/amount'],
  ['a negative amount', body({ amount: -1 }), '/amount', 'amount_out_of_range'],
  ['nothing', body({ amount: 0 }), '/amount', 'amount_out_of_range'],
  ['2^53', body({ amount: 2 ** 53 }), '/amount', 'amount_out_of_range'],
  ['1e30', body({ amount: 1e30 }), '/amount', 'amount_out_of_range'],
  ['1e400, which JSON.parse reads as infinite', text('"amount":1e400'), '/amount'],
  ['-1e400', text('"amount":-1e400'), '/amount'],
  ['a fraction too small for a double', text('"amount":500.00000000000000001'), ''],
  ['a string', body({ amount: '500' }), '/amount'],
  ['null', body({ amount: null }), '/amount'],
  ['a boolean', body({ amount: true }), '/amount'],
  ['an array', body({ amount: [500] }), '/amount'],
  ['an object', body({ amount: { value: 500 } }), '/amount'],
  ['no amount', body({ amount: undefined }), '/amount'],
  ['an unknown currency', body({ currency: 'XXX' }), '/currency'],
  ['a currency in small letters', body({ currency: 'pkr' }), '/currency'],
  ['no currency', body({ currency: undefined }), '/currency'],
  ['no buyer', body({ buyer: undefined }), '/buyer'],
  ['an empty party', body({ seller: '' }), '/seller'],
  ['a party of 65 letters', body({ seller: 'x'.repeat(65) }), '/seller'],
  ['a party with a space', body({ seller: 'a b' }), '/seller'],
  ['a party with a line break at its end', body({ seller: 'bilal\n' }), '/seller'],
  ['a party of other letters', body({ seller: 'بلال' }), '/seller'],
  ['the platform as a party', body({ seller: 'platform' }), '/seller'],
  ['the outside as a party', body({ buyer: 'outside' }), '/buyer'],
  ['one person on both sides', body({ seller: buyer }), '/buyer'],
  ['a party as a number', body({ seller: 7 }), '/seller'],
  ['a party that the flow does not know', body({ broker: 'x' }), '/broker'],
  ['an unknown field', body({ colour: 'red' }), '/colour'],
  ['a field of every object', body({ toString: 'x' }), '/toString'],
  ['the amount that the engine keeps', body({ held: 1 }), '/held'],
  ['a state', body({ state: 'completed' }), '/state'],
  ['terms where none can be set', body({ terms: { fee: '100%' } }), '/terms'],
  ['an unknown field within', body({ items: [{ name: 'cup', quantity: 1, price: 1 }] }), '/items/0/price'],
  ['no items', body({ items: [] }), '/items'],
  ['101 items', body({ items: Array.from({ length: 101 }, () => ({ name: 'cup', quantity: 1 })) }), '/items'],
  ['a fraction of an item', body({ items: [{ name: 'cup', quantity: 0.5 }] }), '/items/0/quantity'],
  [
    'a country in words',
    body({ shipping_address: { name: 'a', line1: 'b', city: 'c', country: 'Pakistan' } }),
    '/shipping_address/country',
  ],
  ['an empty reference', body({ reference: '' }), '/reference'],
  ['a reference with a line break', body({ reference: 'a\nb' }), '/reference'],
  ['a reason of 2001 letters', body({ reason: 'x'.repeat(2001) }), '/reason'],
  ['an array for a body', [], ''],
  ['a string for a body', '"order"', ''],
  ['null for a body', 'null', ''],
  ['a number for a body', '5', ''],
  ['nothing for a body', '', '/amount'],
]

/** Bodies that do not even become a value. */
const letters: readonly [says: string, body: string | Uint8Array][] = [
  ['no JSON', 'amount=500'],
  ['a body cut short', text('"amount":500').slice(0, -1)],
  ['two bodies', `${text('"amount":500')}{}`],
  ['a trailing comma', text('"amount":500,')],
  ['a comment', text('"amount":500/* all */')],
  ['NaN', text('"amount":NaN')],
  ['hexadecimal', text('"amount":0x1f4')],
  ['a key twice', text('"amount":500,"amount":5')],
  ['a key twice, once by an escape', text('"amount":500,"am\\u006funt":5')],
  ['a key twice within', text('"amount":500,"items":[{"name":"a","name":"b","quantity":1}]')],
  ['__proto__', text('"amount":500,"__proto__":{"admin":true}')],
  ['__proto__ by an escape', text('"amount":500,"\\u005f_proto__":{"admin":true}')],
  ['constructor', text('"amount":500,"constructor":{"prototype":{}}')],
  ['10,000 brackets', '['.repeat(10_000)],
  ['depth without end', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
  ['invalid UTF-8', Buffer.from([...Buffer.from('{"buyer":"'), 0xff, 0xfe, ...Buffer.from('"}')])],
  [
    'UTF-8 of half a surrogate pair',
    Buffer.from([...Buffer.from('{"buyer":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')]),
  ],
  ['UTF-16', Buffer.from(text('"amount":500'), 'utf16le')],
  ['a byte order mark', `\uFEFF${text('"amount":500')}`],
  ['a NUL by an escape', text('"amount":500,"reason":"a\\u0000b"')],
  ['half a surrogate pair by an escape', text('"amount":500,"reason":"a\\ud800b"')],
]

const rows: readonly Row[] = [
  ...creations.map(([says, sent, pointer, code = 'invalid_request']) => ({
    says: `an order with ${says}`,
    path: '/orders',
    asking: { body: sent },
    status: 400,
    code,
    pointer,
  })),
  ...creations.slice(0, 3).map(([says, sent, pointer, code = 'invalid_request']) => ({
    says: `the same by the general API: ${says}`,
    path: '/v1/agreements',
    asking: { body: { flow: 'marketplace-order', ...(sent as object) } },
    status: 400,
    code,
    pointer,
  })),
  ...letters.map(([says, sent]) => ({
    says: `a body of ${says}`,
    path: '/orders',
    asking: { body: sent },
    status: 400,
    code: 'invalid_request',
    pointer: '',
  })),
  {
    says: 'a body too large',
    path: '/orders',
    asking: { body: body({ reason: 'x'.repeat(70_000) }) },
    status: 413,
    code: 'payload_too_large',
  },
  ...[
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'text/json',
    '',
  ].map((type) => ({
    says: `content type "${type}"`,
    path: '/orders',
    asking: { body: new TextEncoder().encode(text('"amount":500')), headers: { 'content-type': type } },
    status: 415,
    code: 'unsupported_media_type',
  })),

  // What is not there.
  {
    says: 'an unknown flow',
    path: '/v1/agreements',
    asking: { body: body({ flow: 'lottery' }) },
    status: 400,
    code: 'invalid_request',
    pointer: '/flow',
  },
  {
    says: 'a flow called like a field of every object',
    path: '/v1/agreements',
    asking: { body: body({ flow: 'toString' }) },
    status: 400,
    code: 'invalid_request',
    pointer: '/flow',
  },
  {
    says: 'no flow',
    path: '/v1/agreements',
    asking: { body: body() },
    status: 400,
    code: 'invalid_request',
    pointer: '/flow',
  },
  {
    says: 'an unknown transition',
    path: () => `/v1/agreements/${at['created']}/transitions/vanish`,
    asking: { body: {} },
    status: 404,
    code: 'not_found',
  },
  {
    says: "the clock's transition",
    path: () => `/v1/agreements/${at['delivered']}/transitions/complete_unanswered`,
    asking: { body: {} },
    status: 404,
    code: 'not_found',
  },
  {
    says: 'the creation, again',
    path: () => `/v1/agreements/${at['created']}/transitions/create`,
    asking: { body: body() },
    status: 404,
    code: 'not_found',
  },
  { says: 'a path that is not there', path: '/nowhere', status: 404, code: 'not_found' },
  {
    says: 'a method that is not there',
    path: '/orders',
    asking: { method: 'DELETE' },
    status: 405,
    code: 'method_not_allowed',
  },
  {
    says: 'a method on one that is not there',
    path: () => `/orders/${at['created']}`,
    asking: { method: 'PATCH' },
    status: 405,
    code: 'method_not_allowed',
  },
  { says: 'an unknown flow to read', path: '/v1/flows/constructor', status: 404, code: 'not_found' },

  // Ids.
  ...[
    '',
    'x',
    '1',
    'ord_',
    'ord_1',
    `ord_${'z'.repeat(26)}`,
    `ord_${'0'.repeat(27)}`,
    'ORD_01m7xzmdmtffmrvfyyeajg76g0',
    'ord_01m7xzmdmtffmrvfyyeajg76g0',
    '00000000-0000-0000-0000-000000000000',
    'null',
    '%00',
    '%2e%2e%2f%2e%2e',
    "'%20or%201=1",
    `ord_${'0'.repeat(180)}`,
    'x'.repeat(5_000),
    '%F0%9F%92%A9',
    '__proto__',
  ].flatMap((id): Row[] => [
    ...(id === ''
      ? []
      : [
          {
            says: `reading order "${id.slice(0, 40)}"`,
            path: `/orders/${id}`,
            status: 404,
            code: 'not_found',
          },
        ]),
    {
      says: `paying order "${id.slice(0, 40)}"`,
      path: `/orders/${id}/pay`,
      asking: { party: buyer, body: {} },
      status: 404,
      code: 'not_found',
    },
    {
      says: `the general API on "${id.slice(0, 40)}"`,
      path: `/v1/agreements/${id}/transitions/pay`,
      asking: { party: buyer, body: {} },
      status: 404,
      code: 'not_found',
    },
  ]),
  {
    says: 'an order by the id of a top-up',
    path: () => `/orders/${at['top_up']}`,
    status: 404,
    code: 'not_found',
  },
  {
    says: 'paying the id of a top-up',
    path: () => `/orders/${at['top_up']}/pay`,
    asking: { party: buyer, body: {} },
    status: 404,
    code: 'not_found',
  },
  {
    says: 'the id of a top-up, called an order',
    path: () => `/orders/ord_${at['top_up']?.slice(4)}`,
    status: 404,
    code: 'not_found',
  },
  {
    says: 'paying the id of a top-up, called an order',
    path: () => `/orders/ord_${at['top_up']?.slice(4)}/pay`,
    asking: { party: buyer, body: {} },
    status: 404,
    code: 'not_found',
  },
  {
    says: 'an order in capitals',
    path: () => `/orders/${at['created']?.toUpperCase()}`,
    status: 404,
    code: 'not_found',
  },
  ...['/orders/%zz', '/%E0%A4%A', '/v1/wallets/%ff', '/%'].map((path) => ({
    says: `the path ${path}`,
    path,
    status: 400,
    code: 'invalid_request',
  })),

  // Queries.
  ...['0', '101', '999', 'x', '-1', '1.5', '', '1e1', '0x10', '9'.repeat(400), '%00', '1&limit=2'].flatMap(
    (limit): Row[] =>
      ['/orders', '/v1/agreements', '/v1/events', `/v1/wallets/${buyer}/transactions`].map((path) => ({
        says: `${path} with limit ${limit.slice(0, 20)}`,
        path: `${path}?limit=${limit}`,
        status: 400,
        code: 'invalid_request',
      })),
  ),
  ...['-1', 'x', '1.5', '9'.repeat(16), ''].map((after) => ({
    says: `events after "${after}"`,
    path: `/v1/events?after=${after}`,
    status: 400,
    code: 'invalid_request',
    pointer: '/after',
  })),
  ...['x', '%00', '-'.repeat(36), 'ord_01', 'x'.repeat(101), "1'--"].flatMap((id): Row[] =>
    ['/orders', '/v1/agreements', `/v1/wallets/${buyer}/transactions`].map((path) => ({
      says: `${path} after "${id.slice(0, 20)}"`,
      path: `${path}?starting_after=${id}`,
      status: 400,
      code: 'invalid_request',
      pointer: '/starting_after',
    })),
  ),
  {
    says: 'a state with a NUL',
    path: '/orders?state=%00',
    status: 400,
    code: 'invalid_request',
    pointer: '/state',
  },
  {
    says: 'two states',
    path: '/orders?state=created&state=shipped',
    status: 400,
    code: 'invalid_request',
    pointer: '/state',
  },
  {
    says: 'a flow with a NUL',
    path: '/v1/agreements?flow=%00',
    status: 400,
    code: 'invalid_request',
    pointer: '/flow',
  },
  {
    says: 'a party with a NUL',
    path: '/orders?party=%00',
    status: 400,
    code: 'invalid_request',
    pointer: '/party',
  },
  {
    says: 'an unknown query',
    path: '/orders?colour=red',
    status: 400,
    code: 'invalid_request',
    pointer: '/colour',
  },
  { says: 'a query of every object', path: '/orders?__proto__=x', status: 400, code: 'invalid_request' },
  {
    says: 'dry_run=yes',
    path: '/orders?dry_run=yes',
    asking: { body: body() },
    status: 400,
    code: 'invalid_request',
    pointer: '/dry_run',
  },
  {
    says: 'dry_run twice',
    path: '/orders?dry_run=true&dry_run=false',
    asking: { body: body() },
    status: 400,
    code: 'invalid_request',
    pointer: '/dry_run',
  },
  {
    says: 'a statement in an unknown currency',
    path: `/v1/wallets/${buyer}/transactions?currency=XXX`,
    status: 400,
    code: 'invalid_request',
    pointer: '/currency',
  },
  {
    says: 'a wallet in an unknown currency',
    path: `/v1/wallets/${buyer}/XXX`,
    status: 400,
    code: 'invalid_request',
    pointer: '/currency',
  },
  {
    says: 'the wallet of the platform',
    path: '/v1/wallets/platform',
    status: 400,
    code: 'invalid_request',
    pointer: '/party',
  },
  {
    says: 'the wallet of %00',
    path: '/v1/wallets/%00',
    status: 400,
    code: 'invalid_request',
    pointer: '/party',
  },
  {
    says: 'the wallet of two words',
    path: '/v1/wallets/a%20b/PKR',
    status: 400,
    code: 'invalid_request',
    pointer: '/party',
  },

  // Callers.
  ...[
    undefined,
    'Basic YTpi',
    'Bearer',
    'Bearer ',
    'Bearer x',
    'bearer 12345678901',
    `Bearer ${'x'.repeat(5_000)}`,
    'Bearer hf_service_wrongwrongwrong',
    'Bearer hf_%00',
    'Bearer a.b.c.d.e.f',
  ].map((authorization) => ({
    says: `authorization "${authorization?.slice(0, 40)}"`,
    path: '/orders',
    asking: { key: null, headers: authorization === undefined ? {} : { authorization } },
    status: 401,
    code: 'unauthenticated',
  })),
  ...(
    [
      'none',
      'none_unsigned',
      'wrong_secret',
      'wrong_issuer',
      'wrong_audience',
      'no_expiry',
      'no_subject',
      'reserved_subject',
      'strange_subject',
      'hs512',
      'tampered',
      'not_yet',
    ] as const
  ).map((forged) => ({
    says: `a token: ${forged}`,
    path: '/orders',
    asking: () => ({ key: keys[forged] ?? '' }),
    status: 401,
    code: 'unauthenticated',
  })),
  {
    says: 'an expired token',
    path: '/orders',
    asking: () => ({ key: keys['expired'] ?? '' }),
    status: 401,
    code: 'token_expired',
  },
  {
    says: 'a revoked key',
    path: '/orders',
    asking: () => ({ key: keys['revoked'] ?? '', body: body() }),
    status: 401,
    code: 'unauthenticated',
  },
  {
    says: "a party's token that names a party",
    path: '/orders',
    asking: () => ({ key: keys['party'] ?? '', party: 'bilal' }),
    status: 400,
    code: 'invalid_request',
  },
  {
    says: 'an operator that names a party',
    path: '/orders',
    asking: () => ({ key: engine.admin, party: 'bilal' }),
    status: 400,
    code: 'invalid_request',
  },
  ...['', 'a b', 'platform', 'outside', 'x'.repeat(65), 'a,b', '../..'].map((party) => ({
    says: `a service that acts for "${party.slice(0, 20)}"`,
    path: '/orders',
    asking: { party, body: body() },
    status: 400,
    code: 'invalid_request',
  })),
  {
    says: 'a key without the scope',
    path: '/orders',
    asking: () => ({ key: keys['reader'] ?? '', body: body() }),
    status: 403,
    code: 'missing_scope',
  },
  {
    says: 'a viewer who cancels',
    path: () => `/orders/${at['created']}/cancel`,
    asking: () => ({ key: keys['viewer'] ?? '', body: { reason: 'x' } }),
    status: 403,
    code: 'missing_scope',
  },
  {
    says: 'a service that tops up',
    path: `/v1/wallets/${buyer}/PKR/top-ups`,
    asking: { body: { amount: 5, reference: 'mine' } },
    status: 403,
    code: 'missing_scope',
  },
  {
    says: 'a person who tops up',
    path: `/v1/wallets/${buyer}/PKR/top-ups`,
    asking: () => ({ key: keys['party'] ?? '', body: { amount: 5, reference: 'mine' } }),
    status: 403,
    code: 'missing_scope',
  },
  {
    says: 'an operator without a reason',
    path: () => `/orders/${at['created']}/cancel`,
    asking: () => ({ key: engine.admin, body: {} }),
    status: 400,
    code: 'invalid_request',
    pointer: '/reason',
  },
  {
    says: 'an operator with an empty reason',
    path: () => `/orders/${at['created']}/cancel`,
    asking: () => ({ key: engine.admin, body: { reason: '' } }),
    status: 400,
    code: 'invalid_request',
    pointer: '/reason',
  },
  {
    says: 'an operator who decides without a reason',
    path: () => `/orders/${at['disputed']}/release`,
    asking: () => ({ key: keys['support'] ?? '', body: {} }),
    status: 400,
    code: 'invalid_request',
    pointer: '/reason',
  },
  {
    says: 'a top-up without a reason',
    path: `/v1/wallets/${buyer}/PKR/top-ups`,
    asking: () => ({ key: engine.admin, body: { amount: 5, reference: 'r-1' } }),
    status: 400,
    code: 'invalid_request',
    pointer: '/reason',
  },
  {
    says: 'a top-up without a reference',
    path: `/v1/wallets/${buyer}/PKR/top-ups`,
    asking: () => ({ key: engine.admin, body: { amount: 5, reason: 'x' } }),
    status: 400,
    code: 'invalid_request',
    pointer: '/reference',
  },
  {
    says: 'a freeze of a direction that is none',
    path: `/v1/wallets/${buyer}/PKR/freezes`,
    asking: () => ({ key: engine.admin, body: { direction: 'up', reason: 'x' } }),
    status: 400,
    code: 'invalid_request',
    pointer: '/direction',
  },

  // Transitions.
  {
    says: "the seller pays the buyer's order",
    path: () => `/orders/${at['created']}/pay`,
    asking: { party: 'bilal', body: {} },
    status: 403,
    code: 'not_your_transition',
  },
  {
    says: 'a stranger pays',
    path: () => `/orders/${at['created']}/pay`,
    asking: { party: 'eve', body: {} },
    status: 404,
    code: 'not_found',
  },
  {
    says: 'a stranger reads',
    path: () => `/orders/${at['created']}`,
    asking: { party: 'eve' },
    status: 404,
    code: 'not_found',
  },
  {
    says: 'paying with too little',
    path: () => `/orders/${at['created']}/pay`,
    asking: { party: buyer, body: {} },
    status: 409,
    code: 'insufficient_funds',
  },
  {
    says: 'paying twice',
    path: () => `/orders/${at['paid']}/pay`,
    asking: { party: buyer, body: {} },
    status: 409,
    code: 'transition_not_open',
  },
  {
    says: 'confirming before shipment',
    path: () => `/orders/${at['paid']}/confirm-delivery`,
    asking: { party: buyer, body: {} },
    status: 409,
    code: 'transition_not_open',
  },
  {
    says: 'cancelling after shipment',
    path: () => `/orders/${at['shipped']}/cancel`,
    asking: { party: buyer, body: {} },
    status: 409,
    code: 'transition_not_open',
  },
  {
    says: 'confirming what is completed',
    path: () => `/orders/${at['completed']}/confirm-delivery`,
    asking: { party: buyer, body: {} },
    status: 409,
    code: 'transition_not_open',
  },
  {
    says: 'a field that the transition does not know',
    path: () => `/orders/${at['shipped']}/confirm-delivery`,
    asking: { party: buyer, body: { amount: 1 } },
    status: 400,
    code: 'invalid_request',
    pointer: '/amount',
  },
  {
    says: 'an unknown reason of a dispute',
    path: () => `/orders/${at['shipped']}/dispute`,
    asking: { party: buyer, body: { dispute_reason: 'ugly', dispute_text: 'x' } },
    status: 400,
    code: 'invalid_request',
    pointer: '/dispute_reason',
  },
  {
    says: 'a dispute without words',
    path: () => `/orders/${at['shipped']}/dispute`,
    asking: { party: buyer, body: { dispute_reason: 'other' } },
    status: 400,
    code: 'invalid_request',
    pointer: '/dispute_text',
  },
  {
    says: 'parts that fall short',
    path: () => `/orders/${at['disputed']}/split`,
    asking: () => ({ key: engine.admin, body: { to_buyer: 100, to_seller: 399, reason: 'x' } }),
    status: 409,
    code: 'distribution_mismatch',
  },
  {
    says: 'parts of less than nothing',
    path: () => `/orders/${at['disputed']}/split`,
    asking: () => ({ key: engine.admin, body: { to_buyer: -100, to_seller: 600, reason: 'x' } }),
    status: 400,
    code: 'amount_out_of_range',
    pointer: '/to_buyer',
  },
  {
    says: 'a reference that is taken',
    path: `/v1/wallets/${buyer}/PKR/top-ups`,
    asking: () => ({ key: engine.admin, body: { amount: 5, reference: taken(), reason: 'x' } }),
    status: 409,
    code: 'reference_taken',
    pointer: '/reference',
  },
  {
    says: 'a balance beyond 2^53 - 1',
    path: `/v1/wallets/${buyer}/PKR/top-ups`,
    asking: () => ({ key: engine.admin, body: { amount: 2 ** 53 - 1, reference: 'huge', reason: 'x' } }),
    status: 400,
    code: 'amount_out_of_range',
  },

  // Repeats.
  {
    says: 'a key used with another body',
    path: '/orders',
    asking: { body: body({ amount: 501 }), idempotency: 'used' },
    status: 422,
    code: 'idempotency_key_reused',
  },
  {
    says: 'a key used for another party',
    path: '/orders',
    asking: { body: body(), party: buyer, idempotency: 'used' },
    status: 422,
    code: 'idempotency_key_reused',
  },
  {
    says: 'a key used on another path',
    path: () => `/orders/${at['created']}/pay`,
    asking: { party: buyer, body: {}, idempotency: 'used' },
    status: 422,
    code: 'idempotency_key_reused',
  },
  {
    says: 'a key used, with another query',
    path: '/orders?dry_run=false',
    asking: { body: body(), idempotency: 'used' },
    status: 422,
    code: 'idempotency_key_reused',
  },
  ...['', 'a b', 'x'.repeat(256), 'é'].map((idempotency) => ({
    says: `the key "${idempotency.slice(0, 20)}"`,
    path: '/orders',
    asking: { body: body(), idempotency },
    status: 400,
    code: 'invalid_request',
  })),

  // The rest.
  {
    says: 'an unknown term',
    path: '/v1/fee-schedules',
    asking: () => ({
      key: engine.admin,
      body: { flow: 'marketplace-order', terms: { tax: '1%' }, reason: 'x' },
    }),
    status: 400,
    code: 'invalid_request',
    pointer: '/terms/tax',
  },
  {
    says: 'a term of every object',
    path: '/v1/fee-schedules',
    asking: () => ({
      key: engine.admin,
      body: { flow: 'marketplace-order', terms: { toString: '1%' }, reason: 'x' },
    }),
    status: 400,
    code: 'invalid_request',
    pointer: '/terms/toString',
  },
  {
    says: 'a fee above the whole',
    path: '/v1/fee-schedules',
    asking: () => ({
      key: engine.admin,
      body: { flow: 'marketplace-order', terms: { fee: '100.01%' }, reason: 'x' },
    }),
    status: 409,
    code: 'limit_exceeded',
  },
  {
    says: 'a fee below nothing',
    path: '/v1/fee-schedules',
    asking: () => ({
      key: engine.admin,
      body: { flow: 'marketplace-order', terms: { fee: '-1%' }, reason: 'x' },
    }),
    status: 400,
    code: 'invalid_request',
    pointer: '/terms/fee',
  },
  {
    says: 'a span of no time',
    path: '/v1/fee-schedules',
    asking: () => ({
      key: engine.admin,
      body: { flow: 'marketplace-order', terms: { pay_within: '0 hours' }, reason: 'x' },
    }),
    status: 400,
    code: 'invalid_request',
    pointer: '/terms/pay_within',
  },
  {
    says: 'a schedule without a reason',
    path: '/v1/fee-schedules',
    asking: () => ({ key: engine.admin, body: { flow: 'marketplace-order', terms: {} } }),
    status: 400,
    code: 'invalid_request',
    pointer: '/reason',
  },
  {
    says: 'a token for the platform',
    path: '/v1/party-tokens',
    asking: { body: { party: 'platform' } },
    status: 400,
    code: 'invalid_request',
    pointer: '/party',
  },
  {
    says: 'a token for no time',
    path: '/v1/party-tokens',
    asking: { body: { party: 'x', expires_in: 0 } },
    status: 400,
    code: 'invalid_request',
    pointer: '/expires_in',
  },
  {
    says: 'a token for ever',
    path: '/v1/party-tokens',
    asking: { body: { party: 'x', expires_in: 1e9 } },
    status: 400,
    code: 'invalid_request',
    pointer: '/expires_in',
  },
  {
    says: 'the clock backwards',
    path: '/v1/test-clock/advance',
    asking: { body: { to: '2001-01-01T00:00:00Z' } },
    status: 409,
    code: 'clock_not_movable',
  },
  {
    says: 'the clock by 30 years',
    path: '/v1/test-clock/advance',
    asking: { body: { to: '2090-01-01T00:00:00Z' } },
    status: 409,
    code: 'clock_not_movable',
  },
  {
    says: 'the clock to a leap second',
    path: '/v1/test-clock/advance',
    asking: { body: { to: '2030-12-31T23:59:60Z' } },
    status: 400,
    code: 'invalid_request',
    pointer: '/to',
  },
  {
    says: 'the clock to no date',
    path: '/v1/test-clock/advance',
    asking: { body: { to: '2030-02-31T00:00:00Z' } },
    status: 400,
    code: 'invalid_request',
    pointer: '/to',
  },
  {
    says: 'the clock by nothing said',
    path: '/v1/test-clock/advance',
    asking: { body: {} },
    status: 400,
    code: 'invalid_request',
    pointer: '',
  },
  {
    says: 'the clock both ways',
    path: '/v1/test-clock/advance',
    asking: { body: { seconds: 1, to: '2030-01-01T00:00:00Z' } },
    status: 400,
    code: 'invalid_request',
    pointer: '',
  },
]

test.each(rows)('$says', async ({ path, asking = {}, status, code, pointer }) => {
  const answer = await engine.ask(
    typeof path === 'string' ? path : path(),
    typeof asking === 'function' ? asking() : asking,
  )
  isProblem(answer, status, code)
  if (pointer !== undefined) expect(answer.body['pointer']).toBe(pointer)
  if (code === 'transition_not_open')
    expect(answer.body).toMatchObject({ state: expect.any(String), allowed: expect.any(Array) })
  expect(await contentsOf(engine.running.db)).toBe(before)
})

test('no two rows tell the same story', () => {
  expect(new Set(rows.map(({ says }) => says)).size).toBe(rows.length)
})

const raw_rows: readonly {
  says: string
  headers: Record<string, string | string[]>
  status: number
  code: string
}[] = [
  {
    says: 'headers of 20,000 bytes',
    headers: { 'x-large': 'x'.repeat(20_000) },
    status: 400,
    code: 'invalid_request',
  },
  {
    says: 'two idempotency keys',
    headers: { 'idempotency-key': ['a', 'b'] },
    status: 400,
    code: 'invalid_request',
  },
  {
    says: 'two parties',
    headers: { 'holdfast-party': [buyer, 'bilal'] },
    status: 400,
    code: 'invalid_request',
  },
  {
    says: 'a body shorter than it says',
    headers: { 'content-length': '5' },
    status: 400,
    code: 'invalid_request',
  },
]

test.each(raw_rows)('$says', async ({ headers, status, code }) => {
  isProblem(await send(headers), status, code)
  expect(await contentsOf(engine.running.db)).toBe(before)
})

test("another caller's equal key is another key, and two at once are one", async () => {
  const other = await engine.newKey({ kind: 'service', name: 'other' })
  expect(await engine.ask('/orders', { key: other, body: body(), idempotency: 'used' })).toMatchObject({
    status: 201,
  })
  const mine = await engine.ask('/orders', { body: body(), idempotency: 'used' })
  expect([mine.status, mine.headers.get('idempotent-replayed')]).toEqual([201, 'true'])
  for (let round = 0; round < 20; round += 1) {
    const twice = await Promise.all(
      [1, 2].map(() => engine.ask('/orders', { body: body(), idempotency: `twice-${round}` })),
    )
    const done = twice.filter(({ status }) => status === 201)
    const made = new Set(done.map(({ body: { id } }) => id))
    expect([
      made.size,
      twice.filter((a) => a.status !== 201 && a.body['code'] !== 'request_in_progress'),
    ]).toEqual([1, []])
  }
})

test('none of it was an internal error, and the books are whole', async () => {
  expect(engine.log).toEqual([])
  expect(await engine.integrity()).toMatchObject({ clean: true })
})

function isProblem(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.body['code'], answer.text]).toEqual([status, code, answer.text])
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(answer.body).toMatchObject({
    status,
    title: expect.any(String),
    detail: expect.any(String),
    request_id: expect.any(String),
  })
}

/** Headers that fetch would not send. */
function send(headers: Record<string, string | string[]>): Promise<Answer> {
  const sent = JSON.stringify(body())
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${engine.address}/orders`, {
      method: 'POST',
      headers: { authorization: `Bearer ${engine.service}`, 'content-type': 'application/json', ...headers },
    })
    request.on('error', reject)
    request.on('response', (response) => {
      let all = ''
      response.on('data', (chunk: Buffer) => (all += chunk.toString()))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: new Headers({ 'content-type': response.headers['content-type'] ?? '' }),
          text: all,
          body: JSON.parse(all),
        }),
      )
    })
    request.end(sent)
  })
}

let taken_reference = ''
const taken = () => taken_reference

/** Tokens as somebody would make them who has not the secret, or signs what he should not. */
async function forge(): Promise<void> {
  const { db } = engine.running
  taken_reference = (
    await db.one<{ reference: string }>(
      `select reference from agreements where flow = 'wallet-top-up' order by id limit 1`,
    )
  ).reference
  const { value } = await db.one<{ value: string }>(`select value from settings where name = 'token_secret'`)
  const secret = Buffer.from(value, 'base64url')
  const now_s = Math.floor(Date.parse((await engine.must(200, '/v1/test-clock'))['now']) / 1000)
  const jwt = (over: Record<string, unknown> = {}, alg = 'HS256', by: Uint8Array = secret) =>
    new SignJWT({ sub: buyer, iss: 'holdfast', aud: 'holdfast', exp: now_s + 600, ...over })
      .setProtectedHeader({ alg })
      .sign(by)
  const part = (value_of: object) => Buffer.from(JSON.stringify(value_of)).toString('base64url')
  const claims = part({ sub: buyer, iss: 'holdfast', aud: 'holdfast', exp: now_s + 600 })
  const good = await jwt()
  expect((await engine.ask('/orders', { key: good })).status).toBe(200)
  keys['none'] = `${part({ alg: 'none' })}.${claims}.`
  keys['none_unsigned'] = `${part({ alg: 'none', typ: 'JWT' })}.${claims}`
  keys['wrong_secret'] = await jwt({}, 'HS256', Buffer.alloc(32, 7))
  keys['wrong_issuer'] = await jwt({ iss: 'somebody' })
  keys['wrong_audience'] = await jwt({ aud: 'somebody' })
  keys['no_expiry'] = await jwt({ exp: undefined })
  keys['no_subject'] = await jwt({ sub: undefined })
  keys['reserved_subject'] = await jwt({ sub: 'platform' })
  keys['strange_subject'] = await jwt({ sub: 'a b' })
  keys['not_yet'] = await jwt({ nbf: now_s + 300 })
  keys['hs512'] = await jwt({}, 'HS512', Buffer.concat([secret, secret]))
  keys['tampered'] = good.replace(
    /\.[^.]+\./,
    `.${part({ sub: 'bilal', iss: 'holdfast', aud: 'holdfast', exp: now_s + 600 })}.`,
  )
}
