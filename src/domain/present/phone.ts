/** A phone as it goes over the wire. */
import type { Json, PhoneRecord } from '../records.ts'

export function presentPhone(phone: PhoneRecord): Json {
  return {
    device_id: phone.device_id,
    workspace_id: phone.workspace_id,
    device_type: phone.device_type,
    display_name: phone.nickname ?? phone.display_name,
    ...(phone.nickname === null ? {} : { nickname: phone.nickname }),
    custom_metadata: phone.custom_metadata,
    properties: phone.properties,
    errors: [],
    warnings: [],
    created_at: phone.created_at,
  }
}
