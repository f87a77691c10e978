/** Access grants: who, and where. */
import type { Door, Wire } from '../ground.ts'
import { invalid, notFound, NOTHING, opens, refused, row, type AnyRow, type Context } from '../row.ts'

const doorOf = ({ system }: Context): Door => system.doors[0] as Door
const grantOf = async ({ ground, reply }: { ground: Context['ground']; reply: { body: Wire } }): Promise<Wire> =>
  (await ground.ok('/access_grants/get', { access_grant_id: reply.body['access_grant'].access_grant_id }))[
    'access_grant'
  ] as Wire

/** A request that is right but for what is laid over it. */
const create = (context: Context, over: object) =>
  context.ground.post('/access_grants/create', { ...context.ground.grantParams([doorOf(context)], ['card']), ...over })

const space = async ({ ground }: Context, name: string, doors: Door[]): Promise<string> =>
  (
    await ground.ok('/spaces/create', {
      name,
      space_key: ground.unique('space'),
      acs_entrance_ids: doors.map((door) => door.acs_entrance_id),
    })
  )['space'].space_id as string

/** A grant of a space with these doors, made while everything was right. */
async function grantOfSpace(context: Context, doors: Door[]) {
  const { ground, system } = context
  const space_id = await space(context, 'Pool House', doors)
  const [mode = 'card'] = system.can.modes
  const grant = await ground.grant(doors, [mode], { acs_entrance_ids: [], space_ids: [space_id] })
  return { space_id, access_grant_id: grant['access_grant_id'] as string, door: doors[0] as Door }
}

const grantNow = async ({ ground, access_grant_id }: { ground: Context['ground']; access_grant_id: string }) =>
  (await ground.ok('/access_grants/get', { access_grant_id }))['access_grant'] as Wire

const openable = (context: Context): Door =>
  context.system.doors.find((door) => context.system.can.modes.some((mode) => door.takes[mode])) as Door

