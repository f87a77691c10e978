// Doors, encoders, groups and free cards that somebody changes in the maker's own software.
import { describe, expect, test } from 'vitest'
import { codes, messages, mutations, STARTS, World } from './support.ts'

describe("groups of the maker's own are adopted", () => {
  test('renamed, with other doors, gone', async () => {
    await using world = await World.of('salto_space')
    const [amenities, guests] = [await world.group('Amenities'), await world.group('All Guests')]
    const { acs_access_group_id } = amenities
    await world.server.ok('/acs/users/create', {
      acs_system_id: world.acs_system_id,
      full_name: 'Jane',
      acs_access_group_ids: [acs_access_group_id, guests['acs_access_group_id']],
    })
    await world.server.settle()
    await world.edit('rename_group', { acs_access_group_id, name: 'Leisure' })
    await world.edit('set_group_entrances', { acs_access_group_id, acs_entrance_ids: [await world.door('Room 103')] })
    await world.sync()
    expect(await world.group('Leisure')).toMatchObject({ acs_access_group_id, pending_mutations: [], warnings: [] })
    const doors = await world.server.ok('/acs/access_groups/list_accessible_entrances', { acs_access_group_id })
    expect(doors['acs_entrances']).toMatchObject([{ display_name: 'Room 103' }])

    const since = await world.mark()
    await world.edit('delete_group', { acs_access_group_id })
    await world.sync()
    expect((await world.groups()).map((group) => group['name'])).not.toContain('Leisure')
    expect(await since()).toEqual(['acs_access_group.deleted'])
    const user = await world.user()
    const { acs_access_groups } = await world.server.ok('/acs/access_groups/list', { acs_user_id: user['acs_user_id'] })
    expect(acs_access_groups.map((group: { name: string }) => group.name)).toEqual(['All Guests'])
    expect(user).toMatchObject({ pending_mutations: [], warnings: [], errors: [] })
  })

  test('and cards that were written for them are stale', async () => {
    await using world = await World.of('salto_space')
    const { acs_access_group_id } = await world.group('Floor 1')
    const { acs_user } = await world.server.ok('/acs/users/create', {
      acs_system_id: world.acs_system_id,
      full_name: 'Jane',
      acs_access_group_ids: [acs_access_group_id],
    })
    const { acs_credential } = await world.server.ok('/acs/credentials/create', {
      acs_user_id: acs_user.acs_user_id,
      access_method: 'card',
      salto_space_metadata: { assign_new_key: true },
    })
    const { acs_credential_id } = acs_credential
    const acs_encoder_id = await world.server.encoder('salto_space')
    const encode = async (): Promise<string> => {
      await world.server.ok('/acs/encoders/encode_credential', { acs_credential_id, acs_encoder_id })
      await world.server.settle()
      return (await world.credential(acs_credential_id))['card_number']
    }
    const number = await encode()
    await world.edit('rename_group', { acs_access_group_id, name: 'First floor' })
    await world.sync()
    expect(codes(await world.credential(acs_credential_id), 'warnings')).toEqual([])
    const rooms = ['Room 101', 'Room 102']
    await world.edit('set_group_entrances', {
      acs_access_group_id,
      acs_entrance_ids: await Promise.all(rooms.map((name) => world.door(name))),
    })
    await world.sync()
    expect(codes(await world.credential(acs_credential_id), 'warnings')).toEqual(['needs_to_be_reissued'])
    expect(await world.present('Room 103', number)).toBe('granted')
    await encode()
    expect(codes(await world.credential(acs_credential_id), 'warnings')).toEqual([])
    expect(await world.present('Room 103', number)).toBe('no_access_to_entrance')
    await world.edit('remove_user_from_group', { acs_user_id: acs_user.acs_user_id, acs_access_group_id })
    await world.sync()
    // In no group any more: the card says that it opens nothing, too.
    expect(codes(await world.credential(acs_credential_id), 'warnings').sort()).toEqual([
      'needs_to_be_reissued',
      'unknown_issue_with_acs_credential',
    ])
  })
})

