/** Commands: the database for a command that runs beside no server: the given one, or the embedded one for as long as it takes. */

import { startEmbedded } from '../platform/embedded/embedded.ts'
import { configOf } from './start.ts'
import { fail } from './print.ts'

export async function withDatabase(
  flags: { readonly data?: string },
  work: (url: string) => Promise<void>,
): Promise<void> {
  const config = configOf(flags)
  try {
    if (config.database_url !== null) return await work(config.database_url)
    const embedded = await startEmbedded({ folder: config.data_folder })
    try {
      await work(embedded.url)
    } finally {
      await embedded.stop()
    }
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error))
  }
}
