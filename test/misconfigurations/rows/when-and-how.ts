/** Access grants: when, and how. */
import { MODES, type Door, type Mode, type System, type Wire } from '../ground.ts'
import { invalid, notFound, NOTHING, opens, refused, row, type AnyRow, type Context } from '../row.ts'

type At = { ground: Context['ground'] }

const openable = ({ system }: Context): [Door, Mode] => {
  const mode = system.can.modes[0] ?? 'card'
  return [system.doors.find((door) => door.takes[mode]) as Door, mode]
}

const params = (context: Context, over: object = {}): Record<string, unknown> => {
  const [door, mode] = openable(context)
  return { ...context.ground.grantParams([door], [mode]), ...over }
}

const create = (context: Context, over: object) => context.ground.post('/access_grants/create', params(context, over))

const grantOf = async ({ ground, reply }: At & { reply: { body: Wire } }): Promise<Wire> =>
  (await ground.ok('/access_grants/get', { access_grant_id: reply.body['access_grant'].access_grant_id }))[
    'access_grant'
  ] as Wire

const named = async ({ ground, grant }: At & { grant: Wire }): Promise<Wire> =>
  (await ground.ok('/access_grants/get', { access_grant_id: grant['access_grant_id'] as string }))[
    'access_grant'
  ] as Wire

const grantIn = async (context: Context, more: object = {}): Promise<{ grant: Wire }> => {
  const [door, mode] = openable(context)
  return { grant: await context.ground.grant([door], [mode], more) }
}

const update = ({ ground, grant }: At & { grant: Wire }, over: object) =>
  ground.post('/access_grants/update', { access_grant_id: grant['access_grant_id'], ...over })

/** A door and a mode it does not take. */
function mismatch(system: System): { door: Door; mode: Mode } | undefined {
  for (const door of system.doors) {
    const mode = MODES.find((one) => !door.takes[one])
    if (mode !== undefined) return { door, mode }
  }
  return undefined
}

const WORDS: Record<Mode, string> = { code: 'PIN code', card: 'card', mobile_key: 'mobile key', cloud_key: 'cloud key' }

/** Two doors of the system, the first of which takes the mode. */
function halfCapable(system: System): { mode: Mode; takes: Door; lacks: Door } | undefined {
  for (const mode of system.can.modes) {
    const takes = system.doors.find((door) => door.takes[mode])
    const lacks = system.doors.find((door) => !door.takes[mode])
    if (takes !== undefined && lacks !== undefined) return { mode, takes, lacks }
  }
  return undefined
}

const couldNot = {
  type: 'access_grant.could_not_create_requested_access_methods',
  about: ({ reply }: { reply: { body: Wire } }) => ({ access_grant_id: reply.body['access_grant'].access_grant_id }),
}

