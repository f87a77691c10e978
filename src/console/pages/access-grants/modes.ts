/** The ways to open a door, in words. */
import { CreditCard, Hash, Radio, Smartphone, type LucideIcon } from 'lucide-react'
import type { AcsEntrance } from '../../api/routes.ts'

export const MODES = ['card', 'code', 'mobile_key', 'cloud_key'] as const
export type Mode = (typeof MODES)[number]

export const MODE_NAMES: Readonly<Record<Mode, string>> = {
  card: 'Key card',
  code: 'PIN code',
  mobile_key: 'Mobile key',
  cloud_key: 'Cloud key',
}

export const MODE_HINTS: Readonly<Record<Mode, string>> = {
  card: 'Encoded on an encoder, or one that is registered already',
  code: 'Typed on the door’s keypad',
  mobile_key: 'On the guest’s phone, or as an Instant Key link',
  cloud_key: 'The door is opened over the network',
}

export const MODE_ICONS: Readonly<Record<Mode, LucideIcon>> = {
  card: CreditCard,
  code: Hash,
  mobile_key: Smartphone,
  cloud_key: Radio,
}

export function modeName(mode: string): string {
  return MODE_NAMES[mode as Mode] ?? mode
}

/** Whether the door can be opened that way. */
export function canOpen(entrance: AcsEntrance, mode: Mode): boolean {
  return entrance[`can_unlock_with_${mode}`] ?? false
}
