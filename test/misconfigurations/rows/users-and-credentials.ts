/** Access systems at first hand: users, groups, credentials, PINs. */
import { MODES, type Door, type Mode, type System, type Wire } from '../ground.ts'
import { encodes, invalid, notFound, NOTHING, opens, refused, row, type AnyRow, type Context } from '../row.ts'

const hasUsers = (system: System): boolean => !system.can.isManager
/** Doors stand on the credential. */
const byCredential = (system: System): boolean => opens(system) && !system.can.hasGroups
/** Doors come from groups alone. */
const byGroup = (system: System): boolean => opens(system) && system.can.hasGroups && !system.can.hasReservableDoors
const doorFor = (system: System, mode: Mode): Door => system.doors.find((door) => door.takes[mode]) as Door
const isMobile = (mode: Mode): object => (mode === 'mobile_key' ? { is_multi_phone_sync_credential: true } : {})
const other = ({ ground, system }: Context, fits: (system: System) => boolean): System =>
  ground.system((one) => one.acs_system_id !== system.acs_system_id && fits(one))

/** Credentials are made for a user, with doors where those stand on the credential. */
function credentialParams({ system }: Context, mode: Mode, user: Wire): Record<string, unknown> {
  return {
    acs_user_id: user['acs_user_id'],
    access_method: mode,
    ...(byCredential(system) || (system.can.hasReservableDoors && mode !== 'code')
      ? { allowed_acs_entrance_ids: system.can.hasGroups ? [] : [doorFor(system, mode).acs_entrance_id] }
      : {}),
    ...isMobile(mode),
  }
}

const make = (context: Context, mode: Mode, user: Wire, over: object = {}) =>
  context.ground.post('/acs/credentials/create', { ...credentialParams(context, mode, user), ...over })

const withUser = async ({ ground, system }: Context) => ({ user: await ground.userOfPerson(system) })
const modeOf = (system: System): Mode => system.can.modes[0] as Mode

/** A user in a group with all doors of its system, where there are groups. */
async function withMember(context: Context) {
  const { user } = await withUser(context)
  const { ground, system } = context
  for (const { acs_access_group_id } of system.groups)
    await ground.ok('/acs/users/add_to_access_group', {
      acs_user_id: user['acs_user_id'] as string,
      acs_access_group_id,
    })
  await ground.settle()
  return { user }
}

const credentialNow = async ({ ground, reply }: Context & { reply: { body: Wire } }): Promise<Wire> =>
  (
    await ground.ok('/acs/credentials/get', {
      acs_credential_id: reply.body['acs_credential'].acs_credential_id as string,
    })
  )['acs_credential'] as Wire

const isVisionline = (system: System): boolean => system.external_type === 'visionline_system'

