/** What the tests of webhooks share. */
import type { TestServer } from '../support/server.ts'

export interface MadeWebhook {
  webhook_id: string
  secret: string
}

export async function makeWebhook(server: TestServer, url: string, event_types?: string[]): Promise<MadeWebhook> {
  const { webhook } = await server.ok('/webhooks/create', {
    url,
    ...(event_types === undefined ? {} : { event_types }),
  })
  return webhook as MadeWebhook
}

/** Something that makes one event, `space.created`. */
export async function makeSpace(server: TestServer, name = 'Lobby'): Promise<string> {
  const { space } = await server.ok('/spaces/create', { name })
  return space.space_id as string
}

/** `seconds` after `start`. */
export const at = (start: string, seconds: number) => new Date(Date.parse(start) + seconds * 1000).toISOString()

export interface Delivery {
  webhook_delivery_id: string
  webhook_id: string
  event_id: string
  event_type: string
  svix_id: string
  status: string
  attempt_count: number
  next_attempt_at: string | null
  last_error: string | null
  attempts: {
    attempt_number: number
    started_at: string
    duration_ms: number
    is_successful: boolean
    status_code: number | null
    error: string | null
    response_body: string | null
  }[]
}

export async function deliveries(server: TestServer, filter: object = {}): Promise<Delivery[]> {
  return (await server.ok('/webhooks/deliveries/list', filter))['webhook_deliveries'] as Delivery[]
}

export async function deliveryOf(server: TestServer, webhook_delivery_id: string): Promise<Delivery> {
  return (await server.ok('/webhooks/deliveries/get', { webhook_delivery_id }))['webhook_delivery'] as Delivery
}
