import type { SystemDefinition } from '../kit/definition.ts'

/** Salto Space: on-premises; rooms are offline locks that read what an encoder wrote, main doors are online. */
export const definition = {
  provider: 'salto_space',
  display_name: 'Salto Space',
  system_type: 'salto_space_system',
  system_type_display_name: 'Salto Space system',
  // Doors come from "user access levels" (Seam guide "Understanding access control system differences").
  family: 'group',
  // PINs: the PIN guide names Salto Space, the maker's page cards and mobile keys alone; so doors with a keypad take them.
  modes: ['code', 'card', 'mobile_key'],
  // Written by an NCoder (Seam guide "Programming Salto Space card-based credentials").
  card: 'encode',
  pin: { maker: 'caller', minLength: 4, maxLength: 8 },
  hasUserSchedule: false,
  // "You can create a maximum of one key card credential and one mobile key credential" (same guide).
  onePerUser: ['card', 'mobile_key'],
  // A guest's card of a new stay ends the earlier ones of the room (Salto PMS Industry Standard: CN against CC).
  hasStays: true,
  // The quick-start documents create card grants without a reservation key.
  isReservationRequired: false,
  confirmsUnlock: false,
  types: {
    user: { type: 'salto_space_user', display_name: 'Salto Space User' },
    group: { type: 'salto_space_group', display_name: 'Salto Space Group' },
    credential: {
      code: { type: 'salto_space_key', display_name: 'Salto Space Key' },
      card: { type: 'salto_space_key', display_name: 'Salto Space Key' },
      mobile_key: { type: 'salto_space_key', display_name: 'Salto Space Key' },
    },
  },
  metadataKey: 'salto_space_metadata',
  // assign_new_key of credentials/create: a second card is refused in words instead of changing the first (published model).
  cardWishes: { furtherCard: { assign_new_key: true } },
  setup: [
    { name: 'system_name', label: 'System name', kind: 'text', isRequired: true, example: 'Salto Space' },
    // Another token is the same system, reached anew.
    {
      name: 'pairing_token',
      label: 'Pairing token of the bridge',
      kind: 'secret',
      isRequired: true,
      example: '123456',
    },
    {
      name: 'transport',
      label: 'Transport of SHIP',
      kind: 'choice',
      choices: ['HTTP', 'STP'],
      isRequired: false,
      example: 'HTTP',
      help: 'As ProAccess Space is set up; HTTP where nothing is said',
    },
    {
      name: 'url',
      label: 'LAN URL of the ProAccess Space server',
      kind: 'url',
      when: { field: 'transport', is: 'HTTP' },
      isRequired: true,
      sandboxValue: 'http://192.168.1.101:8100',
      example: 'http://192.168.1.101:8100',
    },
    {
      name: 'username',
      label: 'User name',
      kind: 'text',
      when: { field: 'transport', is: 'HTTP' },
      isRequired: true,
      sandboxValue: 'jane',
      example: 'jane',
    },
    {
      name: 'password',
      label: 'Password',
      kind: 'secret',
      when: { field: 'transport', is: 'HTTP' },
      isRequired: true,
      sandboxValue: '1234',
      example: '1234',
    },
    {
      name: 'host',
      label: 'Host of the ProAccess Space server',
      kind: 'text',
      when: { field: 'transport', is: 'STP' },
      isRequired: true,
      example: '192.168.1.101',
    },
    {
      name: 'tcp_port',
      label: 'TCP port of the ProAccess Space server',
      kind: 'number',
      when: { field: 'transport', is: 'STP' },
      isRequired: true,
      example: '8100',
    },
  ],
  connectFlow: {
    pages: [
      { kind: 'bridge', field: 'pairing_token', asksName: true },
      { kind: 'form', title: 'System details', fields: ['system_name', 'transport'] },
      { kind: 'form', title: 'Connection over HTTP', fields: ['url', 'username', 'password'] },
      { kind: 'form', title: 'Connection over STP', fields: ['host', 'tcp_port'] },
    ],
  },
  sources: [
    'Seam guide: Programming Salto Space Card-based Credentials (one card and one mobile key per user, assign_new_key, NCoder)',
    'Seam guide: Understanding Access Control System Differences (access-group-based)',
    'Salto: ProAccess SPACE, SVN and PMS Industry Standard guides (cards carry permissions, online readers update them)',
  ],
} as const satisfies SystemDefinition
