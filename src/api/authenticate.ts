/** Who calls: the kinds of credential a route allows are tried in the order of core.md 1.7. */
import { timingSafeEqual } from 'node:crypto'
import type { SignIn } from '../store/sign-in.ts'
import type { Store } from '../store/store.ts'
import type { Workspaces } from '../store/workspaces.ts'
import { sessionTokenIn } from './console/cookie.ts'
import { sessionOfCookie } from './console/session-of-cookie.ts'
import { ApiError, errors } from './errors.ts'
import type { Caller } from './operation.ts'
import type { Clock } from '../clock.ts'
import { workspaceNow } from '../clock.ts'
import type { Params } from './validation.ts'

export type Headers = Record<string, string | string[] | undefined>

export interface AuthServices {
  store: Store
  signIn: SignIn
  workspaces: Workspaces
  clock: Clock
  publicUrl: string
}

/** A key or token that nobody has: a slip, or a guess. */
export class UnknownToken extends ApiError {
  constructor(type: string, message: string) {
    super(401, type, message)
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The caller of a route whose `security` names the kinds it takes; an empty list means anyone. */
export async function authenticate(
  headers: Headers,
  body: Params,
  path: string,
  security: readonly string[],
  services: AuthServices,
): Promise<Caller> {
  if (security.length === 0) return { kind: 'anyone' }
  const allows = (kind: string): boolean => security.includes(kind)
  const bearer = bearerOf(headers)
  const sessionHeader = one(headers['seam-client-session-token']) ?? one(headers['client-session-token'])

  if (sessionHeader !== undefined && !sessionHeader.startsWith('seam_cst')) {
    throw errors.badRequest(
      'invalid_client_session_token',
      'A client session token starts with seam_cst. Send the token of a client session.',
    )
  }
  const sessionToken = bearer?.startsWith('seam_cst') ? bearer : bearer === undefined ? sessionHeader : undefined
  if (sessionToken !== undefined) {
    const caller = await clientSession(sessionToken, services)
    if (!allows(caller.kind))
      throw errors.unauthorized(
        'Unauthorized: this operation does not take this kind of client session. Call it with an API key.',
      )
    return caller
  }
  if (bearer?.startsWith('seam_at'))
    return personalAccessToken(bearer, one(headers['seam-workspace']), allows, services)
  if (bearer !== undefined) {
    if (bearer.startsWith('ey'))
      throw errors.unauthorized('Unauthorized: the console session is not valid. Sign in again.')
    const key = await services.signIn.apiKey(bearer)
    if (key === undefined) throw new UnknownToken('unauthorized', 'API Key not found')
    if (!allows('api_key'))
      throw errors.unauthorized('Unauthorized: this operation does not take an API key. Use a personal access token.')
    const asked = one(headers['seam-workspace'])
    if (asked !== undefined && asked.toLowerCase() !== key.workspace_id) {
      throw errors.unauthorized('Unauthorized: the API key belongs to another workspace than seam-workspace names.')
    }
    return { kind: 'api_key', workspaceId: key.workspace_id, apiKeyId: key.api_key_id }
  }
  const isSignedIn =
    headers['authorization'] === undefined && sessionTokenIn(headers['cookie'], services.publicUrl) !== undefined
  if (allows('publishable_key') && (!isSignedIn || headers['seam-publishable-key'] !== undefined))
    return publishableKey(headers, body, path, services)
  if (isSignedIn) return consoleSession(headers, path, allows, services)
  throw errors.unauthorized('Unauthorized: send an API key as "Authorization: Bearer <key>".')
}

async function clientSession(token: string, { signIn, workspaces, clock }: AuthServices): Promise<Caller> {
  const session = await signIn.clientSession(token)
  if (session === undefined)
    throw new UnknownToken('client_session_not_found', 'Unauthorized (client session not found)')
  const workspace = await workspaces.get(session.workspace_id)
  if (workspace === undefined) throw errors.unauthorized('Unauthorized (workspace not found)', 'workspace_not_found')
  const now = workspaceNow(clock, workspace)
  if (session.revoked_at !== null)
    throw errors.unauthorized(
      'Unauthorized (client session revoked): make a new one with /client_sessions/create.',
      'client_session_revoked',
    )
  if (Date.parse(session.expires_at) <= now)
    throw errors.unauthorized(
      'Unauthorized (client session expired): make a new one with /client_sessions/create.',
      'client_session_expired',
    )
  const kind = session.customer_key === null ? 'client_session' : 'client_session_with_customer'
  return { kind, workspaceId: session.workspace_id, session }
}

async function personalAccessToken(
  token: string,
  workspaceId: string | undefined,
  allows: (kind: string) => boolean,
  services: AuthServices,
): Promise<Caller> {
  const owner = await services.signIn.personalAccessToken(token)
  if (owner === undefined) throw new UnknownToken('unauthorized', 'Access token not found')
  const user = { userId: owner.user_id, tokenId: owner.personal_access_token_id }
  if (workspaceId === undefined || workspaceId === '') {
    if (allows('pat_without_workspace')) return { kind: 'pat_without_workspace', ...user }
    throw errors.unauthorized('Unauthorized: name the workspace in the header seam-workspace.')
  }
  const id = await workspaceOfUser(workspaceId, owner.user_id, services)
  if (id === null) {
    throw errors.unauthorized(
      'Unauthorized: seam-workspace names no workspace of the access token. /workspaces/list shows those it has.',
    )
  }
  if (allows('pat_with_workspace')) return { kind: 'pat_with_workspace', workspaceId: id, ...user }
  if (allows('pat_without_workspace')) return { kind: 'pat_without_workspace', ...user }
  throw errors.unauthorized('Unauthorized: this operation does not take a personal access token.')
}

/** The id of a workspace that the user is a member of, as the header names it; null = it names none. */
async function workspaceOfUser(
  named: string,
  userId: string,
  { signIn, workspaces }: Pick<AuthServices, 'signIn' | 'workspaces'>,
): Promise<string | null> {
  const id = named.toLowerCase()
  if (!UUID.test(id) || (await workspaces.get(id)) === undefined) return null
  return (await signIn.isMember(userId, id)) ? id : null
}

/** Hands out the token that all other requests of a session carry: it needs none, and answers pages of this server alone. */
const HANDS_OUT_CSRF_TOKEN = '/console/sessions/get'

/** A browser that is signed in to the console. It may call whatever its user's personal access token may. */
async function consoleSession(
  headers: Headers,
  path: string,
  allows: (kind: string) => boolean,
  services: AuthServices,
): Promise<Caller> {
  const handsOut = path === HANDS_OUT_CSRF_TOKEN
  const { consoleSession: session, csrfToken } = await sessionOfCookie(
    headers,
    services,
    handsOut ? ['own'] : undefined,
  )
  if (!handsOut && !sameText(one(headers['x-csrf-token']) ?? '', csrfToken)) {
    throw new ApiError(
      403,
      'csrf_token_invalid',
      'The header x-csrf-token lacks the token of this console session. /console/sessions/get answers with it.',
    )
  }
  const user = { userId: session.user_id, consoleSession: session, csrfToken }
  const takes = (kind: 'with_workspace' | 'without_workspace'): boolean =>
    allows(`console_session_${kind}`) || allows(`pat_${kind}`)
  const asked = one(headers['seam-workspace']) ?? ''
  if (asked !== '' && takes('with_workspace')) {
    const workspaceId = await workspaceOfUser(asked, session.user_id, services)
    if (workspaceId !== null) return { kind: 'console_session_with_workspace', workspaceId, ...user }
    throw errors.unauthorized(
      'Unauthorized: seam-workspace names no workspace that you are a member of. /workspaces/list shows those there are.',
    )
  }
  if (takes('without_workspace')) return { kind: 'console_session_without_workspace', ...user }
  throw takes('with_workspace')
    ? errors.unauthorized('Unauthorized: name the workspace in the header seam-workspace.')
    : errors.unauthorized('Unauthorized: this operation does not take a console session.')
}

function sameText(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

async function publishableKey(
  headers: Headers,
  body: Params,
  path: string,
  { signIn, workspaces }: AuthServices,
): Promise<Caller> {
  const isGetOrCreate = path === '/client_sessions/get_or_create'
  const key = one(headers['seam-publishable-key'])
  if (key === undefined) {
    throw isGetOrCreate
      ? errors.badRequest(
          'publishable_key_header_required',
          'Send the workspace publishable key in the header seam-publishable-key.',
        )
      : errors.unauthorized()
  }
  const fail = (status: number, type: string, message: string) =>
    new ApiError(isGetOrCreate ? 400 : status, type, message)
  const given =
    body['user_identifier_key'] ?? one(headers['seam-user-identifier-key']) ?? one(headers['user-identifier-key'])
  if (typeof given !== 'string' || given.trim() === '') {
    throw fail(
      401,
      'publishable_key_requires_user_identifier_key',
      'With a publishable key, user_identifier_key is required.',
    )
  }
  const workspaceId = await signIn.workspaceOfPublishableKey(key)
  const workspace = workspaceId === undefined ? undefined : await workspaces.get(workspaceId)
  if (workspace === undefined) throw fail(401, 'workspace_not_found', 'No workspace has this publishable key.')
  if (!workspace.is_publishable_key_auth_enabled)
    throw errors.unauthorized('Unauthorized: publishable keys are switched off in this workspace.')
  return { kind: 'publishable_key', workspaceId: workspace.workspace_id, userIdentifierKey: given }
}

function bearerOf(headers: Headers): string | undefined {
  const header = one(headers['authorization'])
  const match = header === undefined ? null : /^Bearer\s+(\S+)\s*$/i.exec(header)
  return match?.[1]
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
