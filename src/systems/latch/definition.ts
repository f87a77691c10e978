import type { SystemDefinition } from '../kit/definition.ts'

/** Latch (now DOOR): online locks of an apartment building; doors and times stand on each person's credential. */
export const definition = {
  provider: 'latch',
  display_name: 'Latch',
  system_type: 'latch_building',
  system_type_display_name: 'Latch building',
  // "Latch is a credential-based ACS" (Seam guide: Latch).
  family: 'credential',
  modes: ['code', 'mobile_key'],
  // "You can only assign one entrance to a key code-based credential. You can assign multiple entrances to mobile keys."
  maxEntrances: { code: 1 },
  // "you cannot specify a custom code. Instead, you must let Latch generate the PIN code"; its samples have seven digits.
  // A mobile key, too, "prompts the Latch access system to generate a PIN code for the user"; none can be wished for there.
  pin: { maker: 'system', minLength: 7, maxLength: 7, alsoOn: ['mobile_key'] },
  hasUserSchedule: false,
  onePerUser: [],
  hasStays: false,
  isReservationRequired: false,
  confirmsUnlock: false,
  types: {
    user: { type: 'latch_user', display_name: 'Latch user' },
    credential: {
      code: { type: 'latch_access', display_name: 'Latch access' },
      mobile_key: { type: 'latch_access', display_name: 'Latch access' },
    },
  },
  metadataKey: 'latch_metadata',
  errorCodes: { refused: ['latch_conflict_with_resident_user'] },
  // "You do not need to specify any credentials" (Seam guide: sandbox Latch); a real building is enabled by Latch.
  setup: [],
  connectFlow: {
    pages: [
      {
        kind: 'consent',
        title: 'Connect Latch',
        text: 'There is nothing to fill in. Continue, and your Latch building is connected.',
        button: 'Continue',
      },
    ],
  },
  sources: [
    'Seam guide: Latch access control system, programming code-based credentials, programming mobile credentials, sandbox',
    'Seam reference: latch_metadata of entrances; latch_conflict_with_resident_user of users',
    'DOOR support: OpenKit, how to onboard new partners (doors: DOOR or ELEVATOR, COMMUNAL or PRIVATE, isConnected)',
  ],
} as const satisfies SystemDefinition
