/** What was seen to go wrong in systems of this kind, and the tests of each product that would notice it here. */

export interface Proof {
  readonly file: string
  /** As it is written in the file. */
  readonly title: string
}

/** Tests, or why this cannot happen to the product. */
export type Cell = { readonly tests: readonly Proof[] } | { readonly cannot: string }

/** A product and the flows that belong to it. */
export const products_seen = {
  'p2p-trade': ['p2p-trade', 'p2p-ad'],
  'marketplace-order': ['marketplace-order'],
  'service-booking': ['service-booking', 'payment', 'refund'],
  withdrawal: ['withdrawal'],
  'freelance-milestone': ['freelance-milestone', 'freelance-project'],
  'trade-credit': ['trade-credit', 'credit-line', 'credit-repayment', 'credit-deduction'],
} as const
export type Seen = keyof typeof products_seen

/** What a product must have for an item to touch it; the test looks whether it is in the product's flows or folder. */
export type Thing = 'dispute' | 'job' | 'payout' | 'receipts' | 'shares' | 'debt' | 'deduction'

export interface Item {
  readonly name: string
  /** Touches only products that have it. Without: touches all. */
  readonly touches?: Thing
  readonly products: Readonly<Record<Seen, Cell>>
}

const http = 'packages/server/test/http'
const source = 'packages/server/src'
const p2p = `${http}/p2p.db.test.ts`
const lifecycle = `${http}/lifecycle.db.test.ts`
const races = `${http}/races.db.test.ts`
const milestone = `${http}/freelance-milestone.db.test.ts`
const withdrawals = `${http}/withdrawals.db.test.ts`
const withdrawal_races = `${http}/withdrawal-races.db.test.ts`
const credit = `${http}/trade-credit.db.test.ts`
const credit_jobs = `${http}/trade-credit-jobs.db.test.ts`
const order_document = `${source}/products/marketplace-order/document.test.ts`
const trade_document = `${source}/products/p2p/trade/document.db.test.ts`
const booking_document = `${source}/products/service-booking/booking/document.db.test.ts`
const milestone_document = `${source}/products/freelance/milestone/document.db.test.ts`
const shares = `${source}/products/freelance/milestone/shares.test.ts`
const credit_walk = `${source}/products/trade-credit/deduction/walk.test.ts`
const own = `${http}/went-wrong.db.test.ts`
const frozen = `${http}/frozen.db.test.ts`
const distributions = `${http}/distributions.db.test.ts`
const top_ups = `${http}/top-ups.db.test.ts`
const withdrawals_out = `${http}/withdrawal-by-provider.db.test.ts`
const repayments_in = `${http}/repayment-by-provider.db.test.ts`
const webhooks = 'packages/server/test/rails/webhooks.db.test.ts'
const money_that_comes = 'packages/server/test/rails/money-that-comes.db.test.ts'
const reconciled = 'packages/server/test/payments/reconcile.db.test.ts'
const momo_events = 'packages/server/test/payments/momo-events.db.test.ts'
const one_reference = 'packages/server/test/faults/one-reference.db.test.ts'
const refunds = `${source}/products/service-booking/refund/refund.db.test.ts`

const of = (file: string, ...titles: readonly string[]): Proof[] => titles.map((title) => ({ file, title }))
const tests = (...proofs: readonly (Proof | readonly Proof[])[]): Cell => ({ tests: proofs.flat() })
const cannot = (because: string): Cell => ({ cannot: because })

