import { runLoad, uniqueRun } from './tools/load.ts'
import { readFileSync } from 'node:fs'
const cpu = (d: string) => { const st = readFileSync(`/proc/${d}/stat`, 'utf8'); const f = st.slice(st.lastIndexOf(')') + 2).split(' '); return (Number(f[11]) + Number(f[12])) * 10000 }
const c0 = cpu(process.argv[2]!)
const s = await runLoad({ address: 'http://127.0.0.1:4777', connections: 64, seconds: 5, warmup_seconds: 1, plan: { kind: 'life', parties: 10000, run: uniqueRun(), service_key: 'a', operator_key: 'b' } as any })
console.log(s.per_s, 'us/req', (cpu(process.argv[2]!) - c0) / (s.per_s * 6), s.cores)
