/** What sets access systems apart, as the server tells it (docs/systems has a page for each), and the words for ways in. */
import type { UseQueryResult } from '@tanstack/react-query'
import { useAnswerAs } from '../../api/queries.ts'

export type CredentialMode = 'card' | 'code' | 'mobile_key' | 'cloud_key'

export interface SystemFacts {
  provider: string
  display_name: string
  external_type: string
  access_methods: CredentialMode[]
  /** Whether doors stand on credentials; otherwise they come from access groups. */
  entrances_on_credentials: 'none' | 'optional' | 'required'
  has_access_groups: boolean
  /** Users have times of their own. */
  has_user_schedules: boolean
  /** How a card gets its credential: written by an encoder, or bound to a card that the system knows; null = no cards. */
  card_issuance: 'encode' | 'assign' | null
  /** What its doors are as devices; null = they are entrances alone. */
  device_type: string | null
  /** A PIN can be wished for; otherwise the system makes its own. */
  takes_custom_codes: boolean
  /** Parameters of `/acs/credentials/create` (the first of `scan_to_assign_credential`): null where there is nothing to say. */
  card_wishes: Record<'unknown_card' | 'further_card' | 'override' | 'auto_join', object | null>
}

/** All systems that can be connected to this workspace. */
export function useProviders(): UseQueryResult<{ providers: SystemFacts[] }> {
  return useAnswerAs<{ providers: SystemFacts[] }>('/connected_accounts/list_providers', {})
}

export function factsOf(
  { providers }: { providers: SystemFacts[] },
  externalType: string | undefined,
): SystemFacts | undefined {
  return providers.find(({ external_type }) => external_type === externalType)
}

/** The facts of one kind of system; undefined until they are known. */
export function useFacts(externalType: string | undefined): SystemFacts | undefined {
  const { data } = useProviders()
  return data === undefined ? undefined : factsOf(data, externalType)
}

export const MODES: readonly { id: CredentialMode; label: string; hint: string }[] = [
  { id: 'card', label: 'Key card', hint: 'Plastic, encoded or assigned at an encoder' },
  { id: 'code', label: 'PIN code', hint: 'Typed on a keypad' },
  { id: 'mobile_key', label: 'Mobile key', hint: 'Held to the door with a phone' },
  { id: 'cloud_key', label: 'Cloud key', hint: 'Opens over the internet' },
]

export const modeLabel = (mode: string): string => MODES.find(({ id }) => id === mode)?.label ?? mode
