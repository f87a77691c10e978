// What the tests of access systems share.
import type { Reply, TestServer } from '../support/server.ts'

type Wire = Reply['body']

/** Waits until an attempt has ended, and gives it. */
export async function ended(server: TestServer, attempt: Wire): Promise<Wire> {
  await server.settle()
  const { action_attempt } = await server.ok('/action_attempts/get', {
    action_attempt_id: attempt['action_attempt_id'],
  })
  return action_attempt as Wire
}

/** Encodes a credential and gives the ended attempt. */
export async function encode(server: TestServer, ids: object): Promise<Wire> {
  const { action_attempt } = await server.ok('/acs/encoders/encode_credential', ids)
  return ended(server, action_attempt as Wire)
}

export async function createUser(server: TestServer, provider: string, more: object = {}): Promise<Wire> {
  const acs_system_id = await server.systemOf(provider)
  const { acs_user } = await server.ok('/acs/users/create', { acs_system_id, full_name: 'Jane Doe', ...more })
  return acs_user as Wire
}

export async function credentialOf(server: TestServer, acs_credential_id: string): Promise<Wire> {
  return (await server.ok('/acs/credentials/get', { acs_credential_id }))['acs_credential'] as Wire
}

export async function eventsOf(server: TestServer, filter: object): Promise<string[]> {
  const { events } = await server.ok('/events/list', { since: '2000-01-01T00:00:00Z', ...filter })
  return (events as { event_type: string }[]).map((event) => event.event_type)
}

/** The codes of a resource's warnings. */
export function warnings(resource: Wire): string[] {
  return (resource['warnings'] as { warning_code: string }[]).map((warning) => warning.warning_code)
}

/** What went wrong with one parameter, as the SDKs read it. */
export function issuesOf(reply: Reply, field: string): string[] {
  const tree = reply.body['error']['validation_errors'] as Record<string, unknown> | undefined
  const node = field.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], tree)
  return (node as { _errors?: string[] } | undefined)?._errors ?? []
}
