/** How access methods are called (core.md 7.1). */
import type { Mode } from '../records.ts'

const NAMES: Record<Mode, string> = {
  code: 'PIN Code',
  card: 'Plastic Card',
  mobile_key: 'Mobile Key',
  cloud_key: 'Cloud Key',
}

export function methodDisplayName(mode: Mode): string {
  return NAMES[mode]
}
