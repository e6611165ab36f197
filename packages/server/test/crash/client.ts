/** Crash drill: the client, a process of its own that nobody kills: buyers, sellers and operators, all at once. */

import assert from 'node:assert/strict'
import { createWriteStream } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '@holdfast/kernel/test/simulation/random.ts'
import type { Door, FromClient, Tally, ToClient } from './messages.ts'
import { isAccepted, type Asked, type Line, type Acknowledged } from './record.ts'
import { Shopper, type Wish } from './shopper.ts'

const shoppers = 24
/** An answer that takes longer is a hang: a fault, whatever comes of the repeat. */
const answer_ms_max = 15_000
const pause_ms_min = 20
const pause_ms_max = 200
const faults_max = 20

class Resting extends Error {}

const [path = '', seed = '1', prefix = ''] = process.argv.slice(2)
const record = createWriteStream(path, { flags: 'a' })
const agent = new Agent({ keepAlive: true, maxSockets: 2 * shoppers })
const faults: string[] = []
let tally = noTally()
let count = 0
const under_way = new Set<number>()
let watching = false
let answered_ms: number | null = null
let resting = true
let door: Door | null = null
let wake: (() => void)[] = []

process.on('message', (message: ToClient) => {
  if (message.say === 'go' || message.say === 'moved') door = message.door
  if (message.say === 'go') {
    tally = noTally()
    answered_ms = null
    resting = false
    for (const go of wake.splice(0)) go()
  }
  if (message.say === 'watch') watching = true
  if (message.say === 'rest') {
    resting = true
    void rest()
  }
  if (message.say === 'end') record.end(() => process.exit(0))
})
// Nobody is left to drill for.
process.on('disconnect', () => process.exit(1))

for (let i = 0; i < shoppers; i += 1)
  void shop(new Shopper(new Random(Number.parseInt(seed, 10) * 1_000 + i), ask))

async function shop(shopper: Shopper): Promise<void> {
  for (;;) {
    if (resting) await new Promise<void>((resolve) => wake.push(resolve))
    try {
      await shopper.next()
    } catch (error) {
      if (!(error instanceof Resting)) fault(`the client failed: ${String(error)}`)
    }
  }
}

async function rest(): Promise<void> {
  while (under_way.size > 0) await sleep(pause_ms_min)
  await new Promise<void>((resolve) => record.write('', () => resolve()))
  tell({ say: 'rested', tally, faults })
}

/** Asks until there is an answer. A twin goes out at the same time under the same key. */
async function ask(wish: Wish): Promise<Acknowledged> {
  if (resting) throw new Resting()
  const { twin = false, ...what } = wish
  count += 1
  const asked: Asked = { ...what, n: count, key: `${prefix}-${count}` }
  under_way.add(asked.n)
  try {
    note({ asked })
    const [told] = await Promise.all([untilAnswered(asked), ...(twin ? [untilAnswered(asked)] : [])])
    return told
  } finally {
    under_way.delete(asked.n)
  }
}

async function untilAnswered(asked: Asked): Promise<Acknowledged> {
  let lost = 0
  for (;;) {
    const sees = watching
    const told = await send(asked).catch((error: Error) => error)
    const why = told instanceof Error ? told.message : unanswered(told)
    if (why === null) {
      assert(!(told instanceof Error))
      note({ told })
      if (sees && watching) {
        watching = false
        tell({ say: 'answered' })
      }
      score(told, lost > 0)
      return told
    }
    if (why === 'request_in_progress') {
      await sleep(pause_ms_min)
      continue
    }
    if (lost === 0) tally.unanswered += 1
    lost += 1
    if (/^(hang|internal_error)/.test(why)) fault(`${why}: ${asked.transition} ${asked.key}`)
    note({ lost: { n: asked.n, why } })
    await sleep(Math.min(pause_ms_max, pause_ms_min * lost))
  }
}

/** Why an answer says nothing of whether it was done; null where it does. */
function unanswered({ status, body }: Acknowledged): string | null {
  if (status >= 500 || (status === 409 && codeOf(body) === 'request_in_progress')) return codeOf(body)
  return null
}

function codeOf(body: string): string {
  try {
    return String(JSON.parse(body).code)
  } catch {
    return `no problem, but ${body.slice(0, 100)}`
  }
}

function score(told: Acknowledged, was_lost: boolean): void {
  if (isAccepted(told)) tally.acknowledged += 1
  else tally.refused += 1
  const now_ms = performance.now()
  if (answered_ms !== null) tally.silence_ms = Math.max(tally.silence_ms, now_ms - answered_ms)
  answered_ms = now_ms
  if (!was_lost) return
  if (!isAccepted(told)) tally.refused_later += 1
  else if (told.replayed) tally.replayed += 1
  else tally.anew += 1
}

async function send({ n, key, path: where, body, by, party }: Asked): Promise<Acknowledged> {
  assert(door)
  const sent = httpRequest(`${door.address}${where}`, {
    method: 'POST',
    agent,
    headers: {
      authorization: `Bearer ${by === 'service' ? door.service_key : door.operator_key}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'idempotency-key': key,
      ...(party === null ? {} : { 'holdfast-party': party }),
    },
    signal: AbortSignal.timeout(answer_ms_max),
  })
  try {
    sent.end(body)
    const [answer] = await once(sent, 'response')
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk)
    const replayed = answer.headers['idempotent-replayed'] === 'true'
    return { n, status: answer.statusCode, replayed, body: Buffer.concat(chunks).toString() }
  } catch (error) {
    const { name, message } = error as Error
    const why =
      name === 'TimeoutError' || name === 'AbortError' ? `hang: no answer in ${answer_ms_max} ms` : message
    throw new Error(why, { cause: error })
  }
}

function note(line: Line): void {
  record.write(`${JSON.stringify(line)}\n`)
}

function fault(what: string): void {
  if (faults.length < faults_max) faults.push(what)
}

function tell(message: FromClient): void {
  process.send?.(message)
}

function noTally(): Tally {
  return { acknowledged: 0, refused: 0, unanswered: 0, replayed: 0, anew: 0, refused_later: 0, silence_ms: 0 }
}