describe('groups of ours are put back', () => {
  test.each(['rename_group', 'set_group_entrances', 'delete_group'])('after %s', async (action) => {
    await using world = await World.of('salto_ks')
    const grant = await world.grant(['code'], ['Front Door', 'Office'])
    const { code } = await world.method(grant, 'code')
    await world.server.advance(STARTS)
    const group = await world.ownGroup()
    const { acs_access_group_id } = group
    const gym = await world.door('Gym')
    await world.edit(action, { acs_access_group_id, name: 'Hello', acs_entrance_ids: [gym] })
    expect(await world.enterCode('Office', code)).toBe(action === 'rename_group' ? 'granted' : 'no_access_to_entrance')
    // The system takes nothing for a while, so that what was found can be seen.
    await world.fault('busy')
    await world.sync()
    const found = await world.ownGroup()
    expect(codes(found, 'warnings')).toEqual(['unknown_issue_with_acs_access_group'])
    const expected = {
      rename_group: [/its name was "Hello"/, ['updating_group_information']],
      set_group_entrances: [/it opened Gym/, ['updating_entrance_membership']],
      delete_group: [/deleted at the access system/, ['creating']],
    }[action] as [RegExp, string[]]
    expect(messages(found, 'warnings')).toMatch(expected[0])
    expect([...new Set(mutations(found))]).toEqual(expect.arrayContaining(expected[1]))
    await world.fault('none')
    await world.server.settle()
    expect(await world.ownGroup()).toMatchObject({
      name: group['name'],
      warnings: [],
      errors: [],
      pending_mutations: [],
    })
    expect(await world.enterCode('Office', code)).toBe('granted')
    expect(await world.enterCode('Gym', code)).toBe('no_access_to_entrance')
    // And it stays so.
    const since = await world.mark()
    await world.sync()
    expect(await since()).toEqual([])
    expect(await world.user()).toMatchObject({ warnings: [], pending_mutations: [] })
    expect(await world.method(grant, 'code')).toMatchObject({ is_issued: true, errors: [] })
  })
})

describe('encoders', () => {
  test('that are removed say so, and work again when they are back', async () => {
    await using world = await World.of('salto_space')
    const acs_encoder_id = await world.server.encoder('salto_space')
    const grant = await world.grant(['card'], ['Room 101'])
    const method = await world.method(grant, 'card')
    const since = await world.mark()
    await world.edit('remove_encoder', { acs_encoder_id })
    await world.sync()
    expect(await world.seam.acs.encoders.get({ acs_encoder_id })).toMatchObject({
      errors: [{ error_code: 'acs_encoder_removed', message: expect.stringMatching(/another one/) }],
    })
    expect(await since()).toEqual(['acs_encoder.removed'])
    expect(await world.encode(method)).toMatchObject({ status: 'error', error: { type: 'encoder_not_online' } })
    await world.edit('restore_encoder', { acs_encoder_id })
    await world.sync()
    expect(await world.seam.acs.encoders.get({ acs_encoder_id })).toMatchObject({ errors: [] })
    expect(await since()).toEqual(['acs_encoder.removed', 'acs_encoder.added'])
    expect(await world.encode(method)).toMatchObject({ status: 'success' })
  })
})

