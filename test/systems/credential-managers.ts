/** What both credential managers have in common. */
import { describe, expect, test } from 'vitest'
import type { Json } from './hotel.ts'
import { FrontDesk, MORNING } from './hotel.ts'

export interface ManagerLike {
  provider: string
  /** Systems that it serves, with a room of each. */
  serves: readonly (readonly [provider: string, room: string])[]
  /** A login that a virtual one takes. */
  login: Record<string, string>
  /** What makes it that of another manager; null = there can be one of it. */
  other: Record<string, string> | null
  /** One more system that it serves. */
  another: { provider: string; login: Record<string, string> }
  /** A manager that cannot serve the first of `serves`. */
  stranger: string
}

export function behavesLikeAManager(manager: ManagerLike): void {
  const { provider, serves, login, other, another, stranger } = manager
  const [[served, room]] = serves as [readonly [string, string]]

  const defaultOf = async (desk: FrontDesk, acs_system_id: string): Promise<string | null | undefined> =>
    (await desk.seam.acs.systems.get({ acs_system_id })).default_credential_manager_acs_system_id

  const connect = async (desk: FrontDesk, body: object): Promise<string> =>
    (await desk.server.ok('/connected_accounts/connect', body))['acs_system'].acs_system_id as string

  /** Takes the manager out of the workspace, as disconnecting its account does. */
  const remove = async (desk: FrontDesk): Promise<void> => {
    await desk.server.sql(
      `WITH gone AS (DELETE FROM acs_system WHERE provider = $1 RETURNING connected_account_id)
       DELETE FROM connected_account WHERE connected_account_id IN (SELECT connected_account_id FROM gone)`,
      [provider],
    )
  }

  const mobileKey = async (desk: FrontDesk, more: object = {}): Promise<Json> => {
    const { user_identity_id } = await desk.seam.userIdentities.create({ full_name: 'Dan Fox' })
    const { body, status } = await desk.server.post('/acs/credentials/create', {
      user_identity_id,
      acs_system_id: await desk.server.systemOf(served),
      access_method: 'mobile_key',
      is_multi_phone_sync_credential: true,
      allowed_acs_entrance_ids: [await desk.server.entrance(served, room)],
      ...more,
    })
    return { status, ...body }
  }

  test('it is a manager: no doors, encoders, groups or users', async () => {
    await using desk = await FrontDesk.open(provider)
    const acs_system_id = await desk.system()
    const { seam } = desk
    expect(await seam.acs.systems.get({ acs_system_id })).toMatchObject({
      is_credential_manager: true,
      acs_user_count: 0,
      acs_access_group_count: 0,
      errors: [],
      warnings: [],
    })
    const lists = await Promise.all([
      seam.acs.entrances.list({ acs_system_id }),
      seam.acs.encoders.list({ acs_system_ids: [acs_system_id] }),
      seam.acs.accessGroups.list({ acs_system_id }),
      seam.acs.users.list({ acs_system_id }),
      seam.acs.credentials.list({ acs_system_id }),
    ])
    expect(lists).toEqual([[], [], [], [], []])
    const refused = await desk.server.post('/acs/users/create', { acs_system_id, full_name: 'Nobody' })
    expect([refused.status, refused.body['error'].message]).toEqual([
      400,
      expect.stringContaining('credential manager'),
    ])
  })

  describe('the default', () => {
    test('is set for every system that it serves, and listed as compatible', async () => {
      await using desk = await FrontDesk.open(provider)
      const id = await desk.system()
      for (const [one] of serves) {
        const acs_system_id = await desk.server.systemOf(one)
        expect(await defaultOf(desk, acs_system_id), one).toBe(id)
        const compatible = await desk.seam.acs.systems.listCompatibleCredentialManagerAcsSystems({ acs_system_id })
        expect(
          compatible.map((system) => system.acs_system_id),
          one,
        ).toEqual([id])
      }
    })

    test('is set for a system that is connected later', async () => {
      await using desk = await FrontDesk.open(provider)
      expect(await defaultOf(desk, await connect(desk, another))).toBe(await desk.system())
    })

    test.runIf(other !== null)('is kept when a second manager comes, and then left to the caller', async () => {
      await using desk = await FrontDesk.open(provider)
      const first = await desk.system()
      const later = await connect(desk, another)
      const second = await connect(desk, { provider, login: { ...login, ...other } })
      expect(second).not.toBe(first)
      expect([await defaultOf(desk, later), await defaultOf(desk, first)]).toEqual([first, null])
      const compatible = await desk.seam.acs.systems.listCompatibleCredentialManagerAcsSystems({ acs_system_id: later })
      expect(compatible.map((system) => system.acs_system_id).sort()).toEqual([first, second].sort())
      const third = await connect(desk, { ...another, login: { ...another.login, ...thirdOf(another.login) } })
      expect(await defaultOf(desk, third)).toBeNull()
    })

    test('is set again after a reset', async () => {
      await using desk = await FrontDesk.open(provider)
      await desk.seam.workspaces.resetSandbox()
      const id = await desk.system()
      for (const [one] of serves) expect(await defaultOf(desk, await desk.server.systemOf(one)), one).toBe(id)
    })
  })

  describe('mobile keys', () => {
    test('are made with the default, or with a manager that is named', async () => {
      await using desk = await FrontDesk.open(provider)
      expect(await mobileKey(desk)).toMatchObject({ status: 200 })
      expect(await mobileKey(desk, { credential_manager_acs_system_id: await desk.system() })).toMatchObject({
        status: 200,
      })
    })

    test('cannot name a system of another kind', async () => {
      await using desk = await FrontDesk.open(provider)
      for (const wrong of [stranger, served, 'salto_space']) {
        const credential_manager_acs_system_id = await desk.server.systemOf(wrong)
        const { status, error } = await mobileKey(desk, { credential_manager_acs_system_id })
        expect([status, error.type], wrong).toEqual([400, 'invalid_input'])
        expect(error.message, wrong).toContain('credential_manager_acs_system_id')
      }
      const unknown = { credential_manager_acs_system_id: '11111111-1111-4111-8111-111111111111' }
      expect(await mobileKey(desk, unknown)).toMatchObject({ status: 404, error: { type: 'acs_system_not_found' } })
      const named = { credential_manager_acs_system_id: await desk.system() }
      const card = await mobileKey(desk, { ...named, access_method: 'card', is_multi_phone_sync_credential: false })
      expect(card).toMatchObject({ status: 400 })
      expect(card['error'].message).toContain('credential_manager_acs_system_id')
    })

    test('without a manager: the direct way is refused, the grant says what to do, and then it works', async () => {
      await using desk = await FrontDesk.open(provider)
      const { server, seam } = desk
      await remove(desk)
      const refused = await mobileKey(desk)
      expect([refused['status'], refused['error'].type]).toEqual([400, 'invalid_input'])
      expect(refused['error'].message).toContain('credential_manager_acs_system_id')
      expect(refused['error'].message).toContain('Connect one of the type')

      const grant = await seam.accessGrants.create({
        user_identity: { full_name: 'Eve Gray' },
        acs_entrance_ids: [await server.entrance(served, room)],
        requested_access_methods: [{ mode: 'card' }, { mode: 'mobile_key' }],
        reservation_key: 'stay',
        starts_at: MORNING,
      })
      const { access_grant_id, user_identity_id } = grant
      expect(grant.errors).toMatchObject([{ error_code: 'cannot_create_requested_access_methods', mode: 'mobile_key' }])
      expect(grant.errors[0]?.message).toContain('credential manager')
      expect(grant.errors[0]?.message).toContain('Connect one of the type')
      expect(grant.access_method_ids).toHaveLength(1)
      expect(await desk.events({ access_grant_id })).toContain('access_grant.could_not_create_requested_access_methods')

      const connected = await connect(desk, { provider, login })
      expect(await defaultOf(desk, await server.systemOf(served))).toBe(connected)
      await server.ok('/access_grants/request_access_methods', {
        access_grant_id,
        requested_access_methods: [{ mode: 'mobile_key' }],
      })
      await server.settle()
      const mended = await seam.accessGrants.get({ access_grant_id })
      expect(mended.errors).toEqual([])
      expect(mended.access_method_ids).toHaveLength(2)
      const phone = await desk.phoneOf({ user_identity_id })
      const body = { acs_entrance_id: await server.entrance(served, room), device_id: phone }
      expect((await server.ok('/sandbox/doors/present_phone', body))['door_attempt']).toMatchObject({ opened: true })
    })
  })
}

/** Another system of the same kind. */
function thirdOf(login: Record<string, string>): Record<string, string> {
  const name = Object.keys(login).find(
    (key) => key.endsWith('name') && key !== 'username' && !key.includes('_username'),
  )
  const field = name ?? 'server_address'
  return { [field]: `${login[field]} 3` }
}
