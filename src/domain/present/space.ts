/** A space as it goes over the wire; its members are read through `get_related` or list filters. */
import type { Json, SpaceRecord } from '../records.ts'

/** A space with the key of its parent, which the wire shows beside the parent's id. */
export type SpaceView = SpaceRecord & { parent_space_key?: string | null }

export function presentSpace(space: SpaceView): Json {
  return {
    space_id: space.space_id,
    workspace_id: space.workspace_id,
    ...(space.space_key === null ? {} : { space_key: space.space_key }),
    name: space.name,
    display_name: space.name,
    ...(space.parent_space_id === null ? {} : { parent_space_id: space.parent_space_id }),
    ...(typeof space.parent_space_key === 'string' ? { parent_space_key: space.parent_space_key } : {}),
    ...(space.customer_key === null ? {} : { customer_key: space.customer_key }),
    ...(space.customer_data === null ? {} : { customer_data: space.customer_data }),
    ...(space.geolocation === null ? {} : { geolocation: space.geolocation }),
    acs_entrance_count: space.acs_entrance_ids.length,
    device_count: space.device_ids.length,
    created_at: space.created_at,
  }
}