export const usersAndCredentials: AnyRow[] = [
  // Users and groups ---------------------------------------------------------------------------------------------------
  row({
    name: 'a user without a name',
    on: hasUsers,
    when: ({ ground, system }) =>
      ground.post('/acs/users/create', { acs_system_id: system.acs_system_id, full_name: '  ' }),
    then: refused(400, 'full_name_required'),
    fault: 'full_name',
    remedy: /give the name of the person/,
  }),
  row({
    name: 'a user with two different e-mail addresses',
    on: hasUsers,
    when: ({ ground, system }) =>
      ground.post('/acs/users/create', {
        acs_system_id: system.acs_system_id,
        full_name: 'Jane',
        email: 'a@example.com',
        email_address: 'b@example.com',
      }),
    then: invalid('email'),
    fault: 'email_address',
    remedy: /send email_address alone/,
  }),
  row({
    name: 'a user made in a credential manager',
    on: (system) => system.can.isManager,
    when: ({ ground, system }) =>
      ground.post('/acs/users/create', { acs_system_id: system.acs_system_id, full_name: 'Jane' }),
    then: invalid('acs_system_id'),
    fault: 'credential manager',
    remedy: /name the access system it serves/,
  }),
  row({
    name: 'a person made with a user in a credential manager',
    on: (system) => system.can.isManager,
    when: ({ ground, system }) =>
      ground.post('/user_identities/create', { full_name: 'Jane', acs_system_ids: [system.acs_system_id] }),
    then: invalid('acs_system_ids'),
    fault: 'credential manager',
    remedy: /name the access system it serves/,
  }),
  row({
    name: 'a second user of one person in one system',
    on: hasUsers,
    given: withUser,
    when: ({ ground, system, user }) =>
      ground.post('/acs/users/create', {
        acs_system_id: system.acs_system_id,
        full_name: 'Jane again',
        user_identity_id: user['user_identity_id'],
      }),
    then: invalid('user_identity_id'),
    fault: ({ user }) => user['acs_user_id'] as string,
    remedy: /use that one/,
  }),
  row({
    name: 'a user that belongs to somebody else linked to a person',
    on: hasUsers,
    given: async (context: Context) => ({
      ...(await withUser(context)),
      user_identity_id: await context.ground.person(),
    }),
    when: ({ ground, user, user_identity_id }) =>
      ground.post('/user_identities/add_acs_user', { acs_user_id: user['acs_user_id'], user_identity_id }),
    then: refused(409, 'conflict'),
    fault: 'belongs to another user identity',
    remedy: /user_identities\/remove_acs_user/,
  }),
  row({
    name: 'a second user of the system linked to a person',
    on: hasUsers,
    given: async (context: Context) => ({
      ...(await withUser(context)),
      stranger: await context.ground.user(context.system),
    }),
    when: ({ ground, user, stranger }) =>
      ground.post('/user_identities/add_acs_user', {
        acs_user_id: stranger['acs_user_id'],
        user_identity_id: user['user_identity_id'],
      }),
    then: invalid('acs_user_id'),
    fault: ['already has another user in this access system', ({ user }) => user['acs_user_id'] as string],
    remedy: /\/user_identities\/remove_acs_user/,
  }),
  row({
    name: 'a user put into a group of another system',
    on: hasUsers,
    given: withUser,
    when: (context) =>
      context.ground.post('/acs/users/add_to_access_group', {
        acs_user_id: context.user['acs_user_id'],
        acs_access_group_id: other(context, (one) => one.can.hasGroups).groups[0]?.acs_access_group_id,
      }),
    then: invalid('acs_user_id'),
    fault: 'another access system',
    remedy: /all parts of a call must be of one system/,
  }),
  row({
    name: 'a user made with a group of another system',
    on: (system) => hasUsers(system) && system.can.hasGroups,
    when: (context) =>
      context.ground.post('/acs/users/create', {
        acs_system_id: context.system.acs_system_id,
        full_name: 'Jane',
        acs_access_group_ids: [other(context, (one) => one.can.hasGroups).groups[0]?.acs_access_group_id],
      }),
    then: invalid('acs_access_group_ids'),
    fault: 'another access system',
    remedy: /all parts of a call must be of one system/,
  }),
  row({
    name: 'a user made with a group where doors stand on the credential',
    on: byCredential,
    when: (context) =>
      context.ground.post('/acs/users/create', {
        acs_system_id: context.system.acs_system_id,
        full_name: 'Jane',
        acs_access_group_ids: [other(context, (one) => one.can.hasGroups).groups[0]?.acs_access_group_id],
      }),
    then: invalid('acs_access_group_ids'),
    fault: 'has no access groups',
    remedy: /doors stand on the credential/,
  }),
  row({
    name: 'a group that does not exist',
    on: hasUsers,
    given: withUser,
    when: ({ ground, user }) =>
      ground.post('/acs/users/add_to_access_group', { acs_user_id: user['acs_user_id'], acs_access_group_id: NOTHING }),
    then: notFound('acs_access_group'),
    fault: 'acs_access_group_id',
    remedy: /\/acs\/access_groups\/list/,
  }),
  row({
    name: 'a user taken out of a group it is not in',
    on: (system) => system.can.hasGroups,
    given: withUser,
    when: ({ ground, system, user }) =>
      ground.post('/acs/users/remove_from_access_group', {
        acs_user_id: user['acs_user_id'],
        acs_access_group_id: system.groups[0]?.acs_access_group_id,
      }),
    then: { at: 'answer', code: 'nothing_to_do', parameter: 'acs_access_group_id' },
    fault: ({ system }) => system.groups[0]?.name ?? '',
    remedy: /\/acs\/access_groups\/list/,
  }),
  row({
    name: 'a schedule for a user where users have none',
    on: (system) => hasUsers(system) && system.external_type !== 'salto_ks_site',
    when: ({ ground, system }) =>
      ground.post('/acs/users/create', {
        acs_system_id: system.acs_system_id,
        full_name: 'Jane',
        access_schedule: { starts_at: '2026-04-01T12:00:00Z', ends_at: '2026-04-02T12:00:00Z' },
      }),
    then: invalid('access_schedule'),
    fault: 'have no schedule of their own',
    remedy: /set the times on the credential or the access grant instead/,
  }),
  row({
    name: 'a schedule that is over before it begins',
    on: (system) => system.external_type === 'salto_ks_site',
    when: ({ ground, system }) =>
      ground.post('/acs/users/create', {
        acs_system_id: system.acs_system_id,
        full_name: 'Jane',
        access_schedule: { starts_at: '2026-04-02T12:00:00Z', ends_at: '2026-04-01T12:00:00Z' },
      }),
    then: invalid('access_schedule.ends_at'),
    fault: 'access_schedule.ends_at',
    remedy: /Must be after starts_at/,
  }),
  row({
    name: 'a misspelt time in a schedule',
    on: (system) => system.external_type === 'salto_ks_site',
    when: ({ ground, system }) =>
      ground.post('/acs/users/create', {
        acs_system_id: system.acs_system_id,
        full_name: 'Jane',
        access_schedule: { starts_at: '2026-04-02T12:00:00Z', end_at: '2026-05-01T12:00:00Z' },
      }),
    then: invalid('access_schedule.end_at'),
    fault: 'access_schedule.end_at',
    remedy: /send `ends_at` instead/,
  }),
  row({
    name: 'a user whose schedule has not begun',
    on: (system) => system.external_type === 'salto_ks_site',
    when: ({ ground, system }) =>
      ground.post('/acs/users/create', {
        acs_system_id: system.acs_system_id,
        full_name: 'Early Jane',
        access_schedule: { starts_at: '2026-04-01T12:00:00Z', ends_at: '2026-05-01T12:00:00Z' },
      }),
    then: {
      at: 'warnings',
      code: 'salto_ks_user_not_subscribed',
      of: async ({ ground, reply }) =>
        (await ground.ok('/acs/users/get', { acs_user_id: reply.body['acs_user'].acs_user_id as string }))[
          'acs_user'
        ] as Wire,
    },
    fault: ['Salto KS', 'schedule'],
    remedy: /subscribed by itself|\/acs\/users\/update/,
  }),
  row({
    name: 'a user named both by itself and by its person',
    on: hasUsers,
    given: withUser,
    when: ({ ground, user }) =>
      ground.post('/acs/users/suspend', {
        acs_user_id: user['acs_user_id'],
        user_identity_id: user['user_identity_id'],
      }),
    then: invalid(),
    fault: ['acs_user_id', 'user_identity_id'],
    remedy: /only one of/,
  }),
  row({
    name: 'a person named without the system in which to look for the user',
    on: hasUsers,
    given: withUser,
    when: ({ ground, user }) => ground.post('/acs/users/suspend', { user_identity_id: user['user_identity_id'] }),
    then: invalid('acs_system_id'),
    fault: 'acs_system_id',
    remedy: /required/,
  }),
  row({
    name: 'a person suspended at a system where the person has no user',
    on: hasUsers,
    given: async ({ ground }: Context) => ({ user_identity_id: await ground.person() }),
    when: ({ ground, system, user_identity_id }) =>
      ground.post('/acs/users/suspend', { user_identity_id, acs_system_id: system.acs_system_id }),
    then: notFound('acs_user'),
    fault: ['user_identity_id', 'acs_system_id'],
    remedy: /\/acs\/users\/list/,
  }),
  row({
    name: 'a deleted user used again',
    on: hasUsers,
    given: async (context: Context) => {
      const { user } = await withUser(context)
      await context.ground.ok('/acs/users/delete', { acs_user_id: user['acs_user_id'] as string })
      await context.ground.settle()
      return { user }
    },
    when: ({ ground, user }) => ground.post('/acs/users/suspend', { acs_user_id: user['acs_user_id'] }),
    then: notFound('acs_user'),
    fault: 'acs_user_id',
    remedy: /deleted/,
  }),

  // Credentials --------------------------------------------------------------------------------------------------------
  row({
    name: 'a credential of a mode the system does not have',
    on: (system) => opens(system) && MODES.some((mode) => !system.can.modes.includes(mode)),
    given: withUser,
    when: (context) => {
      const mode = MODES.find((one) => !context.system.can.modes.includes(one)) as Mode
      return context.ground.post('/acs/credentials/create', {
        acs_user_id: context.user['acs_user_id'],
        access_method: mode,
        ...isMobile(mode),
      })
    },
    then: invalid('access_method'),
    fault: ({ system }) => MODES.find((mode) => !system.can.modes.includes(mode)) ?? '',
    remedy: /It has /,
  }),
  row({
    name: 'a credential with doors where doors come from groups',
    on: byGroup,
    given: withUser,
    when: (context) =>
      make(context, modeOf(context.system), context.user, {
        allowed_acs_entrance_ids: [doorFor(context.system, modeOf(context.system)).acs_entrance_id],
      }),
    then: invalid('allowed_acs_entrance_ids'),
    fault: 'doors come from access groups',
    remedy: /\/acs\/users\/add_to_access_group/,
  }),
  row({
    name: 'a credential without doors where doors stand on the credential',
    on: byCredential,
    given: withUser,
    when: (context) => make(context, modeOf(context.system), context.user, { allowed_acs_entrance_ids: [] }),
    then: invalid('allowed_acs_entrance_ids'),
    fault: 'doors stand on the credential',
    remedy: /name at least one entrance/,
  }),
  row({
    name: 'a credential for a door of another system',
    on: byCredential,
    given: withUser,
    when: (context) =>
      make(context, modeOf(context.system), context.user, {
        allowed_acs_entrance_ids: [other(context, opens).doors[0]?.acs_entrance_id],
      }),
    then: invalid('allowed_acs_entrance_ids'),
    fault: 'another access system',
    remedy: /all parts of a call must be of one system/,
  }),
  row({
    name: 'doors called `acs_entrance_ids` on a credential',
    on: byCredential,
    given: withUser,
    when: (context) =>
      make(context, modeOf(context.system), context.user, {
        allowed_acs_entrance_ids: undefined,
        acs_entrance_ids: [context.system.doors[0]?.acs_entrance_id],
      }),
    then: invalid('acs_entrance_ids'),
    fault: '"acs_entrance_ids"',
    remedy: /send `allowed_acs_entrance_ids` instead/,
  }),
  row({
    name: 'a credential for nobody',
    on: opens,
    when: (context) => make(context, modeOf(context.system), {}),
    then: invalid(),
    fault: 'acs_user_id',
    remedy: /Must specify/,
  }),
  row({
    name: 'a credential for a user of another system',
    on: opens,
    given: async (context: Context) => ({
      user: await context.ground.user(other(context, hasUsers)),
    }),
    when: (context) =>
      make(context, modeOf(context.system), context.user, { acs_system_id: context.system.acs_system_id }),
    then: invalid('acs_system_id'),
    fault: 'another access system',
    remedy: /all parts of a call must be of one system/,
  }),
  row({
    name: 'a mobile key that is to be on one phone alone',
    on: (system) => system.can.modes.includes('mobile_key'),
    given: withUser,
    when: (context) => make(context, 'mobile_key', context.user, { is_multi_phone_sync_credential: false }),
    then: invalid('is_multi_phone_sync_credential'),
    fault: 'mobile_key',
    remedy: /Must be true/,
  }),
  row({
    name: 'a card that is to be synced to phones',
    on: (system) => system.can.card !== null,
    given: withUser,
    when: (context) => make(context, 'card', context.user, { is_multi_phone_sync_credential: true }),
    then: invalid('is_multi_phone_sync_credential'),
    fault: 'card',
    remedy: /Only a mobile_key is copied to phones/,
  }),
  row({
    name: 'a mobile key for a user without a person, whom no phone can carry it to',
    on: (system) => system.can.modes.includes('mobile_key'),
    given: async ({ ground, system }: Context) => ({ user: await ground.user(system) }),
    when: (context) => make(context, 'mobile_key', context.user),
    then: { at: 'warnings', code: 'unknown_issue_with_acs_credential', of: credentialNow },
    fault: 'no user identity',
    remedy: /\/user_identities\/add_acs_user/,
  }),
  row({
    name: 'a mobile key for a person without a phone',
    on: (system) => system.can.modes.includes('mobile_key'),
    given: withUser,
    when: (context) => make(context, 'mobile_key', context.user),
    then: { at: 'answer', code: 'no_effect_yet', parameter: 'access_method' },
    fault: 'has no phone yet',
    remedy: /\/user_identities\/generate_instant_key/,
  }),
  row({
    name: 'a credential with a start in the past',
    on: opens,
    given: withUser,
    when: (context) => make(context, modeOf(context.system), context.user, { starts_at: '2026-01-01T12:00:00Z' }),
    then: { at: 'warnings', code: 'schedule_modified', of: credentialNow },
    fault: '2026-01-01T12:00:00.000Z',
    remedy: /starts at its creation instead/,
  }),
  row({
    name: 'a credential with an end in the past',
    on: opens,
    given: withUser,
    when: (context) => make(context, modeOf(context.system), context.user, { ends_at: '2026-01-01T12:00:00Z' }),
    then: invalid('ends_at'),
    fault: 'ends_at',
    remedy: /Must be in the future/,
  }),
  row({
    name: 'a credential with the metadata of another provider',
    on: (system) => opens(system) && !isVisionline(system),
    given: withUser,
    when: (context) =>
      make(context, modeOf(context.system), context.user, { visionline_metadata: { card_function_type: 'staff' } }),
    then: invalid('visionline_metadata'),
    fault: 'visionline_metadata',
    remedy: /leave it out/,
  }),
  row({
    name: 'a credential with the metadata of two providers',
    on: isVisionline,
    given: withUser,
    when: (context) =>
      make(context, 'card', context.user, {
        visionline_metadata: { override: true },
        salto_space_metadata: { assign_new_key: true },
      }),
    then: invalid('salto_space_metadata'),
    fault: 'salto_space_metadata',
    remedy: /leave it out.*visionline_metadata/,
  }),
  row({
    name: 'an unknown wish in the metadata of the provider',
    on: isVisionline,
    given: withUser,
    when: (context) =>
      make(context, 'card', context.user, { visionline_metadata: { override: true, cardFormat: 'rfid48' } }),
    then: { at: 'answer', code: 'unrecognized_parameter', parameter: 'visionline_metadata.cardFormat' },
    fault: 'visionline_metadata.cardFormat',
    remedy: /card_format/,
  }),
  row({
    name: 'a credential manager named for a card',
    on: (system) => system.can.card === 'encode',
    given: withUser,
    when: (context) =>
      make(context, 'card', context.user, {
        credential_manager_acs_system_id: context.ground.system((one) => one.can.isManager).acs_system_id,
      }),
    then: invalid('credential_manager_acs_system_id'),
    fault: 'mobile_key',
    remedy: /leave it out/,
  }),
  row({
    name: 'a system that is no credential manager named as one',
    on: (system) => system.can.modes.includes('mobile_key'),
    given: withUser,
    when: (context) =>
      make(context, 'mobile_key', context.user, {
        credential_manager_acs_system_id: other(context, hasUsers).acs_system_id,
      }),
    then: invalid('credential_manager_acs_system_id'),
    fault: 'Cannot carry mobile keys of this access system',
    remedy: /\/acs\/systems\/list_compatible_credential_manager_acs_systems/,
  }),
  row({
    name: 'a PIN on a card where the system has no PINs',
    on: (system) => system.can.card !== null && system.can.pin !== 'caller',
    given: withUser,
    when: (context) => make(context, 'card', context.user, { code: '482913' }),
    then: { at: 'answer', code: 'parameter_ignored', parameter: 'code' },
    fault: 'carry no PIN of yours',
    remedy: /leave the code out/i,
  }),
  row({
    name: 'a PIN of our own where the system makes them',
    on: (system) => system.can.pin === 'system',
    given: withMember,
    when: (context) => make(context, 'code', context.user, { code: '482913' }),
    then: invalid('code'),
    fault: 'makes its own PINs',
    remedy: /leave the code out/,
  }),
  row({
    name: 'a PIN longer than the system takes',
    on: (system) => system.can.pin === 'caller',
    given: withMember,
    when: (context) => make(context, 'code', context.user, { code: '4829130571'.repeat(6) }),
    then: invalid('code'),
    fault: 'code',
    remedy: /Must /,
  }),
  row({
    name: 'a PIN that somebody else has on the same door',
    on: (system) => system.can.pin === 'caller',
    given: async (context: Context) => {
      const first = await withMember(context)
      await context.ground.ok('/acs/credentials/create', {
        ...credentialParams(context, 'code', first.user),
        code: '482913',
      })
      return withMember(context)
    },
    when: (context) => make(context, 'code', context.user, { code: '482913' }),
    then: invalid('code'),
    fault: 'already in use',
    remedy: /choose another/,
  }),
  row({
    name: 'a PIN for a user who is in no group, which opens nothing',
    on: (system) => byGroup(system) && system.can.pin !== null,
    given: withUser,
    when: (context) => make(context, 'code', context.user),
    then: { at: 'warnings', code: 'unknown_issue_with_acs_credential', of: credentialNow },
    fault: 'in no access group',
    remedy: /\/acs\/users\/add_to_access_group/,
  }),
  row({
    name: 'a card changed to a new PIN',
    on: encodes,
    given: async (context: Context) => {
      const { user } = await withUser(context)
      const { body } = await make(context, 'card', user)
      return { credential: body['acs_credential'] as Wire }
    },
    when: ({ ground, credential }) =>
      ground.post('/acs/credentials/update', { acs_credential_id: credential['acs_credential_id'], code: '482913' }),
    then: invalid('code'),
    fault: /has no PINs?|makes its own PINs/,
    remedy: /leave the code out/,
  }),
  row({
    name: 'a credential that belongs to somebody assigned to somebody else',
    on: opens,
    given: async (context: Context) => {
      const { user } = await withUser(context)
      const { body } = await make(context, modeOf(context.system), user)
      return { credential: body['acs_credential'] as Wire, ...(await withUser(context)) }
    },
    when: ({ ground, credential, user }) =>
      ground.post('/acs/credentials/assign', {
        acs_credential_id: credential['acs_credential_id'],
        acs_user_id: user['acs_user_id'],
      }),
    then: invalid('acs_credential_id'),
    fault: 'assigned to another user',
    remedy: /\/acs\/credentials\/unassign/,
  }),
  row({
    name: 'a credential taken from somebody who does not have it',
    on: opens,
    given: async (context: Context) => {
      const { user } = await withUser(context)
      const { body } = await make(context, modeOf(context.system), user)
      return { credential: body['acs_credential'] as Wire, ...(await withUser(context)) }
    },
    when: ({ ground, credential, user }) =>
      ground.post('/acs/credentials/unassign', {
        acs_credential_id: credential['acs_credential_id'],
        acs_user_id: user['acs_user_id'],
      }),
    then: invalid('acs_credential_id'),
    fault: 'Is not assigned to this user',
    remedy: /\/acs\/credentials\/list/,
  }),
  row({
    name: 'a card waiting for somebody to make it',
    on: (system) => system.can.card !== null,
    given: withUser,
    when: (context) => make(context, 'card', context.user),
    then: { at: 'warnings', code: 'waiting_to_be_issued', of: credentialNow },
    fault: 'waiting to be issued',
    remedy: /\/acs\/encoders\/encode_credential|assign/,
  }),

  // What the providers wish --------------------------------------------------------------------------------------------
  row({
    name: 'a guest card that joins nobody',
    on: isVisionline,
    given: withUser,
    when: (context) => make(context, 'card', context.user, { visionline_metadata: { override: false } }),
    then: invalid('visionline_metadata.joiner_acs_credential_ids'),
    fault: 'joiner_acs_credential_ids',
    remedy: /name the credentials to join, or set override or auto_join/,
  }),
  row({
    name: 'a guest card that overrides and joins at once',
    on: isVisionline,
    given: withUser,
    when: (context) =>
      make(context, 'card', context.user, {
        visionline_metadata: { override: true, joiner_acs_credential_ids: [NOTHING] },
      }),
    then: invalid('visionline_metadata.override'),
    fault: 'override',
    remedy: /leave out joiner_acs_credential_ids/,
  }),
  row({
    name: 'a guest card that joins a credential that is gone',
    on: isVisionline,
    given: withUser,
    when: (context) =>
      make(context, 'card', context.user, { visionline_metadata: { joiner_acs_credential_ids: [NOTHING] } }),
    then: invalid('visionline_metadata.joiner_acs_credential_ids'),
    fault: NOTHING,
    remedy: /name live credentials of the stay/,
  }),
  row({
    name: 'a mobile key for staff',
    on: isVisionline,
    given: withUser,
    when: (context) =>
      make(context, 'mobile_key', context.user, { visionline_metadata: { card_function_type: 'staff' } }),
    then: invalid('visionline_metadata.card_function_type'),
    fault: 'Mobile keys are for guests',
    remedy: /leave it out or send guest/,
  }),
  row({
    name: 'a card format that does not exist',
    on: isVisionline,
    given: withUser,
    when: (context) => make(context, 'card', context.user, { visionline_metadata: { card_format: 'rfid49' } }),
    then: invalid('visionline_metadata.card_format'),
    fault: 'visionline_metadata.card_format',
    remedy: /Expected 'TLCode' \| 'rfid48'/,
  }),
  row({
    name: 'a second new card for a user who has one',
    on: (system) => system.external_type === 'salto_space_system',
    given: async (context: Context) => {
      const { user } = await withUser(context)
      await make(context, 'card', user)
      return { user }
    },
    when: (context) => make(context, 'card', context.user, { salto_space_metadata: { assign_new_key: true } }),
    then: invalid('salto_space_metadata.assign_new_key'),
    fault: 'already has a card',
    remedy: /delete its credential first, or set assign_new_key to false/,
  }),
  row({
    name: 'an update of a card that a user does not have',
    on: (system) => system.external_type === 'salto_space_system',
    given: withUser,
    when: (context) => make(context, 'card', context.user, { salto_space_metadata: { assign_new_key: false } }),
    then: invalid('salto_space_metadata.assign_new_key'),
    fault: 'no card to update',
    remedy: /set assign_new_key to true/,
  }),
  row({
    name: 'a new card and an update of the old one at once',
    on: (system) => system.external_type === 'salto_space_system',
    given: withUser,
    when: (context) =>
      make(context, 'card', context.user, {
        salto_space_metadata: { assign_new_key: true, update_current_key: true },
      }),
    then: invalid('salto_space_metadata.assign_new_key'),
    fault: 'update_current_key',
    remedy: /ask for a new key or for an update/,
  }),
  row({
    name: 'rooms declared to a system that lists its own',
    on: (system) => opens(system) && system.external_type !== 'hotek_site',
    when: ({ ground, system }) =>
      ground.post('/acs/systems/report_devices', {
        acs_system_id: system.acs_system_id,
        acs_entrances: [{ hotek_metadata: { room_number: '301' } }],
      }),
    then: refused(400, 'not_supported'),
    fault: /lists its own|declare/,
    remedy: /list|sync|system/,
  }),
]
