/** Mobile keys, Instant Keys, cloud keys. */
import type { Door, System, Wire } from '../ground.ts'
import { invalid, notFound, NOTHING, refused, row, type AnyRow, type Context } from '../row.ts'

const mobile = (system: System): boolean => system.can.modes.includes('mobile_key')
const cloud = (system: System): boolean => system.can.modes.includes('cloud_key')
const doorOf = (system: System, mode: 'mobile_key' | 'cloud_key'): Door =>
  system.doors.find((door) => door.takes[mode]) as Door

const shortCode = (url: string): string => url.split('/').at(-1) ?? ''
const exchange = ({ ground }: Pick<Context, 'ground'>, url: string, client_id = 'a-browser-of-somebody-else') =>
  ground.postAs(null, '/seam/instant_key/v1/client_sessions/exchange_short_code', {
    short_code: shortCode(url),
    client_id,
  })

/** A link to a mobile key. */
async function withLink(context: Context, more: object = {}) {
  const { ground } = context
  const system = ground.system(mobile)
  const grant = await ground.grant([doorOf(system, 'mobile_key')], ['mobile_key'], more)
  return { grant, url: grant['instant_key_url'] as string }
}

const unlock = ({ ground, method }: { ground: Context['ground']; method: Wire }, acs_entrance_id: unknown) =>
  ground.post('/access_methods/unlock_door', { access_method_id: method['access_method_id'], acs_entrance_id })

