// The room of the folder lock: one living engine owns a data folder, and a dead one owns nothing.
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const attempts_max = 200
const pause_ms = 10

/** Takes `holdfast.lock`; answers how to give it back. Throws when the engine that holds it lives. */
export async function lockFolder(folder: string): Promise<() => void> {
  const path = join(folder, 'holdfast.lock')
  const me = `${process.pid} ${startOf(process.pid) ?? ''} ${randomUUID()}`
  for (let attempt = 0; attempt < attempts_max; attempt += 1) {
    if (createFile(path, me) || contentOf(path) === me) return () => release(path, me)
    const owner = contentOf(path)
    if (isAlive(owner)) throw refusal(folder, owner)
    // An empty file is one that another start is just writing, unless it stays so.
    if (owner || (owner === '' && attempt > attempts_max / 2)) succeed(path, owner, me)
    await sleep(pause_ms)
  }
  throw new Error(`The lock ${path} could not be taken. If no engine runs there, remove the file.`)
}

/** False when the file is there already. Durable when it returns. */
export function createFile(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx', mode: 0o600, flush: true })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** When a living process started, in the system's own ticks, '' where the system does not show it; undefined when it is dead. */
export function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    // A killed process that nobody has waited for keeps its number, but does nothing any more.
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : (fields[19] ?? '')
  } catch {
    return signal(pid, 0) ? '' : undefined
  }
}

/** False when there is no such process. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function refusal(folder: string, owner: string): Error {
  return new Error(
    `The data folder ${folder} belongs to a running engine (process ${parseInt(owner, 10)}). ` +
      'Stop that one, choose another folder by HOLDFAST_DATA, or set DATABASE_URL.',
  )
}

// Of several that see a dead owner one makes the takeover file, looks again, and renames it over the lock: never two.
function succeed(path: string, dead: string, me: string): void {
  const takeover = `${path}.takeover`
  if (!createFile(takeover, me)) {
    const holder = contentOf(takeover)
    if (holder && !isAlive(holder)) rmSync(takeover, { force: true })
  } else if (contentOf(path) === dead) renameSync(takeover, path)
  else rmSync(takeover, { force: true })
}

// Number and start time together, because numbers are used again.
function isAlive(owner: string | undefined): owner is string {
  const [pid = '', start = ''] = owner?.split(' ') ?? []
  const now = pid === '' ? undefined : startOf(parseInt(pid, 10))
  return now !== undefined && (now === '' || start === '' || now === start)
}

function release(path: string, me: string): void {
  if (contentOf(path) === me) rmSync(path, { force: true })
}

function contentOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
