/** Bridges of a workspace. */
import type { BridgeRecord } from '../domain/records.ts'
import type { Store } from './store.ts'

export function listBridges(store: Store, workspaceId: string): Promise<BridgeRecord[]> {
  return store.read(workspaceId, 'SELECT * FROM bridge WHERE workspace_id = $1 ORDER BY created_at, bridge_id')
}