export const whenAndHow: AnyRow[] = [
  // When ---------------------------------------------------------------------------------------------------------------
  row({
    name: 'a grant that ends in the past',
    when: (context) => create(context, { ends_at: '2025-01-01T12:00:00Z' }),
    then: invalid('ends_at'),
    fault: 'ends_at',
    remedy: /Must be after starts_at|Must be in the future/,
  }),
  row({
    name: 'a grant whose whole window is past',
    when: (context) => create(context, { starts_at: '2025-01-01T12:00:00Z', ends_at: '2025-01-02T12:00:00Z' }),
    then: invalid('ends_at'),
    fault: 'ends_at',
    remedy: /Must be in the future/,
  }),
  row({
    name: 'a grant that ends before it starts',
    when: (context) => create(context, { starts_at: '2026-05-02T12:00:00Z', ends_at: '2026-05-01T12:00:00Z' }),
    then: invalid('ends_at'),
    fault: 'ends_at',
    remedy: /Must be after starts_at/,
  }),
  row({
    name: 'a grant that ends when it starts',
    when: (context) => create(context, { starts_at: '2026-05-01T12:00:00Z', ends_at: '2026-05-01T14:00:00+02:00' }),
    then: invalid('ends_at'),
    fault: 'ends_at',
    remedy: /Must be after starts_at/,
  }),
  row({
    name: 'a grant that starts in the next millennium, by a slip in the year',
    when: (context) => create(context, { starts_at: '3026-03-02T12:00:00Z' }),
    then: invalid('starts_at'),
    fault: ['starts_at', '100 years'],
    remedy: /check the year/i,
  }),
  row({
    name: 'a start that is no date',
    when: (context) => create(context, { starts_at: 'tomorrow' }),
    then: invalid('starts_at'),
    fault: 'starts_at',
    remedy: /send ISO 8601/,
  }),
  row({
    name: 'a start on the 30th of February',
    when: (context) => create(context, { starts_at: '2026-02-30T12:00:00Z' }),
    then: invalid('starts_at'),
    fault: 'starts_at',
    remedy: /send ISO 8601/,
  }),
  row({
    name: 'times as seconds since 1970',
    when: (context) => create(context, { starts_at: 1772442000 }),
    then: invalid('starts_at'),
    fault: 'starts_at',
    remedy: /Expected string, received number/,
  }),
  row({
    name: 'null for a start that is to be now',
    when: (context) => create(context, { starts_at: null }),
    then: invalid('starts_at'),
    fault: 'starts_at',
    remedy: /Expected string, received null/,
  }),
  row({
    name: 'a misspelt end, which would be access for ever',
    when: (context) => create(context, { end_at: '2026-04-01T12:00:00Z' }),
    then: invalid('end_at'),
    fault: '"end_at"',
    remedy: /send `ends_at` instead/,
  }),
  row({
    name: 'an end in camel case',
    when: (context) => create(context, { endsAt: '2026-04-01T12:00:00Z' }),
    then: invalid('endsAt'),
    fault: '"endsAt"',
    remedy: /send `ends_at` instead/,
  }),
  row({
    name: 'an end called check-out',
    when: (context) => create(context, { check_out: '2026-04-01T12:00:00Z' }),
    then: invalid('check_out'),
    fault: '"check_out"',
    remedy: /send `ends_at` instead/,
  }),
  row({
    name: 'an update with a misspelt end',
    given: (context: Context) => grantIn(context),
    when: (context) => update(context, { ends_on: '2026-04-01T12:00:00Z' }),
    then: invalid('ends_on'),
    fault: '"ends_on"',
    remedy: /send `ends_at` instead/,
  }),
  row({
    name: 'local time without an offset',
    when: (context) => create(context, { ends_at: '2026-04-01T11:00:00' }),
    then: { at: 'answer', code: 'time_zone_assumed', parameter: 'ends_at' },
    fault: ['ends_at', 'UTC: 2026-04-01T11:00:00.000Z'],
    remedy: /Send the offset of the building/,
  }),
  row({
    name: 'a bare date for the end',
    when: (context) => create(context, { ends_at: '2026-04-01' }),
    then: { at: 'answer', code: 'time_zone_assumed', parameter: 'ends_at' },
    fault: ['ends_at', 'UTC: 2026-04-01T00:00:00.000Z'],
    remedy: /Send the offset of the building/,
  }),
  row({
    name: 'an update that moves the end into the past',
    given: (context: Context) => grantIn(context, { ends_at: '2026-05-01T12:00:00Z' }),
    when: (context) => update(context, { ends_at: '2026-03-01T12:00:00Z' }),
    then: invalid('ends_at'),
    fault: 'ends_at',
    remedy: /Must be in the future|Must be after starts_at/,
  }),
  row({
    name: 'new doors for a grant that has ended',
    on: (system) => opens(system) && system.doors.length > 1,
    given: async (context: Context) => {
      const made = await grantIn(context, { ends_at: await context.ground.inHours(1) })
      await context.ground.later(7200)
      return made
    },
    when: (context) => update(context, { acs_entrance_ids: context.system.doors.map((door) => door.acs_entrance_id) }),
    then: invalid('ends_at'),
    fault: ['access grant has ended', 'ends_at'],
    remedy: /move its ends_at into the future/,
  }),
  row({
    name: 'a further access method for a grant that has ended',
    given: async (context: Context) => {
      const made = await grantIn(context, { ends_at: await context.ground.inHours(1) })
      await context.ground.later(7200)
      return made
    },
    when: ({ ground, grant }) =>
      ground.post('/access_grants/request_access_methods', {
        access_grant_id: grant['access_grant_id'],
        requested_access_methods: [{ mode: 'card' }],
      }),
    then: invalid('access_grant_id'),
    fault: 'access grant has ended',
    remedy: /move its ends_at first, or create another/,
  }),
  row({
    name: 'an update of a grant without saying which',
    when: ({ ground }) => ground.post('/access_grants/update', { ends_at: '2026-05-01T12:00:00Z' }),
    then: invalid(),
    fault: 'access_grant_id',
    remedy: /Must specify/,
  }),
  row({
    name: 'an update of a grant that was deleted',
    given: async (context: Context) => {
      const made = await grantIn(context)
      await context.ground.ok('/access_grants/delete', { access_grant_id: made.grant['access_grant_id'] as string })
      return made
    },
    when: (context) => update(context, { ends_at: '2026-05-01T12:00:00Z' }),
    then: notFound('access_grant'),
    fault: 'access_grant_id',
    remedy: /deleted.*\/access_grants\/list/,
  }),
  row({
    name: 'a grant deleted twice',
    given: async (context: Context) => {
      const made = await grantIn(context)
      await context.ground.ok('/access_grants/delete', { access_grant_id: made.grant['access_grant_id'] as string })
      return made
    },
    when: ({ ground, grant }) =>
      ground.post('/access_grants/delete', { access_grant_id: grant['access_grant_id'] as string }),
    then: notFound('access_grant'),
    fault: 'access_grant_id',
    remedy: /deleted/,
  }),

  // How ----------------------------------------------------------------------------------------------------------------
  row({
    name: 'a grant that asks for no access methods',
    on: opens,
    when: (context) => create(context, { requested_access_methods: [] }),
    then: { at: 'warnings', code: 'underprovisioned_access', of: grantOf },
    fault: 'no access methods',
    remedy: /\/access_grants\/request_access_methods/,
  }),
  row({
    name: 'a grant without the parameter that says how',
    when: (context) => create(context, { requested_access_methods: undefined }),
    then: invalid('requested_access_methods'),
    fault: 'requested_access_methods',
    remedy: /is required/,
  }),
  row({
    name: 'null in place of the access methods',
    when: (context) => create(context, { requested_access_methods: null }),
    then: invalid('requested_access_methods'),
    fault: 'requested_access_methods',
    remedy: /Expected array, received null/,
  }),
  row({
    name: 'the access methods called `access_methods`',
    when: (context) => create(context, { requested_access_methods: undefined, access_methods: [{ mode: 'card' }] }),
    then: invalid('access_methods'),
    fault: '"access_methods"',
    remedy: /send `requested_access_methods` instead/,
  }),
  row({
    name: 'a mode that does not exist',
    when: (context) => create(context, { requested_access_methods: [{ mode: 'pin' }] }),
    then: invalid('requested_access_methods.0.mode'),
    fault: 'requested_access_methods.0.mode',
    remedy: /Expected 'code' \| 'card' \| 'mobile_key' \| 'cloud_key', received 'pin'/,
  }),
  row({
    name: 'a request whose mode is called `method`',
    when: (context) => create(context, { requested_access_methods: [{ method: 'card' }] }),
    then: invalid('requested_access_methods.0.method'),
    fault: 'requested_access_methods.0.method',
    remedy: /send `mode` instead/,
  }),
  row({
    name: 'a mode that no door of the grant takes',
    on: (system) => mismatch(system) !== undefined,
    when: ({ ground, system }) => {
      const { door, mode } = mismatch(system) as { door: Door; mode: Mode }
      return ground.post('/access_grants/create', ground.grantParams([door], [mode]))
    },
    then: { at: 'errors', code: 'cannot_create_requested_access_methods', of: grantOf, event: couldNot },
    fault: [
      ({ system }) => WORDS[mismatch(system)?.mode ?? 'card'],
      ({ system }) => new RegExp(`${mismatch(system)?.door.display_name ?? ''}|^.*${system.brand}`),
    ],
    remedy: /Request another mode, or add doors|Add the person to an access group/,
  }),
  row({
    name: 'a mode that only one of two doors takes',
    on: (system) => halfCapable(system) !== undefined,
    when: ({ ground, system }) => {
      const { mode, takes, lacks } = halfCapable(system) as { mode: Mode; takes: Door; lacks: Door }
      return ground.post('/access_grants/create', ground.grantParams([takes, lacks], [mode]))
    },
    then: { at: 'errors', code: 'cannot_create_requested_access_methods', of: grantOf, event: couldNot },
    fault: ({ system }) => halfCapable(system)?.lacks.display_name ?? '',
    remedy: /Request a mode that these doors take/,
  }),
  row({
    name: 'a single access method of a mode that no door of the grant takes',
    on: (system) => opens(system) && mismatch(system) !== undefined,
    given: async ({ ground, system }: Context) => {
      const mode = system.can.modes.find((one) =>
        system.doors.some((door) => door.takes[one] && MODES.some((other) => !door.takes[other])),
      )
      const door = system.doors.find(
        (one) => mode !== undefined && one.takes[mode] && MODES.some((other) => !one.takes[other]),
      )
      if (door === undefined || mode === undefined) throw new Error('every door takes every mode')
      const missing = MODES.find((one) => !door.takes[one]) as Mode
      return { grant: await ground.grant([door], [mode]), missing, door }
    },
    when: ({ ground, grant, missing }) =>
      ground.post('/access_methods/create', { access_grant_id: grant['access_grant_id'], mode: missing }),
    then: invalid('mode'),
    fault: [({ missing }) => WORDS[missing], ({ door }) => door.display_name],
    remedy: /Request another mode, or add doors/,
  }),
  row({
    name: 'a PIN wish with a card',
    when: (context) => create(context, { requested_access_methods: [{ mode: 'card', code: '482913' }] }),
    then: invalid('requested_access_methods.0.code'),
    fault: 'requested_access_methods.0.code',
    remedy: /Only applicable when mode is code/,
  }),
  row({
    name: 'a PIN of letters',
    when: (context) => create(context, { requested_access_methods: [{ mode: 'code', code: '12ab' }] }),
    then: invalid('requested_access_methods.0.code'),
    fault: 'requested_access_methods.0.code',
    remedy: /digits only/,
  }),
  row({
    name: 'a PIN as a number, which loses its leading zero',
    when: (context) => create(context, { requested_access_methods: [{ mode: 'code', code: 4829 }] }),
    then: invalid('requested_access_methods.0.code'),
    fault: 'requested_access_methods.0.code',
    remedy: /Expected string, received number/,
  }),
  row({
    name: 'a PIN that is too short',
    when: (context) => create(context, { requested_access_methods: [{ mode: 'code', code: '482' }] }),
    then: invalid('requested_access_methods.0.code'),
    fault: 'requested_access_methods.0.code',
    remedy: /at least 4 character/,
  }),
  row({
    name: 'a PIN that is too long',
    when: (context) => create(context, { requested_access_methods: [{ mode: 'code', code: '4829130571' }] }),
    then: invalid('requested_access_methods.0.code'),
    fault: 'requested_access_methods.0.code',
    remedy: /at most 9 character/,
  }),
  row({
    name: 'a PIN wish at a system that makes its own PINs',
    on: (system) => system.can.pin === 'system',
    when: ({ ground, system }) => {
      const door = system.doors.find((one) => one.takes.code) as Door
      return ground.post('/access_grants/create', ground.grantParams([door], [{ mode: 'code', code: '482913' }]))
    },
    then: { at: 'warnings', code: 'requested_code_unavailable', of: grantOf },
    fault: [
      ({ system }) => (system.doors.find((one) => one.takes.code) as Door).display_name,
      /another one was assigned/,
    ],
    remedy: /Hand out the new code/,
  }),
  row({
    name: 'a PIN wish that somebody else has on this door',
    on: (system) => system.can.pin === 'caller',
    given: async ({ ground, system }: Context) => {
      const door = system.doors.find((one) => one.takes.code) as Door
      await ground.grant([door], [{ mode: 'code', code: '482913' }])
      return { door }
    },
    when: ({ ground, door }) =>
      ground.post('/access_grants/create', ground.grantParams([door], [{ mode: 'code', code: '482913' }])),
    then: { at: 'warnings', code: 'requested_code_unavailable', of: grantOf },
    fault: [({ door }) => door.display_name, /another one was assigned/],
    remedy: /Hand out the new code/,
  }),
  row({
    name: 'a number of uses for a card',
    when: (context) => create(context, { requested_access_methods: [{ mode: 'card', instant_key_max_use_count: 2 }] }),
    then: invalid('requested_access_methods.0.instant_key_max_use_count'),
    fault: 'instant_key_max_use_count',
    remedy: /Only applicable when mode is mobile_key/,
  }),
  row({
    name: 'an Instant Key for no use at all',
    when: (context) =>
      create(context, { requested_access_methods: [{ mode: 'mobile_key', instant_key_max_use_count: 0 }] }),
    then: invalid('requested_access_methods.0.instant_key_max_use_count'),
    fault: 'instant_key_max_use_count',
    remedy: /greater than or equal to 1/,
  }),
  row({
    name: 'a customization profile that does not exist',
    when: (context) => create(context, { customization_profile_id: NOTHING }),
    then: notFound('customization_profile'),
    fault: 'customization_profile_id',
    remedy: /leave it out/,
  }),
  row({
    name: 'a second card where a person has one card at most',
    on: (system) => system.external_type === 'salto_space_system',
    given: async ({ ground, system }: Context) => {
      const user_identity_id = await ground.person()
      const door = system.doors.find((one) => one.takes.card) as Door
      await ground.grant([door], ['card'], { user_identity_id })
      return { user_identity_id, door }
    },
    when: ({ ground, user_identity_id, door }) =>
      ground.post('/access_grants/create', ground.grantParams([door], ['card'], { user_identity_id })),
    then: { at: 'errors', code: 'cannot_create_requested_access_methods', of: grantOf, event: couldNot },
    fault: ['card', /allows one card per person/],
    remedy: /delete that one first/,
  }),
  row({
    name: 'the same key for two grants',
    given: (context: Context) => grantIn(context, { access_grant_key: 'booking-17' }),
    when: (context) => create(context, { access_grant_key: 'booking-17' }),
    then: refused(409, 'access_grant_already_exists'),
    fault: 'access_grant_key',
    remedy: /\/access_grants\/update|another key/,
  }),
  row({
    name: 'a key of blanks',
    when: (context) => create(context, { access_grant_key: ' ' }),
    then: invalid('access_grant_key'),
    fault: 'access_grant_key',
    remedy: /Must not consist only of whitespace/,
  }),
  row({
    name: 'all access methods of a grant deleted',
    on: opens,
    given: (context: Context) => grantIn(context),
    when: ({ ground, grant }) =>
      ground.post('/access_methods/delete', { access_grant_id: grant['access_grant_id'] as string }),
    then: { at: 'warnings', code: 'underprovisioned_access', of: named },
    fault: 'no access methods',
    remedy: /\/access_grants\/request_access_methods/,
  }),
  row({
    name: 'a deletion of access methods that names both the method and the grant',
    given: async (context: Context) => {
      const { grant } = await grantIn(context)
      return { grant, method: await context.ground.methodOf(grant) }
    },
    when: ({ ground, grant, method }) =>
      ground.post('/access_methods/delete', {
        access_grant_id: grant['access_grant_id'] as string,
        access_method_id: method['access_method_id'] as string,
      }),
    then: invalid(),
    fault: 'access_method_id',
    remedy: /exactly one of/,
  }),
  row({
    name: 'a deletion of access methods of a reservation that does not exist',
    when: ({ ground }) => ground.post('/access_methods/delete', { reservation_key: 'no-such-stay' }),
    then: notFound('access_grant'),
    fault: 'reservation_key',
    remedy: /\/access_grants\/list/,
  }),
  row({
    name: 'a grant for somebody who is suspended at the system',
    on: opens,
    given: async ({ ground, system }: Context) => {
      const user = await ground.userOfPerson(system)
      await ground.ok('/acs/users/suspend', { acs_user_id: user['acs_user_id'] as string })
      await ground.settle()
      return { user_identity_id: user['user_identity_id'] as string }
    },
    when: (context) => {
      const [door, mode] = openable(context)
      return context.ground.post(
        '/access_grants/create',
        context.ground.grantParams([door], [mode], { user_identity_id: context.user_identity_id }),
      )
    },
    then: { at: 'warnings', code: 'underprovisioned_access', of: grantOf },
    fault: 'suspended at',
    remedy: /\/acs\/users\/unsuspend/,
  }),
  row({
    name: 'a person suspended while a grant lasts',
    on: opens,
    given: async (context: Context) => {
      const { ground, system } = context
      const user = await ground.userOfPerson(system)
      const [door, mode] = openable(context)
      const grant = await ground.grant([door], [mode], { user_identity_id: user['user_identity_id'] as string })
      return { grant, acs_user_id: user['acs_user_id'] as string }
    },
    when: ({ ground, acs_user_id }) => ground.post('/acs/users/suspend', { acs_user_id }),
    then: { at: 'warnings', code: 'underprovisioned_access', of: named },
    fault: ['suspended at', ({ acs_user_id }) => acs_user_id],
    remedy: /\/acs\/users\/unsuspend/,
  }),
]
