/** Baselines A and B where `pgbench` is not installed: 16 connections of a process of its own, the same prepared call. */
import { once } from 'node:events'
import { Client } from 'pg'
import type { Transfers } from './baselines.ts'

const { url, connections, accounts, hot, seconds }: Transfers = (await once(process, 'message'))[0]
const clients = Array.from({ length: connections }, () => new Client({ connectionString: url }))
await Promise.all(clients.map((client) => client.connect()))

const started = performance.now()
const until = started + seconds * 1000
const counts = await Promise.all(clients.map((client) => transferUntilEnd(client)))
const elapsed = (performance.now() - started) / 1000

await Promise.all(clients.map((client) => client.end()))
process.send!(counts.reduce((sum, count) => sum + count, 0) / elapsed, () => process.disconnect())

async function transferUntilEnd(client: Client): Promise<number> {
  let count = 0
  for (; performance.now() < until; count += 1) {
    const debit = 2 + Math.floor(Math.random() * (accounts - 1))
    const step = 1 + Math.floor(Math.random() * (accounts - 1))
    const credit = hot ? 1 : 1 + ((debit - 1 + step) % accounts)
    await client.query({ name: 'transfer', text: 'select transfer($1, $2, 1)', values: [debit, credit] })
  }
  return count
}
