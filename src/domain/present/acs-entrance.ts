/** An entrance as it goes over the wire. */
import type { AcsEntranceRecord, Json } from '../records.ts'

/** An entrance with the spaces it is in. */
export interface PresentableEntrance extends AcsEntranceRecord {
  space_ids: string[]
}

export function presentAcsEntrance(entrance: PresentableEntrance): Json {
  return {
    acs_entrance_id: entrance.acs_entrance_id,
    acs_system_id: entrance.acs_system_id,
    connected_account_id: entrance.connected_account_id,
    display_name: entrance.display_name,
    can_unlock_with_card: entrance.can_unlock_with_card,
    can_unlock_with_code: entrance.can_unlock_with_code,
    can_unlock_with_mobile_key: entrance.can_unlock_with_mobile_key,
    can_unlock_with_cloud_key: entrance.can_unlock_with_cloud_key,
    can_belong_to_reservation: entrance.can_belong_to_reservation,
    ...(entrance.is_locked === null ? {} : { is_locked: entrance.is_locked }),
    space_ids: entrance.space_ids,
    ...entrance.metadata,
    created_at: entrance.created_at,
    errors: entrance.errors,
    warnings: entrance.warnings,
  }
}
