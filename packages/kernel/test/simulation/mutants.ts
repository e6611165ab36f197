/** Simulation: broken engines, one fault each. The auditor must notice every one, or the simulation proves nothing. */

import { proposalsOf, type Agreement } from '../../src/engine/agreement.ts'
import type { AgreementEvent, Ask, Verdict } from '../../src/engine/ask.ts'
import { decide } from '../../src/engine/decide.ts'
import type { FlowRegistry } from '../../src/engine/product.ts'
import { firstDue } from '../../src/engine/timers.ts'
import type { WriteSet, BatchState } from '../../src/engine/batch-state.ts'
import type { Account } from '../../src/ledger/account.ts'
import type { Transfer } from '../../src/ledger/post.ts'

type Decide = typeof decide
interface Outcome {
  readonly asks: readonly Ask[]
  readonly world: BatchState
  readonly verdicts: readonly Verdict[]
  readonly changes: WriteSet
}

export interface Mutant {
  readonly name: string
  readonly decide: Decide
  /** What the auditor says. */
  readonly caught: RegExp
}

export const mutants: readonly Mutant[] = [
  {
    name: 'a release leaves the held money',
    decide: after(keepHeld),
    caught: /not the sum of its transfers/,
  },
  {
    name: 'a posting loses a unit on one side',
    decide: after(loseOnOneSide),
    caught: /not the sum of its transfers/,
  },
  {
    name: 'a posting loses a unit everywhere',
    decide: after(loseEverywhere),
    caught: /the parts of .* sum to/,
  },
  {
    name: 'a cancel moves the state, not the money',
    decide: after(strand),
    caught: /the parts of \w+ sum to 0/,
  },
  {
    name: 'an answer is not stored',
    decide: after(() => ({ answers: new Map() })),
    caught: /the answer was not stored/,
  },
  {
    name: 'an event is skipped',
    decide: after(({ changes }) => ({ events: changes.events.slice(0, -1) })),
    caught: /without an event/,
  },
  { name: 'a job is not enqueued', decide: after(() => ({ jobs: [] })), caught: /jobs are not those/ },
  { name: 'a job may post again', decide: after(postAgain), caught: /the agreement/ },
  { name: 'a refused ask leaves a trace', decide: after(leaveTrace), caught: /not the sum of its transfers/ },
  { name: 'earnings are not counted', decide: after(earnNothing), caught: /the sums of/ },
  { name: 'timers are lost', decide: after(loseTimers), caught: /the timer of/ },
  { name: 'a timer is taken twice', decide: timerTwice, caught: /an event without an ask/ },
  {
    name: 'the clock is early',
    decide: before((ask) => (ask.kind === 'timer' ? { ...ask, now_ms: ask.now_ms + 43_200_000 } : ask)),
    caught: /too early/,
  },
  {
    name: 'keys are ignored',
    decide: ignoreKeys,
    caught: /done twice under one key|not answered as the first time/,
  },
  {
    name: 'a key is answered for another body',
    decide: anyBody,
    caught: /another answer than the first time/,
  },
  { name: 'anybody may do anything', decide: before(asWhoMay), caught: /is not the/ },
  {
    name: 'an operator needs no reason',
    decide: before((ask) => ({ ...ask, reason: ask.reason ?? 'none' })),
    caught: /without a reason/,
  },
  {
    name: 'a consent outlives the state that it spoke of',
    decide: after((outcome) => keepConsents(outcome, 'state')),
    caught: /the (consents|offers) of the agreement/,
  },
  {
    name: 'a consent outlives the amounts that it spoke of',
    decide: after((outcome) => keepConsents(outcome, 'amounts')),
    caught: /the (consents|offers) of the agreement/,
  },
  {
    name: 'a consent is brought back by a withdrawn dispute',
    decide: bringConsentsBack,
    caught: /the consents of the agreement/,
  },
  {
    name: 'a consent that was taken back still counts',
    decide: after(keepRevoked),
    caught: /the (consents|offers) of the agreement/,
  },
  {
    name: 'anybody takes back the consent of another',
    decide: before(asWhoGave),
    caught: /is not the/,
  },
  {
    name: 'a withdrawn dispute leaves the others no turn',
    decide: after(noLeastTime),
    caught: /the timer of/,
  },
  {
    name: 'a withdrawn dispute goes on without its reminder',
    decide: after(noReminder),
    caught: /the reminder of/,
  },
  {
    name: 'one mark is enough',
    decide: within(markAll),
    // Whose mark counts that it never made, may take it back.
    caught: /did not wait for all|took back what it had not said/,
  },
  {
    name: 'a stopped wallet pays',
    decide: blind,
    caught: /which is stopped|is stopped/,
  },
  { name: 'terms change after the creation', decide: within(raiseFees), caught: /the terms changed/ },
  {
    name: 'a driven transition forgets the agreement above',
    decide: after(forgetAbove),
    caught: /did not take \w+ with it/,
  },
  {
    name: 'more is repaid than is owed',
    decide: within(
      (a) => a,
      (account) => (account.purpose === 'debt' ? { ...account, balance: account.balance * 1_000n } : account),
    ),
    // Where less is repaid than is owed, nothing is too much: the balance of the debt afterwards is noticed instead.
    caught: /more was repaid than was lent|the parts of \w+ sum to|owed changed|a transfer:/,
  },
  {
    name: 'the newest debt is repaid first',
    decide: (world, asks, registry) =>
      decide({ ...world, debts: (...of) => world.debts(...of).toReversed() }, asks, registry),
    // Two debts of one size have one balance afterwards; then the older one is found to be unchanged.
    caught: /the oldest debt comes first|more was repaid than was lent|a transfer:|debt is not the sum/,
  },
  {
    name: 'an offer is accepted by who made it',
    decide: within(acceptOwn),
    caught: /did not wait for all|accepted by who had offered it|the consents of the agreement/,
  },
  {
    name: 'the second operator is the first',
    decide: within(nameless),
    caught: /the second operator is the first/,
  },
  {
    name: 'a limit is not looked at',
    decide: (world, asks, registry) => decide({ ...world, outgoings: new Map() }, asks, registry),
    caught: /left within/,
  },
  {
    name: 'a reference from outside counts again',
    decide: (world, asks, registry) => decide({ ...world, outside: new Map() }, asks, registry),
    // By the auditor, or by the key of the table.
    caught: /was counted before by|outside_references: .* twice/,
  },
  { name: 'counting goes below zero', decide: countBelow, caught: /was counted below zero/ },
  { name: 'what was loaded is written to', decide: within(scribble), caught: /object is not extensible/ },
]

