/** Access: what a key may do at all. What it may do in an agreement, its flow says. */

export const scopes = [
  'agreements:read',
  'agreements:write',
  'wallets:read',
  'wallets:top_up',
  'wallets:freeze',
  'wallets:sales',
  'withdrawals:decide',
  'events:read',
  'integrity:read',
  'metrics:read',
  'party_tokens:create',
  'fee_schedules:read',
  'fee_schedules:write',
  'jobs:read',
  'jobs:retry',
  'payments:read',
  'payments:resolve',
  'clock:move',
] as const

export type Scope = (typeof scopes)[number]

export type OperatorRole = 'admin' | 'finance' | 'support' | 'viewer'

const read: readonly Scope[] = [
  'agreements:read',
  'wallets:read',
  'events:read',
  'integrity:read',
  'metrics:read',
  'fee_schedules:read',
  'jobs:read',
  'payments:read',
]

/** Roles of operators (flows.md, section 0). */
export const roles: Readonly<Record<OperatorRole, readonly Scope[]>> = {
  admin: [...scopes],
  finance: [
    ...read,
    'agreements:write',
    'wallets:top_up',
    'wallets:freeze',
    'wallets:sales',
    'withdrawals:decide',
    'jobs:retry',
    'payments:resolve',
  ],
  support: [...read, 'agreements:write'],
  viewer: read,
}

/** Flows that need more than `agreements:write`: without this, who may write agreements could make money or lift a freeze. */
export const flow_scopes: ReadonlyMap<string, Scope> = new Map<string, Scope>([
  ['wallet-top-up', 'wallets:top_up'],
  ['wallet-freeze', 'wallets:freeze'],
  ['wallet-sale', 'wallets:sales'],
])

/** Flows that need more of operators alone: parties act under them with what they have, and so does the marketplace's backend. */
export const operator_flow_scopes: ReadonlyMap<string, Scope> = new Map<string, Scope>([
  ['withdrawal', 'withdrawals:decide'],
  // To say that money arrived is to make it.
  ['payment', 'wallets:top_up'],
  ['wallet-pay-in', 'wallets:top_up'],
  ['suspense', 'payments:resolve'],
  ['suspense-credit', 'payments:resolve'],
  ['refund', 'payments:resolve'],
])

export function scopeUnder(flow: string, kind: string): Scope | undefined {
  return flow_scopes.get(flow) ?? (kind === 'operator' ? operator_flow_scopes.get(flow) : undefined)
}

/** The marketplace's own backend: everything but what needs a person to answer for it. */
export const service_scopes: readonly Scope[] = [
  'agreements:read',
  'agreements:write',
  'wallets:read',
  'wallets:sales',
  'events:read',
  'integrity:read',
  'metrics:read',
  'party_tokens:create',
  'fee_schedules:read',
  'clock:move',
]

/** What a person's token may do: see and act in its own agreements and wallets. */
export const party_scopes: ReadonlySet<Scope> = new Set<Scope>([
  'agreements:read',
  'agreements:write',
  'wallets:read',
])
