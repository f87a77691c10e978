import type { SystemDefinition } from '../kit/definition.ts'

/** The system to copy: online doors, access groups, PINs the caller may choose, cards that are registered and assigned. */
export const definition = {
  // The wire's provider key: the folder's name with underscores.
  provider: 'blueprint',
  display_name: 'Blueprint',
  system_type: 'blueprint_site',
  system_type_display_name: 'Blueprint site',
  // Facts carry their public source: document and section.
  family: 'group',
  modes: ['code', 'card', 'cloud_key'],
  card: 'assign',
  pin: { maker: 'caller', minLength: 4, maxLength: 6 },
  hasUserSchedule: false,
  onePerUser: [],
  hasStays: false,
  isReservationRequired: false,
  confirmsUnlock: false,
  types: { credential: {} },
  setup: [
    { name: 'site_name', label: 'Site name', kind: 'text', isRequired: true, example: 'Blueprint' },
    {
      name: 'api_key',
      label: 'API key',
      kind: 'secret',
      isRequired: true,
      sandboxValue: '1234',
      example: '1234',
      help: 'Settings, API, New key',
    },
  ],
  sources: ['Where the facts above are published: document and section'],
} as const satisfies SystemDefinition
