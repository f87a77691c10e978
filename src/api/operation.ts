/** What an operation is: one file, one exported definition, found at the path its folder and name spell. */
import type { Clock } from '../clock.ts'
import type { Author } from '../domain/audit/author.ts'
import type { Config } from '../config.ts'
import type { ClientSessionRecord, WorkspaceRecord } from '../domain/records.ts'
import type { Ids } from '../ids.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Tracing } from '../trace.ts'
import type { Provisioning } from '../provisioning/provisioning.ts'
import type { ClockTools } from '../provisioning/workspace-clock.ts'
import type { ConsoleSession } from '../store/console-sessions.ts'
import type { Sealer } from '../store/sealer.ts'
import type { SignIn } from '../store/sign-in.ts'
import type { Decision, Store } from '../store/store.ts'
import type { Workspaces } from '../store/workspaces.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { WebhookDelivery } from '../webhooks/deliver.ts'
import type { PasswordCheck } from './console/sign-in.ts'
import type { Contract, ContractOperation } from './contract.ts'
import type { RequestWarning } from './hints.ts'
import type { Params } from './validation.ts'

/** How much is taken on; 0 = no limit (config.ts). */
export type Limits = Pick<Config, 'requestsAtOnce' | 'requestsPerMinute' | 'unlocksPerMinute'>

/** What operations work with; made once in server.ts. */
export interface Services {
  store: Store
  workspaces: Workspaces
  signIn: SignIn
  sealer: Sealer
  passwords: PasswordCheck
  clock: Clock
  ids: Ids
  log: Log
  contract: Contract
  provisioning: Provisioning
  sandbox: Sandbox
  /** Sends to a webhook now, whoever waits. */
  webhooks: Pick<WebhookDelivery, 'send'>
  /** Waits until the systems' due work is done, 2 s at most, so that sandbox deletions are immediate (core.md 6.9). */
  whenProvisioned(workspaceId: string, acsSystemIds: readonly string[]): Promise<boolean>
  /** Connects the virtual systems that a new sandbox workspace starts with. */
  seedSandbox(workspaceId: string): Promise<void>
  /** Waits until no due work remains in the workspace, `timeoutMs` at most; answers what remains. */
  settle(workspaceId: string, timeoutMs?: number): Promise<{ kind: string; key: string }[]>
  /** For moving a sandbox workspace's clock. */
  clockTools: ClockTools
  /** Hosts that webhooks may call although they are private. */
  allowedPrivateHosts: readonly string[]
  limits: Limits
  metrics: Metrics
  tracing: Tracing
  readiness: { answerTo(path: string): Promise<{ status: number; body: Record<string, unknown> } | null> }
  /** Base URL of this server as its callers see it, without a trailing slash. */
  publicUrl: string
  /** Webhooks of sandbox workspaces may go to loopback addresses. */
  mayCallLoopback: boolean
}

/** Somebody signed in to the console. */
export interface InConsole {
  consoleSession: ConsoleSession
  /** What their page shows with each request. */
  csrfToken: string
}

/** The kinds of credential, named as in the contract's `security`. */
export type Caller =
  | { kind: 'api_key'; workspaceId: string; apiKeyId: string }
  | { kind: 'pat_with_workspace'; workspaceId: string; userId: string; tokenId: string }
  | { kind: 'pat_without_workspace'; userId: string; tokenId: string }
  | ({ kind: 'console_session_with_workspace'; workspaceId: string; userId: string } & InConsole)
  | ({ kind: 'console_session_without_workspace'; userId: string } & InConsole)
  | { kind: 'client_session'; workspaceId: string; session: ClientSessionRecord }
  | { kind: 'client_session_with_customer'; workspaceId: string; session: ClientSessionRecord }
  | { kind: 'publishable_key'; workspaceId: string; userIdentifierKey: string }
  | { kind: 'anyone' }

/** Somebody with workspaces of their own who has named none: an access token or a console session. */
export function isWithoutWorkspace(
  caller: Caller,
): caller is Extract<Caller, { kind: 'pat_without_workspace' | 'console_session_without_workspace' }> {
  return caller.kind === 'pat_without_workspace' || caller.kind === 'console_session_without_workspace'
}

/** One call: who calls, in which workspace, at what time of that workspace. */
export interface Call {
  path: string
  /** The HTTP method; a few operations tell POST from PUT. */
  method: string
  /** Where the request came from, as the socket says: what guesses are counted by. */
  address: string
  requestId: string
  caller: Caller
  headers: Record<string, string | undefined>
  services: Services
  /** The caller's workspace. @throws for callers without one. */
  readonly workspace: WorkspaceRecord
  readonly workspaceId: string
  /** The workspace's time, fixed for the call. */
  readonly nowMs: number
  readonly now: string
  /** Whom the audit log names for what the call changes; {@link decide} sees to it. */
  readonly author: Author
  /** Sets a header of the answer. */
  setHeader(name: string, value: string): void
  /** Says in the answer's `warnings` that something about the request was not done as written; said twice is said once. */
  tell(warning: RequestWarning): void
  /**
   * Reads, decides, writes; again when another command came between (store.ts). What is answered comes from the result
   * alone: repeated after a crash with its `Idempotency-Key`, a request gets the first run's, not what it would make now.
   */
  decide<T>(decision: () => Promise<Decision<T>>): Promise<T>
}

/** The answer without `ok`: keys as on the wire. Nothing = `{ok: true}`. */
export type Answer = Record<string, unknown> | undefined | void

export interface Operation {
  path: string
  /** Only for operations outside the published contract. */
  contract?: Partial<ContractOperation>
  /** In sandbox workspaces only: elsewhere 400 `workspace_not_sandbox`. */
  isSandboxOnly?: boolean
  /** Opens a door from afar: each door so often at most, outside sandboxes (core.md 1.10). */
  opensDoor?: boolean
  /** Parameters read beside those of the contract's schema: others are told to the caller as unrecognized (hints.ts). */
  accepts?: readonly string[]
  /** Older or documented spellings turned into the contract's, before validation. */
  normalize?: (params: Params) => Params
  handle: (params: never, call: Call) => Promise<Answer> | Answer
}

/**
 * Declares an operation. `P` is the type of its checked parameters: say only the fields the handler reads; the
 * contract's schema has checked them.
 */
export function operation<P extends object>(
  definition: Omit<Operation, 'handle'> & { handle: (params: P, call: Call) => Promise<Answer> | Answer },
): Operation {
  return definition
}
