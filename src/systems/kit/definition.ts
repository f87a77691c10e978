/**
 * What a system is, as data: docs, flags, limits and every decision of the domain come from here, so that nothing
 * outside a system's folder tests for a brand (access-systems.md section 13).
 */
export type CredentialMode = 'code' | 'card' | 'mobile_key' | 'cloud_key'

export interface SystemDefinition {
  /** The wire's provider key, e.g. `salto_space`. */
  provider: string
  display_name: string
  /** `acs_system.external_type` and its display name. */
  system_type: string
  system_type_display_name: string
  /** Group-based: doors come from membership in groups. Credential-based: doors stand on the credential (access-systems.md 1). */
  family: 'group' | 'credential'
  /** Modes a credential can have here; which of them a door takes is said by the door. */
  modes: readonly CredentialMode[]
  /** How a card gets its credential: written by an encoder, or bound to a card the system already knows. */
  card?: 'encode' | 'assign'
  /** Who makes PINs and how they look. `maker: 'caller'` = a wished code is honoured; `'system'` = the system makes its own and refuses ours. */
  pin?: { maker: 'caller' | 'system'; minLength: number; maxLength: number }
  /** Users have a schedule of their own (`acs_user.access_schedule`). */
  hasUserSchedule: boolean
  /** A user holds at most one credential of each of these modes at a time. */
  onePerUser: readonly CredentialMode[]
  /** Cards carry stays: the first card of a stay overrides older ones, later ones join (access-systems.md 6.3). */
  hasStays: boolean
  /** Guest credentials on reservable doors need a `reservation_key` (core.md 6.5, rule R). */
  isReservationRequired: boolean
  /** The system confirms that a remotely unlocked door did open. */
  confirmsUnlock: boolean
  /** `system_type` of the credential managers that can carry its mobile keys to phones; absent = it needs none. */
  credentialManagers?: readonly string[]
  /** Names of the wire's `external_type` for what it holds; absent where the wire has none. */
  types: {
    user?: { type: string; display_name: string }
    group?: { type: string; display_name: string }
    credential: Partial<Record<CredentialMode, { type: string; display_name: string }>>
  }
  /** Key of the provider's metadata on the wire, e.g. `salto_space_metadata`; absent where it has none. */
  metadataKey?: string
  /** The makers' facts behind the above: document and section. */
  sources: readonly string[]
}
