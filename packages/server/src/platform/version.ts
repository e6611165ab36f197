/** Platform: the version of this program, as its package says. */

import { readFileSync } from 'node:fs'

const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')

export const { version }: { readonly version: string } = JSON.parse(manifest)
