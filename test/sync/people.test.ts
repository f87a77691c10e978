// Users and credentials that somebody deletes, suspends or regroups in the maker's own software.
import { describe, expect, test } from 'vitest'
import { codes, messages, STARTS, World } from './support.ts'

describe('a credential deleted at the system', () => {
  test('is shown with cause and remedy, is not put back, and a new one is made on request', async () => {
    await using world = await World.of('salto_ks')
    const grant = await world.grant(['code'], ['Front Door', 'Office'])
    const method = await world.method(grant, 'code')
    const [credential = {}] = await world.credentials(method)
    await world.server.advance(STARTS)
    expect(await world.enterCode('Office', method['code'])).toBe('granted')

    const { acs_credential_id } = credential
    const since = await world.mark()
    await world.edit('delete_credential', { acs_credential_id })
    expect(await world.enterCode('Office', method['code'])).toBe('revoked')
    expect(await world.method(grant, 'code')).toMatchObject({ is_issued: true })
    await world.sync()

    const lost = await world.method(grant, 'code')
    expect(lost).toMatchObject({ is_issued: false, issued_at: null })
    expect(codes(lost, 'errors')).toEqual(['failed_to_issue'])
    expect(messages(lost, 'errors')).toMatch(/deleted at the access system.*delete this access method.*request/)
    expect(await world.credential(acs_credential_id)).toMatchObject({
      is_issued: false,
      errors: [{ error_code: 'deleted_externally', message: expect.stringMatching(/make a new one/) }],
    })
    expect(codes(await world.grantNow(grant), 'warnings')).toEqual(['underprovisioned_access'])
    const told = await since()
    expect(told.filter((type) => type === 'access_method.revoked')).toHaveLength(1)
    expect(told.filter((type) => type === 'access_grant.access_to_door_lost')).toHaveLength(2)
    expect(told.indexOf('acs_credential.invalidated')).toBeLessThan(told.indexOf('access_method.revoked'))

    // Neither time, nor a change of the grant, nor another look puts it back.
    await world.server.advance('2030-06-02T09:00:00.000Z')
    const { access_grant_id } = grant
    await world.seam.accessGrants.update({ access_grant_id, ends_at: '2030-06-05T11:00:00.000Z' })
    await world.sync()
    expect(await world.method(grant, 'code')).toMatchObject({ is_issued: false, pending_mutations: [] })
    expect(await world.enterCode('Office', method['code'])).not.toBe('granted')

    const { access_method_id } = method
    await world.seam.accessMethods.delete({ access_method_id })
    const again = await world.mark()
    await world.server.ok('/access_grants/request_access_methods', {
      access_grant_id,
      requested_access_methods: [{ mode: 'code' }],
    })
    await world.server.settle()
    const fresh = await world.method(grant, 'code')
    expect(fresh).toMatchObject({ is_issued: true, errors: [] })
    expect(await world.enterCode('Office', fresh['code'])).toBe('granted')
    expect(codes(await world.grantNow(grant), 'warnings')).toEqual([])
    expect(await again()).toContain('access_grant.access_granted_to_all_doors')
    await expect(world.credential(acs_credential_id)).rejects.toThrow(/not found/)
  })

  test('takes no door from a grant that another key still opens', async () => {
    await using world = await World.of('salto_ks')
    const grant = await world.grant(['code', 'mobile_key'], ['Front Door'])
    const [credential = {}] = await world.credentials(await world.method(grant, 'code'))
    await world.edit('delete_credential', { acs_credential_id: credential['acs_credential_id'] })
    const since = await world.mark()
    await world.sync()
    expect(await world.method(grant, 'code')).toMatchObject({ is_issued: false })
    expect(await world.method(grant, 'mobile_key')).toMatchObject({ is_issued: true, errors: [] })
    expect(await since()).not.toContain('access_grant.access_to_door_lost')
    expect(codes(await world.grantNow(grant), 'warnings')).toEqual([])
  })

  test('frees a tag, which goes to the next person', async () => {
    await using world = await World.of('salto_ks')
    const grant = await world.grant(['card'], ['Front Door'])
    const { access_method_id } = await world.method(grant, 'card')
    const assign = (id: string) =>
      world.server.ok('/access_methods/assign_card', { access_method_id: id, card_number: '20250003' })
    await assign(access_method_id)
    await world.server.settle()
    const pool = async () =>
      (await world.seam.acs.credentials.list({ acs_system_id: world.acs_system_id })).filter(
        (one) => one.acs_user_id === undefined,
      )
    expect(await pool()).toHaveLength(9)
    const [credential = {}] = await world.credentials({ access_method_id })
    await world.edit('delete_credential', { acs_credential_id: credential['acs_credential_id'] })
    await world.sync()
    expect((await pool()).map((one) => one.card_number)).toContain('20250003')
    expect(await pool()).toHaveLength(10)
    expect(await world.method(grant, 'card')).toMatchObject({ is_issued: false, is_assignment_required: false })
    const other = await world.grant(['card'], ['Front Door'], { user_identity: { full_name: 'Next' } })
    await assign((await world.method(other, 'card'))['access_method_id'])
    await world.server.settle()
    expect(await world.method(other, 'card')).toMatchObject({ is_issued: true })
    expect(await pool()).toHaveLength(9)
    // The lost one goes without giving the tag to the pool a second time.
    await world.seam.accessMethods.delete({ access_method_id })
    await world.sync()
    expect(await pool()).toHaveLength(9)
  })

  test('a written card of Salto Space: another is made and written', async () => {
    await using world = await World.of('salto_space')
    const grant = await world.grant(['card'], ['Main Entrance', 'Room 101'])
    const method = await world.method(grant, 'card')
    const { status, result } = await world.encode(method)
    expect(status).toBe('success')
    const [credential = {}] = await world.credentials(method)
    await world.edit('delete_credential', { acs_credential_id: credential['acs_credential_id'] })
    await world.sync()
    expect(await world.method(grant, 'card')).toMatchObject({ is_issued: false, is_encoding_required: false })
    await expect(world.encode(method)).rejects.toThrow(/deleted at the access system.*request a new one/)
    await world.seam.accessMethods.delete({ access_method_id: method['access_method_id'] })
    await world.server.ok('/access_grants/request_access_methods', {
      access_grant_id: grant['access_grant_id'],
      requested_access_methods: [{ mode: 'card' }],
    })
    await world.server.settle()
    const fresh = await world.encode(await world.method(grant, 'card'))
    expect(fresh).toMatchObject({ status: 'success' })
    expect(fresh['result'].card_number).not.toBe(result.card_number)
    expect(await world.method(grant, 'card')).toMatchObject({ is_issued: true, errors: [] })
  })
})

