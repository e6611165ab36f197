/** Flows, shared: accounts outside that people are paid on: what each kind asks for in each currency, as one table. */

import { isValidIBAN } from 'ibantools'
import { Type } from 'typebox'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { isPhilippineMobile, rwandan_number } from './mobile-numbers.ts'

const fields_max = 8
const value_length_max = 140

/** Where the parts of an account stand in the caller's body, so that a problem points at the field at fault. */
export interface Pointers {
  readonly kind: string
  readonly currency: string
  readonly details: string
}

export type Details = Readonly<Record<string, string>>

/** The shape alone; what each kind and currency asks for, `checkDetails` says. */
export const AccountDetails = Type.Record(
  Type.String({ pattern: '^[a-z_]{1,32}$' }),
  Type.String({ minLength: 1, maxLength: value_length_max }),
  {
    additionalProperties: false,
    maxProperties: fields_max,
    description: 'What the method asks for in this currency',
  },
)

interface FieldRule {
  /** What it should be, as the problem says it. */
  readonly says: string
  readonly fits: (value: string) => boolean
  readonly optional?: true
  /** How it is written where two spellings of one account are compared. Absent: it does not tell accounts apart. */
  readonly identity?: (value: string) => string
}

const as_is = (value: string) => value
const digits = (form: RegExp, says: string): FieldRule => ({
  says,
  fits: (value) => form.test(value),
  identity: as_is,
})
const line = (says: string): FieldRule => ({
  says: `${says}, on one line, without spaces at its ends`,
  fits: (value) => value === value.trim() && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value),
})
const optional = (rule: FieldRule): FieldRule => ({ ...rule, optional: true })

const account_name = line('the name of who owns the account')
/** Free text: another spelling of a bank is taken for another account, which only errs to the safe side. */
const bank_name: FieldRule = {
  ...line('the name of the bank'),
  identity: (value) => value.toLowerCase().replaceAll(/\s+/g, ' '),
}
const bank_code = optional(digits(/^[A-Z0-9]{2,11}$/, '2 to 11 capital letters and digits'))
const numbered = (form: RegExp, says: string) => ({
  bank_name,
  bank_code,
  account_number: digits(form, says),
  account_name,
})

const philippine_mobile: FieldRule = {
  says: 'a mobile number of the Philippines: 11 digits that begin with 0, such as 09171234567',
  fits: isPhilippineMobile,
  identity: as_is,
}
const rwandan_mobile: FieldRule = {
  says: 'a number of Rwanda: 07 and 8 digits, or 2507 and 8 digits; after the 7 a 2, 3, 8 or 9',
  fits: (value) => rwandan_number.test(value),
  identity: (value) => value.replace(/^(250|0)/, ''),
}
const e_wallet = { PHP: { mobile_number: philippine_mobile, account_name: optional(account_name) } }

function iban(country = ''): FieldRule {
  return {
    says: `an IBAN${country === '' ? '' : ` of ${country}`}, in capitals and without spaces, whose check digits are right`,
    fits: (value) => value.startsWith(country) && isValidIBAN(value),
    identity: as_is,
  }
}

/** ABA: the first two digits are of a district that exists, and the nine weighted by 3, 7, 1 sum to a multiple of ten. */
const routing_number: FieldRule = {
  says: '9 digits of a routing number whose check digit is right',
  fits: (value) => {
    if (!/^(0[1-9]|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)[0-9]{7}$/.test(value)) return false
    const weights = [3, 7, 1]
    const sum = value
      .split('')
      .reduce((so_far, digit, i) => so_far + Number.parseInt(digit, 10) * (weights[i % 3] ?? 0), 0)
    return sum % 10 === 0
  },
  identity: as_is,
}

interface AccountKind {
  readonly says: string
  /** Currency → field → its rule. A currency that is not named is not paid this way. */
  readonly currencies: Readonly<Record<string, Readonly<Record<string, FieldRule>>>>
}

