/** Demo: a story is a product told in chapters; each chapter has parties of its own and leaves nothing open behind it. */

import type { Scene } from './scene.ts'

export interface Chapter {
  readonly title: string
  readonly tell: (scene: Scene) => Promise<void>
}

export interface Story {
  /** Name of the product's flow, and the word by which `demo` selects it. */
  readonly name: string
  readonly says: string
  readonly chapters: readonly Chapter[]
}
