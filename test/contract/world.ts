/** One of everything in a workspace, by the names that parameters call them. */
import { expect } from 'vitest'
import type { Reply } from '../support/server.ts'

/** Parameter name -> the id of such a thing in one workspace. */
export type World = Record<string, string>

type Call = (path: string, body: object) => Promise<Reply>

/** Makes one of everything. `name` keeps the worlds of two workspaces apart. */
export async function makeWorld(call: Call, name: string): Promise<World> {
  const ok = async (path: string, body: object = {}): Promise<Reply['body']> => {
    const reply = await call(path, body)
    expect(reply.status, `${path} ${JSON.stringify(reply.body)}`).toBe(200)
    return reply.body
  }
  const { acs_systems } = await ok('/acs/systems/list')
  const system = (acs_systems as { acs_system_id: string; external_type: string; connected_account_id: string }[]).find(
    (one) => one.external_type === 'salto_space_system',
  )
  const { acs_system_id = '', connected_account_id = '' } = system ?? {}
  const tags = (acs_systems as { acs_system_id: string; external_type: string }[]).find(
    (one) => one.external_type === 'salto_ks_site',
  )
  const readers = await ok('/acs/encoders/list', { acs_system_ids: [tags?.acs_system_id] })
  const { acs_entrances } = await ok('/acs/entrances/list', { acs_system_id })
  const room = (acs_entrances as { acs_entrance_id: string; display_name: string }[]).find(
    (one) => one.display_name === 'Room 101',
  )
  const acs_entrance_id = room?.acs_entrance_id ?? ''
  const { acs_encoders } = await ok('/acs/encoders/list', { acs_system_ids: [acs_system_id] })
  const { acs_access_groups } = await ok('/acs/access_groups/list', { acs_system_id })
  const { user_identity } = await ok('/user_identities/create', {
    full_name: name,
    user_identity_key: `${name}-identity`,
  })
  const { user_identity_id } = user_identity
  const { access_grant } = await ok('/access_grants/create', {
    user_identity_id,
    acs_entrance_ids: [acs_entrance_id],
    requested_access_methods: [{ mode: 'card' }, { mode: 'mobile_key' }],
    access_grant_key: `${name}-grant`,
  })
  await ok('/sandbox/settle')
  const [access_method_id = ''] = access_grant.access_method_ids as string[]
  const { action_attempt } = await ok('/access_methods/encode', {
    access_method_id,
    acs_encoder_id: acs_encoders[0].acs_encoder_id,
  })
  await ok('/sandbox/settle')
  const { acs_users } = await ok('/acs/users/list', { acs_system_id })
  const [{ acs_user_id }] = acs_users
  const { acs_credentials } = await ok('/acs/credentials/list', { acs_user_id })
  const card = (acs_credentials as { acs_credential_id: string; access_method: string }[]).find(
    (one) => one.access_method === 'card',
  )
  const { acs_user: plain } = await ok('/acs/users/create', { acs_system_id, full_name: `${name}, plain` })
  const { cards } = await ok('/sandbox/cards/list', { acs_system_id })
  const { instant_keys } = await ok('/instant_keys/list')
  const { client_session } = await ok('/client_sessions/create', { user_identifier_key: `${name}-session` })
  // One delivery, to where nobody listens; no further ones.
  const { webhook } = await ok('/webhooks/create', { url: 'http://127.0.0.1:9/hook', event_types: ['space.created'] })
  const { webhook_id } = webhook
  const { connect_webview } = await ok('/connect_webviews/create', {})
  const { bridges } = await ok('/bridges/list')
  const { space } = await ok('/spaces/create', {
    name,
    space_key: `${name}-space`,
    acs_entrance_ids: [acs_entrance_id],
  })
  await ok('/webhooks/update', { webhook_id, event_types: ['phone.deactivated'] })
  const { phone } = await ok('/phones/simulate/create_sandbox_phone', { user_identity_id })
  const { events } = await ok('/events/list', { since: '2020-01-01T00:00:00Z', limit: 1 })
  await ok('/sandbox/settle')
  const { webhook_deliveries } = await ok('/webhooks/deliveries/list', { webhook_id })
  return {
    acs_system_id,
    connected_account_id,
    acs_entrance_id,
    acs_encoder_id: acs_encoders[0].acs_encoder_id,
    plain_user_id: plain.acs_user_id,
    tag_reader_id: readers['acs_encoders'][0].acs_encoder_id,
    acs_access_group_id: acs_access_groups[0].acs_access_group_id,
    user_identity_id,
    access_grant_id: access_grant.access_grant_id,
    access_method_id,
    action_attempt_id: action_attempt.action_attempt_id,
    acs_user_id,
    acs_credential_id: card?.acs_credential_id ?? '',
    card_id: cards[0].card_id,
    instant_key_id: instant_keys[0].instant_key_id,
    client_session_id: client_session.client_session_id,
    space_id: space.space_id,
    connect_webview_id: connect_webview.connect_webview_id,
    bridge_id: bridges[0].bridge_id,
    webhook_id,
    webhook_delivery_id: webhook_deliveries[0].webhook_delivery_id,
    device_id: phone.device_id,
    event_id: events[0].event_id,
  }
}

/** Parameters that name a thing by another name. */
const ALIASES: Record<string, string> = {
  location_id: 'space_id',
  parent_space_id: 'space_id',
  unstable_location_id: 'space_id',
  owner_user_identity_id: 'user_identity_id',
  credential_manager_acs_system_id: 'acs_system_id',
  hid_acs_system_id: 'acs_system_id',
  allowed_acs_entrance_id: 'acs_entrance_id',
}

/** The id in `world` that the parameter `name` (`acs_user_id`, `acs_entrance_ids`) would take. */
export function idFor(world: World, name: string): string | undefined {
  const single = name.replace(/_ids$/, '_id')
  return world[ALIASES[single] ?? single]
}
