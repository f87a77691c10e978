import type { SystemDefinition } from '../kit/definition.ts'

/** ASSA ABLOY Vostio: cloud software for hotel locks that are offline; a key carries its doors, times and stays. */
export const definition = {
  provider: 'assa_abloy_vostio',
  display_name: 'ASSA ABLOY Vostio',
  system_type: 'assa_abloy_vostio',
  system_type_display_name: 'ASSA ABLOY Vostio',
  // Doors stand on the credential (assa_abloy_vostio_metadata.door_names of the published model).
  family: 'credential',
  modes: ['card', 'mobile_key'],
  // Encoders are configured in Vostio; "Re-encode all guest cards" (Vostio setup and user guide, section 1).
  card: 'encode',
  hasUserSchedule: false,
  onePerUser: [],
  hasStays: true,
  // override_guest_acs_entrance_ids names the guest doors to override; the others are joined (published model).
  hasStaysByDoor: true,
  // Seam guide, access grant quick start: a reservation_key is needed for Vostio.
  isReservationRequired: true,
  confirmsUnlock: false,
  credentialManagers: ['assa_abloy_credential_service', 'assa_abloy_vostio_credential_service'],
  types: {
    credential: {
      card: { type: 'assa_abloy_vostio_key', display_name: 'Vostio Key' },
      mobile_key: { type: 'assa_abloy_vostio_key', display_name: 'Vostio Key' },
    },
  },
  metadataKey: 'assa_abloy_vostio_metadata',
  // override_all_guest_acs_entrances and auto_join of credentials/create (published model).
  cardWishes: { stay: { override: { override_all_guest_acs_entrances: true }, autoJoin: { auto_join: true } } },
  credentialOnWire: {
    shown: ['auto_join', 'endpoint_id', 'key_id', 'key_issuing_request_id', 'override_guest_acs_entrance_ids'],
    doors: 'names',
  },
  setup: [
    { name: 'system_name', label: 'System name', kind: 'text', isRequired: true, example: 'Vostio' },
    { name: 'username', label: 'User name', kind: 'text', isRequired: true, sandboxValue: 'jane', example: 'jane' },
    { name: 'password', label: 'Password', kind: 'secret', isRequired: true, sandboxValue: '1234', example: '1234' },
    {
      name: 'client_id',
      label: 'Client ID',
      kind: 'text',
      isRequired: true,
      sandboxValue: '1234',
      example: '1234',
      help: 'In the Guest API credentials that Vostio lets you download',
    },
    {
      name: 'user_pool_id',
      label: 'User Pool ID',
      kind: 'text',
      isRequired: true,
      sandboxValue: '1234',
      example: '1234',
      help: 'In the Guest API credentials that Vostio lets you download',
    },
    {
      name: 'ble_uuid',
      label: 'BLE UUID, for mobile keys',
      kind: 'text',
      isRequired: false,
      sandboxValue: '1',
      example: '1',
    },
    {
      name: 'system_id',
      label: 'System ID, for mobile keys',
      kind: 'text',
      isRequired: false,
      sandboxValue: '1',
      example: '1',
    },
  ],
  connectFlow: {
    pages: [
      {
        kind: 'form',
        title: 'Your Vostio system',
        fields: ['system_name', 'username', 'password', 'client_id', 'user_pool_id'],
        ticks: [
          {
            name: 'has_mobile_keys',
            label: 'Mobile keys are issued in this system',
            fields: ['ble_uuid', 'system_id'],
          },
        ],
      },
    ],
  },
  sources: [
    'Seam reference: assa_abloy_vostio_metadata of entrances (four door types) and of credentials (override, join, auto_join)',
    'Seam guide: access grant quick start (reservation_key for Vostio)',
    'ASSA ABLOY: Vostio setup and user guide (encoders, cards encoded anew, standalone locks)',
  ],
} as const satisfies SystemDefinition
