/** Crash drill: only processes that the drill has started, or that those have started, are ever killed. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { signal, startOf } from '../../src/platform/embedded/folder-lock.ts'

/** Number and start time together, because numbers are used again. */
export interface Owned {
  readonly pid: number
  readonly start: string | undefined
}

/** Throws unless `pid` is a child of `parent`. */
export function own(pid: number, parent: number): Owned {
  assert.equal(parentOf(pid), parent, `process ${pid} is not a child of ${parent}, so it is not ours to kill`)
  return { pid, start: startOf(pid) }
}

export function isAlive({ pid, start }: Owned): boolean {
  return start !== undefined && startOf(pid) === start
}

export function kill(owned: Owned): void {
  if (isAlive(owned)) signal(owned.pid, 'SIGKILL')
}

function parentOf(pid: number): number {
  if (!existsSync('/proc/self/stat'))
    return Number.parseInt(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }), 10)
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number.parseInt(text.slice(text.lastIndexOf(')') + 2).split(' ')[1] ?? '', 10)
}
