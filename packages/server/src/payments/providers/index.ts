/** Payments: the providers by name. A further one is a folder, and a line here. */

import type { Config } from '../../platform/config/config.ts'
import type { ManualBook } from './manual/book.ts'
import { openManual } from './manual/provider.ts'
import { openMomo } from './momo/provider.ts'
import { openPaymongo } from './paymongo/provider.ts'
import { atPlaces } from './places.ts'
import type { Method, PaymentKind, Provider } from './port.ts'
import type { ProviderRuntime } from './runtime.ts'

export interface ProviderNeeds {
  readonly config: Pick<Config, 'paymongo' | 'momo'>
  readonly surroundings: ProviderRuntime
  readonly manual_book: ManualBook
}

/** In the order in which they are preferred. One that is not set up is not there. */
const openings: readonly ((needs: ProviderNeeds) => Provider | null)[] = [
  ({ config, surroundings }) => config.paymongo && everywhere(config.paymongo, surroundings, openPaymongo),
  ({ config, surroundings }) => config.momo && everywhere(config.momo, surroundings, openMomo),
  ({ manual_book, surroundings }) => atPlaces([openManual(manual_book, surroundings)]),
]

/** At the place that is used now, and at those of before. */
function everywhere<Settings extends { readonly old: readonly Settings[] }>(
  settings: Settings,
  surroundings: ProviderRuntime,
  open: (settings: Settings, surroundings: ProviderRuntime) => Provider,
): Provider {
  const old = settings.old.map((one) => open(one, surroundings))
  return atPlaces([open(settings, surroundings), ...old])
}

export type Providers = ReadonlyMap<string, Provider>

export function openProviders(needs: ProviderNeeds): Providers {
  const open = openings.map((opening) => opening(needs)).filter((provider) => provider !== null)
  return new Map(open.map((provider) => [provider.name, provider]))
}

/** Those that carry this kind of money by this method (null: by any), the preferred first. */
export function listServing(
  providers: Providers,
  kind: PaymentKind,
  method: Method | null,
  currency: string,
): readonly Provider[] {
  return [...providers.values()].filter(({ services }) =>
    services.some(
      (service) =>
        service.kind === kind &&
        (method === null || service.methods.includes(method)) &&
        service.currencies.includes(currency),
    ),
  )
}
