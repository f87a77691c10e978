import type { Device } from '../../api/routes.ts'
import { StatusPill } from '../../kit/status-pill.tsx'

/** Whether it can be reached is what people ask of a device first. */
export function DevicePill({ device }: { device: Device }) {
  if (!device.properties.online) return <StatusPill tone="bad">Offline</StatusPill>
  if (device.errors.length > 0) return <StatusPill tone="bad">Error</StatusPill>
  if (device.warnings.length > 0) return <StatusPill tone="warn">Warning</StatusPill>
  return <StatusPill tone="good">Online</StatusPill>
}

/** What its maker calls it: the system and the kind of door. */
export function kindOf({ device_provider, properties }: Device): string {
  return [device_provider?.display_name, properties.model.display_name].filter(Boolean).join(' ')
}

/** As the device knows it; null = it does not say. */
export function lockState(device: Device): string | null {
  const { locked } = device.properties as { locked?: boolean }
  if (locked === undefined) return null
  return locked ? 'Locked' : 'Unlocked'
}
