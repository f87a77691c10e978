import type { SystemDefinition } from '../kit/definition.ts'
import { LONGEST, REFUSED_PINS, SHORTEST } from './pins.ts'

/** Brivo Access: cloud; every door asks its panel, which the cloud keeps up to date. */
export const definition = {
  provider: 'brivo',
  display_name: 'Brivo',
  system_type: 'brivo_account',
  system_type_display_name: 'Brivo account',
  // Groups have permission on access points, users are members of groups (Brivo API, Group: Assign Permission to Group).
  family: 'group',
  // Cloud key: an access point is opened in the browser, or by the API (Access Point: Activation).
  modes: ['code', 'card', 'cloud_key'],
  // Cards are registered in the account first, and then assigned to a user (User: Assign Credential and Dates).
  card: 'assign',
  // The PIN is a field of the user (User: Create new user); who enters it is told by it alone.
  pin: { maker: 'caller', minLength: SHORTEST, maxLength: LONGEST, refused: REFUSED_PINS, isPersonal: true },
  // Opening from afar is the right of the administrator who asks for it: nothing of it is kept with the user.
  modesNotKept: ['cloud_key'],
  // A permission of a group has a weekly schedule, and no dates; neither has a membership.
  groupsHaveNoTimes: true,
  // Access points show as devices too (access-systems.md 8.1; device type of the published model).
  doorsAreDevices: {
    type: 'brivo_access_point',
    manufacturer: { manufacturer: 'brivo', display_name: 'Brivo' },
    model: 'Access Point',
    metadata: [],
  },
  hasUserSchedule: false,
  onePerUser: ['code'],
  hasStays: false,
  isReservationRequired: false,
  confirmsUnlock: false,
  types: {
    user: { type: 'brivo_user', display_name: 'Brivo user' },
    group: { type: 'brivo_group', display_name: 'Brivo group' },
    credential: {
      code: { type: 'brivo_credential', display_name: 'Brivo Credential' },
      card: { type: 'brivo_credential', display_name: 'Brivo Credential' },
      cloud_key: { type: 'brivo_credential', display_name: 'Brivo Credential' },
    },
  },
  metadataKey: 'brivo_metadata',
  setup: [
    {
      name: 'api_key',
      label: 'API key',
      kind: 'secret',
      isRequired: true,
      sandboxValue: '1234',
      example: '1234',
      help: "Brivo's developer portal, My Keys",
    },
    {
      name: 'email',
      label: "Administrator's user name or e-mail address",
      kind: 'text',
      isRequired: true,
      sandboxValue: 'jane@example.com',
      example: 'jane@example.com',
    },
    { name: 'password', label: 'Password', kind: 'secret', isRequired: true, sandboxValue: '1234', example: '1234' },
    {
      name: 'client_id',
      label: 'Client ID',
      kind: 'text',
      isRequired: false,
      example: 'ABC-123-456',
      help: 'needed outside the sandbox: Brivo Access, Configuration, Integrations, Generate API Token, type Password',
    },
    {
      name: 'client_secret',
      label: 'Client secret',
      kind: 'secret',
      isRequired: false,
      example: 'qwerty98765',
      help: 'needed outside the sandbox: shown beside the client ID',
    },
    {
      name: 'api_url',
      label: "Address of the account's region",
      kind: 'url',
      isRequired: false,
      example: 'https://api.eu.brivo.com',
      help: 'left out = https://api.brivo.com',
    },
    {
      name: 'auth_url',
      label: "Sign-in address of the account's region",
      kind: 'url',
      isRequired: false,
      example: 'https://auth.eu.brivo.com',
      help: 'left out = https://auth.brivo.com',
    },
  ],
  connectFlow: {
    pages: [
      { kind: 'form', title: 'Your Brivo API key', fields: ['api_key'] },
      {
        kind: 'form',
        title: 'Sign in to Brivo',
        fields: ['email', 'password', 'client_id', 'client_secret', 'api_url', 'auth_url'],
        alsoRequired: ['client_id', 'client_secret'],
      },
    ],
    sandboxPages: [
      { kind: 'form', title: 'Your Brivo API key', fields: ['api_key'] },
      { kind: 'form', title: 'Sign in to Brivo', fields: ['email', 'password'] },
    ],
  },
  sources: [
    'Brivo API reference (apidocs.brivo.com): overview, access points, sites, schedules, groups, users, credentials',
    'Brivo Support: Issuing a PIN Code to a User (4 to 8 digits; no repetition, no succession, not 2468)',
    'Seam guide: Brivo Access (API key and login), access groups, card pool',
  ],
} as const satisfies SystemDefinition
