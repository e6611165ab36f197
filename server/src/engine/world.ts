/**
 * Engine, pure: what was loaded for a batch, what the batch writes, and the drafts between the two.
 */

import type { Account } from '../ledger/account.ts'
import type { Transfer } from '../ledger/post.ts'
import type { Agreement } from './agreement.ts'
import type { AgreementEvent, StoredAnswer } from './ask.ts'

/** What was loaded for a batch. Nothing in it is changed; `decide` works on drafts. */
export interface World {
  readonly agreements: ReadonlyMap<string, Agreement>
  readonly accounts: ReadonlyMap<string, Account>
  readonly answers: ReadonlyMap<string, StoredAnswer>
  /** Business references in use, as `referenceKey` writes them. */
  readonly references: ReadonlySet<string>
  /** Flow → the terms of the fee schedule in force. */
  readonly schedules: ReadonlyMap<string, Readonly<Record<string, string>>>
}

export interface Job {
  readonly name: string
  readonly agreement: string
  readonly transition: string
}

/** Everything that a batch writes, in one transaction. */
export interface Changes {
  readonly agreements: ReadonlyMap<string, Agreement>
  readonly accounts: ReadonlyMap<string, Account>
  readonly transfers: readonly Transfer[]
  readonly events: readonly AgreementEvent[]
  readonly answers: ReadonlyMap<string, StoredAnswer>
  readonly jobs: readonly Job[]
}

export function referenceKey(flow: string, reference: string): string {
  return `${flow} ${reference}`
}

/** The drafts that the asks of one batch work on, one after another. */
export class Draft {
  readonly agreements = new Map<string, Agreement>()
  readonly accounts = new Map<string, Account>()
  readonly answers = new Map<string, StoredAnswer>()
  readonly references = new Set<string>()
  readonly transfers: Transfer[] = []
  readonly events: AgreementEvent[] = []
  readonly jobs: Job[] = []
  readonly world: World

  constructor(world: World) {
    this.world = world
  }

  agreement(id: string): Agreement | undefined {
    return this.agreements.get(id) ?? this.world.agreements.get(id)
  }

  account(id: string): Account | undefined {
    return this.accounts.get(id) ?? this.world.accounts.get(id)
  }
}