/** Changes what the engine decided. */
function after(change: (outcome: Outcome) => Partial<WriteSet>): Decide {
  return (world, asks, registry) => {
    const { verdicts, changes } = decide(world, asks, registry)
    const { agreements, accounts, transfers, events, answers, outside, jobs } = changes
    const plain = { agreements, accounts, transfers, events, answers, outside, jobs }
    return { verdicts, changes: { ...plain, ...change({ asks, world, verdicts, changes }) } }
  }
}

/** Changes what the engine is asked. */
function before(change: (ask: Ask, world: BatchState, registry: FlowRegistry) => Ask): Decide {
  return (world, asks, registry) =>
    decide(
      world,
      asks.map((ask) => change(ask, world, registry)),
      registry,
    )
}

/** Sees no stop. Who stops wallets sees them, else the first that is noticed is a wallet that is stopped twice. */
function blind(world: BatchState, asks: readonly Ask[], registry: FlowRegistry): ReturnType<Decide> {
  if (asks.some(({ flow }) => flow === 'wallet-freeze')) return decide(world, asks, registry)
  const unstopped = within(
    (a) => a,
    (account) => ({ ...account, block: 'none' }),
  )
  return unstopped(world, asks, registry)
}

/** Changes what the engine is told of the world. */
function within(
  agreement: (agreement: Agreement, registry: FlowRegistry) => Agreement,
  account: (account: Account) => Account = (same) => same,
): Decide {
  return (world, asks, registry) => {
    const agreements = [...world.agreements.values()].map((a): [string, Agreement] => [
      a.id,
      agreement(a, registry),
    ])
    const accounts = [...world.accounts.values()].map((a): [string, Account] => [a.id, account(a)])
    const { verdicts, changes } = decide(
      { ...world, agreements: new Map(agreements), accounts: new Map(accounts) },
      asks,
      registry,
    )
    return { verdicts, changes }
  }
}

