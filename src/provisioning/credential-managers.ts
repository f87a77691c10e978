/** The default credential manager of each system is chosen when there is no choice (domain/credential-managers.ts). */
import { ChangeSet } from '../domain/changes.ts'
import { defaultsToSet } from '../domain/credential-managers.ts'
import { systemsOf } from '../store/acs-systems.ts'
import type { Store } from '../store/store.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'

/**
 * Looks at all systems of a workspace together, after one came or went: two that are connected at the same moment do
 * not see one another before.
 */
export async function settleCredentialManagers(
  store: Store,
  workspaceId: string,
  now: string,
  definitionOf: (provider: string) => SystemDefinition,
): Promise<void> {
  await store.decide(
    workspaceId,
    () => now,
    async () => {
      const changes = new ChangeSet()
      const systems = await systemsOf(store, workspaceId)
      for (const { system, ...chosen } of defaultsToSet(systems, definitionOf)) {
        const { acs_system_id, version } = system
        changes.update('acs_system', 'acs_system_id', { acs_system_id, version, ...chosen })
      }
      return { changes, result: undefined }
    },
  )
}
