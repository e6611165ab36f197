/** `npm run bench`: asks the questions of this folder, prints the figures beside their targets. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { deductions } from './deductions.ts'
import { kernel } from './kernel.ts'
import { livesQuestion } from './lives.ts'
import { settlements } from './settlements.ts'
import { size } from './size.ts'
import { webhooks } from './webhooks.ts'
import { type Figure, jsonOf, progress, table } from './tools/report.ts'

interface Flags {
  json?: boolean
  seconds: number
  rounds: number
  parties: number
  agreements: number
  retailers: number
  payments: number
  databaseUrl?: string
  baselines?: boolean
}

const whole = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('A whole number above 0, please.')
  return Number.parseInt(text, 10)
}

await new Command('bench')
  .description('Durable settings, one PostgreSQL, in turns; the figures are medians over the rounds.')
  .addArgument(
    new Argument(
      '[question]',
      'kernel: against the usual designs; size: when the database is full; lives: every product beside the order; deductions: one evening of 100,000 retailers; webhooks: events of payment providers; all by default',
    ).choices(['kernel', 'size', 'lives', 'deductions', 'webhooks']),
  )
  .option('--json', 'end with one line of JSON')
  .option('--seconds <n>', 'how long each turn measures', whole, 8)
  .option('--rounds <n>', 'how often the turns alternate', whole, 3)
  .option('--parties <n>', 'how many buyers and sellers', whole, 10_000)
  .option('--agreements <n>', 'size: agreements already there, with five transfers each', whole, 1_000_000)
  .option('--retailers <n>', 'deductions: how many', whole, 100_000)
  .option('--payments <n>', 'webhooks: how many are settled', whole, 10_000)
  .option('--baselines', 'kernel: only the usual designs')
  .addOption(
    new Option(
      '--database-url <url>',
      'a PostgreSQL to use instead of the embedded one; its databases bench_* are replaced',
    ),
  )
  .action(ask)
  .parseAsync()

async function ask(question: string | undefined, flags: Flags): Promise<void> {
  const { seconds, rounds, parties, agreements } = flags
  const options = { seconds, rounds, parties, ...(flags.databaseUrl && { database_url: flags.databaseUrl }) }
  process.stdout.write(`settings    ${rounds} rounds of ${seconds} s, ${parties} parties\n`)
  const figures: Figure[] = []
  if (question === undefined || question === 'kernel') {
    progress('kernel: how fast is it against the usual designs?')
    figures.push(...(await kernel({ ...options, ...(flags.baselines && { baselines_only: true }) })))
  }
  if (question === undefined || question === 'lives') {
    progress('lives: how fast is every product beside the marketplace order?')
    figures.push(...(await livesQuestion(options)))
  }
  if (question === undefined || question === 'deductions') {
    progress('deductions: how long does an evening take?')
    figures.push(
      ...(await deductions({
        retailers: flags.retailers,
        ...(flags.databaseUrl && { database_url: flags.databaseUrl }),
      })),
    )
  }
  if (question === undefined || question === 'webhooks') {
    progress('webhooks: how fast are events of payment providers taken in?')
    figures.push(...(await webhooks(options)))
    progress('webhooks: how long do payments take from their event to the wallet?')
    figures.push(
      ...(await settlements({
        payments: flags.payments,
        ...(flags.databaseUrl && { database_url: flags.databaseUrl }),
      })),
    )
  }
  if (question === undefined || question === 'size') {
    progress('size: does it slow down when it is full?')
    figures.push(...(await size({ ...options, agreements })))
  }
  process.stdout.write(`${table(figures)}\n`)
  if (flags.json) process.stdout.write(`${JSON.stringify(jsonOf(figures))}\n`)
}