function keepHeld({ changes, world }: Outcome): Partial<WriteSet> {
  const held = [...changes.accounts.values()].find(
    ({ id, agreement, balance }) => agreement !== null && balance < (world.accounts.get(id)?.balance ?? 0n),
  )
  return held
    ? { accounts: new Map([...changes.accounts, [held.id, world.accounts.get(held.id) ?? held]]) }
    : {}
}

function loseOnOneSide({ changes }: Outcome): Partial<WriteSet> {
  const last = changes.transfers.at(-1)
  const account = last && changes.accounts.get(last.credit_account)
  return account
    ? {
        accounts: new Map([...changes.accounts, [account.id, { ...account, balance: account.balance - 1n }]]),
      }
    : {}
}

/** So that transfer, event and both balances agree with each other. */
function loseEverywhere({ changes }: Outcome): Partial<WriteSet> {
  const [transfer] = changes.transfers
  const [event] = changes.events
  if (
    !transfer ||
    !event ||
    changes.events.length > 1 ||
    changes.transfers.length > 1 ||
    transfer.amount < 2n
  )
    return {}
  const from = changes.accounts.get(transfer.debit_account)
  const to = changes.accounts.get(transfer.credit_account)
  if (!from || !to) return {}
  const less: Transfer = {
    ...transfer,
    amount: transfer.amount - 1n,
    debit_after: from.balance + 1n,
    credit_after: to.balance - 1n,
  }
  const accounts = new Map([
    ...changes.accounts,
    [from.id, { ...from, balance: less.debit_after }],
    [to.id, { ...to, balance: less.credit_after }],
  ])
  const body = event.body.replace(`"amount":${transfer.amount}`, `"amount":${less.amount}`)
  return { transfers: [less], accounts, events: [{ ...event, body }] }
}

/** The agreement says that it holds nothing any more, and no posting says where it went. */
function strand({ changes, world }: Outcome): Partial<WriteSet> {
  const [event] = changes.events
  if (!event || changes.events.length > 1 || !/cancel|give|refund|accept_return/.test(event.transition))
    return {}
  const agreement = changes.agreements.get(event.agreement)
  if (agreement?.money !== 'refunded' || changes.transfers.length === 0) return {}
  const body = JSON.stringify({ ...JSON.parse(event.body), postings: [] })
  const accounts = [...changes.accounts.keys()].flatMap((id) => world.accounts.get(id) ?? [])
  return {
    transfers: [],
    events: [{ ...event, body }],
    accounts: new Map(accounts.map((account) => [account.id, account])),
  }
}

function postAgain({ changes }: Outcome): Partial<WriteSet> {
  const later = changes.events.find(({ kind }) => kind === 'later')
  const agreement = later && changes.agreements.get(later.agreement)
  return agreement
    ? {
        agreements: new Map([
          ...changes.agreements,
          [agreement.id, { ...agreement, later: later.transition }],
        ]),
      }
    : {}
}

function leaveTrace({ changes, world, verdicts }: Outcome): Partial<WriteSet> {
  const refused = verdicts.some(
    (verdict) => verdict.outcome === 'refused' && verdict.problem.code === 'insufficient_funds',
  )
  const account = [...world.accounts.values()].find(
    ({ id, agreement }) => agreement === null && !changes.accounts.has(id),
  )
  return refused && account
    ? {
        accounts: new Map([...changes.accounts, [account.id, { ...account, balance: account.balance + 1n }]]),
      }
    : {}
}