describe('entrances', () => {
  test.each(['salto_ks', 'visionline'])(
    'of %s that are removed are lost to grants, and given again when they are back',
    async (provider) => {
      await using world = await World.of(provider)
      const [first, second] = provider === 'salto_ks' ? ['Front Door', 'Office'] : ['Room 101', 'Room 102']
      const modes = provider === 'salto_ks' ? ['code'] : ['mobile_key']
      const reservation = (reservation_key: string) => (provider === 'visionline' ? { reservation_key } : {})
      const grant = await world.grant(modes, [first ?? '', second ?? ''], reservation('stay'))
      const { access_grant_id } = grant
      const acs_entrance_id = await world.door(second ?? '')
      const since = await world.mark()
      await world.edit('remove_entrance', { acs_entrance_id })
      await world.sync()
      expect(await world.seam.acs.entrances.get({ acs_entrance_id })).toMatchObject({
        errors: [{ error_code: 'acs_entrance_removed' }],
      })
      expect(await since()).toEqual(['acs_entrance.removed', 'access_grant.access_to_door_lost'])
      const [lost] = await world.events({ event_type: 'access_grant.access_to_door_lost' })
      expect(lost).toMatchObject({ access_grant_id, acs_entrance_id })
      const warned = await world.grantNow(grant)
      expect(codes(warned, 'warnings')).toEqual(['underprovisioned_access'])
      expect(messages(warned, 'warnings')).toContain(second)
      expect(await world.methods(grant)).toMatchObject([{ is_issued: true, errors: [] }])
      // Other work on the grant does not give the door by mistake.
      await world.seam.accessGrants.update({ access_grant_id, name: 'Other name' })
      await world.sync()
      expect(await since()).toHaveLength(2)
      // A new grant for it says that it cannot be opened.
      const impossible = await world.grant(modes, [second ?? ''], {
        ...reservation('other'),
        user_identity: { full_name: 'B' },
      })
      expect(codes(impossible, 'errors')).toEqual(['cannot_create_requested_access_methods'])

      const again = await world.mark()
      await world.edit('restore_entrance', { acs_entrance_id })
      await world.sync()
      expect(await world.seam.acs.entrances.get({ acs_entrance_id })).toMatchObject({ errors: [], warnings: [] })
      expect(await again()).toEqual([
        'acs_entrance.added',
        'access_grant.access_granted_to_door',
        'access_grant.access_granted_to_all_doors',
      ])
      expect(await world.grantNow(grant)).toMatchObject({ warnings: [], errors: [] })
      if (provider !== 'salto_ks') return
      expect(await world.ownGroup()).toMatchObject({ warnings: [], pending_mutations: [] })
      await world.server.advance(STARTS)
      expect(await world.enterCode('Office', (await world.method(grant, 'code'))['code'])).toBe('granted')
    },
  )

  test('that are new at the system appear with their events', async () => {
    await using world = await World.of('salto_ks')
    const size = async (extra_doors: number): Promise<void> => {
      await world.server.sql(
        `UPDATE virtual_record v SET data = jsonb_set(data, '{size,extra_doors}', $2::text::jsonb), version = v.version + 1
           FROM acs_system s WHERE s.acs_system_id = $1 AND v.building_id = s.external_id AND v.kind = 'building'`,
        [world.acs_system_id, String(extra_doors)],
      )
    }
    const since = await world.mark()
    await size(2)
    await world.sync()
    expect(await since()).toEqual(['acs_entrance.added', 'acs_entrance.added'])
    const acs_entrance_id = await world.door('Door 2')
    expect(await world.seam.acs.entrances.get({ acs_entrance_id })).toMatchObject({
      can_unlock_with_code: true,
      errors: [],
    })
    const grant = await world.grant(['code'], ['Door 2'])
    expect(await world.method(grant, 'code')).toMatchObject({ is_issued: true })
  })

  test('in privacy mode or offline: what the door does, and what the next look shows', async () => {
    await using world = await World.of('salto_ks')
    const grant = await world.grant(['code', 'cloud_key'], ['Office'])
    const { code } = await world.method(grant, 'code')
    const { access_method_id } = await world.method(grant, 'cloud_key')
    const acs_entrance_id = await world.door('Office')
    await world.server.advance(STARTS)
    const state = (more: object) => world.seam.client.post('/sandbox/doors/set_state', { acs_entrance_id, ...more })
    const unlock = async (): Promise<Record<string, unknown>> => {
      const { action_attempt } = await world.server.ok('/access_methods/unlock_door', {
        access_method_id,
        acs_entrance_id,
      })
      await world.server.settle()
      const { action_attempt_id } = action_attempt
      return (await world.server.ok('/action_attempts/get', { action_attempt_id }))['action_attempt']
    }
    const shown = async () => (await world.seam.acs.entrances.get({ acs_entrance_id })) as Record<string, any> // eslint-disable-line @typescript-eslint/no-explicit-any
    await state({ privacy_mode: true })
    expect(await world.enterCode('Office', code)).toBe('privacy_mode')
    expect(await unlock()).toMatchObject({ status: 'error', error: { message: expect.stringMatching(/privacy mode/) } })
    expect((await shown())['warnings']).toEqual([])
    await world.sync()
    expect(codes(await shown(), 'warnings')).toEqual(['privacy_mode', 'salto_ks_privacy_mode'])
    expect((await shown())['salto_ks_metadata']).toMatchObject({ privacy_mode: true, online: true })
    await state({ privacy_mode: false, is_online: false })
    expect(await world.enterCode('Office', code)).toBe('entrance_offline')
    expect(await unlock()).toMatchObject({ status: 'error', error: { message: expect.stringMatching(/offline/) } })
    await world.sync()
    expect(await shown()).toMatchObject({ warnings: [], salto_ks_metadata: { privacy_mode: false, online: false } })
    await state({ is_online: true })
    expect(await world.enterCode('Office', code)).toBe('granted')
    expect(await unlock()).toMatchObject({ status: 'success' })
    const { events } = await world.server.ok('/events/list', { since: '2000-01-01', event_type: 'lock.access_denied' })
    expect(events[0].reason).toMatchObject({ reason_code: 'blocked_by_privacy_mode' })
  })
})

