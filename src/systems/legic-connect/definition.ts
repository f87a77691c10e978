import type { SystemDefinition } from '../kit/definition.ts'

/** LEGIC Connect: carries the mobile keys of dormakaba's systems to phones. */
export const definition = {
  provider: 'legic_connect',
  display_name: 'LEGIC Connect',
  system_type: 'legic_connect_credential_service',
  system_type_display_name: 'LEGIC Connect Credential Service',
  isCredentialManager: true,
  family: 'credential',
  modes: [],
  hasUserSchedule: false,
  onePerUser: [],
  hasStays: false,
  isReservationRequired: false,
  confirmsUnlock: false,
  types: { credential: {} },
  // No form is published for it: the usual sandbox login.
  setup: [
    { name: 'email', label: 'E-mail address', kind: 'text', isRequired: true, example: 'jane@example.com' },
    { name: 'password', label: 'Password', kind: 'secret', isRequired: true, sandboxValue: '1234', example: '1234' },
  ],
  sources: [
    'Seam reference: acs_system.external_type legic_connect_credential_service; is_credential_manager',
    'dormakaba: mobile access for Ambiance and Community runs on LEGIC Connect',
  ],
} as const satisfies SystemDefinition
