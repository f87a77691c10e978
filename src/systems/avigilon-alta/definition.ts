import type { SystemDefinition } from '../kit/definition.ts'

/** Avigilon Alta (formerly Openpath): cloud; every door is online and opens for the zones that a group gives. */
export const definition = {
  provider: 'avigilon_alta',
  display_name: 'Avigilon Alta',
  system_type: 'avigilon_alta_org',
  system_type_display_name: 'Avigilon Alta organization',
  // Groups (`/orgs/{o}/groups`) give people zones (Alta Access API).
  family: 'group',
  modes: ['card', 'cloud_key'],
  // A card is bound by its number (`/orgs/{o}/users/{u}/credentials`); there is no encoder.
  card: 'assign',
  // An entry that "shares a zone with other entrances [...] cannot be added to an access group individually"
  // (Seam reference: entrance_shares_zone).
  zones: { id: 'zone_id', name: 'zone_name' },
  // Entries show as devices too (access-systems.md 8.1; device type and metadata of the published model).
  doorsAreDevices: {
    type: 'avigilon_alta_entry',
    manufacturer: { manufacturer: 'avigilon_alta', display_name: 'Avigilon Alta' },
    model: 'Entry',
    metadata: ['entry_name', 'entry_relays_total_count', 'org_name', 'site_id', 'site_name', 'zone_id', 'zone_name'],
  },
  hasUserSchedule: false,
  onePerUser: [],
  hasStays: false,
  isReservationRequired: false,
  // `cloudKeyEntryUnlock` answers that it was asked, not that the door opened.
  confirmsUnlock: false,
  types: {
    user: { type: 'avigilon_alta_user', display_name: 'Avigilon Alta user' },
    group: { type: 'avigilon_alta_group', display_name: 'Avigilon Alta group' },
    credential: {
      card: { type: 'avigilon_alta_credential', display_name: 'Avigilon Alta credential' },
      cloud_key: { type: 'avigilon_alta_credential', display_name: 'Avigilon Alta credential' },
    },
  },
  metadataKey: 'avigilon_alta_metadata',
  setup: [
    {
      name: 'email',
      label: 'E-mail address',
      kind: 'text',
      isRequired: true,
      sandboxValue: 'jane@example.com',
      example: 'jane@example.com',
      help: 'A user with portal access and the role Super Admin',
    },
    { name: 'password', label: 'Password', kind: 'secret', isRequired: true, sandboxValue: '1234', example: '1234' },
  ],
  sources: [
    'Alta Access API (published OpenAPI): groups and their zones, credentials (card, cloudKey), cloudKeyEntryUnlock',
    'Avigilon Alta help: access to entries and zones of users and access groups',
    'Seam guide: Avigilon Alta setup guide and sample data; Seam reference: avigilon_alta_metadata, entrance_shares_zone',
  ],
} as const satisfies SystemDefinition
