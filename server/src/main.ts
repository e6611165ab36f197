/** The program: `holdfast start | api | worker | migrate | flows | keys | integrity | reconcile | demo | emulator`. */

import { Command } from 'commander'
import { demoCommand } from './commands/demo.ts'
import { emulatorCommand } from './commands/emulator.ts'
import { flowsCommand } from './commands/flows.ts'
import { integrityCommand } from './commands/integrity.ts'
import { keysCommand } from './commands/keys.ts'
import { migrateCommand } from './commands/migrate.ts'
import { reconcileCommand } from './commands/reconcile.ts'
import { startCommands } from './commands/start.ts'

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
