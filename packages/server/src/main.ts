/** The program: `holdfast start | api | worker | migrate | flows | keys | integrity | reconcile | demo | emulator`. */

import { Command } from 'commander'
import { demoCommand } from './cli/demo.ts'
import { emulatorCommand } from './cli/emulator.ts'
import { flowsCommand } from './cli/flows.ts'
import { integrityCommand } from './cli/integrity.ts'
import { keysCommand } from './cli/keys.ts'
import { migrateCommand } from './cli/migrate.ts'
import { reconcileCommand } from './cli/reconcile.ts'
import { startCommands } from './cli/start.ts'

const program = new Command('holdfast')
  .description('The escrow and wallet engine. Settings come from the environment; see docs/operating.md.')
  .version('0.1.0')

for (const command of [
  ...startCommands(),
  migrateCommand(),
  flowsCommand(),
  keysCommand(),
  integrityCommand(),
  reconcileCommand(),
  demoCommand(),
  emulatorCommand(),
]) {
  program.addCommand(command)
}

await program.parseAsync()
