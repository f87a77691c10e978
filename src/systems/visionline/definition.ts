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
  // Sessions, doors and cards are all the Web API has.
  keepsNoUsers: true,
  confirmsUnlock: false,
  credentialManagers: ['assa_abloy_credential_service'],
  types: {
    credential: {
      card: { type: 'visionline_card', display_name: 'Visionline Card' },
      mobile_key: { type: 'visionline_card', display_name: 'Visionline Card' },
    },
  },
  metadataKey: 'visionline_metadata',
  // override and auto_join of credentials/create (published model).
  cardWishes: { stay: { override: { override: true }, autoJoin: { auto_join: true } } },
  errorCodes: { away: ['visionline_instance_unreachable'] },
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
    {
      name: 'url',
      label: 'LAN URL of the Visionline server',
      kind: 'url',
      isRequired: true,
      example: 'https://192.168.1.100',
      help: 'Where its Web API answers; Lockstitch must reach it',
    },
    {
      name: 'encoders',
      label: 'Names of the encoders',
      kind: 'list',
      isRequired: true,
      example: 'Encoder 1, Front Desk',
      help: 'As they are called in Visionline: its Web API does not list them',
    },
    {
      name: 'time_zone',
      label: 'Time zone of the Visionline server',
      kind: 'time_zone',
      isRequired: true,
      example: 'Etc/UTC',
      help: 'The IANA name, such as Europe/Stockholm; times go over the wire by its clock',
    },
    {
      name: 'certificate_sha256',
      label: 'SHA-256 of its certificate',
      kind: 'text',
      isRequired: false,
      example: '8f43288ad272f3103b6fb1428485ea3014c0bcfe5aa0e6a5f0c0b8f2a5c4d1e7',
      help: 'Where the server has signed its certificate itself: 64 hexadecimal digits, with or without colons',
    },
    {
      name: 'mobile_access_uuid',
      label: 'Mobile access UUID',
      kind: 'text',
      isRequired: false,
      sandboxValue: '1',
      example: '1',
      help: 'Where mobile keys are issued in this system',
    },
    {
      name: 'system_id',
      label: 'System ID',
      kind: 'text',
      isRequired: false,
      sandboxValue: '1',
      example: '1',
      help: 'Where mobile keys are issued in this system',
    },
    {
      name: 'date_header',
      label: 'Signed date header',
      kind: 'text',
      isRequired: false,
      example: 'X-Aah-Date',
      help: 'Date as a rule; X-Aah-Date where the server asks for it',
    },
  ],
  connectFlow: {
    pages: [
      {
        kind: 'form',
        title: 'Your Visionline server',
        fields: [
          'site_name',
          'url',
          'username',
          'password',
          'encoders',
          'time_zone',
          'certificate_sha256',
          'date_header',
        ],
        ticks: [
          {
            name: 'has_mobile_keys',
            label: 'Mobile keys are issued in this system',
            fields: ['mobile_access_uuid', 'system_id'],
          },
        ],
      },
    ],
    // In the documents a bridge reaches the server. Lockstitch reaches it by itself, so that outside a sandbox there is none.
    sandboxPages: [
      { kind: 'bridge', isPrefilled: true },
      {
        kind: 'form',
        title: 'Your Visionline server',
        fields: ['site_name', 'username', 'password'],
        ticks: [
          {
            name: 'has_mobile_keys',
            label: 'Mobile keys are issued in this system',
            fields: ['mobile_access_uuid', 'system_id'],
          },
          {
            name: 'is_elsewhere',
            label: 'The bridge and the Visionline server run on different computers',
            fields: ['url'],
          },
        ],
      },
    ],
  },
  sources: [
    'Seam guide: Programming Visionline Card- and Mobile-key-based Credentials (card formats, override, joiner, staff)',
    'Visionline Web API as public clients speak it (doors, cards, encode, override, autoJoin)',
  ],
} as const satisfies SystemDefinition
