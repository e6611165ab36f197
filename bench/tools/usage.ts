/** Who kept the cores busy: processor time of the server, of PostgreSQL and of everything else, to name what limits. */
import { readdir, readFile } from 'node:fs/promises'

/** In cores: 0.8 is four fifths of one core over the whole turn. */
export interface Usage {
  server: number
  postgres: number
  generator: number
  /** The kernel's own work, and neighbours on the machine. */
  others: number
  idle: number
}

interface Reading {
  at: number
  server: number
  postgres: number
  busy: number
  idle: number
}

const ticks_per_s = 100

/** Runs a turn and says who used the cores meanwhile; without /proc (not on Linux) nobody knows. */
export async function watch<Result extends { cores: number }>(
  pids: { server: number; postgres: number | undefined },
  turn: () => Promise<Result>,
): Promise<{ result: Result; usage: Usage | undefined }> {
  const before = await read(pids)
  const result = await turn()
  const after = await read(pids)
  if (!before || !after) return { result, usage: undefined }
  const cores = (key: 'server' | 'postgres' | 'busy' | 'idle'): number =>
    (after[key] - before[key]) / ticks_per_s / ((after.at - before.at) / 1000)
  const [server, postgres, generator] = [cores('server'), cores('postgres'), result.cores]
  const others = Math.max(0, cores('busy') - server - postgres - generator)
  return { result, usage: { server, postgres, generator, others, idle: cores('idle') } }
}

export function say(usage: Usage | undefined): string {
  if (!usage) return ''
  const shares = Object.entries(usage).map(([who, cores]) => `${who} ${cores.toFixed(2)}`)
  return `cores: ${shares.join(', ')}`
}

async function read(pids: { server: number; postgres: number | undefined }): Promise<Reading | undefined> {
  try {
    const first_line = (await readFile('/proc/stat', 'utf8')).split('\n')[0]!
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = first_line
      .split(/\s+/)
      .slice(1)
      .map(Number)
    return {
      at: performance.now(),
      server: (await ticksOf(pids.server)).ticks,
      postgres: pids.postgres ? await family(pids.postgres) : 0,
      busy: user + nice + system + irq + softirq + steal,
      idle: idle + iowait,
    }
  } catch {
    return undefined
  }
}

/** The postmaster, its living children, and those that ended, whose time it has inherited. */
async function family(postmaster: number): Promise<number> {
  let sum = 0
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const { parent, ticks, ticks_of_ended } = await ticksOf(Number(name)).catch(() => nobody)
    if (parent === postmaster) sum += ticks
    if (Number(name) === postmaster) sum += ticks + ticks_of_ended
  }
  return sum
}

interface Ticks {
  parent: number
  ticks: number
  ticks_of_ended: number
}

const nobody: Ticks = { parent: 0, ticks: 0, ticks_of_ended: 0 }

async function ticksOf(pid: number): Promise<Ticks> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15).map(Number)
  return { parent: Number(fields[1]), ticks: utime + stime, ticks_of_ended: cutime + cstime }
}
