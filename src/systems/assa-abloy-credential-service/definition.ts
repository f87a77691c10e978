import type { SystemDefinition } from '../kit/definition.ts'

/** ASSA ABLOY Credential Services: carries the mobile keys of ASSA ABLOY's hotel systems to phones. */
export const definition = {
  provider: 'assa_abloy_credential_service',
  display_name: 'ASSA ABLOY Credential Service',
  system_type: 'assa_abloy_credential_service',
  system_type_display_name: 'ASSA ABLOY Credential Service',
  isCredentialManager: true,
  family: 'credential',
  modes: [],
  hasUserSchedule: false,
  onePerUser: [],
  hasStays: false,
  isReservationRequired: false,
  confirmsUnlock: false,
  types: { credential: {} },
  setup: [
    { name: 'username', label: 'User name', kind: 'text', isRequired: true, sandboxValue: 'jane', example: 'jane' },
    { name: 'password', label: 'Password', kind: 'secret', isRequired: true, sandboxValue: '1234', example: '1234' },
    {
      name: 'url',
      label: 'Credential Services URL',
      kind: 'url',
      isRequired: true,
      sandboxValue: 'https://example.com',
      example: 'https://example.com',
    },
  ],
  connectFlow: {
    pages: [
      {
        kind: 'form',
        title: 'Sign in to ASSA ABLOY Credential Services',
        fields: ['username', 'password', 'url'],
      },
    ],
  },
  sources: [
    'Seam guide: Configuring Visionline mobile credentials (a credential manager per key, chosen by credential_manager_acs_system_id)',
    'Seam guide: ASSA ABLOY Credential Services sandbox data (user name, password, Credential Services URL)',
  ],
} as const satisfies SystemDefinition