/** A further kind or currency is one more row here. */
export const account_kinds: Readonly<Record<string, AccountKind>> = {
  gcash: { says: 'GCash', currencies: e_wallet },
  paymaya: { says: 'PayMaya', currencies: e_wallet },
  mobile_money: {
    says: 'Mobile money',
    currencies: { RWF: { mobile_number: rwandan_mobile, account_name } },
  },
  bank_transfer: {
    says: 'Bank transfer',
    currencies: {
      PHP: numbered(/^[0-9]{10,16}$/, '10 to 16 digits'),
      NGN: numbered(/^[0-9]{10}$/, '10 digits (NUBAN)'),
      VND: numbered(/^[0-9]{6,19}$/, '6 to 19 digits'),
      RWF: numbered(/^[0-9]{8,20}$/, '8 to 20 digits'),
      PKR: { iban: iban('PK'), bank_name: optional(bank_name), account_name },
      EUR: { iban: iban(), account_name },
      USD: {
        bank_name,
        routing_number,
        account_number: digits(/^[0-9]{4,17}$/, '4 to 17 digits'),
        account_name,
      },
      GBP: {
        sort_code: digits(/^[0-9]{6}$/, '6 digits, without hyphens'),
        account_number: digits(/^[0-9]{8}$/, '8 digits'),
        account_name,
      },
      CAD: {
        institution_number: digits(/^[0-9]{3}$/, '3 digits'),
        transit_number: digits(/^[0-9]{5}$/, '5 digits'),
        account_number: digits(/^[0-9]{7,12}$/, '7 to 12 digits'),
        account_name,
      },
    },
  },
}

/** Null where the account can be paid; else `invalid_request` with a pointer to the field at fault, and what it should be. */
export function checkDetails(
  kind: string,
  currency: string,
  details: Details,
  at: Pointers = { kind: '/kind', currency: '/currency', details: '/details' },
): Problem | null {
  const currencies = Object.hasOwn(account_kinds, kind) ? account_kinds[kind]?.currencies : undefined
  if (currencies === undefined)
    return wrong(at.kind, 'no such kind of account', { allowed: Object.keys(account_kinds) })
  const rules = rulesOf(kind, currency)
  if (rules === null) return wrong(at.currency, `not paid by ${kind}`, { allowed: Object.keys(currencies) })
  const fields = { allowed: Object.keys(rules) }
  for (const name of Object.keys(details))
    if (!Object.hasOwn(rules, name)) return wrong(`${at.details}/${name}`, 'unknown field', fields)
  for (const [name, { says, fits, optional: may_lack }] of Object.entries(rules)) {
    const value = details[name]
    if (value === undefined && may_lack) continue
    if (value === undefined) return wrong(`${at.details}/${name}`, `missing: ${says}`, fields)
    if (value.length > value_length_max || !fits(value))
      return wrong(`${at.details}/${name}`, `must be ${says}`)
  }
  return null
}

/** What tells this account from every other, the same for all its spellings: the money of both would arrive at one place. */
export function accountIdentity(kind: string, currency: string, details: Details): string[] {
  const rules = Object.entries(rulesOf(kind, currency) ?? {})
  const parts = rules.map(([name, { identity }]) => {
    const value = details[name]
    return identity === undefined || value === undefined ? null : `${name} ${identity(value)}`
  })
  return [kind, currency, ...parts.filter((part) => part !== null)]
}

const shown_digits = 4

/** The same, with all but the last four characters of its numbers hidden; names stay. */
export function maskDetails(details: Details): Details {
  const hide = (value: string) => {
    const hidden = Math.max(value.length - shown_digits, 1)
    return '*'.repeat(hidden) + value.slice(hidden)
  }
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [name, /number$|^iban$/.test(name) ? hide(value) : value]),
  )
}

function rulesOf(kind: string, currency: string): Readonly<Record<string, FieldRule>> | null {
  const currencies = Object.hasOwn(account_kinds, kind) ? account_kinds[kind]?.currencies : undefined
  return currencies !== undefined && Object.hasOwn(currencies, currency)
    ? (currencies[currency] ?? null)
    : null
}

function wrong(pointer: string, reason: string, more: Readonly<Record<string, unknown>> = {}): Problem {
  return problem('invalid_request', { pointer, reason, ...more })
}
