/** Commands: `demo [story…]`: the products' documents, told and compared over HTTP. */

import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { runDemo } from '@holdfast/demo/run.ts'
import { stories as all_stories } from '@holdfast/demo/stories/index.ts'
import type { Story } from '@holdfast/demo/story.ts'
import { fail, hint, print } from './print.ts'

const interrupted_code = 130

export function demoCommand(stories: readonly Story[] = all_stories): Command {
  return new Command('demo')
    .description(
      'tell the story of each product through real HTTP and compare every number; exits 1 if one differs',
    )
    .argument('[story...]', `which stories; all by default: ${stories.map(({ name }) => name).join(', ')}`)
    .option('--json', 'print the stories, every check and the totals as one JSON object')
    .addHelpText(
      'after',
      '\nThe engine is one of its own, on a database that is removed at the end: in a temporary\nfolder, or beside yours where DATABASE_URL is set. It never touches your data.',
    )
    .action((names: string[], flags: { json?: boolean }) => demo(chosen(stories, names), flags.json === true))
}

function chosen(stories: readonly Story[], names: readonly string[]): readonly Story[] {
  const unknown = names.find((name) => !stories.some((story) => story.name === name))
  if (unknown !== undefined)
    fail(`no story is called ${unknown}; there are ${stories.map(({ name }) => name).join(', ')}`)
  return names.length === 0 ? stories : stories.filter(({ name }) => names.includes(name))
}

async function demo(stories: readonly Story[], json: boolean): Promise<void> {
  const ending = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort())
  try {
    const report = await runDemo(stories, {
      program: fileURLToPath(new URL('../main.ts', import.meta.url)),
      database_url: process.env['DATABASE_URL'],
      print: json ? null : print,
      progress: hint,
      signal: ending.signal,
    })
    if (json) print(JSON.stringify(report))
    process.exitCode = report.ok ? 0 : 1
  } catch (error) {
    if (ending.signal.aborted) process.exit(interrupted_code)
    fail(error instanceof Error ? error.message : String(error))
  }
}
