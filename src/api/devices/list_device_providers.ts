import { hasDevices } from '../../domain/present/device.ts'
import { operation } from '../operation.ts'

const CATEGORIES = ['stable', 'access_control_systems']

/** The makers whose systems can be connected; only those whose doors are devices say what such a device can do. */
export const listDeviceProviders = operation<{ provider_category?: string }>({
  path: '/devices/list_device_providers',
  handle({ provider_category }, call) {
    const { is_sandbox } = call.workspace
    const shown = call.services.provisioning
      .definitions()
      .filter((one) => is_sandbox || one.speaksMakersWire)
      .filter(() => provider_category === undefined || CATEGORIES.includes(provider_category))
    return {
      device_providers: shown.map((definition) => ({
        device_provider_name: definition.provider,
        display_name: definition.display_name,
        // One picture for all: makers' marks are theirs.
        image_url: `${call.services.publicUrl}/connect_webviews/view/connect.svg`,
        provider_categories: CATEGORIES,
        ...(hasDevices(definition)
          ? {
              can_unlock_with_code: definition.modes.includes('code'),
              can_remotely_lock: false,
              can_remotely_unlock: false,
              can_program_online_access_codes: false,
              can_program_offline_access_codes: false,
            }
          : {}),
      })),
    }
  },
})