test('a card that waited to be written again is lost: its grant does not wait for it any longer', async () => {
  await using world = await World.of('salto_space')
  const grant = await world.grant(['card'], ['Main Entrance', 'Room 101'])
  const method = await world.method(grant, 'card')
  expect(await world.encode(method)).toMatchObject({ status: 'success' })
  const { access_grant_id } = grant
  await world.seam.accessGrants.update({ access_grant_id, ends_at: '2030-06-05T11:00:00.000Z' })
  await world.server.settle()
  expect((await world.grantNow(grant))['pending_mutations']).toHaveLength(1)
  const [credential = {}] = await world.credentials(method)
  await world.edit('delete_credential', { acs_credential_id: credential['acs_credential_id'] })
  await world.sync()
  const now = await world.grantNow(grant)
  expect(now).toMatchObject({ pending_mutations: [] })
  expect(codes(now, 'warnings')).toEqual(['underprovisioned_access'])
  expect(await world.method(grant, 'card')).toMatchObject({ is_issued: false, pending_mutations: [], warnings: [] })
})

describe('a user deleted at the system', () => {
  test('is shown, is not created again, and comes back by deleting it here and asking anew', async () => {
    await using world = await World.of('salto_ks')
    const grant = await world.grant(['code'], ['Front Door'])
    const { access_grant_id, user_identity_id } = grant
    const method = await world.method(grant, 'code')
    const user = await world.user()
    const { acs_user_id } = user
    await world.server.advance(STARTS)
    const since = await world.mark()
    await world.edit('delete_user', { acs_user_id })
    expect(await world.enterCode('Front Door', method['code'])).toBe('revoked')
    await world.sync()
    expect(await world.user()).toMatchObject({
      acs_user_id,
      errors: [{ error_code: 'deleted_externally', message: expect.stringMatching(/acs\/users\/delete/) }],
      pending_mutations: [],
    })
    const [credential = {}] = await world.credentials(method)
    expect(codes(credential, 'errors')).toEqual(['deleted_externally'])
    const lost = await world.method(grant, 'code')
    expect(lost).toMatchObject({ is_issued: false })
    expect(messages(lost, 'errors')).toMatch(/user behind this access method was deleted/)
    expect(await since()).toEqual(
      expect.arrayContaining(['acs_user.deleted', 'access_method.revoked', 'access_grant.access_to_door_lost']),
    )

    // A new grant for the person does not let them in by the back door, and says why.
    const second = await world.grant(['code'], ['Office'], { user_identity_id, user_identity: undefined })
    const refused = await world.method(second, 'code')
    expect(refused).toMatchObject({ is_issued: false })
    expect(messages(refused, 'errors')).toMatch(/acs\/users\/delete/)
    expect(
      await world.server.sql(
        `SELECT 1 FROM virtual_record WHERE kind = 'user' AND data->>'reference' IS NOT NULL AND NOT (data->>'is_deleted')::boolean`,
      ),
    ).toHaveLength(0)

    await world.seam.acs.users.delete({ acs_user_id })
    for (const one of [lost, refused])
      await world.seam.accessMethods.delete({ access_method_id: one['access_method_id'] })
    for (const id of [access_grant_id, second['access_grant_id']])
      await world.server.ok('/access_grants/request_access_methods', {
        access_grant_id: id,
        requested_access_methods: [{ mode: 'code' }],
      })
    await world.server.settle()
    for (const [one, door] of [
      [grant, 'Front Door'],
      [second, 'Office'],
    ] as const) {
      const fresh = await world.method(one, 'code')
      expect(fresh).toMatchObject({ is_issued: true, errors: [] })
      expect(await world.enterCode(door, fresh['code'])).toBe('granted')
    }
    await world.sync()
    expect((await world.users()).map((one) => codes(one, 'errors'))).toEqual([[]])
  })
})

