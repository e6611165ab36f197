/** Fills an engine's database with finished orders, by SQL, since through HTTP a million would take the whole day's bench. */
import { readFile } from 'node:fs/promises'
import { Client } from 'pg'

const chunk = 50_000

/** Needs one completed order, whose rows it copies, and topped-up wallets; no engine may run meanwhile. */
export async function fill(url: string, agreements: number, progress: (line: string) => void): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    // Durability of the filling itself is not what is measured.
    await client.query('set synchronous_commit = off')
    await client.query(await readFile(new URL('./fill.sql', import.meta.url), 'utf8'))
    for (let first = 0; first < agreements; first += chunk) {
      const last = Math.min(first + chunk, agreements) - 1
      await client.query('select pg_temp.fill($1, $2)', [first, last])
      progress(`  filled ${last + 1} of ${agreements} agreements`)
    }
    await client.query('vacuum (analyze)')
  } finally {
    await client.end()
  }
}
