/** An access system as it goes over the wire. */
import { isCredentialManager, type SystemDefinition } from '../../systems/kit/definition.ts'
import type { AcsSystemRecord, Json } from '../records.ts'
import { providerMetadata } from './pending.ts'

export interface AcsSystemCounts {
  acs_user_count: number
  acs_access_group_count: number
}

/** A picture of a door: systems need one on the wire, and makers' logos are not ours to serve. */
const IMAGE_URL =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#232426" stroke-width="1.5"><path d="M5 21V3h14v18M3 21h18"/><circle cx="15.5" cy="12" r="1"/></svg>',
  )

export function presentAcsSystem(system: AcsSystemRecord, definition: SystemDefinition, counts: AcsSystemCounts): Json {
  return {
    acs_system_id: system.acs_system_id,
    workspace_id: system.workspace_id,
    connected_account_id: system.connected_account_id,
    connected_account_ids: [system.connected_account_id],
    name: system.name,
    external_type: definition.system_type,
    external_type_display_name: definition.system_type_display_name,
    system_type: definition.system_type,
    system_type_display_name: definition.system_type_display_name,
    is_credential_manager: isCredentialManager(definition),
    default_credential_manager_acs_system_id: system.default_credential_manager_acs_system_id,
    location: { time_zone: system.time_zone },
    acs_user_count: counts.acs_user_count,
    acs_access_group_count: counts.acs_access_group_count,
    image_url: IMAGE_URL,
    image_alt_text: `${definition.display_name} access system`,
    ...providerMetadata(system.metadata, definition.metadataKey),
    created_at: system.created_at,
    errors: system.errors,
    warnings: system.warnings,
  }
}