/** Run for every product. */
const paid_once = of(
  own,
  'what is paid leaves the frozen part and the total, once: afterwards nothing pays, cancels or refunds it',
)
const back_once = of(
  own,
  'what is given back is all there again, once: afterwards nothing refunds or pays it',
)
const one_of_two = of(
  own,
  'paid and given back at the same instant, each asked twice: one of the two happens, once',
)
const minor_units = of(
  own,
  'an amount is a whole number of minor units: what has a point, is text or is grouped is refused',
)
const in_all_situations = of(
  'packages/server/test/flows/flows.test.ts',
  'in no situation is money created, destroyed or stranded',
)
const cannot_pay = of(own, '%s: %s is told to the operators, stays due, and pays once when it can')
const booking_decided = of(
  own,
  'a decision moves the money, takes its fee and writes its rows, to the unit: %s %o',
)
const booking_payments = of(
  own,
  'a payment counts once: not with another amount or currency, not twice, not by the couple, not under a reference that has counted',
  'told out of order: paid after it failed or expired still counts; paid after the booking was cancelled is set aside',
)

/** Whatever a provider sends, for whichever product. */
const only_the_truth = of(
  webhooks,
  '%s: refused and counted, nothing is kept, and nobody is asked',
  'signed as it should be, and not true: PayMongo is asked, and nothing moves',
)
/** Of products that are paid from wallets: money comes into those by a provider. */
const topped_up_once = [
  ...of(
    webhooks,
    '10,000 doubled and shuffled webhooks at two engines credit each of 100 payments once',
    'and the truth counts; replayed at once it is known, replayed later it is stale',
  ),
  ...only_the_truth,
  ...of(
    top_ups,
    'another amount or currency is not counted',
    'told again, by another id, of two top-ups at once: once for each payment',
    'a provider that is late: failed or expired is not the last word for 90 days',
  ),
]
/** Every adapter, every failure, and what is compared with the providers' own lists day after day. */
const same_books = [
  ...of(
    'packages/server/test/payments/suite.ts',
    'from a seed, everything goes wrong at random: in the end both sides agree to the unit',
    '%s: what happened before the silence is found without asking for it again',
  ),
  ...of(
    'packages/server/test/rails/chaos.db.test.ts',
    'everything fails at random, and in the end the ledger is the books of the providers, to the unit',
  ),
  ...of(
    reconciled,
    'money in, out and back by two providers: matched to the unit, and the clearing accounts explained',
    'the provider knows nothing of it: named, and named once however often it is looked for',
  ),
]
const topped_up_in_the_end = [
  ...of(
    reconciled,
    'paid without anybody asking, and no event came: named once, counted, set aside by the desk, then cleared',
    'settled there, and our row forgot to ask: asked again, the money is where it belongs',
  ),
  ...of(
    money_that_comes,
    'a payment that nobody here knows of is set aside, and credited to whom an operator names',
  ),
  ...same_books,
]

/** Of every way in: wallets are topped up, payments settled, repayments confirmed, what was paid out comes back. */
const counted_once = of(
  one_reference,
  'then %s: refused, in any spelling, and what used it is named',
  'F9 sixteen credits of one reference at the same instant, by every way: one of them',
)

const frozen_pays = of(
  frozen,
  'F3: what is given back to a frozen wallet in %s is there, however it is frozen',
  'is told in %s to operators and to who owns it, and to the other side not even that it is',
)
const control_kept = [
  ...of(frozen, 'keeps the sums of all others, and its preview says so and publishes nothing'),
  ...of(
    distributions,
    'N4: parts that are not what is held are refused at the first ask: offered, settled, decided; nothing is written',
  ),
]

const no_job = cannot(
  'No job moves its money: the transition that changes the state posts the transfers, in one transaction.',
)
const by_withdrawal = cannot(
  'It takes no money out of a wallet; whoever was paid asks for a withdrawal, which is a product of its own.',
)
const no_receipts = cannot('It writes no numbered receipts; only payments for a booking have them.')
const no_debt = cannot('Nobody owes anything under it; only trade credit lends.')
const no_deduction = cannot('Nothing is deducted from sales under it; only what trade credit lent is.')

