/** One flow per complaint: a sound one with one fault. A check that cannot fail is no check. */

import { defineFlow, type Flow } from '../../src/flow/define.ts'

const share = [
  ['rest of part', 'payer.held -> payee.available', 'PAY'],
  ['fee of part', 'payer.held -> platform.revenue', 'PAY'],
] as const
const give_back = [['held', 'payer.held -> payer.available', 'BACK']] as const

export const sound = defineFlow({
  name: 'sound',
  noun: 'sounds',
  id_prefix: 'snd',
  about: 'Sound, so that each broken one has one fault.',
  parties: { payer: 'Pays', payee: 'Is paid', agent: { says: 'May be missing', optional: true } },
  beneficiary: 'payee',
  amounts: { price: 'fixed', part: 'given' },
  terms: { fee: '5%', wait: '2 days', days: { is: '7 days', min: '1 days', max: '9 days' } },
  codes: { HOLD: ['Hold', 'Held for {id}'], PAY: ['Pay', 'Paid for {id}'], BACK: ['Back', 'Back from {id}'] },
  states: { open: 'Open', funded: 'Funded', stopped: 'The clock stands still', done: 'Done', gone: 'Gone' },
  ends: ['done', 'gone'],
  transitions: {
    create: { arrow: '[*] -> open', by: 'payer', says: 'Created' },
    fund: {
      arrow: 'open -> funded',
      by: 'payer',
      says: 'Funded',
      moves: [['price', 'payer.available -> payer.held', 'HOLD']],
    },
    pay: {
      arrow: ['funded -> done if price <= part', 'funded -> funded'],
      by: 'payer',
      says: 'Paid',
      input: { part: 'amount' },
      moves: share,
    },
    finish: {
      arrow: 'funded -> gone',
      by: { all: ['payer', 'payee'] },
      says: 'Both end it',
      moves: give_back,
    },
    unsay: { arrow: 'funded -> funded', by: ['payer', 'payee'], says: 'Taken back', undoes: 'finish' },
    stop: { arrow: 'funded -> stopped', by: ['payee', 'operator'], says: 'Stopped', tells: ['operator'] },
    go_on: {
      arrow: 'stopped -> [back]',
      by: ['payee', 'operator'],
      says: 'Goes on',
      at_least: '1 days',
    },
    refund: {
      arrow: ['funded -> gone', 'stopped -> gone'],
      by: 'operator',
      says: 'Refunded',
      moves: give_back,
    },
    forget: { arrow: 'open -> gone', after: 'wait', says: 'Forgotten' },
    give_up: {
      arrow: 'funded -> gone',
      after: 'days',
      says: 'Given up',
      moves: give_back,
      remind: { before: '1 hours', tells: ['payer'] },
    },
    escalate: { arrow: 'stopped -> stopped', after: 'wait', says: 'Still stopped', tells: ['operator'] },
  },
})

export interface Broken {
  readonly flow: Flow
  /** Part of the complaint that it must raise. */
  readonly complaint: string
}

type Tree = Record<string, Record<string, unknown>>
type Change = (transitions: Record<string, Record<string, unknown>>, flow: Tree) => unknown

/** As if it came from a file: types do not help. */
function broken(complaint: string, change: Change): Broken {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the point of these is that no type checks them
  const flow = JSON.parse(JSON.stringify(sound)) as Tree & { transitions: Tree }
  change(flow.transitions, flow)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  return { flow: flow as unknown as Flow, complaint }
}

const set =
  (transition: string, fields: Record<string, unknown>): Change =>
  (t) =>
    Object.assign((t[transition] ??= {}), fields)
const give =
  (part: string, fields: Record<string, unknown>): Change =>
  (_, flow) =>
    Object.assign((flow[part] ??= {}), fields)
const moves = (...list: string[][]): Change => set('pay', { moves: list })

const worksOut =
  (operands: string[]): Change =>
  (t, flow) => {
    Object.assign(flow['amounts'] ?? {}, { most: 'worked_out' })
    Object.assign(t['fund'] ?? {}, { works_out: { most: operands } })
  }