/** Where only the state, or only the amounts, are others than before. */
function keepConsents({ changes, world }: Outcome, what: 'state' | 'amounts'): Partial<WriteSet> {
  const kept = [...changes.agreements].map(([id, now]): [string, Agreement] => {
    const before = world.agreements.get(id)
    const moved = before?.state !== now.state
    if (before === undefined || now.paused !== null || moved !== (what === 'state')) return [id, now]
    // What was done by the consents themselves is spent.
    const done = changes.events.some(({ agreement, transition, kind }) => {
      const gave = before.marks[transition] ?? proposalsOf(before)[transition]
      return agreement === id && (gave !== undefined || kind !== 'transition')
    })
    if (done) return [id, now]
    const { proposals } = before.data
    const data = proposals === undefined ? now.data : { ...now.data, proposals }
    return [id, { ...now, data, marks: { ...before.marks, ...now.marks } }]
  })
  return { agreements: new Map(kept) }
}

/** As the engine once did: a dispute puts all marks aside, and withdrawing it brings all of them back. */
function bringConsentsBack(
  world: BatchState,
  asks: readonly Ask[],
  registry: FlowRegistry,
): ReturnType<Decide> {
  const { verdicts, changes } = decide(world, asks, registry)
  const agreements = [...changes.agreements].map(([id, now]): [string, Agreement] => {
    const before = world.agreements.get(id)
    if (before?.paused && now.paused === null && now.state === before.paused.state)
      return [id, { ...now, marks: put_aside.get(id) ?? now.marks }]
    if (before && now.paused !== null && before.paused === null) put_aside.set(id, before.marks)
    return [id, now]
  })
  return { verdicts, changes: withAgreements(changes, agreements) }
}

function withAgreements(changes: WriteSet, agreements: readonly [string, Agreement][]): WriteSet {
  const { accounts, transfers, events, answers, jobs, outside } = changes
  return { agreements: new Map(agreements), accounts, transfers, events, answers, jobs, outside }
}

const put_aside = new Map<string, Agreement['marks']>()

function keepRevoked({ changes, world }: Outcome): Partial<WriteSet> {
  const revoked = changes.events.filter(({ kind }) => kind === 'revoked')
  const kept = revoked.flatMap(({ agreement: id }): [string, Agreement][] => {
    const [before, now] = [world.agreements.get(id), changes.agreements.get(id)]
    if (!before || !now || before.state !== now.state) return []
    const { proposals } = before.data
    const data = proposals === undefined ? now.data : { ...now.data, proposals }
    return [[id, { ...now, data, marks: { ...now.marks, ...before.marks } }]]
  })
  return { agreements: new Map([...changes.agreements, ...kept]) }
}

/** The engine takes it for the one who has said so. */
function asWhoGave(ask: Ask, world: BatchState): Ask {
  const agreement = world.agreements.get(ask.agreement ?? '')
  const [role] = Object.keys(agreement?.marks[ask.transition] ?? {})
  const party = agreement?.parties[role ?? '']
  return ask.kind === 'revoke' && party !== undefined && ask.actor.party !== null
    ? { ...ask, actor: { ...ask.actor, party } }
    : ask
}

/** Agreements that came back from a dispute, each with what had stopped it. */
function returned({ changes, world }: Outcome): [string, Agreement, NonNullable<Agreement['paused']>][] {
  return [...changes.agreements].flatMap(([id, now]) => {
    const paused = world.agreements.get(id)?.paused
    const is_back = paused && now.paused === null && now.state === paused.state
    return is_back ? [[id, now, paused] as [string, Agreement, typeof paused]] : []
  })
}

