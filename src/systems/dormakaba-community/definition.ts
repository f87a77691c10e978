import type { SystemDefinition } from '../kit/definition.ts'

/** dormakaba Community: locks of apartment houses that are offline; staff get doors from groups, a resident's key carries its own. */
export const definition = {
  provider: 'dormakaba_community',
  display_name: 'dormakaba Community',
  system_type: 'dormakaba_community_site',
  system_type_display_name: 'dormakaba Community site',
  // Access groups (published model: dormakaba_community_access_group).
  family: 'group',
  // It follows the override rules of guest systems (Seam guide on reservations), so a resident's unit stands on the key.
  hasDoorsOnCredentials: true,
  modes: ['card', 'mobile_key'],
  card: 'encode',
  hasUserSchedule: false,
  onePerUser: [],
  // Among the systems whose credentials override one another (Seam guide on reservations).
  hasStays: true,
  hasStaysByDoor: true,
  // Seam guide, access grant quick start: a reservation_key is needed for dormakaba Community.
  isReservationRequired: true,
  confirmsUnlock: false,
  credentialManagers: ['legic_connect_credential_service'],
  types: {
    group: { type: 'dormakaba_community_access_group', display_name: 'dormakaba Community Access Group' },
    user: { type: 'dormakaba_community_user', display_name: 'dormakaba Community User' },
    // The published model has no external_type for its credentials.
    credential: {},
  },
  metadataKey: 'dormakaba_community_metadata',
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
      label: 'Address of the Community server',
      kind: 'text',
      isRequired: true,
      example: '192.168.1.100',
    },
    {
      name: 'api_username',
      label: 'User name of the API',
      kind: 'text',
      isRequired: true,
      sandboxValue: 'jane',
      example: 'jane',
    },
    {
      name: 'api_password',
      label: 'Password of the API',
      kind: 'secret',
      isRequired: true,
      sandboxValue: '1234',
      example: '1234',
    },
    {
      name: 'client_id',
      label: 'Client ID of the API',
      kind: 'text',
      isRequired: true,
      sandboxValue: 'ABC123ABC',
      example: 'ABC123ABC',
    },
    {
      name: 'client_secret',
      label: 'Client secret of the API',
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
        title: 'Your Community server',
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
    'Seam reference: dormakaba_community_site, dormakaba_community_user, dormakaba_community_access_group; access_point_profile of entrances',
    'Seam guide: access grant quick start (reservation_key for dormakaba Community)',
  ],
} as const satisfies SystemDefinition