const daily = { limit: 'fee', code: 'HOLD', of: 'payer', over: '24 hours' }
const words = { state: 'stopped', raise: ['stop'], withdraw: 'go_on', release: 'pay', refund: 'refund' }
const settling =
  (fault: object): Change =>
  (_, flow) =>
    Object.assign(flow, { dispute: { ...words, split: 'pay', settle: 'finish', parts: {}, ...fault } })

/** What `complaintsAbout` must say. */
export const misshapen: readonly Broken[] = [
  broken('no transition leaves [*]', (t) => delete t['create']),
  broken('not an arrow: "open => gone"', set('forget', { arrow: 'open => gone' })),
  broken('not a part of an amount', moves(['half price', 'payer.held -> payee.available', 'PAY'])),
  broken('island: no arrow leads here', give('states', { island: 'Far away' })),
  broken('island: a dead end that is not listed in ends', give('states', { island: 'Far away' })),
  broken(
    'done: is an end, but an arrow leaves it',
    set('forget', { arrow: ['open -> gone', 'done -> gone'] }),
  ),
  broken('create, create_too: only one creates', (t) => (t['create_too'] = { ...t['create'], path: '/too' })),
  broken('open: [back] leaves it, but nothing enters it', (t) => {
    delete t['create']
    Object.assign(t['fund'] ?? {}, { arrow: '[*] -> funded' })
    Object.assign(t['go_on'] ?? {}, { arrow: ['stopped -> [back]', 'open -> [back]'] })
  }),
  broken(
    'open: [back] would lead before the creation',
    set('go_on', { arrow: ['stopped -> [back]', 'open -> [back]'] }),
  ),
  broken('parked: [back] leaves it and stopped before it', (t, flow) => {
    Object.assign(flow['states'] ?? {}, { parked: 'Parked' })
    t['park'] = { arrow: 'stopped -> parked', by: 'payee', says: 'Parked' }
    t['unpark'] = { ...t['go_on'], arrow: 'parked -> [back]', says: 'Unparked' }
  }),
  broken(
    'the last arrow from funded has a condition',
    set('pay', { arrow: 'funded -> done if price <= part' }),
  ),
  broken(
    'an arrow from funded comes after one that always applies',
    set('pay', { arrow: ['funded -> funded', 'funded -> done'] }),
  ),
  broken('says must not contain', set('pay', { says: 'Paid; done' })),
  broken('says must not contain', set('pay', { says: 'Paid::done' })),
  broken('the clock creates nothing', set('forget', { arrow: ['open -> gone', '[*] -> gone'] })),

  broken('operator: a reserved name, not a party', give('parties', { operator: 'Staff' })),
  broken('service: a reserved name, not a party', give('parties', { service: 'Backend' })),
  broken('child: a reserved name, not a party', give('parties', { child: 'An agreement' })),
  broken('platform: a reserved name, not a party', give('parties', { platform: 'Us' })),
  broken('shared: an amount that the engine keeps itself', give('amounts', { shared: 'given' })),
  broken(
    'asks for held, which the engine keeps itself',
    set('pay', { input: { part: 'amount', held: 'amount' } }),
  ),
  broken('nowhere: an end that is no state', give('ends', { 2: 'nowhere' })),
  broken('ghost: a beneficiary that is no party', (_, flow) => Object.assign(flow, { beneficiary: 'ghost' })),
  broken("S_1: an id's prefix", (_, flow) => Object.assign(flow, { id_prefix: 'S_1' })),
  broken('/sounds/{id}/pay: the path of two transitions', set('fund', { path: '/sounds/{id}/pay' })),
  broken('its path /fund lacks the {id}', set('fund', { path: '/fund' })),
  broken('create: creates at /sounds/{id}/create', set('create', { path: '/sounds/{id}/create' })),
  broken('by ghost, who is no party', set('fund', { by: 'ghost' })),
  broken('by nobody', set('fund', { by: [] })),
  broken('by all of several, who must be parties', set('finish', { by: { all: ['payer', 'operator'] } })),
  broken('tells ghost, who is no party', set('fund', { tells: ['ghost'] })),
  broken('tells ghost, who is no party', set('give_up', { remind: { before: '1 hours', tells: ['ghost'] } })),
  broken('stops the wallet of ghost', set('fund', { blocks: 'ghost', input: { direction: 'direction' } })),
  broken('stops a wallet without asking for the direction', set('fund', { blocks: 'payer' })),
  broken('undoes pay, which is no transition by all', set('unsay', { undoes: 'pay' })),
  broken('lost is no state', set('stop', { arrow: 'funded -> lost' })),
  broken(
    'prize is no amount',
    set('pay', { arrow: ['funded -> done if prize <= part', 'funded -> funded'] }),
  ),
  broken(
    'ghost is no party',
    set('pay', { arrow: ['funded -> done if part <= ghost.available', 'funded -> funded'] }),
  ),
  broken('prize is no amount', moves(['prize', 'payer.held -> payee.available', 'PAY'])),
  broken('ghost is no party', moves(['part', 'payer.held -> ghost.available', 'PAY'])),
  broken('pocket is no purpose of an account', moves(['part', 'payer.held -> payee.pocket', 'PAY'])),
  broken('platform.held: only a party holds money', moves(['part', 'payer.held -> platform.held', 'PAY'])),
  broken('TYPO is no code', moves(['part', 'payer.held -> payee.available', 'PAY/TYPO'])),
  broken(
    'moves into gone, where it does not lead',
    moves(['held', 'payer.held -> payer.available', 'BACK', 'into gone']),
  ),
  broken('names the job pay-out, but leaves nothing for later', set('pay', { job: 'pay-out' })),
  broken(
    'what a job posts later goes into no state',
    set('pay', { moves: [], later: [['part', 'payer.held -> payee.available', 'PAY', 'into done']] }),
  ),
  broken(
    'wait is no percentage',
    moves(
      ['rest of part', 'payer.held -> payee.available', 'PAY'],
      ['wait of part', 'payer.held -> platform.revenue', 'PAY'],
    ),
  ),
  broken('fee is no span', set('forget', { after: 'fee' })),
  broken('soon is no span', set('give_up', { remind: { before: 'soon', tells: ['payer'] } })),
  broken(
    'since tomorrow, which is neither a field nor a transition by all',
    set('forget', { since: 'tomorrow' }),
  ),
  broken('since finish, which is not open in that state', set('forget', { since: 'finish' })),

  broken('opened under one agreement, not several', (_, flow) =>
    Object.assign(flow, { under: { ad: 'an-ad', line: 'a-line' } }),
  ),
  broken('payer: what it is opened under has the name of a party', (_, flow) =>
    Object.assign(flow, { under: { payer: 'an-ad' } }),
  ),
  broken('drives take, but is opened under nothing', set('fund', { drives: 'take' })),
  broken('not a way to count: "part to counted"', set('pay', { counts: [['part', 'part to counted']] })),
  broken('prize is no amount', (t, flow) => {
    Object.assign(flow['amounts'] ?? {}, { paid: 'counted' })
    Object.assign(t['pay'] ?? {}, { counts: [['prize', '[*] -> paid']] })
  }),
  broken('part is no amount that is counted', set('pay', { counts: [['price', '[*] -> part']] })),
  broken('part is no amount that is worked_out', set('pay', { works_out: { part: ['price'] } })),
  broken('not an operand: "half the price"', set('fund', { works_out: { part: ['half the price'] } })),
  broken('works out most from nothing', worksOut([])),
  broken('prize is no amount', worksOut(['prize'])),
  broken('ghost is no party', worksOut(['ghost.available'])),
  broken('wait is no percentage', worksOut(['wait of price'])),
  broken('wait is no percentage', worksOut(['price less wait'])),
  broken('prize is no amount', worksOut(['price less prize'])),
  broken('ghost is no party', set('pay', { looks_at: ['ghost.available'] })),
  broken('takes from debts, which one can only repay', moves(['part', 'payer.debts -> payee.due', 'PAY'])),
  broken('ghost is no party', set('fund', { within: { ...daily, of: 'ghost' } })),
  broken('TYPO is no code', set('fund', { within: { ...daily, code: 'TYPO' } })),
  broken('fee is no sum', set('fund', { within: { ...daily, limit: 'fee' } })),
  broken('fee is no span', set('fund', { within: { ...daily, over: 'fee' } })),
  broken('fee is no sum', set('refund', { four_eyes_above: 'fee' })),
  broken('wants a second operator, but no operator may take it', set('pay', { four_eyes_above: 'fee' })),
  broken('stamps price, which is an amount or a party', set('fund', { stamps: 'price' })),
  broken(
    'fund: asks for two references, and an agreement has one',
    set('fund', { input: { paper: 'reference', slip: 'reference?' } }),
  ),
  broken(
    'counts money once by slip, which it does not ask for',
    set('fund', { counts_once: { reference: 'slip' } }),
  ),
  broken('ghost: references are used once in what is no party', (_, flow) =>
    Object.assign(flow, { reference_per: 'ghost' }),
  ),
  broken('stamps payee, which is an amount or a party', set('fund', { stamps: 'payee' })),
  broken('paper is a reference, which one caller gives', set('create', { input: { paper: 'reference' } })),
  broken('paper is a reference, which one caller gives', set('finish', { input: { paper: 'reference' } })),

  broken('dispute: nowhere is no state', settling({ state: 'nowhere' })),
  broken('dispute: vanish is no transition', settling({ raise: ['vanish'] })),
  broken('dispute: vanish is no transition', settling({ settle: 'vanish' })),
  broken('dispute: ghost is no party', settling({ parts: { ghost: 'part' } })),
  broken('dispute: prize is no amount', settling({ parts: { payer: 'prize' } })),

  broken('price: the first amount is the whole, so it must be fixed', give('amounts', { price: 'given' })),
  broken('wait: neither a percentage, a span, a sum nor a switch', give('terms', { wait: 'a while' })),
  broken(
    'cap: neither a percentage, a span, a sum nor a switch that can have limits',
    give('terms', { cap: { is: '5.00 USD', min: '1.00 USD', max: '9.00 USD' } }),
  ),
  broken('cap: USD has 2 digits after the point', give('terms', { cap: '5 USD' })),
  broken('cap: USD is named twice', give('terms', { cap: '5.00 USD, 6.00 USD' })),
  broken('cap: "5.00 XYZ" is no sum', give('terms', { cap: '5.00 XYZ' })),
  broken(
    'days: its limits are of another kind',
    give('terms', { days: { is: '7 days', min: '1%', max: '9 days' } }),
  ),
  broken(
    'days: not within its limits',
    give('terms', { days: { is: '7 days', min: '8 days', max: '9 days' } }),
  ),
  broken('fee: more than 100%', give('terms', { fee: '101%' })),
  broken(
    'a divided part needs exactly one rest, found 2',
    moves(
      ['rest of part', 'payer.held -> payee.available', 'PAY'],
      ['rest of part', 'payer.held -> platform.revenue', 'PAY'],
    ),
  ),
  broken(
    'a divided part needs exactly one rest, found 0',
    moves(
      ['95% of part', 'payer.held -> payee.available', 'PAY'],
      ['5% of part', 'payer.held -> platform.revenue', 'PAY'],
    ),
  ),
  broken(
    'a divided part must leave one account',
    moves(
      ['rest of part', 'payer.held -> payee.available', 'PAY'],
      ['fee of part', 'payer.available -> platform.revenue', 'PAY'],
    ),
  ),
  broken(
    'the parts of part must stand side by side',
    moves(
      ['rest of part', 'payer.held -> payee.available', 'PAY'],
      ['price', 'payer.available -> payer.held', 'HOLD'],
      ['fee of part', 'payer.held -> platform.revenue', 'PAY'],
    ),
  ),
  broken(
    'the shares of part exceed 100%',
    moves(
      ['rest of part', 'payer.held -> payee.available', 'PAY'],
      ['fee of part', 'payer.held -> platform.revenue', 'PAY'],
      ['96% of part', 'payer.held -> agent.available', 'PAY'],
    ),
  ),
  broken(
    'partial releases count on over one list of shares',
    set('refund', {
      moves: [
        ['rest of held', 'payer.held -> payer.available', 'BACK'],
        ['1% of held', 'payer.held -> platform.revenue', 'PAY'],
      ],
    }),
  ),
  broken(
    'two moves would carry the one reference of PAY',
    give('codes', { PAY: ['Pay', 'Paid', 'PAY-{id}'] }),
  ),
  broken('the clock moves money without a reminder', (t) => delete t['give_up']?.['remind']),
  broken('a move from an account to itself', moves(['part', 'payer.held -> payer.held', 'PAY'])),
  broken(
    'held is taken from payer.available, which holds nothing',
    moves(['held', 'payer.available -> payee.available', 'PAY']),
  ),
  broken('moves part, but its input does not ask for it', set('pay', { input: {} })),
  broken(
    'takes money from agent, who may be missing',
    moves(['part', 'agent.available -> payee.available', 'PAY']),
  ),
  broken(
    'gives more than a share to agent, who may be missing',
    moves(['part', 'payer.held -> agent.available', 'PAY']),
  ),
  broken(
    'looks at the wallet of agent, who may be missing',
    set('pay', { arrow: ['funded -> done if part <= agent.available', 'funded -> funded'] }),
  ),
  broken(
    'stops the wallet of agent, who may be missing',
    set('fund', { blocks: 'agent', input: { direction: 'direction' } }),
  ),
]