function noLeastTime(outcome: Outcome): Partial<WriteSet> {
  const back = returned(outcome).map(([id, now, { left }]): [string, Agreement] => {
    const timers = left.map(({ transition, kind, ms }) => ({ transition, kind, at_ms: now.entered_ms + ms }))
    return [id, { ...now, timers, due_ms: firstDue(timers) }]
  })
  return { agreements: new Map([...outcome.changes.agreements, ...back]) }
}

function noReminder(outcome: Outcome): Partial<WriteSet> {
  const back = returned(outcome).map(([id, now]): [string, Agreement] => {
    const timers = now.timers.filter(({ kind }) => kind === 'transition')
    return [id, { ...now, timers, due_ms: firstDue(timers) }]
  })
  return { agreements: new Map([...outcome.changes.agreements, ...back]) }
}

function earnNothing({ changes }: Outcome): Partial<WriteSet> {
  return { accounts: new Map([...changes.accounts].map(([id, account]) => [id, { ...account, earned: 0n }])) }
}

function loseTimers({ changes }: Outcome): Partial<WriteSet> {
  return {
    agreements: new Map(
      [...changes.agreements].map(([id, agreement]) => [id, { ...agreement, timers: [], due_ms: null }]),
    ),
  }
}

/** Takes the first accepted timer again from where the agreement stood before it. */
function timerTwice(world: BatchState, asks: readonly Ask[], registry: FlowRegistry): ReturnType<Decide> {
  const first = decide(world, asks, registry)
  const i = asks.findIndex((ask, at) => ask.kind === 'timer' && first.verdicts[at]?.outcome === 'accepted')
  const verdict = first.verdicts[i]
  const ask = asks[i]
  if (!ask || verdict?.outcome !== 'accepted' || !verdict.before || asks.length > 1) return first
  const accounts = new Map([...world.accounts, ...first.changes.accounts])
  const agreements = new Map([
    [verdict.agreement.id, { ...verdict.before, version: verdict.agreement.version }],
  ])
  const again = decide(
    { ...world, accounts, agreements },
    [{ ...ask, id: `${ask.id.slice(0, 32)}ff00` }],
    registry,
  )
  const events: readonly AgreementEvent[] = [...first.changes.events, ...again.changes.events]
  return {
    verdicts: first.verdicts,
    changes: {
      agreements: new Map([...first.changes.agreements, ...again.changes.agreements]),
      accounts: new Map([...first.changes.accounts, ...again.changes.accounts]),
      transfers: [...first.changes.transfers, ...again.changes.transfers],
      events,
      answers: first.changes.answers,
      outside: first.changes.outside,
      jobs: first.changes.jobs,
    },
  }
}

function ignoreKeys(world: BatchState, asks: readonly Ask[], registry: FlowRegistry): ReturnType<Decide> {
  const { verdicts, changes } = decide(
    world,
    asks.map((ask) => ({ ...ask, key: null })),
    registry,
  )
  const answers = new Map(
    asks.flatMap(({ key }, i) => {
      const verdict = verdicts[i]
      if (key === null || verdict?.outcome !== 'accepted' || world.answers.has(key.id)) return []
      return [[key.id, { body_hash: key.body_hash, status: verdict.status, body: verdict.body }] as const]
    }),
  )
  const { agreements, accounts, transfers, events, outside, jobs } = changes
  return { verdicts, changes: { agreements, accounts, transfers, events, outside, jobs, answers } }
}

function anyBody(world: BatchState, asks: readonly Ask[], registry: FlowRegistry): ReturnType<Decide> {
  const lenient = asks.map((ask) => {
    const stored = ask.key && world.answers.get(ask.key.id)
    return ask.key && stored ? { ...ask, key: { ...ask.key, body_hash: stored.body_hash } } : ask
  })
  return decide(world, lenient, registry)
}

function asWhoMay(ask: Ask, world: BatchState, registry: FlowRegistry): Ask {
  const agreement = world.agreements.get(ask.agreement ?? '')
  const role = registry.current.get(ask.flow)?.flow.transitions.get(ask.transition)?.by[0]
  const party = agreement?.parties[role ?? '']
  return party !== undefined && ask.actor.kind === 'party' ? { ...ask, actor: { ...ask.actor, party } } : ask
}

