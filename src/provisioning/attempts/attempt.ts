/** One attempt in the hands of its runner: what it works with, and how it ends. */
import type { ChangeSet } from '../../domain/changes.ts'
import type { ActionAttemptRecord } from '../../domain/records.ts'
import type { Connections, ConnectionsOptions } from '../connections.ts'
import type { Fence } from '../../store/store.ts'
import type { Provisioner } from '../provision.ts'
import type { Tellings } from '../tellings.ts'

/** What an attempt's run works with. */
export interface AttemptTools {
  options: ConnectionsOptions
  connections: Connections
  provisioner: Provisioner
  tellings: Tellings
  /** Puts the standing content back into a sandbox workspace after a reset. */
  seedSandbox: (workspaceId: string) => Promise<void>
}

/** How a run ended: with changes to write together with the attempt's result, or with a named failure. */
export type AttemptEnd =
  | { status: 'success'; changes: ChangeSet; result: Record<string, unknown> }
  | { status: 'error'; changes?: ChangeSet; type: string; alias_type?: string; message: string }

/** One run of one attempt. */
export interface AttemptRun {
  attempt: ActionAttemptRecord
  tools: AttemptTools
  signal: AbortSignal
  /** The lease of the run: `begin` and `end` write under it, and so must whatever else the run writes. */
  fence: Fence
  now: string
  /**
   * Marks the attempt as begun, in a command of its own: from here on a crash leaves it in doubt. `decision` may add to
   * the command, or find that it is not its time yet (null). Answers whether it has begun.
   */
  begin(decision?: () => Promise<ChangeSet | null>): Promise<boolean>
  /** Reads, decides and ends the attempt in one command; the decision may be made again. */
  end(decision: () => Promise<AttemptEnd>): Promise<void>
}

export function uncategorized(message: string): AttemptEnd {
  return { status: 'error', type: 'uncategorized_error', message }
}
