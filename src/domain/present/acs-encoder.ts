/** An encoder as it goes over the wire. What a simulate operation armed is nobody's business but the sandbox's. */
import type { AcsEncoderRecord, Json } from '../records.ts'

export function presentAcsEncoder(encoder: AcsEncoderRecord): Json {
  return {
    acs_encoder_id: encoder.acs_encoder_id,
    acs_system_id: encoder.acs_system_id,
    connected_account_id: encoder.connected_account_id,
    workspace_id: encoder.workspace_id,
    display_name: encoder.display_name,
    created_at: encoder.created_at,
    errors: encoder.errors,
  }
}
