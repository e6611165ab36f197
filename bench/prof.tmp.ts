import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { furnish, assertIntegrity } from './tools/engine.ts'
import { runLoad, uniqueRun } from './tools/load.ts'
import { rmSync, readdirSync, readFileSync } from 'node:fs'
const conns = Number(process.argv[2] ?? 64), secs = Number(process.argv[3] ?? 5)
rmSync('/tmp/profdata', { recursive: true, force: true })
const child = spawn(process.execPath, [...(process.env.PROF ? ['--cpu-prof', '--cpu-prof-dir=/tmp/prof'] : []), 'server/src/main.ts', 'start', '--data', '/tmp/profdata', '--port', '0', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
const ready: any = await new Promise((r) => createInterface({ input: child.stdout }).on('line', (l) => l.startsWith('{"address"') && r(JSON.parse(l))))
function cpu() { let e = 0, p = 0; for (const d of readdirSync('/proc')) { if (!/^\d+$/.test(d)) continue; try { const st = readFileSync(`/proc/${d}/stat`, 'utf8'); const f = st.slice(st.lastIndexOf(')') + 2).split(' '); const t = (Number(f[11]) + Number(f[12])) * 10000; const cmd = readFileSync(`/proc/${d}/cmdline`, 'utf8'); if (Number(d) === child.pid) e += t; else if (cmd.startsWith('postgres: ')) p += t } catch {} } return { e, p } }
try {
await furnish({ ...ready, started_ms: 0, stop: async () => {} }, 10000)
const keys = { service_key: ready.service_key, operator_key: ready.operator_key }
for (let i = 0; i < Number(process.argv[4] ?? 1); i++) {
const c0 = cpu()
const s = await runLoad({ address: ready.address, connections: conns, seconds: secs, warmup_seconds: 2, plan: { kind: 'life', amount: 500, parties: 10000, run: uniqueRun(), ...keys } as any })
const c1 = cpu(); const n = s.per_s * (secs + 2); console.log('cpu us/req engine', Math.round((c1.e - c0.e) / n), 'pg', Math.round((c1.p - c0.p) / n))
console.log('life', conns, Math.round(s.per_s), 'p50', s.p50_ms, 'p99', s.p99_ms, JSON.stringify(s.cores))
}
const m = await fetch(ready.address + '/metrics', { headers: { authorization: 'Bearer ' + ready.operator_key } }).then((r) => r.text())
console.log(m.split('\n').filter((l) => /^holdfast_(asks|batches|batch_r)/.test(l)).join(' '))
await assertIntegrity({ ...ready })
} finally { child.kill('SIGTERM'); await new Promise((r) => child.once('exit', r)) }
