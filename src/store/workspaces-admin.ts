/** Workspaces as their owners see them. */
import type { ActionAttemptRecord, WorkspaceRecord } from '../domain/records.ts'
import type { Store } from './store.ts'

/** The workspaces that a user is a member of. */
export function workspacesOfUser(store: Store, userId: string): Promise<WorkspaceRecord[]> {
  return store.system<WorkspaceRecord>(
    `SELECT w.* FROM workspace w JOIN workspace_member m USING (workspace_id)
      WHERE m.user_id = $1 ORDER BY w.created_at, w.workspace_id`,
    [userId],
  )
}

/** The reset of a workspace that is under way. */
export async function pendingReset(store: Store, workspaceId: string): Promise<ActionAttemptRecord | undefined> {
  const [attempt] = await store.read<ActionAttemptRecord>(
    workspaceId,
    `SELECT * FROM action_attempt WHERE workspace_id = $1 AND action_type = 'RESET_SANDBOX_WORKSPACE' AND status = 'pending'
      ORDER BY created_at LIMIT 1`,
  )
  return attempt
}
