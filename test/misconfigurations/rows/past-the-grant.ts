/** Things done at first hand that grants stand on, and things that go missing under them. */
import type { Door, Mode, System, Wire } from '../ground.ts'
import { invalid, opens, row, type AnyRow, type Context } from '../row.ts'

const modeOf = (system: System): Mode => system.can.modes[0] as Mode
const sharesZone = (door: Door): boolean => door.warnings.includes('entrance_shares_zone')
/** Doors that can be granted, whatever their zones. */
const doorsOf = (system: System): Door[] => system.doors.filter((door) => door.takes[modeOf(system)])

/** A grant in full swing, and what it stands on. */
async function standing({ ground, system }: Context) {
  const grant = await ground.grant(
    doorsOf(system).slice(0, 2).some(sharesZone) ? doorsOf(system) : doorsOf(system).slice(0, 1),
    [modeOf(system)],
  )
  const access_grant_id = grant['access_grant_id'] as string
  const { batch } = await ground.ok('/access_grants/get_related', {
    access_grant_ids: [access_grant_id],
    include: ['acs_access_groups', 'acs_entrances'],
  })
  const method = await ground.methodOf(grant)
  const credential = await ground.credentialOf(method)
  const acs_user_id = credential['acs_user_id'] as string
  const groups = (batch.acs_access_groups as Wire[]).map((group) => group['acs_access_group_id'] as string)
  const door = (batch.acs_entrances as Wire[])[0]?.['display_name'] as string
  return { access_grant_id, method, credential, acs_user_id, groups, door }
}

const grantNow = async ({ ground, access_grant_id }: { ground: Context['ground']; access_grant_id: string }) =>
  (await ground.ok('/access_grants/get', { access_grant_id }))['access_grant'] as Wire

const doorLost = {
  type: 'access_grant.access_to_door_lost',
  about: ({ access_grant_id }: { access_grant_id: string }) => ({ access_grant_id }),
}

const throughGroups = (system: System): boolean =>
  opens(system) && system.can.hasGroups && !system.can.hasReservableDoors

