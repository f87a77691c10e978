/** Who makes a change, and by what: it stands in the audit log (docs/guide/audit.md). */

export type ActorKind =
  | 'api_key'
  | 'personal_access_token'
  | 'console_session'
  | 'client_session'
  | 'publishable_key'
  | 'connect_webview'
  | 'anyone'
  | 'operator'
  | 'worker'
  | 'system'
  | 'database'

export interface Actor {
  kind: ActorKind
  /** Of the key, token or session, never itself a secret; the kind of job for a worker. */
  id: string
  /** Whose personal access token or console session it is. */
  user_id?: string
}

/** An actor and what it does: the path of an operation, `worker/<kind of job>`, `system/<what>` or `cli/<command>`. */
export interface Author {
  actor: Actor
  action: string
}

/** A worker that does a job of this kind. */
export function worker(kind: string): Author {
  return { actor: { kind: 'worker', id: kind }, action: `worker/${kind}` }
}

/** The server itself, on nobody's behalf. */
export function system(what: string): Author {
  return { actor: { kind: 'system', id: what }, action: `system/${what}` }
}
