/** The ledger in memory passes the port's suite. */

import { MemoryLedger } from './memory.ts'
import { ledgerSuite } from './suite.ts'

ledgerSuite(() => Promise.resolve(new MemoryLedger()))