export const whoAndWhere: AnyRow[] = [
  // Who ----------------------------------------------------------------------------------------------------------------
  row({
    name: 'a grant for nobody',
    when: (context) => create(context, { user_identity: undefined }),
    then: invalid(),
    fault: 'user_identity_id',
    remedy: /Must specify/,
  }),
  row({
    name: 'a grant for two people at once',
    given: async ({ ground }) => ({ user_identity_id: await ground.person() }),
    when: (context) => create(context, { user_identity_id: context.user_identity_id }),
    then: invalid(),
    fault: ['user_identity_id', 'user_identity'],
    remedy: /only one of/,
  }),
  row({
    name: 'a grant for a person that does not exist',
    when: (context) => create(context, { user_identity: undefined, user_identity_id: NOTHING }),
    then: notFound('user_identity'),
    fault: 'user_identity_id',
    remedy: /\/user_identities\/list/,
  }),
  row({
    name: 'a grant for the id of a user of an access system in place of a person',
    on: (system) => !system.can.isManager,
    given: async ({ ground, system }) => ({ acs_user_id: (await ground.user(system))['acs_user_id'] as string }),
    when: (context) => create(context, { user_identity: undefined, user_identity_id: context.acs_user_id }),
    then: notFound('user_identity'),
    fault: 'is that of an acs_user',
    remedy: /send the id of a user_identity/,
  }),
  row({
    name: 'a grant for a person who was deleted',
    given: async ({ ground }) => {
      const user_identity_id = await ground.person()
      await ground.ok('/user_identities/delete', { user_identity_id })
      return { user_identity_id }
    },
    when: (context) => create(context, { user_identity: undefined, user_identity_id: context.user_identity_id }),
    then: notFound('user_identity'),
    fault: 'user_identity_id',
    remedy: /deleted/,
  }),
  row({
    name: 'a grant that makes a person whose e-mail address another one has',
    given: async ({ ground }) => {
      await ground.person({ email_address: 'taken@example.com' })
      return {}
    },
    when: (context) => create(context, { user_identity: { email_address: 'Taken@Example.com' } }),
    then: refused(409, 'user_identity_already_exists'),
    fault: 'email_address',
    remedy: /Pass its user_identity_id instead/,
  }),
  row({
    name: 'a grant that makes a person whose phone number another one has',
    given: async ({ ground }) => {
      await ground.person({ phone_number: '+15550100' })
      return {}
    },
    when: (context) => create(context, { user_identity: { phone_number: ' +15550100 ' } }),
    then: refused(409, 'user_identity_already_exists'),
    fault: 'phone_number',
    remedy: /Pass its user_identity_id instead/,
  }),
  row({
    name: 'a grant that makes a person whose key another one has',
    given: async ({ ground }) => {
      await ground.person({ user_identity_key: 'guest-7' })
      return {}
    },
    when: (context) => create(context, { user_identity: { user_identity_key: 'guest-7' } }),
    then: refused(409, 'user_identity_already_exists'),
    fault: 'user_identity_key',
    remedy: /Pass its user_identity_id instead/,
  }),
  row({
    name: 'a person whose key consists of blanks',
    when: ({ ground }) => ground.post('/user_identities/create', { user_identity_key: '  ' }),
    then: invalid('user_identity_key'),
    fault: 'user_identity_key',
    remedy: /Must not consist only of whitespace/,
  }),
  row({
    name: 'a person with an e-mail address that is none',
    when: ({ ground }) => ground.post('/user_identities/create', { email_address: 'jane at example.com' }),
    then: invalid('email_address'),
    fault: 'email_address',
    remedy: /name@example\.com/,
  }),
  row({
    name: 'a person made twice',
    given: async ({ ground }) => {
      await ground.person({ email_address: 'twice@example.com' })
      return {}
    },
    when: ({ ground }) => ground.post('/user_identities/create', { email_address: 'twice@example.com' }),
    then: refused(409, 'user_identity_already_exists'),
    fault: 'email_address',
    remedy: /use that one|user_identities\/update/i,
  }),
  row({
    name: 'a person changed to an e-mail address another one has',
    given: async ({ ground }) => {
      await ground.person({ email_address: 'first@example.com' })
      return { user_identity_id: await ground.person() }
    },
    when: ({ ground, user_identity_id }) =>
      ground.post('/user_identities/update', { user_identity_id, email_address: 'first@example.com' }),
    then: refused(409, 'user_identity_already_exists'),
    fault: 'email_address',
    remedy: /use that one|user_identities\/update/i,
  }),
  row({
    name: 'a misspelt field of the person',
    when: (context) => create(context, { user_identity: { full_name: 'Jane', emial_address: 'jane@example.com' } }),
    then: invalid('user_identity.emial_address'),
    fault: 'user_identity.emial_address',
    remedy: /send `email_address` instead/,
  }),
  row({
    name: 'a person named by `name`',
    when: ({ ground }) => ground.post('/user_identities/create', { name: 'Jane Doe' }),
    then: invalid('name'),
    fault: '"name"',
    remedy: /send `full_name` instead/,
  }),

  // Where --------------------------------------------------------------------------------------------------------------
  row({
    name: 'a grant for nowhere',
    when: (context) => create(context, { acs_entrance_ids: undefined }),
    then: invalid(),
    fault: 'acs_entrance_ids',
    remedy: /Must specify where/,
  }),
  row({
    name: 'a grant with an empty list of doors and of spaces',
    when: (context) => create(context, { acs_entrance_ids: [], space_ids: [] }),
    then: invalid(),
    fault: 'acs_entrance_ids',
    remedy: /Must specify where/,
  }),
  row({
    name: 'a grant with null in place of the doors',
    when: (context) => create(context, { acs_entrance_ids: null }),
    then: invalid('acs_entrance_ids'),
    fault: 'acs_entrance_ids',
    remedy: /Expected array, received null/,
  }),
  row({
    name: 'a grant for one door in a parameter that takes a list',
    when: (context) =>
      create(context, { acs_entrance_ids: undefined, acs_entrance_id: doorOf(context).acs_entrance_id }),
    then: invalid('acs_entrance_id'),
    fault: '"acs_entrance_id"',
    remedy: /send `acs_entrance_ids` instead/,
  }),
  row({
    name: 'a grant for a door by its name',
    on: (system) => system.doors.length > 0,
    when: (context) => create(context, { acs_entrance_ids: [doorOf(context).display_name] }),
    then: invalid('acs_entrance_ids.0'),
    fault: 'acs_entrance_ids.0',
    remedy: /Invalid uuid/,
  }),
  row({
    name: 'a grant for a door that does not exist',
    when: (context) => create(context, { acs_entrance_ids: [doorOf(context).acs_entrance_id, NOTHING] }),
    then: notFound('acs_entrance'),
    fault: 'acs_entrance_id',
    remedy: /\/acs\/entrances\/list/,
  }),
  row({
    name: 'a grant for the id of a space among the doors',
    given: async (context) => ({ space_id: await space(context, 'Lobby', []) }),
    when: (context) => create(context, { acs_entrance_ids: [context.space_id] }),
    then: notFound('acs_entrance'),
    fault: 'is that of a space',
    remedy: /send the id of an acs_entrance/,
  }),
  row({
    name: 'a grant for an access system in place of its doors',
    when: (context) => create(context, { acs_entrance_ids: [context.system.acs_system_id] }),
    then: notFound('acs_entrance'),
    fault: 'is that of an acs_system',
    remedy: /send the id of an acs_entrance/,
  }),
  row({
    name: 'a grant for a device that does not exist',
    when: (context) => create(context, { device_ids: [NOTHING] }),
    then: notFound('device'),
    fault: 'device_id',
    remedy: /acs_entrance_ids/,
  }),
  row({
    name: 'a grant for an unknown space',
    when: (context) => create(context, { space_ids: [NOTHING] }),
    then: notFound('space'),
    fault: 'space_id',
    remedy: /\/spaces\/list/,
  }),
  row({
    name: 'a grant for an unknown zone, by the key of a space',
    when: (context) => create(context, { space_keys: ['zone-12'] }),
    then: notFound('space'),
    fault: 'space_key',
    remedy: /\/spaces\/list/,
  }),
  row({
    name: 'a grant for a space that was deleted',
    given: async (context) => {
      const space_id = await space(context, 'Spa', [doorOf(context)])
      await context.ground.ok('/spaces/delete', { space_id })
      return { space_id }
    },
    when: (context) => create(context, { acs_entrance_ids: [], space_ids: [context.space_id] }),
    then: notFound('space'),
    fault: 'space_id',
    remedy: /deleted/,
  }),
  row({
    name: 'a grant for a space without doors',
    given: async (context) => ({ space_id: await space(context, 'Rooftop', []) }),
    when: (context) => create(context, { acs_entrance_ids: [], space_ids: [context.space_id] }),
    then: {
      at: 'warnings',
      code: 'underprovisioned_access',
      of: grantOf,
      event: {
        type: 'access_grant.could_not_create_requested_access_methods',
        about: ({ reply }) => ({ access_grant_id: reply.body['access_grant'].access_grant_id }),
      },
    },
    fault: ['Rooftop', 'has no doors'],
    remedy: /\/spaces\/add_acs_entrances/,
  }),
  row({
    name: 'a grant for two spaces, one of them without doors',
    on: opens,
    given: async (context) => ({
      space_ids: [await space(context, 'Lobby', [openable(context)]), await space(context, 'Rooftop', [])],
    }),
    when: (context) => {
      const [mode = 'card'] = context.system.can.modes
      const params = context.ground.grantParams([openable(context)], [mode])
      return context.ground.post('/access_grants/create', {
        ...params,
        acs_entrance_ids: [],
        space_ids: context.space_ids,
      })
    },
    then: { at: 'warnings', code: 'underprovisioned_access', of: grantOf },
    fault: ['Rooftop', 'has no doors'],
    remedy: /\/spaces\/add_acs_entrances/,
  }),
  row({
    name: 'a grant with an inline location without doors',
    when: (context) => create(context, { acs_entrance_ids: [], location: { name: 'Annex' } }),
    then: { at: 'warnings', code: 'underprovisioned_access', of: grantOf },
    fault: ['Annex', 'has no doors'],
    remedy: /\/spaces\/add_acs_entrances/,
  }),
  row({
    name: 'the last door taken out of the space of a grant',
    on: opens,
    given: (context: Context) => grantOfSpace(context, [openable(context)]),
    when: ({ ground, space_id, door }) =>
      ground.post('/spaces/remove_acs_entrances', { space_id, acs_entrance_ids: [door.acs_entrance_id] }),
    then: {
      at: 'warnings',
      code: 'underprovisioned_access',
      of: grantNow,
      event: {
        type: 'access_grant.access_to_door_lost',
        about: ({ access_grant_id }) => ({ access_grant_id }),
      },
    },
    fault: ['Pool House', 'has no doors'],
    remedy: /\/spaces\/add_acs_entrances/,
  }),
  row({
    name: 'a space emptied by an update with an empty list',
    given: (context: Context) => grantOfSpace(context, [openable(context)]),
    when: ({ ground, space_id }) => ground.post('/spaces/update', { space_id, acs_entrance_ids: [] }),
    then: { at: 'warnings', code: 'underprovisioned_access', of: grantNow },
    fault: ['Pool House', 'has no doors'],
    remedy: /\/spaces\/add_acs_entrances/,
  }),
  row({
    name: 'the only space of a grant deleted',
    given: (context: Context) => grantOfSpace(context, [openable(context)]),
    when: ({ ground, space_id }) => ground.post('/spaces/delete', { space_id }),
    then: { at: 'warnings', code: 'underprovisioned_access', of: grantNow },
    fault: 'has no doors',
    remedy: /\/access_grants\/update/,
  }),
  row({
    name: 'a grant moved to no door at all',
    given: async (context) => ({
      grant: await context.ground.grant([openable(context)], [context.system.can.modes[0] ?? 'card']),
    }),
    when: ({ ground, grant }) =>
      ground.post('/access_grants/update', { access_grant_id: grant['access_grant_id'], acs_entrance_ids: [] }),
    then: invalid(),
    fault: 'access grant',
    remedy: /at least one entrance or space/,
  }),
  row({
    name: 'a grant moved to a door that does not exist',
    given: async (context) => ({
      grant: await context.ground.grant([openable(context)], [context.system.can.modes[0] ?? 'card']),
    }),
    when: ({ ground, grant }) =>
      ground.post('/access_grants/update', { access_grant_id: grant['access_grant_id'], acs_entrance_ids: [NOTHING] }),
    then: notFound('acs_entrance'),
    fault: 'acs_entrance_id',
    remedy: /\/acs\/entrances\/list/,
  }),

  row({
    name: 'a grant that names one door twice',
    on: opens,
    when: (context) => {
      const [mode = 'card'] = context.system.can.modes
      const params = context.ground.grantParams([openable(context)], [mode])
      const { acs_entrance_id } = openable(context)
      return context.ground.post('/access_grants/create', {
        ...params,
        acs_entrance_ids: [acs_entrance_id, acs_entrance_id.toUpperCase()],
      })
    },
    then: { at: 'answer', code: 'parameter_ignored', parameter: 'acs_entrance_ids' },
    fault: (scene) => openable(scene).acs_entrance_id,
    remedy: /Check that no other one was meant/,
  }),

  // Spaces -------------------------------------------------------------------------------------------------------------
  row({
    name: 'a space with a key another one has',
    given: async ({ ground }) => {
      await ground.ok('/spaces/create', { name: 'Gym', space_key: 'gym' })
      return {}
    },
    when: ({ ground }) => ground.post('/spaces/create', { name: 'New gym', space_key: 'gym' }),
    then: refused(409, 'space_already_exists'),
    fault: 'space_key',
    remedy: /\/spaces\/update|another key/,
  }),
  row({
    name: 'a space under itself',
    given: async (context) => ({ space_id: await space(context, 'Tower', []) }),
    when: ({ ground, space_id }) => ground.post('/spaces/update', { space_id, parent_space_id: space_id }),
    then: invalid('parent_space_id'),
    fault: 'parent_space_id',
    remedy: /cannot stand under itself/,
  }),
  row({
    name: 'a space that holds a door that does not exist',
    when: ({ ground }) => ground.post('/spaces/create', { name: 'Gym', acs_entrance_ids: [NOTHING] }),
    then: notFound('acs_entrance'),
    fault: 'acs_entrance_id',
    remedy: /\/acs\/entrances\/list/,
  }),
  row({
    name: 'a door taken out of a space it is not in',
    given: async (context) => ({ space_id: await space(context, 'Tower', []) }),
    when: ({ ground, system, space_id }) =>
      ground.post('/spaces/remove_acs_entrances', {
        space_id,
        acs_entrance_ids: [doorOf({ ground, system }).acs_entrance_id],
      }),
    then: { at: 'answer', code: 'nothing_to_do', parameter: 'acs_entrance_ids' },
    fault: (scene) => doorOf(scene).acs_entrance_id,
    remedy: /is not in this space.*\/acs\/entrances\/list/,
  }),
  row({
    name: 'a space without a name',
    when: ({ ground }) => ground.post('/spaces/create', { name: ' ' }),
    then: invalid('name'),
    fault: '"name"',
    remedy: /Must not consist only of whitespace/,
  }),
]
