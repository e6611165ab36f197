#!/usr/bin/env node
/**
 * Runs the tests on other days, in other zones and with one core, since no test may depend on any of them. Node and all that it
 * starts live at the other time by libfaketime; timeouts and sleeps do not, they count as always.
 *
 * PostgreSQL keeps the real time: the engine hands it an environment of its own. So every rule is also tried against a database
 * whose clock is years away, and whoever asks the database what time it is, and not the engine's clock, is found.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { parseArgs } from 'node:util'

interface Circumstance {
  readonly says: string
  readonly at?: string
  readonly zone?: string
  readonly one_core?: boolean
}

const circumstances: Readonly<Record<string, Circumstance>> = {
  'spring-forward': {
    says: '2027-03-28 01:59 in Berlin, a minute before an hour that does not exist',
    at: '2027-03-28T01:59:00+01:00',
    zone: 'Europe/Berlin',
  },
  'leap-day': {
    says: '2028-02-29 00:00:30 in Kiritimati, where it is a day later than in UTC',
    at: '2028-02-29T00:00:30+14:00',
    zone: 'Pacific/Kiritimati',
  },
  'new-year': { says: '2030-12-31 23:59:30 UTC', at: '2030-12-31T23:59:30Z', zone: 'UTC' },
  'one-core': { says: 'now, on one core', one_core: true },
}

const library_paths = [
  '/usr/lib/*/faketime/libfaketimeMT.so.1',
  '/usr/lib*/faketime/libfaketimeMT.so.1',
  '/usr/local/lib*/faketime/libfaketimeMT.so.1',
]
/** Each portion begins at the other time anew: what a minute does is then seen by more than the first files. */
const portion_files = 12

const help = `Usage: npm run test:other-times -- [options] [part of a file's name ...]

  --only NAME     ${Object.keys(circumstances).join(', ')}; may be repeated, by default all
  --project NAME  unit or db, by default both
  --portion N     files of one run, by default ${portion_files}; each run begins at the other time anew
  --repeat N      each run so many times in a row, by default 1
  --help

Needs libfaketime (Debian, Ubuntu: apt-get install faketime; Fedora: dnf install libfaketime) and, for one core, taskset
(util-linux). FAKETIME_LIBRARY names libfaketimeMT.so.1 where it lies elsewhere.
`

const { values: options, positionals: parts } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', multiple: true },
    project: { type: 'string' },
    portion: { type: 'string', default: String(portion_files) },
    repeat: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
})

const vitest = 'node_modules/vitest/vitest.mjs'

process.exitCode = main()

function main(): number {
  if (options.help) return say(help, 0)
  const names = options.only ?? Object.keys(circumstances)
  const unknown = names.find((name) => !(name in circumstances))
  if (unknown !== undefined) return say(`There is no ${unknown}.\n\n${help}`, 2)
  const portion = Number.parseInt(options.portion, 10)
  const repeat = Number.parseInt(options.repeat, 10)
  if (!(portion >= 1) || !(repeat >= 1)) return say(`--portion and --repeat are at least 1.\n\n${help}`, 2)
  const lacking = lackingFor(names)
  if (lacking !== null) return say(`${lacking}\n`, 2)
  const files = listFiles()
  if (files.length === 0) return say(`No test file is called anything like ${parts.join(' or ')}.\n`, 2)
  const failed: string[] = []
  for (const name of names)
    for (let from = 0; from < files.length; from += portion)
      for (let n = 1; n <= repeat; n += 1) {
        const some = files.slice(from, from + portion)
        const which = `${name}, files ${from + 1} to ${from + some.length} of ${files.length}, run ${n} of ${repeat}`
        say(`\n— ${circumstances[name]?.says}: ${which}\n`, 0)
        if (!succeeds(name, some)) failed.push(`${which}: --only ${name} ${some.join(' ')}`)
      }
  return failed.length === 0
    ? say(`\nNo failure in ${files.length} files: ${names.join(', ')}.\n`, 0)
    : say(`\nFailed:\n${failed.join('\n')}\n`, 1)
}

function say(text: string, code: number): number {
  ;(code === 0 ? process.stdout : process.stderr).write(text)
  return code
}

/** What to install, or null. */
function lackingFor(names: readonly string[]): string | null {
  const is = (has: (one: Circumstance) => boolean) =>
    names.some((name) => has(circumstances[name] ?? { says: '' }))
  if (is(({ at }) => at !== undefined) && findLibrary() === undefined)
    return 'libfaketime is not here. Debian, Ubuntu: apt-get install faketime; Fedora: dnf install libfaketime.'
  if (is(({ one_core }) => one_core === true) && spawnSync('taskset', ['--version']).status !== 0)
    return 'taskset is not here. It is part of util-linux, on Linux alone; --only leaves one-core out.'
  return null
}

function findLibrary(): string | undefined {
  const named = process.env['FAKETIME_LIBRARY']
  if (named !== undefined) return existsSync(named) ? named : undefined
  return library_paths.flatMap((pattern) => globSync(pattern))[0]
}

function listFiles(): readonly string[] {
  const asked = ['list', '--filesOnly', ...projectOf(), ...parts]
  const listed = execFileSync(process.execPath, [vitest, ...asked], { encoding: 'utf8' })
  return listed.match(/\S+\.test\.ts$/gm) ?? []
}

function projectOf(): readonly string[] {
  return options.project === undefined ? [] : ['--project', options.project]
}

function succeeds(name: string, files: readonly string[]): boolean {
  const { at, zone, one_core } = circumstances[name] ?? { says: '' }
  const run = [process.execPath, vitest, 'run', ...projectOf(), ...files]
  const [program = '', ...rest] = one_core === true ? ['taskset', '--cpu-list', '0', ...run] : run
  const env = {
    ...process.env,
    ...(zone === undefined ? {} : { TZ: zone }),
    ...(at === undefined ? {} : fakedFrom(Date.parse(at))),
  }
  return spawnSync(program, rest, { stdio: 'inherit', env }).status === 0
}

/** As an offset, so that all processes agree. Time goes on from there, in what they start as well. */
function fakedFrom(at_ms: number): Record<string, string> {
  const ahead_s = Math.round((at_ms - Date.now()) / 1_000)
  return {
    LD_PRELOAD: findLibrary() ?? '',
    FAKETIME: `${ahead_s < 0 ? '' : '+'}${ahead_s}s`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
    // What a file system says of its files stays as it is: PostgreSQL writes them by the real time.
    NO_FAKE_STAT: '1',
  }
}