test('suspension follows the system, both ways', async () => {
  await using world = await World.of('salto_ks')
  const grant = await world.grant(['code'], ['Front Door'])
  const { code } = await world.method(grant, 'code')
  const { acs_user_id } = await world.user()
  await world.server.advance(STARTS)
  await world.edit('suspend_user', { acs_user_id })
  expect(await world.enterCode('Front Door', code)).toBe('suspended')
  await world.sync()
  expect(await world.user()).toMatchObject({ is_suspended: true, pending_mutations: [], errors: [] })
  await world.edit('unsuspend_user', { acs_user_id })
  await world.sync()
  expect(await world.user()).toMatchObject({ is_suspended: false, pending_mutations: [] })
  expect(await world.enterCode('Front Door', code)).toBe('granted')
  // Ours, lifted there: it stays lifted.
  await world.seam.acs.users.suspend({ acs_user_id })
  await world.server.settle()
  await world.edit('unsuspend_user', { acs_user_id })
  await world.sync()
  expect(await world.user()).toMatchObject({ is_suspended: false })
})

test("membership in groups: the maker's own are adopted, ours are put back", async () => {
  await using world = await World.of('salto_ks')
  const grant = await world.grant(['code'], ['Front Door'])
  const { code } = await world.method(grant, 'code')
  const { acs_user_id } = await world.user()
  const [own, amenities, main] = [
    await world.ownGroup(),
    await world.group('Amenities'),
    await world.group('Main Group'),
  ]
  await world.server.advance(STARTS)
  const groupsOf = async () => {
    const [row] = await world.server.sql<{ ids: string[] }>(
      'SELECT acs_access_group_ids AS ids FROM acs_user WHERE acs_user_id = $1',
      [acs_user_id],
    )
    return row?.ids.sort()
  }
  const { acs_access_group_id } = own
  await world.edit('add_user_to_group', { acs_user_id, acs_access_group_id: amenities['acs_access_group_id'] })
  await world.sync()
  expect(await groupsOf()).toEqual([acs_access_group_id, amenities['acs_access_group_id']].sort())
  expect(await world.user()).toMatchObject({ warnings: [], pending_mutations: [] })
  expect(await world.enterCode('Gym', code)).toBe('granted')
  await world.edit('remove_user_from_group', { acs_user_id, acs_access_group_id: amenities['acs_access_group_id'] })
  await world.sync()
  expect(await groupsOf()).toEqual([acs_access_group_id])

  await world.edit('remove_user_from_group', { acs_user_id, acs_access_group_id })
  expect(await world.enterCode('Front Door', code)).toBe('no_access_to_entrance')
  // Seen while the system takes nothing: what was found shows, until it has been put back.
  await world.fault('busy')
  await world.sync()
  expect(await world.user()).toMatchObject({
    pending_mutations: [
      { mutation_code: 'updating_group_membership', from: { acs_access_group_id: null }, to: { acs_access_group_id } },
    ],
    warnings: [{ warning_code: 'unknown_issue_with_acs_user', message: expect.stringContaining(own['name']) }],
  })
  await world.fault('none')
  await world.server.settle()
  expect(await world.user()).toMatchObject({ warnings: [], pending_mutations: [] })
  expect(await world.enterCode('Front Door', code)).toBe('granted')
  expect(main['acs_access_group_id']).toBeTruthy()
})