export const keys: AnyRow[] = [
  // Instant Keys -------------------------------------------------------------------------------------------------------
  row({
    name: 'an Instant Key opened on more devices than it may be',
    given: async (context: Context) => {
      const made = await withLink(context)
      await exchange(context, made.url, 'the-browser-of-the-guest')
      return made
    },
    when: (context) => exchange(context, context.url),
    then: refused(410, 'instant_key_used'),
    fault: 'as many devices as it may be',
    remedy: /new link/,
  }),
  row({
    name: 'an Instant Key opened after its end',
    given: async (context: Context) => {
      const made = await withLink(context, { ends_at: await context.ground.inHours(1) })
      await context.ground.later(7200)
      return made
    },
    when: (context) => exchange(context, context.url),
    then: refused(410, 'instant_key_expired'),
    fault: 'has expired',
    remedy: /new link/,
  }),
  row({
    name: 'an Instant Key opened after it was revoked',
    given: async (context: Context) => {
      const made = await withLink(context)
      const { instant_keys } = await context.ground.ok('/instant_keys/list')
      await context.ground.ok('/instant_keys/delete', { instant_key_id: instant_keys[0].instant_key_id as string })
      return made
    },
    when: (context) => exchange(context, context.url),
    then: notFound('instant_key'),
    fault: 'Instant key',
    remedy: /new link/,
  }),
  row({
    name: 'an Instant Key whose code was mistyped',
    when: (context) => exchange(context, 'https://example.com/ik/AAAAAAAAAA'),
    then: notFound('instant_key'),
    fault: 'Instant key',
    remedy: /mistyped/,
  }),
  row({
    name: 'an Instant Key for somebody who has no mobile key',
    given: async ({ ground }: Context) => ({ user_identity_id: await ground.person() }),
    when: ({ ground, user_identity_id }) => ground.post('/user_identities/generate_instant_key', { user_identity_id }),
    then: { at: 'answer', code: 'no_effect_yet', parameter: 'user_identity_id' },
    fault: 'has no mobile key',
    remedy: /access grant that requests a mobile_key/,
  }),
  row({
    name: 'an Instant Key that may be opened on no device',
    given: async ({ ground }: Context) => ({ user_identity_id: await ground.person() }),
    when: ({ ground, user_identity_id }) =>
      ground.post('/user_identities/generate_instant_key', { user_identity_id, max_use_count: 0 }),
    then: invalid('max_use_count'),
    fault: 'max_use_count',
    remedy: /integer from 1/,
  }),
  row({
    name: 'an Instant Key for half a device',
    given: async ({ ground }: Context) => ({ user_identity_id: await ground.person() }),
    when: ({ ground, user_identity_id }) =>
      ground.post('/user_identities/generate_instant_key', { user_identity_id, max_use_count: 1.5 }),
    then: invalid('max_use_count'),
    fault: 'max_use_count',
    remedy: /integer from 1/,
  }),
  row({
    name: 'an Instant Key of a deleted person',
    given: async ({ ground }: Context) => {
      const user_identity_id = await ground.person()
      await ground.ok('/user_identities/delete', { user_identity_id })
      return { user_identity_id }
    },
    when: ({ ground, user_identity_id }) => ground.post('/user_identities/generate_instant_key', { user_identity_id }),
    then: notFound('user_identity'),
    fault: 'user_identity_id',
    remedy: /deleted/,
  }),

  // Phones -------------------------------------------------------------------------------------------------------------
  row({
    name: 'a phone held to a door that was deactivated',
    given: async ({ ground }: Context) => {
      const user_identity_id = await ground.person()
      const { phone } = await ground.ok('/phones/simulate/create_sandbox_phone', { user_identity_id })
      await ground.ok('/phones/deactivate', { device_id: phone.device_id as string })
      return { device_id: phone.device_id as string }
    },
    when: ({ ground, system, device_id }) =>
      ground.post('/sandbox/doors/present_phone', { acs_entrance_id: system.doors[0]?.acs_entrance_id, device_id }),
    then: notFound('phone'),
    fault: 'device_id',
    remedy: /\/phones\/list/,
  }),
  row({
    name: 'a phone without a key held to a door',
    on: mobile,
    given: async ({ ground }: Context) => {
      const user_identity_id = await ground.person()
      const { phone } = await ground.ok('/phones/simulate/create_sandbox_phone', { user_identity_id })
      return { device_id: phone.device_id as string }
    },
    when: ({ ground, system, device_id }) =>
      ground.post('/sandbox/doors/present_phone', {
        acs_entrance_id: doorOf(system, 'mobile_key').acs_entrance_id,
        device_id,
      }),
    then: { at: 'door', reason: 'unknown_credential' },
    fault: /door|credential/,
    remedy: /grant|issue/i,
  }),
  row({
    name: 'one installation of the app for two people',
    given: async ({ ground }: Context) => {
      const custom_sdk_installation_id = 'installation-1'
      await ground.ok('/phones/simulate/create_sandbox_phone', {
        user_identity_id: await ground.person(),
        custom_sdk_installation_id,
      })
      return { user_identity_id: await ground.person(), custom_sdk_installation_id }
    },
    when: ({ ground, user_identity_id, custom_sdk_installation_id }) =>
      ground.post('/phones/simulate/create_sandbox_phone', { user_identity_id, custom_sdk_installation_id }),
    then: refused(409, 'phone_already_exists'),
    fault: 'custom_sdk_installation_id',
    remedy: /Deactivate it first/,
  }),

  // Cloud keys ---------------------------------------------------------------------------------------------------------
  row({
    name: 'a door opened from afar with a card',
    on: (system) => cloud(system) && system.can.card !== null,
    given: async ({ ground, system }: Context) => {
      const door = system.doors.find((one) => one.takes.card && one.takes.cloud_key) as Door
      return { door, method: await ground.methodOf(await ground.grant([door], ['card'])) }
    },
    when: (context) => unlock(context, context.door.acs_entrance_id),
    then: invalid('access_method_id'),
    fault: 'card',
    remedy: /Only a cloud_key opens doors remotely/,
  }),
  row({
    name: 'a door opened from afar that the cloud key does not cover',
    on: (system) => cloud(system) && system.doors.filter((door) => door.takes.cloud_key).length > 1,
    given: async ({ ground, system }: Context) => {
      // A door that can be granted alone: of a shared zone all or none.
      for (const door of system.doors.filter((one) => one.takes.cloud_key)) {
        const grant = await ground.grant([door], ['cloud_key'])
        const [id] = grant['access_method_ids'] as string[]
        const uncovered = system.doors.find((one) => one.acs_entrance_id !== door.acs_entrance_id) as Door
        if (id !== undefined) return { method: { access_method_id: id } as Wire, uncovered }
      }
      throw new Error('no door can be granted alone')
    },
    when: (context) => unlock(context, context.uncovered.acs_entrance_id),
    then: invalid('acs_entrance_id'),
    fault: ({ uncovered }) => uncovered.display_name,
    remedy: /\/access_grants\/update/,
  }),
  row({
    name: 'a door opened from afar before the access starts',
    on: cloud,
    given: async (context: Context) => {
      const { ground, system } = context
      const doors = system.doors.filter((door) => door.takes.cloud_key)
      const grant = await ground.grant(doors, ['cloud_key'], { starts_at: await ground.inHours(24) })
      return { door: doors[0] as Door, method: await ground.methodOf(grant, 'cloud_key') }
    },
    when: (context) => unlock(context, context.door.acs_entrance_id),
    then: { at: 'attempt', type: 'uncategorized_error' },
    fault: /not started yet|not issued yet/,
    remedy: /it starts at|Wait for/,
  }),
  row({
    name: 'a door opened from afar after the access has ended',
    on: cloud,
    given: async (context: Context) => {
      const { ground, system } = context
      const doors = system.doors.filter((door) => door.takes.cloud_key)
      const grant = await ground.grant(doors, ['cloud_key'], { ends_at: await ground.inHours(1) })
      const method = await ground.methodOf(grant, 'cloud_key')
      await ground.later(7200)
      return { door: doors[0] as Door, method }
    },
    when: (context) => unlock(context, context.door.acs_entrance_id),
    then: invalid('access_method_id'),
    fault: 'access grant has ended',
    remedy: /Move its ends_at into the future/,
  }),
  row({
    name: 'a door opened from afar while its system is offline',
    on: cloud,
    given: async (context: Context) => {
      const { ground, system } = context
      const doors = system.doors.filter((door) => door.takes.cloud_key)
      const grant = await ground.grant(doors, ['cloud_key'])
      const method = await ground.methodOf(grant, 'cloud_key')
      await ground.fault(system, 'offline')
      return { door: doors[0] as Door, method }
    },
    when: (context) => unlock(context, context.door.acs_entrance_id),
    isStuck: true,
    then: { at: 'attempt', type: 'uncategorized_error' },
    fault: /cannot be reached|does not answer|not reachable/,
    remedy: /Check|Try again|try again/,
  }),
  row({
    name: 'a door that does not exist opened from afar',
    on: cloud,
    given: async (context: Context) => {
      const { ground, system } = context
      const doors = system.doors.filter((door) => door.takes.cloud_key)
      return { method: await ground.methodOf(await ground.grant(doors, ['cloud_key']), 'cloud_key') }
    },
    when: (context) => unlock(context, NOTHING),
    then: notFound('acs_entrance'),
    fault: 'acs_entrance_id',
    remedy: /\/acs\/entrances\/list/,
  }),
  row({
    name: 'a credential that is no cloud key used to open a door from afar',
    on: (system) => cloud(system) && system.can.card !== null,
    given: async ({ ground, system }: Context) => {
      const door = system.doors.find((one) => one.takes.card && one.takes.cloud_key) as Door
      const method = await ground.methodOf(await ground.grant([door], ['card']))
      return { door, credential: await ground.credentialOf(method) }
    },
    when: ({ ground, door, credential }) =>
      ground.post('/acs/entrances/unlock', {
        acs_entrance_id: door.acs_entrance_id,
        acs_credential_id: credential['acs_credential_id'],
      }),
    then: invalid('acs_credential_id'),
    fault: 'card',
    remedy: /Only a cloud_key opens doors remotely/,
  }),
  row({
    name: 'a credential used to open a door of another system',
    on: cloud,
    given: async (context: Context) => {
      const { ground, system } = context
      const doors = system.doors.filter((door) => door.takes.cloud_key)
      const method = await ground.methodOf(await ground.grant(doors, ['cloud_key']), 'cloud_key')
      const other = ground.system((one) => one.acs_system_id !== system.acs_system_id && one.doors.length > 0)
      return { other: other.doors[0] as Door, credential: await ground.credentialOf(method) }
    },
    when: ({ ground, other, credential }) =>
      ground.post('/acs/entrances/unlock', {
        acs_entrance_id: other.acs_entrance_id,
        acs_credential_id: credential['acs_credential_id'],
      }),
    then: invalid('acs_credential_id'),
    fault: 'another access system',
    remedy: /all parts of a call must be of one system/,
  }),
  row({
    name: 'a suspended person at a door',
    on: cloud,
    given: async (context: Context) => {
      const { ground, system } = context
      const user = await ground.userOfPerson(system)
      const doors = system.doors.filter((door) => door.takes.cloud_key)
      const grant = await ground.grant(doors, ['cloud_key'], {
        user_identity_id: user['user_identity_id'] as string,
      })
      const method = await ground.methodOf(grant, 'cloud_key')
      await ground.ok('/acs/users/suspend', { acs_user_id: user['acs_user_id'] as string })
      await ground.settle()
      return { door: doors[0] as Door, method }
    },
    when: (context) => unlock(context, context.door.acs_entrance_id),
    then: { at: 'attempt', type: 'uncategorized_error' },
    fault: /suspended/,
    remedy: /\/acs\/users\/unsuspend/,
  }),
]
