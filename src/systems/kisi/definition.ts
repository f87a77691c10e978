import type { SystemDefinition } from '../kit/definition.ts'

/** Kisi: cloud; groups give doors to their members. How a credential is made is documented nowhere. */
export const definition = {
  provider: 'kisi',
  display_name: 'Kisi',
  system_type: 'kisi_organization',
  system_type_display_name: 'Kisi organization',
  // "Every user added will have access to all the doors in the group" (Kisi docs: groups).
  family: 'group',
  // The published model has names for its users, groups and credentials, and no guide says which modes there are.
  modes: [],
  hasUserSchedule: false,
  onePerUser: [],
  hasStays: false,
  isReservationRequired: false,
  confirmsUnlock: false,
  types: {
    user: { type: 'kisi_user', display_name: 'Kisi user' },
    group: { type: 'kisi_access_group', display_name: 'Kisi access group' },
    credential: {},
  },
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
    'Kisi docs: groups, create a group, adding members',
    'Seam reference: kisi_organization, kisi_user, kisi_access_group',
  ],
} as const satisfies SystemDefinition
