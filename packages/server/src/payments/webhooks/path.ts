/** Payments, webhooks: where a provider's events come in. */

export function eventsPath(provider: string): string {
  return `/v1/providers/${provider}/events`
}
