import { ChangeSet } from '../../../domain/changes.ts'
import { noteTrouble } from '../../../domain/sync/health.ts'
import { loadHealth } from '../../../provisioning/health.ts'
import { systemsOfAccount } from '../../../store/sync-facts.ts'
import { operation } from '../../operation.ts'
import { requireConnectedAccount } from '../access.ts'

/** The login is refused from now on, until the account is connected again: by a webview, or `/connected_accounts/connect`. */
export const simulateDisconnect = operation<{ connected_account_id: string }>({
  path: '/connected_accounts/simulate/disconnect',
  isSandboxOnly: true,
  async handle(params, call) {
    const { store, provisioning } = call.services
    const systems = await call.decide(async () => {
      const { connected_account_id } = await requireConnectedAccount(call, params)
      const changes = new ChangeSet()
      const systems = await systemsOfAccount(store, call.workspaceId, connected_account_id)
      const [first] = systems
      if (first === undefined) return { changes, result: [] }
      const facts = await loadHealth({ store }, first, provisioning.definitionOf(first.provider), call.now)
      for (const { acs_system_id, version } of systems)
        changes.update('acs_system', 'acs_system_id', { acs_system_id, version, refuses_login: true })
      if (facts !== undefined) noteTrouble(changes, facts, { kind: 'unauthorized' }, false)
      return { changes, result: systems.map((one) => one.acs_system_id) }
    })
    await provisioning.connections.forget(systems)
  },
})