function markAll(agreement: Agreement, registry: FlowRegistry): Agreement {
  const transitions = registry.get(agreement.flow, agreement.flow_version)?.flow.transitions.values() ?? []
  const all = [...transitions].filter(({ by_all }) => by_all)
  const marks = all.map(({ name, by }) => [
    name,
    Object.fromEntries(by.slice(1).map((role) => [role, agreement.entered_ms])),
  ])
  return marks.length > 0 ? { ...agreement, marks: Object.fromEntries(marks) } : agreement
}

function forgetAbove({ changes }: Outcome): Partial<WriteSet> {
  return { events: changes.events.filter(({ body }) => !body.includes('"by":{"kind":"child"')) }
}

/** As if all but the one who offers had accepted already. */
function acceptOwn(agreement: Agreement, registry: FlowRegistry): Agreement {
  const flow = registry.get(agreement.flow, agreement.flow_version)?.flow
  const offers = Object.entries(proposalsOf(agreement)).filter(
    ([name]) => flow?.transitions.get(name)?.agreed,
  )
  if (offers.length === 0) return agreement
  const marks = offers.map(([name, { role }]) => [
    name,
    Object.fromEntries(
      (flow?.transitions.get(name)?.by ?? []).flatMap((other) =>
        other === role ? [] : [[other, agreement.entered_ms]],
      ),
    ),
  ])
  return { ...agreement, marks: { ...agreement.marks, ...Object.fromEntries(marks) } }
}

/** Nobody remembers who asked first. */
function nameless(agreement: Agreement): Agreement {
  const offers = Object.entries(proposalsOf(agreement)).filter(([, { role }]) => role === 'operator')
  if (offers.length === 0) return agreement
  const changed = Object.fromEntries(offers.map(([name, offer]) => [name, { ...offer, by: 'somebody' }]))
  const proposals = { ...proposalsOf(agreement), ...changed }
  return { ...agreement, data: { ...agreement.data, proposals } }
}

const plenty = 10n ** 12n

/** The engine believes that far more is left, and writes what it comes to. */
function countBelow(world: BatchState, asks: readonly Ask[], registry: FlowRegistry): ReturnType<Decide> {
  const add = (agreement: Agreement, more: bigint): Agreement => {
    const kinds = registry.current.get(agreement.flow)?.flow.flow.amounts ?? {}
    const amounts = Object.entries(agreement.amounts).map(([name, amount]) => [
      name,
      kinds[name] === 'counted' ? amount + more : amount,
    ])
    return { ...agreement, amounts: Object.fromEntries(amounts) }
  }
  const believed = new Set<string>()
  // No arrow of a line depends on what it counts.
  for (const { id, flow, amounts } of world.agreements.values())
    if (flow === 'specimen-line' && Object.values(amounts).every((amount) => amount < plenty))
      believed.add(id)
  const loaded = [...world.agreements].map(
    ([id, one]) => [id, believed.has(id) ? add(one, plenty) : one] as const,
  )
  const { verdicts, changes } = decide({ ...world, agreements: new Map(loaded) }, asks, registry)
  const { accounts, transfers, events, answers, outside, jobs } = changes
  const written = [...changes.agreements].map(
    ([id, one]) => [id, believed.has(id) ? add(one, -plenty) : one] as const,
  )
  const agreements = new Map(written)
  return { verdicts, changes: { agreements, accounts, transfers, events, answers, outside, jobs } }
}

function raiseFees(agreement: Agreement): Agreement {
  const terms = Object.entries(agreement.terms).map(([name, term]) => [
    name,
    term.endsWith('%') ? '50%' : term,
  ])
  return { ...agreement, terms: Object.fromEntries(terms) }
}

function scribble(agreement: Agreement): Agreement {
  Object.assign(agreement.data, { read: true })
  return agreement
}
