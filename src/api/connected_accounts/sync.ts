import { ChangeSet } from '../../domain/changes.ts'
import { SYNC_SYSTEM } from '../../provisioning/health.ts'
import { systemsOfAccount } from '../../store/sync-facts.ts'
import { operation } from '../operation.ts'
import { requireConnectedAccount } from './access.ts'

/** Has every system of the account looked at now. What is found shows on the resources, and in events. */
export const syncConnectedAccount = operation<{ connected_account_id: string }>({
  path: '/connected_accounts/sync',
  async handle(params, call) {
    const { connected_account_id } = await requireConnectedAccount(call, params)
    const systems = await systemsOfAccount(call.services.store, call.workspaceId, connected_account_id)
    await call.decide(async () => {
      const changes = new ChangeSet()
      for (const { acs_system_id } of systems) changes.job(SYNC_SYSTEM, acs_system_id, call.now)
      return { changes, result: undefined }
    })
  },
})
