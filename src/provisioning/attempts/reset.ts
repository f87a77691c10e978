/** Resetting a sandbox: the workspace is emptied and its virtual systems come back as new (core.md section 2). */
import { resetSandbox } from '../../store/reset-sandbox.ts'
import { ChangeSet } from '../../domain/changes.ts'
import type { AttemptRun } from './attempt.ts'

export async function runReset(run: AttemptRun): Promise<void> {
  const { store, workspaces } = run.tools.options
  const { workspace_id, action_attempt_id } = run.attempt
  await run.begin()
  const systems = await store.read<{ acs_system_id: string }>(
    workspace_id,
    'SELECT acs_system_id FROM acs_system WHERE workspace_id = $1',
  )
  await resetSandbox(store, workspace_id, action_attempt_id)
  await run.tools.connections.forget(systems.map((system) => system.acs_system_id))
  workspaces.forget(workspace_id)
  await run.tools.seedSandbox(workspace_id)
  await run.end(async () => ({ status: 'success', changes: new ChangeSet(), result: {} }))
}
