/** What an operation is handed: who calls, in which workspace, at what time of it; and commands that the audit log can sign. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { toIso } from '../clock.ts'
import type { Author } from '../domain/audit/author.ts'
import type { WorkspaceRecord } from '../domain/records.ts'
import type { Decision } from '../store/store.ts'
import { errors } from './errors.ts'
import type { RequestWarning } from './hints.ts'
import type { Idempotency } from './idempotency.ts'
import { isWithoutWorkspace, type Call, type Caller, type Services } from './operation.ts'

/** `warnings` takes what the operation tells of. */
export function makeCall(
  path: string,
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller,
  workspace: WorkspaceRecord | undefined,
  services: Services,
  warnings: RequestWarning[],
  nowMs: number,
  idempotency: Idempotency | null,
): Call {
  const { store } = services
  const now = toIso(nowMs)
  const author = authorOf(caller, path)
  const required = (): WorkspaceRecord => {
    if (workspace === undefined)
      throw errors.unauthorized('Unauthorized: name the workspace in the header seam-workspace.')
    return workspace
  }
  /** Where commands are written; a user without a workspace has only records of what was asked for. */
  const home = (): string => (isWithoutWorkspace(caller) ? caller.userId : required().workspace_id)
  return {
    path,
    method: request.method,
    address: request.ip,
    requestId: request.id,
    caller,
    headers: request.headers as Record<string, string | undefined>,
    services,
    get workspace() {
      return required()
    },
    get workspaceId() {
      return required().workspace_id
    },
    nowMs,
    now,
    author,
    setHeader(name: string, value: string): void {
      reply.header(name, value)
    },
    tell(warning: RequestWarning): void {
      // A decision may be made again after a race.
      if (!warnings.some((one) => one.message === warning.message)) warnings.push(warning)
    },
    decide<T>(decision: () => Promise<Decision<T>>): Promise<T> {
      const decide = (wrapped: typeof decision): Promise<T> => store.decide(home(), () => now, wrapped, null, author)
      return idempotency === null ? decide(decision) : idempotency.decide(decide, decision)
    },
  }
}

/** Whom the audit log names: keys, tokens and sessions by their ids. */
function authorOf(caller: Caller, action: string): Author {
  switch (caller.kind) {
    case 'api_key':
      return { actor: { kind: 'api_key', id: caller.apiKeyId }, action }
    case 'pat_with_workspace':
    case 'pat_without_workspace':
      return { actor: { kind: 'personal_access_token', id: caller.tokenId, user_id: caller.userId }, action }
    case 'console_session_with_workspace':
    case 'console_session_without_workspace': {
      const id = caller.consoleSession.console_session_id
      return { actor: { kind: 'console_session', id, user_id: caller.userId }, action }
    }
    case 'client_session':
    case 'client_session_with_customer':
      return { actor: { kind: 'client_session', id: caller.session.client_session_id }, action }
    default:
      return { actor: { kind: caller.kind, id: caller.kind }, action }
  }
}
