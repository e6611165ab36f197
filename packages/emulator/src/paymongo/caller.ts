/** Emulator, PayMongo: who asks. The key is the user name of HTTP Basic, without a password. */

import { paymongo_public_key, paymongo_secret_key } from '../keys.ts'
import { complaint, refuse, type Refusal } from './refusal.ts'

export type Caller = 'secret' | 'public'

export function callerOf(authorization: string | undefined): Caller | Refusal {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '') ?? []
  const [key = ''] = Buffer.from(encoded ?? '', 'base64')
    .toString('utf8')
    .split(':')
  if (key.startsWith(paymongo_secret_key)) return 'secret'
  if (key.startsWith(paymongo_public_key)) return 'public'
  // A key of live mode opens nothing here: whoever sends one has pointed the wrong settings at a sandbox.
  const detail =
    key === ''
      ? 'You did not provide an API key. Send it as the user name of HTTP Basic authentication.'
      : `You did not provide an API key that is known here: ${key.slice(0, 8)}…`
  return refuse(401, complaint('api_key_required', detail))
}
