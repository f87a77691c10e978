/**
 * A door of an access system as a device of the wire, where its maker is documented to show it as both
 * (access-systems.md 8.1). It is the same door: its `device_id` is its `acs_entrance_id`. Nothing is offered through the
 * device that the entrance does not do: PINs and unlocking go by credentials.
 */
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import type { AcsSystemRecord, Json, Problem } from '../records.ts'
import { isRemovedEntrance } from '../sync/marks.ts'
import type { PresentableEntrance } from './acs-entrance.ts'

export interface PresentableDevice extends PresentableEntrance {
  system_errors: AcsSystemRecord['errors']
}

export type DeviceDefinition = SystemDefinition & Required<Pick<SystemDefinition, 'doorsAreDevices'>>

export function hasDevices<D extends SystemDefinition>(definition: D): definition is D & DeviceDefinition {
  return definition.doorsAreDevices !== undefined
}

export function presentDevice(device: PresentableDevice, definition: DeviceDefinition): Json {
  const { doorsAreDevices: face, provider, display_name: providerName, metadataKey } = definition
  const { display_name } = device
  const problems = errorsOf(device, definition)
  const metadata = metadataOf(device, definition)
  const shown = Object.fromEntries(
    face.metadata.flatMap((field) => (metadata[field] === undefined ? [] : [[field, metadata[field]]])),
  )
  const isOnline = problems.length === 0
  return {
    device_id: device.acs_entrance_id,
    workspace_id: device.workspace_id,
    connected_account_id: device.connected_account_id,
    device_type: face.type,
    display_name,
    device_manufacturer: face.manufacturer,
    device_provider: { device_provider_name: provider, display_name: providerName, provider_category: 'stable' },
    capabilities_supported: ['lock'],
    can_unlock_with_code: device.can_unlock_with_code,
    can_remotely_lock: false,
    can_remotely_unlock: false,
    can_program_online_access_codes: false,
    can_program_offline_access_codes: false,
    properties: {
      name: display_name,
      appearance: { name: display_name },
      model: { display_name: face.model, manufacturer_display_name: face.manufacturer.display_name },
      online: isOnline,
      // Of a door that is away nobody knows it (access-systems.md 10.1).
      ...(device.is_locked === null || !isOnline ? {} : { locked: device.is_locked }),
      ...(metadataKey === undefined || Object.keys(shown).length === 0 ? {} : { [metadataKey]: shown }),
    },
    custom_metadata: {},
    space_ids: device.space_ids,
    is_managed: true,
    errors: problems,
    warnings: [],
    created_at: device.created_at,
  }
}

function metadataOf({ metadata }: PresentableDevice, { metadataKey }: DeviceDefinition): Json {
  const own = metadataKey === undefined ? undefined : metadata[metadataKey]
  return typeof own === 'object' && own !== null ? (own as Json) : {}
}

/** Errors of a system that say nothing of whether its doors can be reached. */
const OF_THE_SYSTEM_ALONE = 'unknown_issue_with_acs_system'

/** Stands on the system beside the one that says why it is away. */
const AWAY = 'acs_system_disconnected'

/** Why the door cannot be reached, in the codes that devices have; empty = it can. */
function errorsOf(device: PresentableDevice, definition: DeviceDefinition): Problem[] {
  const reasons = device.system_errors.filter(({ error_code }) => error_code !== OF_THE_SYSTEM_ALONE)
  const found = reasons
    .filter(({ error_code }) => error_code !== AWAY || reasons.length === 1)
    .map((error): Problem => {
      const { error_code, message, created_at } = error
      if (error_code === 'account_disconnected')
        return { error_code, message, created_at, is_connected_account_error: true, is_device_error: false }
      if (error_code === 'bridge_disconnected') return { error_code, message, created_at, is_bridge_error: true }
      return { error_code: 'device_disconnected', message, created_at, is_device_error: true }
    })
  if (isRemovedEntrance(device)) {
    const { message, created_at } = device.errors[0] ?? {
      message: `${device.display_name} is not at its access system any more.`,
      created_at: device.created_at,
    }
    found.push({ error_code: 'device_removed', message, created_at, is_device_error: true })
  } else if (metadataOf(device, definition)['online'] === false) {
    found.push({
      error_code: 'device_offline',
      message: `${definition.display_name} says that ${device.display_name} is offline. Look at its power and its connection.`,
      created_at: device.created_at,
      is_device_error: true,
    })
  }
  return found.filter((one, index) => found.findIndex(({ error_code }) => error_code === one.error_code) === index)
}
