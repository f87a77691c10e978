/**
 * One way to the server: POST, JSON, the session's cookie, its CSRF token and the workspace of this tab.
 * The token lives in memory only; the cookie is out of reach of scripts.
 */
import type { Answer, ConsoleSession, Params, Path } from './routes.ts'

/** The server said no. `message` is written for people; `fields` holds what is wrong with each parameter. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly status: number
  readonly type: string
  readonly requestId: string | null
  readonly fields: Record<string, string[]>
  readonly retryAfterS: number | null

  constructor(
    status: number,
    error: { type?: string; message?: string; validation_errors?: unknown },
    requestId: string | null,
    retryAfterS: number | null = null,
  ) {
    super(error.message ?? `The server answered ${String(status)} without saying why.`)
    this.status = status
    this.type = error.type ?? 'unknown_error'
    this.requestId = requestId
    this.fields = fieldsOf(error.validation_errors)
    this.retryAfterS = retryAfterS
  }
}

/** The server did not answer: offline, stopped, or restarting. Nothing is known of what the call did. */
export class UnreachableError extends Error {
  override name = 'UnreachableError'
  constructor(cause: unknown) {
    super('The server cannot be reached. Check the connection and try again.', { cause })
  }
}

/** `{ starts_at: { _errors: ['…'] }, a: { b: { _errors: ['…'] } } }` as `{ starts_at: ['…'], 'a.b': ['…'] }`. */
export function fieldsOf(tree: unknown, path = ''): Record<string, string[]> {
  if (typeof tree !== 'object' || tree === null) return {}
  const found: Record<string, string[]> = {}
  for (const [key, value] of Object.entries(tree)) {
    if (key === '_errors') {
      if (path !== '' && Array.isArray(value) && value.length > 0) found[path] = value.map(String)
    } else Object.assign(found, fieldsOf(value, path === '' ? key : `${path}.${key}`))
  }
  return found
}

const context: { csrfToken: string | null; workspaceId: string | null; onSignedOut: () => void } = {
  csrfToken: null,
  workspaceId: null,
  onSignedOut: () => undefined,
}

export function setCsrfToken(token: string | null): void {
  context.csrfToken = token
}

/** Every call from here on is made in this workspace. A tab stays in one: another is opened by loading its address. */
export function setWorkspace(workspaceId: string | null): void {
  context.workspaceId = workspaceId
}

/** Called when the session turns out to have ended. */
export function onSignedOut(listener: () => void): void {
  context.onSignedOut = listener
}

export interface CallOptions {
  signal?: AbortSignal
  /** Leaves the workspace out, for what is the user's own: their workspaces, their account. */
  withoutWorkspace?: boolean
}

/** Calls an operation. @throws ApiError, UnreachableError */
export async function call<P extends Path>(path: P, params: Params<P>, options: CallOptions = {}): Promise<Answer<P>> {
  try {
    return (await send(path, params, options)) as Answer<P>
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    // Signed in anew in another tab: this one holds the token of the session before.
    if (error.type === 'csrf_token_invalid') {
      const { console_session } = (await send('/console/sessions/get', {}, {})) as { console_session: ConsoleSession }
      setCsrfToken(console_session.csrf_token)
      return (await send(path, params, options)) as Answer<P>
    }
    if (error.status === 401 && !path.startsWith('/console/sessions/')) context.onSignedOut()
    throw error
  }
}

/** For the few operations that the published description does not type. */
export async function callAs<T>(path: Path, params: object, options: CallOptions = {}): Promise<T> {
  return (await call(path, params as Params<Path>, options)) as T
}

async function send(path: string, params: object, options: CallOptions): Promise<unknown> {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (context.csrfToken !== null) headers['x-csrf-token'] = context.csrfToken
  if (context.workspaceId !== null && options.withoutWorkspace !== true) headers['seam-workspace'] = context.workspaceId
  let response: Response
  let body: unknown
  try {
    response = await fetch(path, {
      method: 'POST',
      headers,
      body: JSON.stringify(params),
      credentials: 'same-origin',
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    body = await response.json().catch(() => null)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new UnreachableError(error)
  }
  if (response.ok) return body
  const answer = (body ?? {}) as { error?: { type?: string; message?: string; request_id?: string } }
  const requestId = answer.error?.request_id ?? response.headers.get('seam-request-id')
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  throw new ApiError(response.status, answer.error ?? {}, requestId, Number.isFinite(retryAfter) ? retryAfter : null)
}
