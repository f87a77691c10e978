import type { SystemDefinition } from '../kit/definition.ts'

/** Hotek SMART: hotel locks that are offline; a card carries its doors and times. It cannot list its rooms. */
export const definition = {
  provider: 'hotek',
  display_name: 'Hotek',
  system_type: 'hotek_site',
  system_type_display_name: 'Hotek site',
  // The samples pass doors to the credential (Seam guide: Hotek, get started).
  family: 'credential',
  modes: ['card'],
  // The published model has rooms, common areas and encoders by number alone; they are typed in (report_devices).
  devicesAreDeclared: true,
  // "issue and encode key-cards" by an encoder's number (Clock PMS+: Hotek, PMS Protocol V2.1).
  card: 'encode',
  hasUserSchedule: false,
  onePerUser: [],
  // hotek_metadata.override and auto_join of the published model.
  hasStays: true,
  hasStaysByDoor: true,
  // Not among the systems that need a reservation_key (Seam guide, access grant quick start).
  isReservationRequired: false,
  confirmsUnlock: false,
  types: { credential: { card: { type: 'hotek_card', display_name: 'Hotek Card' } } },
  metadataKey: 'hotek_metadata',
  // override and auto_join of the published model.
  cardWishes: { stay: { override: { override: true }, autoJoin: { auto_join: true } } },
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
    { name: 'site_name', label: 'Site name', kind: 'text', isRequired: true, example: 'Hotek' },
    {
      name: 'tcp_port',
      label: 'TCP port of the PMS server',
      kind: 'number',
      isRequired: true,
      example: '10003',
      help: '10003 unless it was changed: the port on which PMSServer.exe listens',
    },
    {
      name: 'server_address',
      label: 'Address of the Hotek SMART server',
      kind: 'text',
      isRequired: false,
      example: '192.168.1.100',
      help: 'Only where the bridge runs on another computer',
    },
  ],
  connectFlow: {
    pages: [
      { kind: 'bridge', field: 'pairing_token', isPrefilled: true },
      {
        kind: 'form',
        title: 'Your Hotek SMART server',
        fields: ['site_name', 'tcp_port', 'server_address'],
        prefilled: ['server_address'],
      },
    ],
  },
  sources: [
    'Seam guide: Hotek setup guide (bridge, TCP port 10003, rooms, common doors and encoders typed in)',
    'Seam reference: /acs/systems/report_devices; hotek_metadata of entrances, encoders and credentials',
    'Clock PMS+ help: Hotek (PMS Protocol V2.1, common doors, encoders by number)',
  ],
} as const satisfies SystemDefinition
