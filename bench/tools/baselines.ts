/** How fast are the usual designs: A spread accounts, B one hot account, C a handler that goes row by row. */
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { firstWord } from './child.ts'
import { temporaryFolder } from './folder.ts'

export interface Transfers {
  url: string
  connections: number
  accounts: number
  /** Every transfer credits account 1. */
  hot: boolean
  seconds: number
}

const exec = promisify(execFile)

/** Runs a file of SQL, one statement after the other, because `vacuum` takes no company. */
export async function prepare(url: string, file: 'baselines.sql' | 'textbook.sql'): Promise<void> {
  const text = await readFile(new URL(file, import.meta.url), 'utf8')
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of text.split(/;\n\n/)) await client.query(statement)
  } finally {
    await client.end()
  }
}

export async function hasPgbench(): Promise<boolean> {
  return exec('pgbench', ['--version']).then(
    () => true,
    () => false,
  )
}

/** Transfers per second of baseline A or B. */
export async function transfersPerSecond(transfers: Transfers): Promise<number> {
  return (await hasPgbench()) ? byPgbench(transfers) : byProcess(transfers)
}

async function byPgbench({ url, connections, accounts, hot, seconds }: Transfers): Promise<number> {
  await using folder = await temporaryFolder()
  const script = join(folder.path, 'transfer.sql')
  const credit = hot ? '1' : `1 + (:debit - 1 + random(1, ${accounts - 1})) % ${accounts}`
  await writeFile(
    script,
    `\\set debit random(2, ${accounts})\n\\set credit ${credit}\nselect transfer(:debit, :credit, 1);\n`,
  )
  const flags = ['-n', '-M', 'prepared', '-c', `${connections}`, '-j', '2', '-T', `${seconds}`, '-f', script]
  const { stdout } = await exec('pgbench', [...flags, url])
  const tps = /tps = ([\d.]+)/.exec(stdout)?.[1]
  const failed = /failed transactions: (\d+)/.exec(stdout)?.[1] ?? '0'
  if (!tps || failed !== '0') throw new Error(`pgbench: ${stdout}`)
  return Number(tps)
}

async function byProcess(transfers: Transfers): Promise<number> {
  const worker = fork(new URL('./transfers-worker.ts', import.meta.url))
  worker.send(transfers)
  return firstWord<number>(worker, "the transfers' process")
}

/** Baseline C as a server that the load's plans can drive. */
export async function startTextbook(
  url: string,
): Promise<{ address: string; pid: number; stop(): Promise<void> }> {
  const child = fork(new URL('./textbook.ts', import.meta.url), {
    env: { ...process.env, DATABASE_URL: url },
  })
  const exited = once(child, 'exit')
  const { address } = await firstWord<{ address: string }>(child, 'baseline C')
  return {
    address,
    pid: child.pid!,
    async stop() {
      child.kill()
      await exited
    },
  }
}
