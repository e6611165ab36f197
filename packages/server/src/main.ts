/** The program. Each command is loaded when it is run, so that an API loads no demo, no proof and no report. */

import { Command } from 'commander'
import { version } from './platform/version.ts'

const serving = () => import('./cli/start.ts')

/** By name, with what `--help` says of it. */
const commands: Readonly<Record<string, readonly [says: string, load: () => Promise<Command>]>> = {
  start: [
    'API and worker in one process, in the sandbox with emulated payment providers',
    async () => (await serving()).startCommand(),
  ],
  api: ['the API alone; another process runs the worker', async () => (await serving()).apiCommand()],
  worker: ['timers and jobs alone', async () => (await serving()).workerCommand()],
  migrate: [
    'bring the database to the schema of this program',
    async () => (await import('./cli/migrate.ts')).migrateCommand(),
  ],
  flows: [
    'prove that every flow conserves money and strands none',
    async () => (await import('./cli/flows.ts')).flowsCommand(),
  ],
  keys: ['create, list and revoke API keys', async () => (await import('./cli/keys.ts')).keysCommand()],
  integrity: [
    'prove that nothing was created, lost or stranded',
    async () => (await import('./cli/integrity.ts')).integrityCommand(),
  ],
  doctor: [
    'what this installation stands on, and what should be mended',
    async () => (await import('./cli/doctor.ts')).doctorCommand(),
  ],
  reconcile: [
    "compare the payment providers' books with the ledger",
    async () => (await import('./cli/reconcile.ts')).reconcileCommand(),
  ],
  demo: [
    'tell the story of each product through real HTTP and compare every number',
    async () => (await import('./cli/demo.ts')).demoCommand(),
  ],
  emulator: [
    'emulated payment providers alone, for a sandbox',
    async () => (await import('./cli/emulator.ts')).emulatorCommand(),
  ],
}

const program = new Command('holdfast')
  .description('The escrow and wallet engine. Settings come from the environment; see docs/operating.md.')
  .version(version)
const asked = process.argv[2] === 'help' ? process.argv[3] : process.argv[2]
for (const [name, [says, load]] of Object.entries(commands)) {
  program.addCommand(name === asked ? await load() : new Command(name).description(says))
}

await program.parseAsync()
