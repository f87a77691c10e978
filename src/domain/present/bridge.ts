/** A bridge as it goes over the wire, with the account that is reached through it. */
import type { BridgeRecord, Json } from '../records.ts'

export function presentBridge(bridge: BridgeRecord): Json {
  return {
    bridge_id: bridge.bridge_id,
    workspace_id: bridge.workspace_id,
    name: bridge.name,
    connected_account_id: bridge.connected_account_id,
    created_at: bridge.created_at,
  }
}