test('people whom Lockstitch did not make are found as unmanaged, and go when they go', async () => {
  await using world = await World.of('salto_ks')
  const amenities = await world.group('Amenities')
  const stranger = {
    external_id: 'stranger',
    reference: null,
    full_name: 'Somebody Else',
    email_address: null,
    phone_number: null,
    is_suspended: false,
    schedule: null,
    group_ids: ['amenities'],
    entrance_ids: [],
    card_id: null,
    applied: [],
    is_deleted: false,
  }
  await world.server.sql(
    `INSERT INTO virtual_record (workspace_id, building_id, kind, id, data)
     SELECT workspace_id, external_id, 'user', 'stranger', $2 FROM acs_system WHERE acs_system_id = $1`,
    [world.acs_system_id, stranger],
  )
  await world.sync()
  const { acs_users } = await world.server.ok('/acs/users/unmanaged/list', { acs_system_id: world.acs_system_id })
  expect(acs_users).toMatchObject([{ full_name: 'Somebody Else', is_managed: false, errors: [] }])
  expect(await world.eventTypes({ acs_system_id: world.acs_system_id })).toContain('acs_user.created')
  expect(amenities).toBeTruthy()
  await world.server.sql(`DELETE FROM virtual_record WHERE kind = 'user' AND id = 'stranger'`)
  await world.sync()
  expect(
    (await world.server.ok('/acs/users/unmanaged/list', { acs_system_id: world.acs_system_id }))['acs_users'],
  ).toEqual([])
  expect(await world.eventTypes({ acs_system_id: world.acs_system_id })).toContain('acs_user.deleted')
})