test.each([
  ['salto_ks', '20250004'],
  ['brivo', '48204'],
])('free cards of %s appear and vanish', async (provider, number) => {
  await using world = await World.of(provider)
  const pool = async () => await world.seam.acs.credentials.list({ acs_system_id: world.acs_system_id })
  const card = (await pool()).find((one) => one.card_number === number)
  const since = await world.mark()
  await world.edit('delete_credential', { acs_credential_id: card?.acs_credential_id })
  await world.sync()
  expect((await pool()).map((one) => one.card_number)).not.toContain(number)
  expect(await since()).toEqual(['acs_credential.deleted'])
  await world.server.sql(
    `UPDATE virtual_record SET data = data || '{"is_registered": true}', version = version + 1 WHERE kind = 'card' AND lookup = $1`,
    [number],
  )
  await world.sync()
  expect((await pool()).filter((one) => one.card_number === number)).toHaveLength(1)
})

describe('the operations of the sandbox say what is wrong', () => {
  test('ids, systems and fields', async () => {
    await using world = await World.of('salto_ks')
    const { acs_system_id } = world
    const edit = async (more: object) => {
      const { status, body } = await world.server.post('/sandbox/systems/edit', { acs_system_id, ...more })
      return `${status} ${body['error']?.type ?? 'ok'} ${body['error']?.message ?? ''}`
    }
    const nobody = 'ffffffff-ffff-4fff-8fff-ffffffffffff'
    expect(await edit({ action: 'delete_user' })).toMatch(/400 invalid_input .*acs_user_id/)
    expect(await edit({ action: 'delete_user', acs_user_id: nobody })).toMatch(/404 acs_user_not_found/)
    expect(await edit({ action: 'explode' })).toMatch(/400 invalid_input .*action/)
    const foreign = await world.server.encoder('salto_space')
    expect(await edit({ action: 'remove_encoder', acs_encoder_id: foreign })).toMatch(/400 .*another access system/)
    const { acs_access_group_id } = await world.group('Amenities')
    expect(await edit({ action: 'rename_group', acs_access_group_id })).toMatch(/400 .*name/)
    expect(await edit({ action: 'set_group_entrances', acs_access_group_id })).toMatch(/400 .*acs_entrance_ids/)
    expect(await edit({ action: 'delete_group', acs_access_group_id })).toMatch(/200/)
    expect(await edit({ action: 'delete_group', acs_access_group_id })).toMatch(/400 .*no such group/)
    const door = async (more: object) =>
      (await world.server.post('/sandbox/doors/set_state', more)).body['error']?.message
    expect(await door({ acs_entrance_id: await world.door('Gym') })).toMatch(/is_online.*privacy_mode/)
    const room = await world.server.entrance('visionline', 'Room 101')
    expect(await door({ acs_entrance_id: room, is_online: false })).toMatch(/without a network/)
    expect(await door({ acs_entrance_id: nobody, is_online: false })).toMatch(/not found/)
  })
})
