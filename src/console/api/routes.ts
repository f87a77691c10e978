/** What goes over the wire, as types alone: the published description, and the operations that it does not have. */
import type { Routes } from '@seamapi/types/connect'

export interface ConsoleUser {
  user_id: string
  email_address: string
  full_name: string | null
}

export interface ConsoleSession {
  console_session_id: string
  user: ConsoleUser
  csrf_token: string
  expires_at: string
}

export interface ListedSession {
  console_session_id: string
  created_at: string
  last_seen_at: string
  user_agent: string | null
  is_current: boolean
}

export interface TeamMember {
  user_id: string
  email_address: string
  full_name: string | null
  role: 'owner' | 'member'
  is_invitation_pending: boolean
  joined_at: string | null
}

export interface ListedKey {
  name: string
  token_hint: string
  created_at: string
  last_used_at: string | null
}

export interface ListedApiKey extends ListedKey {
  api_key_id: string
  created_by: string | null
}

export interface ListedPersonalAccessToken extends ListedKey {
  personal_access_token_id: string
}

type Empty = Record<never, never>

/** Operations of the console itself (docs/console-frontend.md), as `path: [parameters, answer]`. */
interface ConsoleRoutes {
  '/console/sessions/create': [{ email_address: string; password: string }, { console_session: ConsoleSession }]
  '/console/sessions/get': [Empty, { console_session: ConsoleSession }]
  '/console/sessions/list': [Empty, { console_sessions: ListedSession[] }]
  '/console/sessions/delete': [{ console_session_id?: string }, Empty]
  '/console/sessions/delete_all': [Empty, Empty]
  '/console/users/get': [Empty, { user: ConsoleUser }]
  '/console/users/update': [
    { full_name?: string; email_address?: string; current_password?: string },
    { user: ConsoleUser },
  ]
  '/console/users/change_password': [{ current_password: string; new_password: string }, Empty]
  '/console/users/accept_invitation': [
    { invitation_token: string; full_name: string; password: string },
    { console_session: ConsoleSession },
  ]
  '/console/team/list': [Empty, { team_members: TeamMember[] }]
  '/console/team/add_member': [
    { email_address: string; full_name?: string; role?: TeamMember['role'] },
    { team_member: TeamMember; invitation_url: string | null },
  ]
  '/console/team/remove_member': [{ user_id: string }, Empty]
  '/console/api_keys/list': [Empty, { api_keys: ListedApiKey[] }]
  '/console/api_keys/create': [{ name: string }, { api_key: ListedApiKey & { token: string } }]
  '/console/api_keys/delete': [{ api_key_id: string }, Empty]
  '/console/personal_access_tokens/list': [Empty, { personal_access_tokens: ListedPersonalAccessToken[] }]
  '/console/personal_access_tokens/create': [
    { name: string },
    { personal_access_token: ListedPersonalAccessToken & { token: string } },
  ]
  '/console/personal_access_tokens/delete': [{ personal_access_token_id: string }, Empty]
}

export type PublicPath = keyof Routes
export type ConsolePath = keyof ConsoleRoutes
/** Operations that only this server has, outside the published description; their callers name what they expect. */
export type OwnPath =
  | `/sandbox/${string}`
  | `/connected_accounts/${string}`
  | `/audit/${string}`
  | `/webhooks/deliveries/${string}`
  | '/webhooks/rotate_secret'
  | '/webhooks/test'
export type Path = PublicPath | ConsolePath | OwnPath

export type Params<P extends Path> = P extends PublicPath
  ? Routes[P]['jsonBody'] & Routes[P]['queryParams'] & Routes[P]['commonParams']
  : P extends ConsolePath
    ? ConsoleRoutes[P][0]
    : Record<string, unknown>

export interface Pagination {
  next_page_cursor: string | null
  has_next_page: boolean
}

export type Answer<P extends Path> = P extends PublicPath
  ? Routes[P]['jsonResponse']
  : P extends ConsolePath
    ? ConsoleRoutes[P][1]
    : Record<string, unknown>

type One<P extends PublicPath, Key extends string> = Answer<P> extends Record<Key, infer T> ? T : never
type Each<P extends PublicPath, Key extends string> = Answer<P> extends Record<Key, (infer T)[]> ? T : never

export type AcsSystem = One<'/acs/systems/get', 'acs_system'>
export type AcsUser = One<'/acs/users/get', 'acs_user'>
export type AcsAccessGroup = One<'/acs/access_groups/get', 'acs_access_group'>
export type AcsEntrance = One<'/acs/entrances/get', 'acs_entrance'>
export type AcsCredential = One<'/acs/credentials/get', 'acs_credential'>
export type AcsEncoder = One<'/acs/encoders/get', 'acs_encoder'>
export type AccessGrant = One<'/access_grants/get', 'access_grant'>
export type AccessMethod = One<'/access_methods/get', 'access_method'>
export type ActionAttempt = One<'/action_attempts/get', 'action_attempt'>
export type ConnectedAccount = One<'/connected_accounts/get', 'connected_account'>
export type Device = One<'/devices/get', 'device'>
export type InstantKey = One<'/instant_keys/get', 'instant_key'>
export type SeamEvent = Each<'/events/list', 'events'>
export type Phone = Each<'/phones/list', 'phones'>
export type Space = One<'/spaces/get', 'space'>
export type UserIdentity = One<'/user_identities/get', 'user_identity'>
export type Webhook = One<'/webhooks/get', 'webhook'>
export type Workspace = One<'/workspaces/get', 'workspace'>

/** An error or warning on a resource. */
export interface Problem {
  error_code?: string
  warning_code?: string
  message: string
  created_at?: string
}
