/** What the wire does not say of an access system and a form must know before it is sent (docs/systems has a page for each). */

/** Doors stand on the credential. Everywhere else they come from access groups (access-systems.md, section 1). */
const DOORS_ON_CREDENTIALS = [
  'visionline_system',
  'assa_abloy_vostio',
  'latch_building',
  'hotek_site',
  'dormakaba_ambiance_site',
  'dormakaba_community_site',
]

export const takesDoors = (externalType: string | undefined): boolean =>
  DOORS_ON_CREDENTIALS.includes(externalType ?? '')

/** Cards have to be told whether they begin a stay or join one. */
export const hasJoiners = (externalType: string | undefined): boolean =>
  ['visionline_system', 'assa_abloy_vostio', 'hotek_site'].includes(externalType ?? '')

/** Users have times of their own. */
export const hasUserSchedule = (externalType: string | undefined): boolean => externalType === 'salto_ks_site'

export type CredentialMode = 'card' | 'code' | 'mobile_key' | 'cloud_key'

export const MODES: readonly { id: CredentialMode; label: string; hint: string }[] = [
  { id: 'card', label: 'Key card', hint: 'Plastic, encoded or assigned at an encoder' },
  { id: 'code', label: 'PIN code', hint: 'Typed on a keypad' },
  { id: 'mobile_key', label: 'Mobile key', hint: 'Held to the door with a phone' },
  { id: 'cloud_key', label: 'Cloud key', hint: 'Opens over the internet' },
]

export const modeLabel = (mode: string): string => MODES.find(({ id }) => id === mode)?.label ?? mode
