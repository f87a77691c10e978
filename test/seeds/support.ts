/**
 * What the tests of the documents share. The documents' calls run through the official SDKs as they are printed; only
 * ids, the endpoint and the key are ours.
 */
import type { SdkGeneration, SeamClient } from '../clients/sdks.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** The day on which the documents' samples were made: their dates lie ahead of it. */
export const DOCUMENT_DAY = '2025-06-16T16:54:00.000Z'

export const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A sandbox whose clock stands at the documents' day. */
export function startDocumentServer(): Promise<TestServer> {
  return startTestServer({ frozenAt: DOCUMENT_DAY })
}

/** A client that looks at its action attempts more often than once a second, and is otherwise the same. */
export function hurriedSeam(server: TestServer, sdk: SdkGeneration): SeamClient {
  const waitForActionAttempt = { timeout: 10_000, pollingInterval: 20 }
  return new sdk.Seam({ apiKey: server.apiKey, endpoint: server.url, waitForActionAttempt })
}

/** `accessMethods.assignCard`; the older generation does not have it, and its users call the documented path. */
export async function assignCard(
  seam: SeamClient,
  parameters: { access_method_id: string; card_number: string },
): Promise<{ action_attempt_id: string; status: string }> {
  const { accessMethods, actionAttempts, client } = seam
  if ('assignCard' in accessMethods) return accessMethods.assignCard(parameters)
  const { data } = await client.post<{ action_attempt: { action_attempt_id: string } }>(
    '/access_methods/assign_card',
    parameters,
  )
  const { action_attempt_id } = data.action_attempt
  return actionAttempts.get({ action_attempt_id }, { waitForActionAttempt: { timeout: 10_000, pollingInterval: 20 } })
}

/** Parameters that the documents print and the SDKs' types do not have. */
export function asPrinted<T>(parameters: object): T {
  return parameters as T
}

/** How the door answered to a card. */
export async function presentCard(server: TestServer, door: string, card_number: unknown): Promise<string> {
  const { door_attempt } = await server.ok('/sandbox/doors/present_card', { acs_entrance_id: door, card_number })
  return door_attempt.opened === true ? 'opened' : String(door_attempt.reason)
}

/** What happened in the workspace since the documents' day, oldest first, of these types. */
export async function eventsOf(seam: SeamClient, types: readonly string[], about: object = {}): Promise<Told[]> {
  const events = (await seam.events.list({ since: '2025-06-16T00:00:00.000Z' })) as unknown as Told[]
  const wanted = Object.entries(about)
  return events.filter((event) => types.includes(event.event_type) && wanted.every(([key, id]) => event[key] === id))
}

export interface Told {
  event_type: string
  [field: string]: unknown
}
