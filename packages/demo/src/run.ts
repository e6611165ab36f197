/** Demo: starts an engine, tells the stories one after another, and sums up what was compared. */

import { styleText } from 'node:util'
import { Api } from './api.ts'
import { told, type Check } from './check.ts'
import { closing } from './closing.ts'
import { startEngine, type RunningEngine } from './engine.ts'
import { Outside } from './outside.ts'
import { mark, Page } from './page.ts'
import { openPlace } from './place.ts'
import { Scene } from './scene.ts'
import type { Chapter, Story } from './story.ts'

export interface Report {
  readonly ok: boolean
  readonly stories: readonly ToldStory[]
  readonly totals: {
    readonly stories: number
    readonly chapters: number
    readonly checks: number
    readonly failed: number
    readonly requests: number
    readonly ms: number
  }
}

interface ToldStory {
  readonly name: string
  readonly says: string
  readonly ok: boolean
  readonly chapters: readonly {
    readonly title: string
    readonly ok: boolean
    readonly checks: readonly Check[]
  }[]
}

export interface Options {
  /** The file that starts Holdfast, with Node. */
  readonly program: string
  readonly database_url: string | undefined
  /** Where the page goes, line by line; null for no page, and then progress names the chapters. */
  readonly print: ((line: string) => void) | null
  readonly progress: (line: string) => void
  /** Ends the demo early; the engine and its database are removed all the same. */
  readonly signal: AbortSignal
}

export async function runDemo(stories: readonly Story[], options: Options): Promise<Report> {
  const { program, database_url, print, progress, signal } = options
  const began = performance.now()
  const page = new Page(print ?? (() => undefined))
  signal.addEventListener('abort', () => page.close())
  const place = await openPlace(database_url)
  let engine: RunningEngine | null = null
  try {
    progress(`Starting an engine of its own on a throwaway database (${place.says}) …`)
    engine = await startEngine(program, place)
    const api = new Api(engine.address, engine.keys)
    const outside = new Outside(engine.emulator)
    page.line(styleText('bold', `Holdfast demo`) + ` over HTTP at ${engine.address}`)
    const done: ToldStory[] = []
    let number = 0
    for (const story of [...stories, closing(engine)]) {
      page.title(`${story.name} ${styleText('dim', story.says)}`)
      const chapters = []
      for (const chapter of story.chapters) {
        signal.throwIfAborted()
        if (print === null) progress(`${story.name}: ${chapter.title} …`)
        const checks = await tell(chapter, new Scene(api, outside, page, (number += 1)))
        chapters.push({ title: chapter.title, ok: checks.every(({ ok }) => ok), checks })
      }
      done.push({ name: story.name, says: story.says, ok: chapters.every(({ ok }) => ok), chapters })
    }
    const report = sumUp(done, api.requests, performance.now() - began)
    sayTotals(page, report)
    return report
  } finally {
    page.close()
    await engine?.stop()
    await place.remove()
  }
}

/** A chapter that breaks off has failed, whatever it had shown by then; the next one is told all the same. */
async function tell({ title, tell: say }: Chapter, scene: Scene): Promise<readonly Check[]> {
  scene.page.title(title)
  try {
    await say(scene)
  } catch (error) {
    scene.check('told to its end', 'yes', error instanceof Error ? error.message : String(error))
  }
  if (scene.checks.length === 0) scene.check('anything compared', 'yes', 'no')
  return scene.checks
}

function sumUp(stories: readonly ToldStory[], requests: number, ms: number): Report {
  const chapters = stories.flatMap((story) => story.chapters)
  const checks = chapters.flatMap((chapter) => chapter.checks)
  const failed = checks.filter(({ ok }) => !ok).length
  return {
    ok: failed === 0 && checks.length > 0,
    stories,
    totals: {
      stories: stories.length,
      chapters: chapters.length,
      checks: checks.length,
      failed,
      requests,
      ms: Math.round(ms),
    },
  }
}

function sayTotals(page: Page, { ok, stories, totals }: Report): void {
  const { checks, failed, requests, ms } = totals
  const seconds = `${(ms / 1000).toFixed(1)} s`
  page.title(
    `${mark(ok)} ${checks - failed} of ${checks} numbers as expected, ${requests} requests, ${seconds}`,
  )
  if (ok) return
  for (const { name, chapters } of stories) {
    for (const { title, checks: all } of chapters) {
      for (const { ok: holds, what, expected, got, currency } of all) {
        if (holds) continue
        page.line(`${mark(false)} ${name} · ${title} · ${what}`)
        page.line(`    expected ${told(expected, currency)}, got ${told(got, currency)}`)
      }
    }
  }
}
