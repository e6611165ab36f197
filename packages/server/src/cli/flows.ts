/** Commands: `flows`, the proof table of all flows; fails on one that could strand money. */

import { Command } from 'commander'
import { proveFlows } from '../prove.ts'
import { print } from './print.ts'

export function flowsCommand(): Command {
  return new Command('flows')
    .description('prove that every flow conserves money and strands none')
    .option('--json', 'print the proof as JSON')
    .action((flags: { json?: boolean }) => {
      const { text, json, ok } = proveFlows()
      print(flags.json ? JSON.stringify(json) : text)
      if (!ok) process.exitCode = 1
    })
}
