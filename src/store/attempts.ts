/** What requesting an action attempt needs to know. */
import type { Store } from './store.ts'

/** Whether a pending attempt holds the encoder. */
export async function isEncoderBusy(store: Store, workspaceId: string, acsEncoderId: string): Promise<boolean> {
  const rows = await store.read(
    workspaceId,
    'SELECT 1 AS busy FROM action_attempt WHERE workspace_id = $1 AND busy_encoder_id = $2',
    [acsEncoderId],
  )
  return rows.length > 0
}
