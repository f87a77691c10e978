import type { SystemDefinition } from '../kit/definition.ts'

/** PTI Storlogix Cloud: self-storage sites; access levels let people in, units say what they have rented. */
export const definition = {
  provider: 'pti',
  display_name: 'PTI Storlogix Cloud',
  system_type: 'pti_site',
  system_type_display_name: 'PTI site',
  // "To authorize a user, add the user to a pti_access_level access group" (Seam guide: PTI Storlogix Cloud).
  family: 'group',
  modes: ['code', 'card'],
  // "You can create PIN code-based and key card-based ACS credentials"; no encoder is named.
  card: 'assign',
  // "The PIN code value must be an integer in the range 1-4294967296", and "a unique PIN code to each user".
  pin: { maker: 'caller', minLength: 1, maxLength: 10, maxValue: 4_294_967_296, isPersonal: true },
  hasUserSchedule: false,
  onePerUser: [],
  hasStays: false,
  isReservationRequired: false,
  confirmsUnlock: false,
  types: {
    user: { type: 'pti_user', display_name: 'PTI user' },
    group: { type: 'pti_access_level', display_name: 'PTI access level' },
    otherGroups: [{ type: 'pti_unit', display_name: 'PTI unit' }],
    credential: { card: { type: 'pti_card', display_name: 'PTI card' } },
  },
  setup: [
    {
      name: 'site_key',
      label: 'Site key',
      kind: 'secret',
      isRequired: true,
      sandboxValue: '1234',
      example: '1234',
      help: 'Storlogix Cloud: Operations, Company Info, Device Settings, SiteKey',
    },
    {
      name: 'site_code',
      label: 'Site code',
      kind: 'text',
      isRequired: true,
      sandboxValue: '1234',
      example: '1234',
      help: 'Storlogix Cloud: Operations, Company Info, Device Settings, SiteCode',
    },
    {
      name: 'url',
      label: 'Storlogix dashboard URL',
      kind: 'url',
      isRequired: true,
      sandboxValue: 'https://1234.storlogixcloud.com',
      example: 'https://1234.storlogixcloud.com',
      help: 'The address of the page on which the operator signs in',
    },
    {
      name: 'username',
      label: 'Operator user name',
      kind: 'text',
      isRequired: true,
      sandboxValue: 'jane@example.com',
      example: 'jane@example.com',
    },
    {
      name: 'password',
      label: 'Operator password',
      kind: 'secret',
      isRequired: true,
      sandboxValue: '1234',
      example: '1234',
    },
  ],
  connectFlow: {
    pages: [
      {
        kind: 'form',
        title: 'Your StorLogix Cloud site',
        fields: ['site_key', 'site_code', 'url', 'username', 'password'],
      },
    ],
  },
  sources: [
    'Seam guide: PTI Storlogix Cloud (access levels and units, PIN range, pti_access_level_not_assigned), setup guide, sample data',
    'Seam reference: external_type of access groups (pti_access_level, pti_unit)',
  ],
} as const satisfies SystemDefinition
