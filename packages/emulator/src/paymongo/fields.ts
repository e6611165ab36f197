/** Emulator, PayMongo: reads the fields of a request, and collects what is wrong with them. */

import { complaint, refuse, type Complaint, type Refusal } from './refusal.ts'

export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The attributes of a v1 request, which wraps them twice. */
export function attributesOf(body: unknown): Fields | Refusal {
  const data = isFields(body) ? body['data'] : undefined
  const attributes = isFields(data) ? data['attributes'] : undefined
  return isFields(attributes)
    ? attributes
    : refuse(400, complaint('parameter_required', 'data.attributes is required.', 'data.attributes'))
}

const text_length_max = 255
const metadata_entries_max = 50

/** What a reader gives for a field that is wrong is never used: whoever reads asks for `refusal` before it acts. */
export class Reading {
  readonly #fields: Fields
  readonly #at: string
  readonly errors: Complaint[] = []

  constructor(fields: Fields, at = 'attributes') {
    this.#fields = fields
    this.#at = at
  }

  get refusal(): Refusal | null {
    return this.errors.length === 0 ? null : refuse(400, ...this.errors)
  }

  wrong(code: string, name: string, detail: string): void {
    this.errors.push(complaint(code, detail, `${this.#at}.${name}`))
  }

  value(name: string): unknown {
    return this.#fields[name]
  }

  fields(name: string): Fields | null {
    const value = this.#fields[name]
    if (value === undefined || value === null) return null
    if (isFields(value)) return value
    this.wrong('parameter_data_type_invalid', name, `${name} should be an object.`)
    return null
  }

  text(name: string, length_max = text_length_max): string {
    const value = this.optionalText(name, length_max)
    if (value !== null && value !== '') return value
    if (!this.errors.some(({ source }) => source?.attribute === name)) {
      this.wrong('parameter_required', name, `${name} is required.`)
    }
    return ''
  }

  optionalText(name: string, length_max = text_length_max): string | null {
    const value = this.#fields[name]
    if (value === undefined || value === null) return null
    if (typeof value !== 'string') {
      this.wrong('parameter_data_type_invalid', name, `${name} should be a string.`)
      return null
    }
    if (value.length > length_max) {
      this.wrong(
        'parameter_above_maximum',
        name,
        `${name} should not be longer than ${length_max} characters.`,
      )
    }
    return value
  }

  /** One of these words. Which code a wrong one gets is not documented. */
  word<Word extends string>(name: string, words: readonly Word[], otherwise?: Word): Word {
    const value = this.#fields[name] ?? otherwise
    const known = words.find((word) => word === value)
    if (known !== undefined) return known
    if (value === undefined) this.wrong('parameter_required', name, `${name} is required.`)
    else this.wrong('parameter_invalid', name, `${name} should be one of ${words.join(', ')}.`)
    return words[0] as Word
  }

  words<Word extends string>(name: string, words: readonly Word[]): Word[] {
    const value = this.#fields[name]
    if (!Array.isArray(value) || value.length === 0) {
      this.wrong('parameter_required', name, `${name} is required.`)
      return []
    }
    const given = [...new Set<unknown>(value)]
    const known = given.flatMap((one) => words.find((word) => word === one) ?? [])
    if (known.length !== given.length) {
      this.wrong('parameter_invalid', name, `${name} should be among ${words.join(', ')}.`)
    }
    return known
  }

  url(name: string): string {
    const value = this.text(name, 2_048)
    if (value !== '' && !/^https?:\/\/[^\s]+$/.test(value)) {
      this.wrong('parameter_format_invalid', name, `${name} should be an address.`)
    }
    return value
  }

  /** Centavos. */
  amount(name: string, min: number, max: number): number {
    const value = this.#fields[name]
    if (value === undefined || value === null) this.wrong('parameter_required', name, `${name} is required.`)
    else if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
      this.wrong('parameter_data_type_invalid', name, `${name} should be an integer.`)
    } else if (value < min) {
      this.wrong('parameter_below_minimum', name, `The minimum value for the ${name} is ${min}.`)
    } else if (value > max) {
      this.wrong('parameter_above_maximum', name, `The maximum value for the ${name} is ${max}.`)
    } else return value
    return 0
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.#fields[name] ?? otherwise
    if (typeof value === 'boolean') return value
    this.wrong('parameter_data_type_invalid', name, `${name} should be a boolean.`)
    return otherwise
  }

  /** A flat map of texts. */
  metadata(): Readonly<Record<string, string>> | null {
    const fields = this.fields('metadata')
    if (fields === null) return null
    const entries = Object.entries(fields)
    if (entries.length > metadata_entries_max || entries.some(([, value]) => typeof value !== 'string')) {
      this.wrong('parameter_format_invalid', 'metadata', 'metadata should be a flat map of strings.')
    }
    return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
  }
}

export interface Billing {
  readonly address: Readonly<
    Record<'city' | 'country' | 'line1' | 'line2' | 'postal_code' | 'state', string | null>
  >
  readonly email: string | null
  readonly name: string | null
  readonly phone: string | null
}

/** As it is told back: all fields, those that nobody gave empty. */
export function billingOf(given: unknown): Billing {
  const fields = isFields(given) ? given : {}
  const address = isFields(fields['address']) ? fields['address'] : {}
  const text = (from: Fields, name: string) => (typeof from[name] === 'string' ? from[name] : null)
  return {
    address: {
      city: text(address, 'city'),
      country: text(address, 'country'),
      line1: text(address, 'line1'),
      line2: text(address, 'line2'),
      postal_code: text(address, 'postal_code'),
      state: text(address, 'state'),
    },
    email: text(fields, 'email'),
    name: text(fields, 'name'),
    phone: text(fields, 'phone'),
  }
}
