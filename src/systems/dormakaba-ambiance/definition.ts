import type { SystemDefinition } from '../kit/definition.ts'

/** dormakaba Ambiance: hotel locks that are offline; staff get doors from groups, a guest's key carries its own. */
export const definition = {
  provider: 'dormakaba_ambiance',
  display_name: 'dormakaba Ambiance',
  system_type: 'dormakaba_ambiance_site',
  system_type_display_name: 'dormakaba Ambiance site',
  // "Credentials ... individual access points and access point groups" (Ambiance help, Access Management).
  family: 'group',
  // A guest registration names its rooms, with common areas beside them (Ambiance help, Guest Registration).
  hasDoorsOnCredentials: true,
  modes: ['card', 'mobile_key'],
  // "Touch the card to the encoder" (Cloudbeds: Ambiance, How to issue keys).
  card: 'encode',
  hasUserSchedule: false,
  onePerUser: [],
  // "the previously written card is effectively removed once the new card is used" (SabeeApp: Ambiance).
  hasStays: true,
  hasStaysByDoor: true,
  // Seam guide, access grant quick start: a reservation_key is needed for dormakaba Ambiance.
  isReservationRequired: true,
  confirmsUnlock: false,
  credentialManagers: ['legic_connect_credential_service'],
  types: {
    group: { type: 'dormakaba_ambiance_access_group', display_name: 'dormakaba Ambiance Access Group' },
    credential: {
      card: { type: 'dormakaba_ambiance_credential', display_name: 'dormakaba Ambiance Credential' },
      mobile_key: { type: 'dormakaba_ambiance_credential', display_name: 'dormakaba Ambiance Credential' },
    },
  },
  metadataKey: 'dormakaba_ambiance_metadata',
  setup: [
    // Another token is the same site, reached anew.
    {
      name: 'pairing_token',
      label: 'Pairing token of the bridge',
      kind: 'secret',
      isRequired: true,
      example: '123456',
      help: 'Six characters that the bridge shows',
    },
    {
      name: 'operator_username',
      label: 'User name of the operator',
      kind: 'text',
      isRequired: true,
      sandboxValue: 'jane',
      example: 'jane',
    },
    {
      name: 'operator_password',
      label: 'Password of the operator',
      kind: 'secret',
      isRequired: true,
      sandboxValue: '1234',
      example: '1234',
    },
    {
      name: 'server_address',
      label: 'Address of the Ambiance server',
      kind: 'text',
      isRequired: true,
      example: '192.168.1.100',
    },
    {
      name: 'api_username',
      label: 'User name of the PMS operator',
      kind: 'text',
      isRequired: true,
      sandboxValue: 'jane',
      example: 'jane',
      help: 'System Settings, Security, PMS: the PMS login must be switched on',
    },
    {
      name: 'api_password',
      label: 'Password of the PMS operator',
      kind: 'secret',
      isRequired: true,
      sandboxValue: '1234',
      example: '1234',
    },
    {
      name: 'client_id',
      label: 'Client ID of the LGS REST API',
      kind: 'text',
      isRequired: true,
      sandboxValue: 'ABC123ABC',
      example: 'ABC123ABC',
    },
    {
      name: 'client_secret',
      label: 'Client secret of the LGS REST API',
      kind: 'secret',
      isRequired: true,
      sandboxValue: 'ABC123ABC',
      example: 'ABC123ABC',
    },
  ],
  connectFlow: {
    pages: [
      { kind: 'bridge', field: 'pairing_token', isPrefilled: true },
      {
        kind: 'form',
        title: 'Your Ambiance server',
        fields: ['operator_username', 'operator_password', 'server_address'],
        prefilled: ['server_address'],
      },
      {
        kind: 'form',
        title: 'Access to its API',
        fields: ['api_username', 'api_password', 'client_id', 'client_secret'],
      },
    ],
  },
  sources: [
    'dormakaba: Ambiance help, Access Management and System Settings (credentials, access points, groups, PMS login)',
    'SabeeApp and Cloudbeds help: key cards with dormakaba Ambiance (no overlap check, a newer card ends the older)',
    'Seam guide: access grant quick start (reservation_key for dormakaba Ambiance)',
  ],
} as const satisfies SystemDefinition
