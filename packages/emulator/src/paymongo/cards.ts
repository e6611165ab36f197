/** Emulator, PayMongo: the test cards, and what each comes to. */

export interface CardOutcome {
  /** Whether the payer is sent to a page of the bank first. `optional`: only where the merchant asks for any. */
  readonly three_d_secure: 'no' | 'optional' | 'yes'
  /** Null where it is paid. */
  readonly failure: Failure | null
}

export interface Failure {
  readonly code: string
  readonly message: string
}

export const generic_decline: Failure = {
  code: 'generic_decline',
  message: 'The card issuing bank declined the payment.',
}

const paid: CardOutcome = { three_d_secure: 'no', failure: null }

const cards: Readonly<Record<string, CardOutcome>> = {
  '4343434343434345': paid,
  '4571736000000075': paid,
  '5123000000000002': paid,
  '4120000000000007': { three_d_secure: 'yes', failure: null },
  '5123000000000001': { three_d_secure: 'optional', failure: null },
  '4200000000000018': declined('card_expired', 'The card has expired.'),
  '4300000000000017': declined('cvc_invalid', 'The CVC is incorrect.'),
  '5100000000000198': declined('insufficient_funds', 'The card has insufficient funds.'),
  '4111111111111111': { three_d_secure: 'no', failure: generic_decline },
  // The bank says yes, and the payment fails nevertheless.
  '5234000000000106': { three_d_secure: 'yes', failure: generic_decline },
}

/** A card that is no test card is declined in test mode: this is the defensive choice, not a documented one. */
export function outcomeOf(card_number: string): CardOutcome {
  return cards[card_number] ?? { three_d_secure: 'no', failure: generic_decline }
}

/** Digits with the right last one, or one of the test cards: not all of them have it. */
export function isCardNumber(text: string): boolean {
  if (Object.hasOwn(cards, text)) return true
  if (!/^\d{13,19}$/.test(text)) return false
  const sum = Array.from(text)
    .toReversed()
    .reduce((total, digit, place) => {
      const value = Number.parseInt(digit, 10) * (place % 2 === 0 ? 1 : 2)
      return total + (value > 9 ? value - 9 : value)
    }, 0)
  return sum % 10 === 0
}

function declined(code: string, message: string): CardOutcome {
  return { three_d_secure: 'no', failure: { code, message } }
}
