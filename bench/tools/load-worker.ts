/** The load generator's process: takes one load, runs it, sends one summary, ends. */
import { once } from 'node:events'
import { histogram } from './histogram.ts'
import type { Load, Summary } from './load.ts'
import { type Order, scripts } from './plans.ts'
import type { Ask } from './script.ts'
import { type Wire, wire } from './wire.ts'

const load: Load = (await once(process, 'message'))[0]
run(load)

function run({ address, connections, plan, seconds = Infinity, warmup_seconds = 0 }: Load): void {
  const url = new URL(address)
  const made: Order[] = []
  const refused: Record<string, number> = {}
  const latencies = histogram()
  const script = scripts(plan, url.host, made)
  const wires: Wire[] = []

  const started = performance.now()
  const from = started + warmup_seconds * 1000
  const planned_end = from + seconds * 1000
  /** Earlier than planned when a script ends: from then on fewer connections ask, which is another question. */
  let until = planned_end
  let running = connections
  let refused_sample = ''
  const cpu_before = process.cpuUsage()

  for (let index = 0; index < connections; index += 1) wires.push(play(script()))

  function play(lines: ReturnType<typeof script>): Wire {
    let sent_at = 0
    let asked: Ask | undefined
    const own = wire(url, {
      answered(status, text) {
        const now = performance.now()
        if (now >= from && now < until) latencies.record(now - sent_at)
        if (status === asked!.expect) next(text, now)
        else refuse(`${asked!.says} ${status}`, text.slice(text.indexOf('\r\n\r\n') + 4))
      },
      broke: (reason) => refuse(`${asked?.says} ${reason}`, reason),
    })
    next('', started)
    return own

    function next(text: string, now: number): void {
      // A script's last answer is still its own (an id to keep), so it is asked for its next line first.
      const line = lines.next(text)
      if (line.done) until = Math.min(until, Math.max(now, from))
      if (line.done || now >= planned_end) return finish()
      asked = line.value
      sent_at = performance.now()
      own.send(asked.text)
    }
  }

  function refuse(what: string, sample: string): void {
    refused[what] = (refused[what] ?? 0) + 1
    refused_sample ||= sample
    finish()
  }

  function finish(): void {
    running -= 1
    if (running > 0) return
    for (const each of wires) each.close()
    const cpu = process.cpuUsage(cpu_before)
    const measured = (until - from) / 1000
    const summary: Summary = {
      requests: latencies.count,
      seconds: measured,
      per_s: latencies.count / measured,
      p50_ms: latencies.percentile(0.5),
      p99_ms: latencies.percentile(0.99),
      max_ms: latencies.max_ms,
      cores: (cpu.user + cpu.system) / 1000 / (performance.now() - started),
      refused,
      refused_sample,
      orders: made,
    }
    process.send!(summary, () => process.disconnect())
  }
}
