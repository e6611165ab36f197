/** The products in the box: explores each flow and says, in a table, that no situation loses or strands money. */

import { explore, type Proof } from '@holdfast/kernel/proof/explore.ts'
import { complaintsAbout } from '@holdfast/kernel/flow/check/index.ts'
import type { Product } from '@holdfast/kernel/engine/product.ts'
import { products } from './modules.ts'

/** The proof of all flows: a table for people, JSON for programs; `ok` when nothing is complained of. */
export function proveFlows(
  box: readonly Product[] = products,
  flows: readonly Proof[] = box.map((product) => examine(product, box)),
): {
  text: string
  json: { flows: readonly Proof[]; ok: boolean }
  ok: boolean
} {
  const ok = flows.every(
    ({ complaints, conserved, never_stranded }) => complaints.length === 0 && conserved && never_stranded,
  )
  const complaints = flows.flatMap((flow) => flow.complaints.map((text) => `${flow.flow}: ${text}`))
  return {
    text: [alignedTable([head, ...flows.map(rowOf)]), ...complaints].join('\n'),
    json: { flows, ok },
    ok,
  }
}

/** What the check cannot read is not explored. */
export function examine(product: Product, box: readonly Product[]): Proof {
  const complaints = complaintsAbout(product.flow)
  if (complaints.length > 0) return { ...unexplored(product), complaints }
  return explore(product, box)
}

/** The proof of one flow as a section of its page. */
export function proofSection(proof: Proof): string {
  const ends = Object.entries(proof.ends).map(([state, money]) => `| \`${state}\` | ${money.join(', ')} |`)
  return [
    '## Proof',
    '',
    ...(proof.together === '' ? [] : [proof.together, '']),
    `| ${head.join(' | ')} |`,
    `| ${head.map(() => '---').join(' | ')} |`,
    `| ${rowOf(proof).join(' | ')} |`,
    '',
    '| end | money |',
    '| --- | --- |',
    ...ends,
    '',
  ].join('\n')
}

const head = [
  'flow',
  'states',
  'transitions',
  'situations',
  'steps',
  'paths',
  'conserved',
  'never stranded',
  'complaints',
]

function rowOf(proof: Proof): string[] {
  const { flow, states, transitions, situations, steps, paths, conserved, never_stranded, complaints } = proof
  const counts = [states, transitions, situations, steps, paths].map(String)
  return [flow, ...counts, yes(conserved), yes(never_stranded), String(complaints.length)]
}

function unexplored({ flow }: Product): Proof {
  const counts = {
    states: Object.keys(flow.states).length,
    transitions: Object.keys(flow.transitions).length,
    situations: 0,
    steps: 0,
    paths: 0,
  }
  return {
    flow: flow.name,
    ...counts,
    all_seen: false,
    time: 'exact',
    together: '',
    ends: {},
    conserved: false,
    never_stranded: false,
    complaints: [],
  }
}

function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    ),
  )
  return lines.map((cells) => cells.join('  ')).join('\n')
}

function yes(is: boolean): string {
  return is ? 'yes' : 'NO'
}
