import type { SystemDefinition } from '../kit/definition.ts'

/** ASSA ABLOY Visionline: hotel locks, all offline; a card carries its doors, times and place among the stays. */
export const definition = {
  provider: 'visionline',
  display_name: 'Visionline',
  system_type: 'visionline_system',
  system_type_display_name: 'Visionline system',
  // Doors stand on the credential (Seam guide "Understanding access control system differences").
  family: 'credential',
  modes: ['card', 'mobile_key'],
  // POST /cards?action=encode&encoder=<name> (Visionline Web API, public clients).
  card: 'encode',
  hasUserSchedule: false,
  onePerUser: [],
  // override=true ends the earlier guests of a door, joiners share (Visionline Web API).
  hasStays: true,
  isReservationRequired: true,
  confirmsUnlock: false,
  credentialManagers: ['assa_abloy_credential_service'],
  types: {
    credential: {
      card: { type: 'visionline_card', display_name: 'Visionline Card' },
      mobile_key: { type: 'visionline_card', display_name: 'Visionline Card' },
    },
  },
  metadataKey: 'visionline_metadata',
  credentialOnWire: {
    shown: ['auto_join', 'card_id', 'credential_id', 'joiner_acs_credential_ids', 'card_function_type'],
    defaults: { card_function_type: 'guest' },
    showsValidity: true,
    doors: 'guest_and_common',
  },
  setup: [
    { name: 'site_name', label: 'Site name', kind: 'text', isRequired: true, example: 'Visionline' },
    { name: 'username', label: 'User name', kind: 'text', isRequired: true, sandboxValue: 'jane', example: 'jane' },
    { name: 'password', label: 'Password', kind: 'secret', isRequired: true, sandboxValue: '1234', example: '1234' },
  ],
  sources: [
    'Seam guide: Programming Visionline Card- and Mobile-key-based Credentials (card formats, override, joiner, staff)',
    'Visionline Web API as public clients speak it (doors, cards, encode, override, autoJoin)',
  ],
} as const satisfies SystemDefinition
