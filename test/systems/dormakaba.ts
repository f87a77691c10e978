/** dormakaba's two systems: users are in groups, and credentials carry doors of their own beside those of the groups. */
import { describe, expect, test } from 'vitest'
import type { Json } from './hotel.ts'
import { FrontDesk, STARTS } from './hotel.ts'

export interface DormakabaLike {
  provider: string
  rooms: readonly [string, string, string]
}

export function behavesLikeDormakaba({ provider, rooms }: DormakabaLike): void {
  const [room, other, third] = rooms

  const groupOf = async (desk: FrontDesk, name: string): Promise<string> => {
    const groups = await desk.seam.acs.accessGroups.list({ acs_system_id: await desk.system() })
    return groups.find((group) => group.name === name)?.acs_access_group_id ?? ''
  }

  const credential = async (desk: FrontDesk, acs_user_id: string, doors: readonly string[], more: object = {}) =>
    desk.seam.acs.credentials.create({
      acs_user_id,
      access_method: 'card',
      allowed_acs_entrance_ids: await desk.doors(doors),
      ...more,
    })

  test('groups, encoder and the manager of its mobile keys are those of the sandbox', async () => {
    await using desk = await FrontDesk.open(provider)
    const acs_system_id = await desk.system()
    const groups = await desk.seam.acs.accessGroups.list({ acs_system_id })
    expect(groups.map((group) => [group.name, group.external_type])).toEqual([
      ['Guests', `${provider}_access_group`],
      ['Staff', `${provider}_access_group`],
    ])
    const encoders = await desk.seam.acs.encoders.list({ acs_system_ids: [acs_system_id] })
    expect(encoders.map((encoder) => encoder.display_name)).toEqual(['Encoder 1'])
    const system = await desk.seam.acs.systems.get({ acs_system_id })
    expect(system.default_credential_manager_acs_system_id).toBe(await desk.server.systemOf('legic_connect'))
  })

  describe('a grant', () => {
    test('puts its doors on the credential, and makes no group', async () => {
      await using desk = await FrontDesk.open(provider)
      const before = await desk.seam.acs.accessGroups.list({ acs_system_id: await desk.system() })
      const grant = await desk.grant([room, 'Lobby'], 'card', { reservation_key: 'one' })
      const [access_method_id = ''] = grant['access_method_ids'] as string[]
      const entrances = await desk.seam.acs.entrances.list({ access_method_id })
      expect(entrances.map((door) => door.display_name)).toEqual([room, 'Lobby'])
      const { user_identity_id } = grant as { user_identity_id: string }
      const credentials = await desk.seam.acs.credentials.list({ user_identity_id })
      expect(credentials.map((one) => one.display_name)).toEqual([`${room}, Lobby`])
      expect(await desk.seam.acs.accessGroups.list({ acs_system_id: await desk.system() })).toEqual(before)
      const [user] = await desk.seam.acs.users.list({ user_identity_id })
      const { acs_user_id = '' } = user ?? {}
      expect(await desk.seam.acs.accessGroups.list({ acs_user_id })).toEqual([])
    })

    test('a guest who is in a group opens its doors too, once the card is written with them', async () => {
      await using desk = await FrontDesk.open(provider)
      const { server, seam } = desk
      const grant = await desk.grant([room], 'card', { reservation_key: 'one' })
      const card = await desk.encode(grant)
      const { user_identity_id } = grant as { user_identity_id: string }
      const acs_access_group_id = await groupOf(desk, 'Guests')
      await seam.acs.accessGroups.addUser({ acs_access_group_id, user_identity_id })
      await server.settle()
      await server.advance(STARTS)
      expect(await desk.present('Gym', card)).toBe('no_access_to_entrance')
      const [access_method_id = ''] = grant['access_method_ids'] as string[]
      expect(await seam.accessMethods.get({ access_method_id })).toMatchObject({ is_encoding_required: true })
      expect(await desk.encode(grant)).toBe(card)
      expect([await desk.present('Gym', card), await desk.present(room, card)]).toEqual(['granted', 'granted'])
      expect(await desk.present(other, card)).toBe('no_access_to_entrance')
      await server.advance(grant['ends_at'] as string)
      expect([await desk.present('Gym', card), await desk.present(room, card)]).toEqual(['expired', 'expired'])
    })
  })

  describe('a credential of its own', () => {
    test('takes doors, and opens them and those of its user’s groups as written', async () => {
      await using desk = await FrontDesk.open(provider)
      const { seam, server } = desk
      const guests = await groupOf(desk, 'Guests')
      const acs_user_id = await desk.user('Bob Ray', { acs_access_group_ids: [guests] })
      const { acs_credential_id } = await credential(desk, acs_user_id, [room])
      const opens = await seam.acs.credentials.listAccessibleEntrances({ acs_credential_id })
      expect(opens.map((door) => door.display_name).sort()).toEqual(['Gym', 'Lobby', room])
      const card = await desk.encodeCredential(acs_credential_id)
      const at = () => Promise.all([desk.present(room, card), desk.present('Lobby', card), desk.present(other, card)])
      expect(await at()).toEqual(['granted', 'granted', 'no_access_to_entrance'])
      await seam.acs.accessGroups.removeUser({ acs_access_group_id: guests, acs_user_id })
      await server.settle()
      // Plastic knows nothing of it before it is written again.
      expect(await at()).toEqual(['granted', 'granted', 'no_access_to_entrance'])
      const stale = await seam.acs.credentials.get({ acs_credential_id })
      expect(stale.warnings.map((warning) => warning.warning_code)).toContain('needs_to_be_reissued')
      expect(await desk.encodeCredential(acs_credential_id)).toBe(card)
      expect(await at()).toEqual(['granted', 'no_access_to_entrance', 'no_access_to_entrance'])
    })

    test('a scan finds the card in step with its own doors and its groups', async () => {
      await using desk = await FrontDesk.open(provider)
      const acs_access_group_ids = [await groupOf(desk, 'Guests')]
      const acs_user_id = await desk.user('Bob Ray', { acs_access_group_ids })
      await desk.encodeCredential((await credential(desk, acs_user_id, [room])).acs_credential_id)
      const acs_encoder_id = await desk.server.encoder(provider)
      const { result } = (await desk.seam.acs.encoders.scanCredential({ acs_encoder_id })) as Json
      expect(result.warnings).toEqual([])
      expect(result.acs_credential_on_seam.acs_user_id).toBe(acs_user_id)
    })

    test('needs no doors where groups give them', async () => {
      await using desk = await FrontDesk.open(provider)
      const acs_user_id = await desk.user('Bob Ray', { acs_access_group_ids: [await groupOf(desk, 'Guests')] })
      const card = await desk.encodeCredential((await credential(desk, acs_user_id, [])).acs_credential_id)
      expect([await desk.present('Lobby', card), await desk.present(room, card)]).toEqual([
        'granted',
        'no_access_to_entrance',
      ])
    })

    test('a mobile key takes doors, too', async () => {
      await using desk = await FrontDesk.open(provider)
      const { server, seam } = desk
      const identity = await seam.userIdentities.create({ full_name: 'Dan Fox' })
      const { user_identity_id } = identity
      const made = await seam.acs.credentials.create({
        user_identity_id,
        acs_system_id: await desk.system(),
        access_method: 'mobile_key',
        is_multi_phone_sync_credential: true,
        allowed_acs_entrance_ids: await desk.doors([third]),
      })
      expect(made.display_name).toBe('Multi Phone Sync Credential')
      const phone = await desk.phoneOf({ user_identity_id })
      await server.settle()
      expect([await desk.presentPhone(third, phone), await desk.presentPhone(room, phone)]).toEqual([
        'granted',
        'no_access_to_entrance',
      ])
    })
  })

  test('staff come in by their group: they end no guest, and no guest ends them', async () => {
    await using desk = await FrontDesk.open(provider)
    const staff = await desk.user('Sam Orr', { acs_access_group_ids: [await groupOf(desk, 'Staff')] })
    const card = await desk.encodeCredential((await credential(desk, staff, [])).acs_credential_id)
    const first = await desk.encode(await desk.grant([room], 'card', { reservation_key: 'one' }))
    await desk.server.advance(STARTS)
    expect(await desk.present(room, card)).toBe('granted')
    expect(await desk.present(room, first)).toBe('granted')
    expect(await desk.present(room, card)).toBe('granted')
    const next = await desk.encode(await desk.grant([room], 'card', { reservation_key: 'two' }))
    expect(await desk.present(room, next)).toBe('granted')
    expect(await desk.present(room, card)).toBe('granted')
    expect(await desk.present(room, first)).toBe('overridden')
  })
}
