import type { SystemDefinition } from '../kit/definition.ts'

/** Akiles: locks and keypads on a gateway; members are in groups, each with dates of its own. */
export const definition = {
  provider: 'akiles',
  display_name: 'Akiles',
  system_type: 'akiles_organization',
  system_type_display_name: 'Akiles organization',
  // `/members/{id}/group_associations`, "with each association having its own start and end date/times" (Akiles API).
  family: 'group',
  modes: ['code'],
  // "choose a number between 4-20 digits"; "two members of the same organization will never share the same PIN code"
  // (Akiles help: PIN code).
  pin: { maker: 'caller', minLength: 4, maxLength: 20, isPersonal: true },
  hasUserSchedule: false,
  onePerUser: [],
  hasStays: false,
  isReservationRequired: false,
  confirmsUnlock: false,
  types: {
    group: { type: 'akiles_member_group', display_name: 'Akiles member group' },
    credential: { code: { type: 'akiles_credential', display_name: 'Akiles credential' } },
  },
  metadataKey: 'akiles_metadata',
  credentialOnWire: { shown: ['member_pin_id'] },
  setup: [
    {
      name: 'email',
      label: 'E-mail address',
      kind: 'text',
      isRequired: true,
      sandboxValue: 'jane@example.com',
      example: 'jane@example.com',
    },
    { name: 'password', label: 'Password', kind: 'secret', isRequired: true, sandboxValue: '1234', example: '1234' },
  ],
  sources: [
    'Akiles API reference v2: members, group_associations, pins, gadgets and their actions',
    'Akiles help: opening methods, PIN code',
    'Official Seam SDK 1.245.0: akiles_metadata and akiles_* types of systems, groups and credentials',
  ],
} as const satisfies SystemDefinition
