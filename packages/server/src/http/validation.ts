/** HTTP: what a schema refuses, as a problem that names the field. */

import type { FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'

/** The part of Ajv's error that we read. */
export interface SchemaError {
  readonly instancePath: string
  readonly keyword: string
  readonly message?: string
  readonly params: Readonly<Record<string, unknown>>
  readonly parentSchema?: { readonly description?: string }
}

export function validate(request: FastifyRequest, schema: TSchema, value: unknown): Problem | null {
  const check = request.getValidationFunction(schema) ?? request.compileValidationSchema(schema)
  if (check(value)) return null
  return schemaProblem((check as { errors?: readonly SchemaError[] | null }).errors?.[0])
}

export function schemaProblem(error: SchemaError | undefined, where = 'body'): Problem {
  if (error === undefined) return problem('invalid_request')
  const field = error.params['missingProperty'] ?? error.params['additionalProperty']
  const pointer = typeof field === 'string' ? `${error.instancePath}/${field}` : error.instancePath
  const out_of_range = error.keyword === 'maximum' || error.keyword === 'minimum'
  const code =
    out_of_range && error.parentSchema?.description === 'Minor units'
      ? 'amount_out_of_range'
      : 'invalid_request'
  const allowed = error.params['allowedValues']
  const facts = where === 'body' ? { pointer } : { in: where, pointer }
  return problem(code, { ...facts, reason: reasonOf(error), ...(allowed === undefined ? {} : { allowed }) })
}

function reasonOf({ keyword, message }: SchemaError): string {
  if (keyword === 'additionalProperties') return 'unknown field'
  if (keyword === 'required') return 'missing'
  return message ?? 'not valid'
}