/** What the check lets pass and `explore` must find. */
export const unsafe: readonly Broken[] = [
  broken(
    'funded: holds money, and the clock neither leaves it nor tells the operator',
    (t) => delete t['give_up'],
  ),
  broken(
    'stopped: holds money, and the clock neither leaves it nor tells the operator',
    set('escalate', { tells: ['payer'] }),
  ),
  broken('funded: holds money, and an operator cannot leave it', (t) => {
    Object.assign(t['refund'] ?? {}, { arrow: 'stopped -> gone' })
    Object.assign(t['stop'] ?? {}, { by: 'payee' })
  }),
  broken('stopped: operator and clock cannot bring it to an end', set('refund', { arrow: 'funded -> gone' })),
  broken('open: operator and clock cannot bring it to an end', (t) => delete t['forget']),
  // All but one unit is given back: the end would still hold it, so the engine never lets it happen.
  broken(
    'give_up by clock is refused: distribution_mismatch',
    set('give_up', { moves: [['5% of held', 'payer.held -> payer.available', 'BACK']] }),
  ),
  broken(
    'never: funded -> gone was never taken; refused: insufficient_funds',
    (t) =>
      (t['never'] = {
        arrow: 'funded -> gone',
        by: 'agent',
        says: 'Never',
        moves: [
          ['price', 'payer.held -> payee.available', 'PAY'],
          ['price', 'payer.held -> payee.available', 'PAY'],
        ],
      }),
  ),
  broken(
    'pay: funded -> done was never taken',
    set('pay', {
      arrow: ['funded -> done if price <= payer.held', 'funded -> funded'],
      moves: [
        ['price', 'payer.available -> payee.available', 'PAY'],
        ['price', 'payer.available -> payee.available', 'PAY'],
        ['price', 'payer.available -> payee.available', 'PAY'],
      ],
    }),
  ),
  // The job comes after somebody else has moved what it should move.
  broken(
    'refund by job is refused: insufficient_funds',
    set('refund', { moves: give_back, later: [['price', 'payer.held -> payee.available', 'PAY']] }),
  ),
  broken('breaks the engine', set('pay', { needs: ['a_guard_that_nobody_wrote'] })),
]