export const went_wrong: readonly Item[] = [
  {
    name: 'A release lowers the frozen part but not the total: money is created',
    products: {
      'p2p-trade': tests(
        paid_once,
        of(
          trade_document,
          'Flow, phases 1 to 3: ad inventory locked, order, proof, confirm at once, and a job that releases',
        ),
        in_all_situations,
      ),
      'marketplace-order': tests(
        paid_once,
        of(order_document, 'Wallet Balance Tracking: the four tables'),
        in_all_situations,
      ),
      'service-booking': tests(
        paid_once,
        of(booking_document, 'steps 1 to 9: ₱50,000.00 from the request to the withdrawn amount'),
        in_all_situations,
      ),
      withdrawal: tests(
        paid_once,
        of(
          `${source}/system-flows/withdrawal/withdrawal.test.ts`,
          'any walk of requests and decisions keeps available + reserved + withdrawn as it was',
        ),
        in_all_situations,
      ),
      'freelance-milestone': tests(
        paid_once,
        of(
          milestone_document,
          '2. Escrow RELEASE: one transaction pays developer 85M, broker 10M and platform 5M',
        ),
        in_all_situations,
      ),
      'trade-credit': tests(
        paid_once,
        of(
          `${source}/products/trade-credit/escrow/document.db.test.ts`,
          'phases 1 to 3: 2,000,000 held, released, 300,000 of 1,000,000 sales deducted, 500,000 by mobile money',
        ),
        in_all_situations,
      ),
    },
  },
  {
    name: 'A cancellation, rejection or decided refund changes the state but not the money: money is stranded',
    products: {
      'p2p-trade': tests(
        back_once,
        of(
          p2p,
          'a status that changes but not the money: cancelled, everything is back and the ad has its part again',
        ),
        of(
          trade_document,
          'pending: a reminder 5 minutes before, then expired after the 15 minutes; all goes back to the ad',
        ),
        in_all_situations,
      ),
      'marketplace-order': tests(back_once, of(lifecycle, 'an order %s'), in_all_situations),
      'service-booking': tests(
        back_once,
        of(
          booking_document,
          'cancelling: before payment either side, after it the vendor alone, an operator, or both',
        ),
        in_all_situations,
      ),
      withdrawal: tests(
        back_once,
        of(withdrawals, 'a withdrawal that is %s gives the money back'),
        in_all_situations,
      ),
      'freelance-milestone': tests(
        back_once,
        of(milestone_document, 'FUNDED → REFUNDED: cancelled by the client, all of it is back'),
        in_all_situations,
      ),
      'trade-credit': tests(
        back_once,
        of(
          credit,
          'deciding a dispute moves no fee and writes no rows: here it moves the money, the line and the debt: refund, release, partial refund',
        ),
        in_all_situations,
      ),
    },
  },
  {
    name: 'A refund credits twice',
    products: {
      'p2p-trade': tests(
        back_once,
        of(p2p, 'a refund credits twice: three cancels at once give back once (round %i)'),
      ),
      'marketplace-order': tests(back_once, of(races, 'after %j: %j against %j, either first')),
      'service-booking': tests(
        back_once,
        one_of_two,
        of(
          refunds,
          'a payment goes back once; a refund of money that nobody put in transit never arrives',
          'told that it arrived and that it failed at the same instant: one of them',
        ),
        of(
          `${source}/products/service-booking/refund/use.db.test.ts`,
          'before the provider is called the refund is made, under its id, and of each payment once',
        ),
        of(
          `${source}/system-flows/suspense/suspense.db.test.ts`,
          'credited and sent back at the same instant: one of them, and other money that is set aside stays there',
        ),
      ),
      withdrawal: tests(
        back_once,
        of(withdrawal_races, 'returned twice: it comes back once'),
        of(withdrawals, 'returned after weeks gives it back once; the day it was paid stays'),
        of(withdrawals_out, 'it comes back 60 days later: given back once, and after 90 days not at all'),
      ),
      'freelance-milestone': tests(
        back_once,
        of(
          milestone,
          'a refund credits twice: what went back does not go back again',
          'cancel of both at the same instant: refunded once',
        ),
      ),
      'trade-credit': tests(back_once, one_of_two),
    },
  },
  {
    name: 'A decided dispute moves no fee and writes no rows',
    touches: 'dispute',
    products: {
      'p2p-trade': tests(of(p2p, 'deciding a dispute moves no fee and writes no rows: it does both')),
      'marketplace-order': tests(
        of(lifecycle, 'an operator decides %s %o'),
        of(
          order_document,
          'with a fee of 5% in the schedule the seller has 475 and the platform 25, in a split as well',
        ),
      ),
      'service-booking': tests(booking_decided),
      withdrawal: cannot(
        'Nobody disputes a withdrawal: operators approve or reject it, and the bank may return it.',
      ),
      'freelance-milestone': tests(
        of(milestone, 'deciding a dispute writes its rows: refund, shares and fee'),
        of(milestone_document, 'DISPUTED → RELEASED by WIN_FREELANCER: 85/10/5, as if it were approved'),
      ),
      'trade-credit': tests(
        of(
          credit,
          'deciding a dispute moves no fee and writes no rows: here it moves the money, the line and the debt: refund, release, partial refund',
        ),
      ),
    },
  },
  {
    name: 'The clock and a person act at the same instant, and both win',
    products: {
      'p2p-trade': tests(
        of(
          p2p,
          'the clock and a person at the same instant both win: silence against confirm (round %i)',
          'the clock and a person at the same instant both win: expiry against pay (round %i)',
        ),
      ),
      'marketplace-order': tests(
        of(races, 'after %s, %s, %s (%s): the clock against people, at the same instant'),
      ),
      'service-booking': tests(
        of(
          own,
          'the silence of one side ends at the same instant as the clock goes to an operator: paid once, or disputed',
          'a quote expires at the same instant as its payment arrives: held, or set aside',
        ),
      ),
      withdrawal: tests(
        of(
          own,
          'the clock settles and the bank returns, at the same instant: it came back, or it is paid for good',
        ),
      ),
      'freelance-milestone': tests(
        of(milestone, '%s against the approval by the clock, at the same instant: one of them'),
      ),
      'trade-credit': tests(
        of(
          credit_jobs,
          "the clock's release and a dispute, a confirmation or a cancellation at the same instant both win: here one does",
          'the nightly release and the timers release once',
          'confirmation of a payment against its expiry: one wins',
        ),
      ),
    },
  },
  {
    name: 'Something is cancelled that is already releasing',
    products: {
      'p2p-trade': tests(
        of(
          p2p,
          'a job that fails for good and leaves the agreement stuck with nobody told: listed, alarmed, retried by an operator, paid once',
          'a release and a dispute at the same instant both win: one does (round %i)',
        ),
        one_of_two,
      ),
      'marketplace-order': tests(one_of_two, paid_once, of(order_document, 'after shipment nobody cancels')),
      'service-booking': tests(
        one_of_two,
        paid_once,
        of(own, 'both say at the same instant that it was done: paid once; against a cancellation one wins'),
      ),
      withdrawal: tests(
        one_of_two,
        of(
          withdrawal_races,
          'approve against cancel: it is on its way, or the money is back, never both',
          'approve against reject; paid against failed',
        ),
      ),
      'freelance-milestone': tests(one_of_two, of(milestone, '%s: one wins, in either order')),
      'trade-credit': tests(
        one_of_two,
        of(
          credit,
          'cancelling an order that is already releasing: confirmation against cancellation or dispute, one wins',
        ),
      ),
    },
  },
  {
    name: 'A job is enqueued but the state has not changed, or the reverse',
    touches: 'job',
    products: {
      'p2p-trade': tests(
        of(
          own,
          'a job is enqueued with its state or not at all; a lost one is found, and one too many pays nothing',
        ),
      ),
      'marketplace-order': no_job,
      'service-booking': no_job,
      withdrawal: no_job,
      'freelance-milestone': no_job,
      'trade-credit': tests(
        of(
          credit_jobs,
          'killed half way: the next run does what is left, and nothing twice',
          'the work list written by six at once: each sale counts once',
          'the nightly release and the timers release once',
        ),
      ),
    },
  },
  {
    name: 'What should go on by itself fails for good, the agreement is stuck, and nobody is told',
    products: {
      'p2p-trade': tests(
        of(
          p2p,
          'a job that fails for good and leaves the agreement stuck with nobody told: listed, alarmed, retried by an operator, paid once',
        ),
      ),
      'marketplace-order': tests(of(lifecycle, 'the clock waits, tells an operator, and tries again')),
      'service-booking': tests(
        of(
          booking_document,
          'decided otherwise than the document: one side silent for 14 days goes to an operator, and is never paid by silence',
        ),
        of(refunds, 'the provider says nothing: operators are told after five days, and end it by hand'),
        of(
          `${source}/system-flows/suspense/suspense.db.test.ts`,
          'nobody looks: operators are told again every three days',
        ),
      ),
      withdrawal: tests(
        of(withdrawals, 'operators are reminded by the clock for as long as it waits for them'),
        of(
          withdrawals_out,
          '%s: an operator is told, and pays it by hand',
          'operators are reminded of what is sent and of which nobody tells, for as long as it is',
        ),
      ),
      'freelance-milestone': tests(
        cannot_pay,
        of(
          `${source}/products/freelance/milestone/decided.db.test.ts`,
          'funded and not completed 30 days past the due date: the operators are told, again and again',
        ),
      ),
      'trade-credit': tests(
        cannot_pay,
        of(
          'packages/server/test/clock/schedules.db.test.ts',
          'a run that fails is kept with its error, and the next day comes',
        ),
      ),
    },
  },
  {
    name: 'Confirmed twice, or taken back and confirmed again, it pays twice',
    products: {
      'p2p-trade': tests(
        of(
          p2p,
          'confirming twice pays twice: 20 at once pay once (round %i)',
          'undo and confirm again pays twice: it pays once',
        ),
      ),
      'marketplace-order': tests(of(races, '100 confirmations at once pay once'), paid_once),
      'service-booking': tests(
        of(own, 'both say at the same instant that it was done: paid once; against a cancellation one wins'),
        of(
          booking_document,
          'completion in the other order, once each, and a mark is taken back only while it stands alone',
        ),
        paid_once,
      ),
      withdrawal: tests(
        of(
          withdrawal_races,
          'mark-paid twice with %s reference: withdrawn once',
          'approve twice: one transfer is made',
        ),
        of(
          withdrawals_out,
          'from the approval on it is not paid by hand, and while it is sent it is not given up by hand either',
          'what is paid by hand is not sent: the provider is never asked',
          'nothing by hand, nothing before the second of two operators has approved, and then once',
        ),
      ),
      'freelance-milestone': tests(
        of(
          milestone,
          'released twice: what is paid is not approved, decided, cancelled or released again',
          '%s twice with one key: once',
        ),
        one_of_two,
      ),
      'trade-credit': tests(
        of(credit, 'confirming twice pays twice: by wholesaler and retailer, it is paid once and owed once'),
        of(repayments_in, 'one payment lowers one debt'),
      ),
    },
  },
  {
    name: "A provider's word is believed unsigned, twice, out of order, or for another amount",
    products: {
      'p2p-trade': tests(topped_up_once),
      'marketplace-order': tests(topped_up_once),
      'service-booking': tests(
        booking_payments,
        only_the_truth,
        of(
          money_that_comes,
          '%s: the booking is not paid',
          'paid after the booking was cancelled: not released, and given back by an operator through the provider',
          'paid twice at the same page: once for the booking, once in suspense, and the operator credits it',
          'the operator said that it was paid, and then the provider says so too: it counts once',
        ),
      ),
      withdrawal: tests(
        of(
          withdrawal_races,
          'mark-paid twice with %s reference: withdrawn once',
          'one payout reference for two withdrawals: one of them is paid, the other still waits',
          'approve against reject; paid against failed',
        ),
        only_the_truth,
        of(
          withdrawals_out,
          'a word that is said again and again, also at the same instant, counts once',
          'arrived and bounced at the same instant, by the provider and by an operator: one of the two',
          'one transfer of the provider pays one withdrawal',
        ),
      ),
      'freelance-milestone': tests(topped_up_once),
      'trade-credit': tests(
        of(
          credit,
          'a webhook repeated: one payment confirms one repayment, also at the same instant',
          'a job or a call that comes too late: rejected, withdrawn or not confirmed in 7 days, nothing is repaid, and it cannot be confirmed later',
        ),
        of(
          repayments_in,
          '500,000 on 2,000,000 by the phone leaves 1,500,000, when the provider says so and not before',
          'one payment lowers one debt',
        ),
        of(
          momo_events,
          'twice is once; dropped, asking tells',
          'a forged one can at most make us ask: what it says is not what is told',
        ),
        of('packages/server/test/payments/inbox-http.db.test.ts', 'not behind %s'),
      ),
    },
  },
  {
    name: 'Two withdrawals take one balance while the first is pending',
    touches: 'payout',
    products: {
      'p2p-trade': by_withdrawal,
      'marketplace-order': tests(of(withdrawal_races, 'a withdrawal against a payment from the same wallet')),
      'service-booking': by_withdrawal,
      withdrawal: tests(
        of(
          withdrawal_races,
          'two withdrawals of the same balance while the first is pending: at the same instant one wins',
          'a crowd of requests and decisions on few wallets: available, reserved and withdrawn are always the whole',
        ),
        of(
          withdrawals_out,
          'approved, sent, arrived: reserved until the provider says so, and then withdrawn',
        ),
      ),
      'freelance-milestone': by_withdrawal,
      'trade-credit': by_withdrawal,
    },
  },
  {
    name: 'A rejected withdrawal does not give the money back',
    touches: 'payout',
    products: {
      'p2p-trade': by_withdrawal,
      'marketplace-order': by_withdrawal,
      'service-booking': by_withdrawal,
      withdrawal: tests(
        of(withdrawals, 'a withdrawal that is %s gives the money back'),
        back_once,
        of(
          withdrawals_out,
          'it bounces: the money is back, with the words of the provider',
          'given up before it was sent: then it is not sent',
        ),
      ),
      'freelance-milestone': by_withdrawal,
      'trade-credit': by_withdrawal,
    },
  },
  {
    name: 'Pesos are taken for centavos',
    products: {
      'p2p-trade': tests(
        minor_units,
        of(p2p, 'ads: malformed fields, prices, currencies, limits, payment methods'),
      ),
      'marketplace-order': tests(minor_units),
      'service-booking': tests(
        minor_units,
        booking_payments.slice(0, 1),
        of(booking_document, 'steps 1 to 9: ₱50,000.00 from the request to the withdrawn amount'),
      ),
      withdrawal: tests(
        minor_units,
        of(
          withdrawals,
          'amount %j',
          'the daily limit: to the centavo, given back does not count, and a day later it is free again',
        ),
      ),
      'freelance-milestone': tests(minor_units),
      'trade-credit': tests(minor_units),
    },
  },
  {
    name: 'Receipt numbers race: two are the same, or one is missing',
    touches: 'receipts',
    products: {
      'p2p-trade': no_receipts,
      'marketplace-order': no_receipts,
      'service-booking': tests(
        of(
          own,
          'receipt numbers do not race: many payments at once, read at once, have numbers without gap or repeat',
        ),
        of(
          'packages/server/src/event-log/projections.db.test.ts',
          'two processes take turns: nothing twice, nothing missed',
        ),
      ),
      withdrawal: no_receipts,
      'freelance-milestone': no_receipts,
      'trade-credit': no_receipts,
    },
  },
  {
    name: 'A split loses a unit',
    touches: 'shares',
    products: {
      'p2p-trade': tests(
        of(p2p, 'a split that loses a unit: to the payee %i of 1,580,250'),
        of(
          `${source}/products/p2p/trade/conservation.test.ts`,
          'orders over one ad conserve inventory and remaining, in %s',
        ),
      ),
      'marketplace-order': tests(
        of(lifecycle, 'parts of %i and %i are not the whole', 'an operator decides %s %o'),
        of(
          order_document,
          'with a fee of 5% in the schedule the seller has 475 and the platform 25, in a split as well',
        ),
      ),
      'service-booking': tests(booking_decided),
      withdrawal: cannot('Nothing is divided: all of it is paid, or all of it goes back.'),
      'freelance-milestone': tests(
        of(
          shares,
          'any sequence of partial releases, refunds and splits sums exactly',
          'a split must sum to what is held: off by %i',
        ),
      ),
      'trade-credit': tests(
        of(
          credit_walk,
          'no walk overpays a debt, passes the limit, or lets the line count anything but what is held and owed',
        ),
        of(credit, 'the sides settle: the same distribution, asked for by both'),
      ),
    },
  },
  {
    name: 'The daily deduction runs twice in a day',
    touches: 'deduction',
    products: {
      'p2p-trade': no_deduction,
      'marketplace-order': no_deduction,
      'service-booking': no_deduction,
      withdrawal: no_deduction,
      'freelance-milestone': no_deduction,
      'trade-credit': tests(
        of(
          credit_jobs,
          'again, by the clock and by an operator: nothing changes',
          'twice at once, on two engines: once, with the sales counted once',
        ),
        of(
          credit_walk,
          'a daily deduction never takes the wallet below its minimum nor passes a cap, and is made once a day',
        ),
      ),
    },
  },
  {
    name: 'A debt is counted once per repayment',
    touches: 'debt',
    products: {
      'p2p-trade': no_debt,
      'marketplace-order': no_debt,
      'service-booking': no_debt,
      withdrawal: no_debt,
      'freelance-milestone': no_debt,
      'trade-credit': tests(
        of(
          credit,
          'the oldest debt first, or the one that is named; a row per debt',
          'a debt counted once per repayment: confirmed twice, it counts once',
        ),
      ),
    },
  },
  {
    name: 'More is repaid than is owed',
    touches: 'debt',
    products: {
      'p2p-trade': no_debt,
      'marketplace-order': no_debt,
      'service-booking': no_debt,
      withdrawal: no_debt,
      'freelance-milestone': no_debt,
      'trade-credit': tests(
        of(
          credit,
          'overpaying a debt: a confirmed surplus stays in the wallet',
          'overpaying a debt: of two repayments of the last of it one pays',
        ),
        of(
          credit_jobs,
          'a confirmed payment against the deduction: what was deducted meanwhile is not repaid again, the surplus is in the wallet',
        ),
      ),
    },
  },
  {
    name: 'A limit is checked outside the transaction that uses it',
    products: {
      'p2p-trade': tests(
        of(
          p2p,
          'a limit checked outside the transaction that uses it: of takers of the last part one wins, the others get 409 (round %i)',
        ),
      ),
      'marketplace-order': tests(of(races, 'one balance pays one order')),
      'service-booking': tests(
        of(
          own,
          'one balance pays one of two bookings, asked for at the same instant',
          'two checkouts for one price, both paid at the same instant: one counts, the other is set aside for an operator',
        ),
      ),
      withdrawal: tests(
        of(
          withdrawal_races,
          'a limit checked outside the transaction: 20 requests at once never pass the daily limit',
        ),
      ),
      'freelance-milestone': tests(
        of(milestone, 'one balance funds one milestone', '%s: one wins, in either order'),
      ),
      'trade-credit': tests(
        of(
          credit,
          'a limit checked outside the transaction that uses it: of two orders against the last of the limit one is held',
        ),
      ),
    },
  },
  {
    name: 'The failure of a service outside is swallowed, and the books drift apart',
    products: {
      'p2p-trade': tests(topped_up_in_the_end),
      'marketplace-order': tests(topped_up_in_the_end),
      'service-booking': tests(
        booking_payments.slice(1),
        of(
          own,
          'two checkouts for one price, both paid at the same instant: one counts, the other is set aside for an operator',
        ),
        of(
          money_that_comes,
          'a provider that fails at first keeps the payer waiting for no more than some seconds; the address comes later',
          'a refund that the provider cannot make ends in the wallet, not nowhere',
        ),
        of(refunds, 'it cannot go back: it is in the wallet, and both the payer and an operator are told'),
        of(
          reconciled,
          'a refund under way lies in transit and is explained; what nobody has under way is named',
        ),
        same_books,
      ),
      withdrawal: tests(
        of(
          withdrawals,
          'a withdrawal that is %s gives the money back',
          'returned after weeks gives it back once; the day it was paid stays',
          'operators are reminded by the clock for as long as it waits for them',
        ),
        of(
          withdrawals_out,
          'it bounces: the money is back, with the words of the provider',
          '%s: an operator is told, and pays it by hand',
        ),
        of(
          money_that_comes,
          'a transfer that comes back weeks later is in the wallet again',
          'what the provider cannot be reached for is ended by an operator: it is not paid a second time afterwards',
        ),
        of(
          reconciled,
          'a pay-out that we had given up for lost stands in the list: asked about again, it has arrived',
        ),
        same_books,
      ),
      'freelance-milestone': tests(topped_up_in_the_end),
      'trade-credit': tests(
        of(
          credit,
          'a job or a call that comes too late: rejected, withdrawn or not confirmed in 7 days, nothing is repaid, and it cannot be confirmed later',
        ),
        of(
          repayments_in,
          'refused on the phone, taken back or too late: nothing is repaid, and what comes after is not taken',
        ),
        of(momo_events, 'twice is once; dropped, asking tells'),
        of(
          reconciled,
          'MTN has no list: its payments are asked for one by one, and one that settled unseen is found',
        ),
        same_books,
      ),
    },
  },
  {
    name: 'One reference of a bank counted twice: by another way in, in other letters, by two operators at once',
    products: {
      'p2p-trade': tests(counted_once),
      'marketplace-order': tests(counted_once),
      'service-booking': tests(counted_once, booking_payments.slice(0, 1)),
      withdrawal: tests(
        counted_once,
        of(
          withdrawal_races,
          'one payout reference for two withdrawals: one of them is paid, the other still waits',
        ),
      ),
      'freelance-milestone': tests(counted_once),
      'trade-credit': tests(counted_once),
    },
  },
  {
    name: 'A frozen wallet pays, or keeps what is to be given back, or is told of to everybody',
    products: {
      'p2p-trade': tests(frozen_pays),
      'marketplace-order': tests(frozen_pays, of(lifecycle, 'frozen %s, the %s is not paid')),
      'service-booking': tests(frozen_pays),
      withdrawal: tests(
        frozen_pays.slice(0, 1),
        of(
          frozen,
          'pays nothing out: approving, marking as paid and sending are refused, with the freeze; rejecting, failing and cancelling give back',
          'what the bank sent back comes back',
        ),
      ),
      'freelance-milestone': tests(frozen_pays),
      'trade-credit': tests(frozen_pays),
    },
  },
  {
    name: 'A control is lost: a limit by a publication that does not name it, a second operator by what can never be done',
    products: {
      'p2p-trade': tests(control_kept),
      'marketplace-order': tests(
        control_kept,
        of(distributions, 'N4: an operator alone cannot propose to a second one what does not sum either'),
      ),
      'service-booking': tests(control_kept),
      withdrawal: tests(
        control_kept.slice(0, 1),
        of(
          frozen,
          'F3: approved by one of two operators before the freeze, it is not seconded while it lasts',
        ),
      ),
      'freelance-milestone': tests(control_kept),
      'trade-credit': tests(control_kept, of(frozen, 'also of settings that are published another way')),
    },
  },
]
