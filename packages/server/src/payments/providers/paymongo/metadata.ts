/** PayMongo: our own ids in the metadata of what we create. It repeats them unchanged, unlike reference numbers. */

import { textAt } from '../json.ts'

const reference_name = 'holdfast_reference'
const token_name = 'holdfast_token'

export function metadataOf(wanted: {
  readonly our_reference: string
  readonly token: string
}): Readonly<Record<string, string>> {
  return { [reference_name]: wanted.our_reference, [token_name]: wanted.token }
}

/** Null where it is not one of ours. */
export function referenceIn(resource: unknown): string | null {
  return textAt(resource, 'metadata', reference_name)
}

export function tokenIn(resource: unknown): string | null {
  return textAt(resource, 'metadata', token_name)
}
