import { toIso } from '../../clock.ts'
import { ChangeSet } from '../../domain/changes.ts'
import { ACCOUNT_DELETION, deleteAccount } from '../../provisioning/account-deletion.ts'
import { systemsOfAccount } from '../../store/sync-facts.ts'
import { operation } from '../operation.ts'
import { requireConnectedAccount } from './access.ts'

/** A job finishes the deletion if this process does not live to do so; until then it leaves it alone. */
const BACKSTOP_MS = 15_000

/**
 * Removes the account with everything under it here, each with its event, and from spaces and grants. Nothing is told to
 * the maker's system: what it holds stays there.
 */
export const deleteConnectedAccount = operation<{ connected_account_id: string }>({
  path: '/connected_accounts/delete',
  async handle(params, call) {
    const { store, workspaces, provisioning, ids, sealer } = call.services
    const id = await call.decide(async () => {
      const { connected_account_id, version, warnings } = await requireConnectedAccount(call, params)
      const others = warnings.filter((warning) => warning.warning_code !== 'being_deleted')
      const message = 'This account is being deleted, with everything under it.'
      const changes = new ChangeSet().update('connected_account', 'connected_account_id', {
        connected_account_id,
        version,
        warnings: [...others, { created_at: call.now, warning_code: 'being_deleted', message }],
      })
      for (const system of await systemsOfAccount(store, call.workspaceId, connected_account_id)) {
        const { acs_system_id, version } = system
        changes.update('acs_system', 'acs_system_id', { acs_system_id, version, is_deleting: true })
      }
      changes.job(ACCOUNT_DELETION, connected_account_id, toIso(call.nowMs + BACKSTOP_MS))
      return { changes, result: connected_account_id }
    })
    const tools = {
      store,
      workspaces,
      provisioning,
      ids,
      seal: (text: string) => sealer.seal(text),
      definitionOf: (provider: string) => provisioning.definitionOf(provider),
    }
    // However much there is of it: the caller is answered when it is gone.
    const { signal } = new AbortController()
    await deleteAccount(call.workspaceId, id, tools, { fence: null, author: call.author, signal })
  },
})
