/** Emulator, MTN MoMo: what it answers. Business refusals come with 500, and many others with nothing. */

export interface Answer {
  readonly status: number
  /** Null for an empty body. */
  readonly body: object | null
}

export function answer(status: number, body: object | null = null): Answer {
  return { status, body }
}

const sentences: Readonly<Record<string, string>> = {
  RESOURCE_ALREADY_EXIST: 'Duplicated reference id. Creation of resource failed.',
  RESOURCE_NOT_FOUND: 'Requested resource was not found.',
  NOT_ALLOWED: 'Authorization failed. Insufficient permissions.',
  NOT_ALLOWED_TARGET_ENVIRONMENT: 'Access to target environment is forbidden.',
  INVALID_CALLBACK_URL_HOST: 'Callback URL with different host name then configured for API User.',
  INVALID_CURRENCY: 'Currency not supported.',
  SERVICE_UNAVAILABLE: 'Service temporarily unavailable, try again later.',
  INTERNAL_PROCESSING_ERROR: 'An internal error occurred while processing.',
  PAYEE_NOT_FOUND: 'Payee does not exist.',
  PAYER_NOT_FOUND: 'Payer does not exist.',
  NOT_ENOUGH_FUNDS: 'The payer does not have enough funds.',
}

const statuses: Readonly<Record<string, number>> = {
  RESOURCE_ALREADY_EXIST: 409,
  RESOURCE_NOT_FOUND: 404,
  PAYEE_NOT_FOUND: 404,
  PAYER_NOT_FOUND: 404,
  SERVICE_UNAVAILABLE: 503,
}

export function refusal(code: string, status = statuses[code] ?? 500): Answer {
  return { status, body: { code, message: sentenceOf(code) } }
}

export function sentenceOf(code: string): string {
  return sentences[code] ?? code
}

/** The gateway in front of it has a shape of its own. */
export function denied(why: string): Answer {
  return { status: 401, body: { statusCode: 401, message: `Access denied due to ${why}` } }
}
