/** Rules that the operations on client sessions share (core.md section 3). */
import { toIso } from '../../clock.ts'
import {
  CLIENT_SESSION_LIFETIME_MS,
  newClientSession,
  type ClientSessionInput,
} from '../../domain/client-sessions/client-session.ts'
import { presentClientSession } from '../../domain/present/client-session.ts'
import type { ClientSessionRecord, Json } from '../../domain/records.ts'
import { makeToken } from '../../domain/tokens.ts'
import { getClientSession } from '../../store/client-sessions.ts'
import { ApiError, errors } from '../errors.ts'
import type { Call } from '../operation.ts'
import { distinctIds, instantParam, isUuid } from '../people.ts'
import { refuseBlankKey } from '../user_identities/access.ts'

/** What a session can be given; every operation takes these parameters. */
export interface SessionParams {
  user_identifier_key?: string
  user_identity_id?: string
  user_identity_ids?: string[]
  connected_account_ids?: string[]
  connect_webview_ids?: string[]
  customer_key?: string
  /** Older name of customer_key. */
  customer_id?: string
  expires_at?: string
}

/** The parameters, checked and in one form. Undefined = not given. */
export interface SessionWish {
  user_identifier_key: string | undefined
  user_identity_id: string | undefined
  connected_account_ids: string[]
  connect_webview_ids: string[]
  customer_key: string | undefined
  expires_at: string | undefined
}

export function present(session: ClientSessionRecord, call: Call): Json {
  return presentClientSession(session, call.services.sealer.open(session.token_sealed))
}

/**
 * Checks the parameters and that what they name exists. A publishable key is in everyone's hands: the sessions made
 * with it begin empty.
 * @throws ApiError 400, 403 or 404
 */
export async function readWish(params: SessionParams, call: Call): Promise<SessionWish> {
  const { caller, nowMs, services } = call
  const key = caller.kind === 'publishable_key' ? caller.userIdentifierKey : params.user_identifier_key
  refuseBlankKey('user_identifier_key', key)
  refuseBlankKey('customer_key', params.customer_key)
  const customer_key = params.customer_key ?? params.customer_id
  const [single] = params.user_identity_ids ?? []
  if (
    single !== undefined &&
    params.user_identity_id !== undefined &&
    single.toLowerCase() !== params.user_identity_id.toLowerCase()
  ) {
    throw errors.badRequest('invalid_options', 'user_identity_id and user_identity_ids name different user identities.')
  }
  const user_identity_id = (params.user_identity_id ?? single)?.toLowerCase()
  const connected_account_ids = distinctIds(params.connected_account_ids ?? [])
  const connect_webview_ids = distinctIds(params.connect_webview_ids ?? [])
  const isEmpty =
    connected_account_ids.length === 0 &&
    connect_webview_ids.length === 0 &&
    user_identity_id === undefined &&
    customer_key === undefined
  if (caller.kind === 'publishable_key' && !isEmpty) {
    throw new ApiError(
      403,
      'publishable_keys_must_create_empty_client_sessions',
      'With a publishable key a client session begins empty. Give it resources with client_sessions/grant_access and an API key.',
    )
  }
  let expires_at: string | undefined
  if (params.expires_at !== undefined) {
    expires_at = instantParam('expires_at', params.expires_at)
    if (Date.parse(expires_at) <= nowMs) throw errors.invalidField('expires_at', 'Must be in the future')
  }
  if (user_identity_id !== undefined) {
    const known = isUuid(user_identity_id)
      ? await services.store.get(call.workspaceId, 'user_identity', 'user_identity_id', user_identity_id)
      : undefined
    if (known === undefined) throw errors.notFound('user_identity', { user_identity_id })
  }
  const accounts = await services.store.getMany(
    call.workspaceId,
    'connected_account',
    'connected_account_id',
    connected_account_ids.filter(isUuid),
  )
  const unknown = connected_account_ids.find((id) => !accounts.some((account) => account.connected_account_id === id))
  if (unknown !== undefined) throw errors.notFound('connected_account', { connected_account_id: unknown })
  const webviews = await services.store.getMany(
    call.workspaceId,
    'connect_webview',
    'connect_webview_id',
    connect_webview_ids.filter(isUuid),
  )
  const missing = connect_webview_ids.find((id) => !webviews.some((webview) => webview.connect_webview_id === id))
  if (missing !== undefined) throw errors.notFound('connect_webview', { connect_webview_id: missing })
  return {
    user_identifier_key: key,
    user_identity_id,
    connected_account_ids,
    connect_webview_ids,
    customer_key,
    expires_at,
  }
}

/** A new session for the wish, not written yet. */
export function sessionFor(wish: SessionWish, call: Call): ClientSessionRecord {
  const { ids, sealer } = call.services
  const token = makeToken('client_session', ids)
  const input: ClientSessionInput = {
    user_identifier_key: wish.user_identifier_key ?? null,
    user_identity_id: wish.user_identity_id ?? null,
    customer_key: wish.customer_key ?? null,
    connected_account_ids: wish.connected_account_ids,
    connect_webview_ids: wish.connect_webview_ids,
    expires_at: wish.expires_at ?? toIso(call.nowMs + CLIENT_SESSION_LIFETIME_MS),
  }
  return newClientSession(call.workspaceId, input, token, sealer.seal(token.text), ids, call.now)
}

/** @throws ApiError 404 */
export async function requireClientSession(
  call: Call,
  by: { client_session_id?: string; user_identifier_key?: string },
): Promise<ClientSessionRecord> {
  const isPossible = by.client_session_id === undefined || isUuid(by.client_session_id)
  const session = isPossible ? await getClientSession(call.services.store, call.workspaceId, by) : undefined
  if (session === undefined) throw errors.notFound('client_session', { ...by })
  return session
}

/** Names of a session as given; at least one is needed. @throws ApiError 400 */
export function sessionNames(params: { client_session_id?: string; user_identifier_key?: string }): {
  client_session_id?: string
  user_identifier_key?: string
} {
  const { client_session_id, user_identifier_key } = params
  if (client_session_id === undefined && user_identifier_key === undefined) {
    throw errors.invalidInput({ path: [], message: 'Must specify `client_session_id` or `user_identifier_key`' })
  }
  return {
    ...(client_session_id === undefined ? {} : { client_session_id }),
    ...(user_identifier_key === undefined ? {} : { user_identifier_key }),
  }
}