export const pastTheGrant: AnyRow[] = [
  row({
    name: 'the credential behind a grant deleted at first hand',
    on: opens,
    given: standing,
    when: ({ ground, credential }) =>
      ground.post('/acs/credentials/delete', { acs_credential_id: credential['acs_credential_id'] }),
    then: { at: 'warnings', code: 'underprovisioned_access', of: grantNow, event: doorLost },
    fault: [({ door }) => door, 'credential behind its access method was deleted'],
    remedy: /\/access_methods\/delete.*\/access_grants\/request_access_methods/,
  }),
  row({
    name: 'an access method whose credential was deleted at first hand',
    on: opens,
    given: standing,
    when: ({ ground, credential }) =>
      ground.post('/acs/credentials/delete', { acs_credential_id: credential['acs_credential_id'] }),
    then: {
      at: 'errors',
      code: 'failed_to_issue',
      of: async ({ ground, method }) =>
        (await ground.ok('/access_methods/get', { access_method_id: method['access_method_id'] as string }))[
          'access_method'
        ] as Wire,
    },
    fault: 'credential behind this access method was deleted',
    remedy: /\/access_methods\/delete.*\/access_grants\/request_access_methods/,
  }),
  row({
    name: 'the user behind a grant deleted at first hand',
    on: opens,
    given: standing,
    when: ({ ground, acs_user_id }) => ground.post('/acs/users/delete', { acs_user_id }),
    then: { at: 'warnings', code: 'underprovisioned_access', of: grantNow, event: doorLost },
    fault: [({ door }) => door, 'the user who held it'],
    remedy: /\/access_grants\/request_access_methods/,
  }),
  row({
    name: 'the credential behind a grant taken from its user',
    on: opens,
    given: standing,
    when: ({ ground, credential }) =>
      ground.post('/acs/credentials/unassign', { acs_credential_id: credential['acs_credential_id'] }),
    then: { at: 'warnings', code: 'underprovisioned_access', of: grantNow, event: doorLost },
    fault: [({ door }) => door, 'was taken from its user'],
    remedy: /\/acs\/credentials\/assign/,
  }),
  row({
    name: 'all access of a person revoked at a system while a grant lasts',
    on: opens,
    given: standing,
    when: ({ ground, acs_user_id }) => ground.post('/acs/users/revoke_access_to_all_entrances', { acs_user_id }),
    then: { at: 'warnings', code: 'underprovisioned_access', of: grantNow, event: doorLost },
    fault: [({ door }) => door, ({ system }) => system.brand],
    remedy: /Delete the grant, and make another one/,
  }),
  row({
    name: 'somebody taken out of the group that was made for a grant',
    on: throughGroups,
    given: standing,
    when: ({ ground, acs_user_id, groups }) =>
      ground.post('/acs/access_groups/remove_user', { acs_user_id, acs_access_group_id: groups[0] }),
    then: { at: 'warnings', code: 'underprovisioned_access', of: grantNow, event: doorLost },
    fault: [({ door }) => door, ({ system }) => system.brand],
    remedy: /Delete the grant, and make another one/,
  }),
  row({
    name: 'the group that was made for a grant deleted',
    on: throughGroups,
    given: standing,
    when: ({ ground, groups }) => ground.post('/acs/access_groups/delete', { acs_access_group_id: groups[0] }),
    then: { at: 'warnings', code: 'underprovisioned_access', of: grantNow, event: doorLost },
    fault: [({ door }) => door, ({ system }) => system.brand],
    remedy: /Delete the grant, and make another one/,
  }),

  // Zones, declared rooms, managers ------------------------------------------------------------------------------------
  row({
    name: 'one door of a zone that several share',
    on: (system) => system.doors.some(sharesZone),
    when: ({ ground, system }) =>
      ground.post(
        '/access_grants/create',
        ground.grantParams([system.doors.find(sharesZone) as Door], [modeOf(system)]),
      ),
    then: {
      at: 'errors',
      code: 'cannot_create_requested_access_methods',
      of: async ({ ground, reply }) =>
        grantNow({ ground, access_grant_id: reply.body['access_grant'].access_grant_id as string }),
      event: {
        type: 'access_grant.could_not_create_requested_access_methods',
        about: ({ reply }) => ({ access_grant_id: reply.body['access_grant'].access_grant_id as string }),
      },
    },
    fault: [/zone/, ({ system }) => system.doors.filter(sharesZone)[1]?.display_name ?? ''],
    remedy: /Add|add|own zone|zone of its own/,
  }),
  row({
    name: 'direct access to one door of a zone that several share',
    on: (system) => system.doors.some(sharesZone),
    given: async ({ ground, system }: Context) => ({ user: await ground.userOfPerson(system) }),
    when: ({ ground, system, user }) =>
      ground.post('/acs/entrances/grant_access', {
        acs_entrance_id: system.doors.find(sharesZone)?.acs_entrance_id,
        acs_user_id: user['acs_user_id'],
      }),
    then: invalid('acs_entrance_id'),
    fault: [/zone/, ({ system }) => system.doors.filter(sharesZone)[1]?.display_name ?? ''],
    remedy: /access grant that names all of them/,
  }),
  row({
    name: 'a room that was declared and taken away under a grant',
    on: (system) => system.external_type === 'hotek_site',
    given: async (context: Context) => {
      const { ground, system } = context
      const door = system.doors.find((one) => one.can_belong_to_reservation) as Door
      const grant = await ground.grant([door], ['card'])
      await ground.encoded(grant, system)
      return { door, access_grant_id: grant['access_grant_id'] as string }
    },
    when: ({ ground, system, door }) =>
      ground.post('/acs/systems/report_devices', {
        acs_system_id: system.acs_system_id,
        acs_entrances: [{ is_removed: true, hotek_metadata: { room_number: door.display_name.replace(/\D/g, '') } }],
      }),
    then: { at: 'warnings', code: 'underprovisioned_access', of: grantNow, event: doorLost },
    fault: /door/,
    remedy: /Take|take|Change|change|declare|\/access_grants\/update|bring/i,
  }),
  row({
    name: 'a system whose rooms nobody has declared',
    on: (system) => system.external_type === 'hotek_site',
    when: async ({ ground }) => {
      const { providers } = await ground.ok('/connected_accounts/list_providers')
      const fields = (providers as Wire[]).find((one) => one['provider'] === 'hotek')?.['login_fields'] as Wire[]
      const login = Object.fromEntries(
        fields
          .filter((field) => field['is_required'] === true)
          .map((field) => [field['name'], field['sandbox_value'] ?? field['example']]),
      ) as Record<string, string>
      return ground.post('/connected_accounts/connect', {
        provider: 'hotek',
        login: { ...login, site_name: 'Annex' },
      })
    },
    then: {
      at: 'warnings',
      code: 'setup_required',
      of: async ({ reply }) => reply.body['acs_system'] as Wire,
    },
    fault: 'no room is declared',
    remedy: /\/acs\/systems\/report_devices/,
  }),
  row({
    name: 'a mobile key where no credential manager is connected to carry it',
    on: (system) => system.external_type === 'visionline_system',
    given: async ({ ground, system }: Context) => {
      const { acs_systems } = await ground.ok('/acs/systems/list_compatible_credential_manager_acs_systems', {
        acs_system_id: system.acs_system_id,
      })
      // No operation takes a system away yet, and none of the sandbox's own can be missing otherwise.
      for (const { acs_system_id } of acs_systems as { acs_system_id: string }[]) {
        const values = [ground.workspaceId, acs_system_id]
        await ground.server.sql(
          'UPDATE acs_system SET default_credential_manager_acs_system_id = NULL WHERE workspace_id = $1 AND default_credential_manager_acs_system_id = $2',
          values,
        )
        await ground.server.sql('DELETE FROM acs_system WHERE workspace_id = $1 AND acs_system_id = $2', values)
      }
      ground.isSpoilt = true
      return { door: system.doors.find((one) => one.takes.mobile_key) as Door }
    },
    when: ({ ground, door }) => ground.post('/access_grants/create', ground.grantParams([door], ['mobile_key'])),
    then: {
      at: 'errors',
      code: 'cannot_create_requested_access_methods',
      of: async ({ ground, reply }) =>
        grantNow({ ground, access_grant_id: reply.body['access_grant'].access_grant_id as string }),
      event: {
        type: 'access_grant.could_not_create_requested_access_methods',
        about: ({ reply }) => ({ access_grant_id: reply.body['access_grant'].access_grant_id as string }),
      },
    },
    fault: ['credential manager', ({ system }) => system.brand],
    remedy: /Connect|connect/,
  }),

  // Doors --------------------------------------------------------------------------------------------------------------
  row({
    name: 'a door opened from afar that is in privacy mode',
    on: (system) => system.external_type === 'salto_ks_site',
    given: async ({ ground, system }: Context) => {
      const [door] = system.doors as [Door]
      const method = await ground.methodOf(await ground.grant([door], ['cloud_key']))
      await ground.ok('/sandbox/doors/set_state', { acs_entrance_id: door.acs_entrance_id, privacy_mode: true })
      return { door, method }
    },
    when: ({ ground, door, method }) =>
      ground.post('/access_methods/unlock_door', {
        access_method_id: method['access_method_id'],
        acs_entrance_id: door.acs_entrance_id,
      }),
    then: { at: 'attempt', type: 'uncategorized_error' },
    fault: 'privacy mode',
    remedy: /until somebody inside ends it/,
  }),
  row({
    name: 'a door opened from afar that is offline',
    on: (system) => system.external_type === 'salto_ks_site',
    given: async ({ ground, system }: Context) => {
      const [door] = system.doors as [Door]
      const method = await ground.methodOf(await ground.grant([door], ['cloud_key']))
      await ground.ok('/sandbox/doors/set_state', { acs_entrance_id: door.acs_entrance_id, is_online: false })
      return { door, method }
    },
    when: ({ ground, door, method }) =>
      ground.post('/access_methods/unlock_door', {
        access_method_id: method['access_method_id'],
        acs_entrance_id: door.acs_entrance_id,
      }),
    then: { at: 'attempt', type: 'uncategorized_error' },
    fault: 'offline',
    remedy: /Check its power and network/,
  }),
  row({
    name: 'a card encoded at an encoder that was taken away',
    on: (system) => system.can.card === 'encode' && system.can.hasEncoders && system.external_type !== 'hotek_site',
    given: async ({ ground, system }: Context) => {
      const { acs_encoder_id } = system.encoders[0] as { acs_encoder_id: string }
      const door = system.doors.find((one) => one.takes.card) as Door
      const method = await ground.methodOf(await ground.grant([door], ['card']))
      await ground.ok('/sandbox/systems/edit', {
        acs_system_id: system.acs_system_id,
        action: 'remove_encoder',
        acs_encoder_id,
      })
      await ground.ok('/connected_accounts/sync', { connected_account_id: system.connected_account_id })
      await ground.settle()
      return { method, acs_encoder_id }
    },
    when: ({ ground, method, acs_encoder_id }) =>
      ground.post('/access_methods/encode', { access_method_id: method['access_method_id'], acs_encoder_id }),
    then: { at: 'attempt', type: 'encoder_not_online' },
    fault: /encoder/,
    remedy: /another|Connect|connect|\/acs\/encoders\/list/,
  }),
  row({
    name: 'a sandbox edit that does not exist',
    when: ({ ground, system }) =>
      ground.post('/sandbox/systems/edit', { acs_system_id: system.acs_system_id, action: 'burn_down' }),
    then: invalid('action'),
    fault: '"action"',
    remedy: /Expected 'delete_user'/,
  }),
]
