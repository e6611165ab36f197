/** Emulator, PayMongo: one transfer as it is asked for. */

import { paymongo_bic, wallet_number } from '../keys.ts'
import { Reading, type Fields } from './fields.ts'
import { serves } from './institutions.ts'
import { complaint, refuse, type Refusal } from './refusal.ts'
import { transfer_providers, type TransferBody, type TransferProvider } from './resources.ts'

export type WantedTransfer = Pick<
  TransferBody,
  | 'amount'
  | 'currency'
  | 'provider'
  | 'purpose'
  | 'description'
  | 'reference_number'
  | 'callback_url'
  | 'metadata'
> & {
  readonly source_name: string | null
  readonly destination: { readonly number: string; readonly name: string; readonly bic: string }
}

/** Centavos. */
const rail_centavos_max: Readonly<Record<TransferProvider, number>> = {
  instapay: 5_000_000,
  pesonet: 1_000_000_000,
  paymongo: 1_000_000_000,
}

const account_number_length_max = 34

export function readTransfer(fields: Fields, place: number): WantedTransfer | Refusal {
  const at = `transfers[${place}]`
  const reading = new Reading(fields, at)
  const provider = reading.word('provider', transfer_providers)
  const amount = reading.amount('amount', 1, Number.MAX_SAFE_INTEGER)
  const source = new Reading(reading.fields('source_account') ?? {}, `${at}.source_account`)
  const target = new Reading(reading.fields('destination_account') ?? {}, `${at}.destination_account`)
  const wanted = {
    provider,
    amount,
    currency: reading.word('currency', ['PHP']),
    purpose: reading.optionalText('purpose'),
    description: reading.optionalText('description'),
    reference_number: plainReference(reading.optionalText('reference_number')),
    callback_url: fields['callback_url'] === undefined ? null : reading.url('callback_url'),
    metadata: reading.metadata(),
    source_name: source.optionalText('name'),
    destination: {
      number: target.text('number', account_number_length_max),
      name: target.text('name'),
      bic: target.text('bic'),
    },
  }
  const source_number = source.text('number')
  const source_bic = source.optionalText('bic') ?? paymongo_bic
  reading.errors.push(...source.errors, ...target.errors)
  if (reading.refusal !== null) return reading.refusal
  if (source_number !== wallet_number || source_bic !== paymongo_bic) {
    return refuse(
      400,
      complaint('parameter_invalid', 'failed to get first source account', `${at}.source_account.number`),
    )
  }
  if (!/^[0-9]+$/.test(wanted.destination.number)) {
    return refuse(
      400,
      complaint(
        'parameter_format_invalid',
        'The account number should be digits.',
        `${at}.destination_account.number`,
      ),
    )
  }
  if (!serves(wanted.destination.bic, provider)) {
    return refuse(
      400,
      complaint(
        'parameter_format_invalid',
        `No institution of ${provider} has this bic.`,
        `${at}.destination_account.bic`,
      ),
    )
  }
  if (amount > rail_centavos_max[provider]) {
    return refuse(
      400,
      complaint('transaction_limit_exceeded', `More than ${provider} takes at a time.`, `${at}.amount`),
    )
  }
  return wanted
}

/** Letters become small, and what is not a letter, a digit or a space is gone: nobody should match on it. */
export function plainReference(text: string | null): string | null {
  return text === null ? null : text.toLowerCase().replaceAll(/[^a-z0-9 ]/g, '')
}
