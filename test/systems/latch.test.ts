// Latch: a PIN for each door, made by the system; mobile keys over many doors with a PIN beside them.
import { describe, expect, test } from 'vitest'
import { ENDS, FrontDesk, STARTS, type Json } from './hotel.ts'
import { byCode, byPhone, codesOf, doorsOf, expectLacking, grantOf, methodsOf, throughTheStay } from './online.ts'

const open = (): Promise<FrontDesk> => FrontDesk.open('latch')
const code = (method: Json | undefined): string => method?.['code'] as string

test('entrances say what they take and what they are', async () => {
  await using desk = await open()
  const acs_system_id = await desk.system()
  const system: Json = await desk.seam.acs.systems.get({ acs_system_id })
  expect(system).toMatchObject({ external_type: 'latch_building', is_credential_manager: false, errors: [] })
  const entrances: Json[] = await desk.seam.acs.entrances.list({ acs_system_id })
  expect(entrances.map((door) => door['display_name'])).toEqual(['Front Door', 'Unit 1A', 'Unit 1B', 'Gym'])
  for (const door of entrances) {
    expect(door).toMatchObject({
      can_unlock_with_code: true,
      can_unlock_with_mobile_key: true,
      can_unlock_with_card: false,
      can_unlock_with_cloud_key: false,
      latch_metadata: { door_name: door['display_name'], door_type: 'DOOR', is_connected: true },
    })
  }
  expect(await desk.seam.acs.encoders.list({ acs_system_id })).toEqual([])
})

test('modes that Latch lacks are named on the grant', async () => {
  await using desk = await open()
  await expectLacking(desk, 'Unit 1A', ['card', 'cloud_key'])
})

describe('a grant', () => {
  test('of a PIN over three doors gives three, each opening its own door in the stay alone', async () => {
    await using desk = await open()
    const grant = await desk.grant(['Front Door', 'Unit 1A', 'Gym'], 'code')
    expect(grant).toMatchObject({ errors: [], warnings: [], pending_mutations: [] })
    const methods = await methodsOf(desk, grant)
    expect(await Promise.all(methods.map((method) => doorsOf(desk, method)))).toEqual([
      ['Front Door'],
      ['Unit 1A'],
      ['Gym'],
    ])
    const [request] = grant['requested_access_methods'] as Json[]
    expect(request?.['created_access_method_ids']).toEqual(grant['access_method_ids'])
    const codes = methods.map(code)
    for (const one of codes) expect(one).toMatch(/^\d{7}$/)
    expect(new Set(codes).size).toBe(3)
    const { access_grant_id } = grant as { access_grant_id: string }
    const events = await desk.events({ access_grant_id })
    expect(events.filter((type) => type === 'access_grant.access_granted_to_door')).toHaveLength(3)
    expect(events).toContain('access_grant.access_granted_to_all_doors')
    expect(events.filter((type) => type === 'access_method.issued')).toHaveLength(3)
    const [front = '', unit = '', gym = ''] = codes
    await throughTheStay(desk, [
      [byCode(desk, front), 'Front Door'],
      [byCode(desk, unit), 'Unit 1A'],
      [byCode(desk, gym), 'Gym'],
    ])
  })

  test('gives no PIN for another door, and none once it is gone', async () => {
    await using desk = await open()
    const grant = await desk.grant(['Front Door', 'Unit 1A'], 'code')
    const [front, unit] = await methodsOf(desk, grant)
    await desk.server.advance(STARTS)
    expect(await byCode(desk, code(front))('Unit 1A')).toBe('no_access_to_entrance')
    expect(await byCode(desk, code(unit))('Front Door')).toBe('no_access_to_entrance')
    await desk.seam.accessMethods.delete({ access_method_id: unit?.['access_method_id'] as string })
    expect(await byCode(desk, code(unit))('Unit 1A')).toBe('revoked')
    expect(await byCode(desk, code(front))('Front Door')).toBe('granted')
    await desk.seam.accessGrants.delete({ access_grant_id: grant['access_grant_id'] as string })
    expect(await byCode(desk, code(front))('Front Door')).toBe('revoked')
  })

  test('that wishes for a PIN gets those of the system, and says which ones', async () => {
    await using desk = await open()
    const wish = { requested_access_methods: [{ mode: 'code', code: '1234567' }] }
    const grant = await desk.grant(['Front Door', 'Gym'], 'code', wish)
    const codes = (await methodsOf(desk, grant)).map(code)
    expect(codes).not.toContain('1234567')
    expect(grant['errors']).toEqual([])
    expect(codesOf(grant, 'warnings')).toEqual(Array<string>(2).fill('requested_code_unavailable'))
    const doors = await desk.doors(['Front Door', 'Gym'])
    for (const [i, device_id] of doors.entries()) {
      const told = { device_id, original_code: '1234567', new_code: codes[i] }
      expect(grant['warnings']).toContainEqual(expect.objectContaining(told))
    }
  })

  test('keeps each door’s PIN when doors come and go, and when its times change', async () => {
    await using desk = await open()
    const grant = await desk.grant(['Front Door', 'Unit 1A'], 'code')
    const access_grant_id = grant['access_grant_id'] as string
    const [front, unit] = await methodsOf(desk, grant)
    await desk.server.advance(STARTS)
    await desk.server.ok('/access_grants/update', {
      access_grant_id,
      acs_entrance_ids: await desk.doors(['Unit 1A', 'Gym']),
    })
    await desk.server.settle()
    const after = await methodsOf(desk, await grantOf(desk, grant))
    expect(after.map(code)).toEqual([code(unit), code(after[1])])
    expect(after[0]?.['access_method_id']).toBe(unit?.['access_method_id'])
    expect(after[0]).toMatchObject({ is_issued: true, pending_mutations: [] })
    expect(await byCode(desk, code(front))('Front Door')).toBe('revoked')
    expect(await byCode(desk, code(unit))('Unit 1A')).toBe('granted')
    expect(await byCode(desk, code(after[1]))('Gym')).toBe('granted')
    const ofUnit = await desk.events({ access_method_id: unit?.['access_method_id'] })
    expect(ofUnit).not.toContain('access_method.revoked')

    const ends_at = '2030-06-05T11:00:00.000Z'
    await desk.seam.accessGrants.update({ access_grant_id, ends_at })
    await desk.server.settle()
    const moved = await methodsOf(desk, await grantOf(desk, grant))
    expect(moved.map(code)).toEqual(after.map(code))
    expect(moved.map((method) => method['is_issued'])).toEqual([true, true])
    for (const method of moved) {
      const types = await desk.events({ access_method_id: method['access_method_id'] })
      expect(types).toContain('access_method.reissued')
    }
    await desk.server.advance(ENDS)
    expect(await byCode(desk, code(moved[0]))('Unit 1A')).toBe('granted')
    await desk.server.advance(ends_at)
    expect(await byCode(desk, code(moved[0]))('Unit 1A')).not.toBe('granted')
    expect(await byCode(desk, code(moved[1]))('Gym')).not.toBe('granted')
  })

  test('of the same person, doors and times shares the PINs of the first, until both are gone', async () => {
    await using desk = await open()
    const first = await desk.grant(['Front Door', 'Gym'], 'code')
    const { user_identity_id } = first as { user_identity_id: string }
    const second = await desk.grant(['Front Door', 'Gym'], 'code', { user_identity: undefined, user_identity_id })
    expect(second['access_method_ids']).toEqual(first['access_method_ids'])
    const [front] = await methodsOf(desk, first)
    await desk.seam.accessGrants.delete({ access_grant_id: first['access_grant_id'] as string })
    await desk.server.advance(STARTS)
    expect(await byCode(desk, code(front))('Front Door')).toBe('granted')
    await desk.seam.accessGrants.delete({ access_grant_id: second['access_grant_id'] as string })
    expect(await byCode(desk, code(front))('Front Door')).toBe('revoked')
  })

  test('over a space gets a PIN for every door the space gains', async () => {
    await using desk = await open()
    const space = await desk.seam.spaces.create({
      name: 'Unit 1A',
      acs_entrance_ids: await desk.doors(['Front Door', 'Unit 1A']),
    })
    const more = { acs_entrance_ids: undefined, space_ids: [space.space_id] }
    const grant = await desk.grant([], 'code', more)
    const before = await methodsOf(desk, grant)
    await desk.seam.spaces.addAcsEntrances({ space_id: space.space_id, acs_entrance_ids: [await desk.door('Gym')] })
    await desk.server.settle()
    const after = await methodsOf(desk, await grantOf(desk, grant))
    expect(after.slice(0, 2).map(code)).toEqual(before.map(code))
    await desk.server.advance(STARTS)
    expect(await byCode(desk, code(after[2]))('Gym')).toBe('granted')
  })
})

describe('a mobile key', () => {
  test('opens all of its doors by phone and by the PIN beside it, in the stay alone', async () => {
    await using desk = await open()
    const grant = await desk.grant(['Front Door', 'Unit 1A'], 'mobile_key')
    const [method] = await methodsOf(desk, grant)
    expect(await doorsOf(desk, method ?? {})).toEqual(['Front Door', 'Unit 1A'])
    expect(method?.['code']).toBeUndefined()
    expect(method?.['instant_key_url']).toMatch(/\/ik\//)
    const phone = byPhone(desk, await desk.phoneOf(grant))
    const acs_system_id = await desk.system()
    const credentials: Json[] = await desk.seam.acs.credentials.list({ acs_system_id })
    const parent = credentials.find((one) => one['is_multi_phone_sync_credential'] === true)
    const copy = credentials.find((one) => one['parent_acs_credential_id'] !== undefined)
    expect(parent).toMatchObject({ external_type: 'latch_access', code: expect.stringMatching(/^\d{7}$/) as string })
    expect(copy?.['code'] ?? null).toBeNull()
    const pin = byCode(desk, parent?.['code'])
    await desk.server.advance(STARTS)
    expect([await phone('Gym'), await pin('Gym')]).toEqual(['no_access_to_entrance', 'no_access_to_entrance'])
    expect([await phone('Unit 1A'), await pin('Unit 1A'), await pin('Front Door')]).toEqual(
      Array<string>(3).fill('granted'),
    )
    await desk.server.advance(ENDS)
    expect([await phone('Unit 1A'), await pin('Unit 1A')]).not.toContain('granted')
  })

  test('and PINs of one grant open the doors to the millisecond', async () => {
    await using desk = await open()
    const both = { requested_access_methods: [{ mode: 'mobile_key' }, { mode: 'code' }] }
    const grant = await desk.grant(['Front Door', 'Unit 1B'], 'code', both)
    const phone = byPhone(desk, await desk.phoneOf(grant))
    const [front, unit] = await methodsOf(desk, grant, 'code')
    await throughTheStay(desk, [
      [phone, 'Front Door'],
      [phone, 'Unit 1B'],
      [byCode(desk, code(front)), 'Front Door'],
      [byCode(desk, code(unit)), 'Unit 1B'],
    ])
  })
})

describe('credentials made one by one', () => {
  const times = { starts_at: STARTS, ends_at: ENDS }

  test('a PIN over two doors is refused, and a mobile key over two is made with a PIN', async () => {
    await using desk = await open()
    const acs_user_id = await desk.user()
    const allowed_acs_entrance_ids = await desk.doors(['Unit 1A', 'Gym'])
    const create = (more: object) => desk.server.post('/acs/credentials/create', { acs_user_id, ...times, ...more })
    const two = await create({ access_method: 'code', allowed_acs_entrance_ids })
    expect(two.status).toBe(400)
    expect(two.body['error'].validation_errors.allowed_acs_entrance_ids._errors[0]).toMatch(/1 door .*each door/)
    expect(await desk.seam.acs.credentials.list({ acs_system_id: await desk.system() })).toEqual([])
    for (const door of allowed_acs_entrance_ids)
      expect((await create({ access_method: 'code', allowed_acs_entrance_ids: [door] })).status).toBe(200)
    const key = { access_method: 'mobile_key', is_multi_phone_sync_credential: true, allowed_acs_entrance_ids }
    const made = await create(key)
    expect(made.status).toBe(200)
    await desk.server.settle()
    const { acs_credential_id } = made.body['acs_credential'] as { acs_credential_id: string }
    const credential: Json = await desk.seam.acs.credentials.get({ acs_credential_id })
    expect(credential['code']).toMatch(/^\d{7}$/)
    const doors = await desk.seam.acs.credentials.listAccessibleEntrances({ acs_credential_id })
    expect(doors).toHaveLength(2)
  })

  test('a PIN of the caller’s is refused, at first and later', async () => {
    await using desk = await open()
    const acs_user_id = await desk.user()
    const [door = ''] = await desk.doors(['Gym'])
    const body = { acs_user_id, access_method: 'code', allowed_acs_entrance_ids: [door], ...times }
    const own = await desk.server.post('/acs/credentials/create', { ...body, code: '1234567' })
    expect(own.status).toBe(400)
    expect(own.body['error'].validation_errors.code._errors[0]).toContain('makes its own PINs')
    const { acs_credential } = await desk.server.ok('/acs/credentials/create', body)
    await desk.server.settle()
    const { acs_credential_id } = acs_credential as { acs_credential_id: string }
    const changed = await desk.server.post('/acs/credentials/update', { acs_credential_id, code: '1234567' })
    expect(changed.status).toBe(400)
  })
})

test('a person whom the building knows already is told apart until another e-mail address is given', async () => {
  await using desk = await open()
  const user = await desk.user('Rae Sident', { email_address: 'resident@example.com' })
  await desk.server.settle()
  const clashing: Json = await desk.seam.acs.users.get({ acs_user_id: user })
  expect(codesOf(clashing, 'errors')).toEqual(['latch_conflict_with_resident_user'])
  await desk.seam.acs.users.update({ acs_user_id: user, email_address: 'rae@example.com' })
  await desk.server.settle()
  const fine: Json = await desk.seam.acs.users.get({ acs_user_id: user })
  expect(fine).toMatchObject({ external_type: 'latch_user', errors: [], pending_mutations: [] })
  // Those who live here are shown, to be managed in Latch's own software.
  await desk.seam.connectedAccounts.sync({ connected_account_id: fine['connected_account_id'] as string })
  await desk.server.settle()
  const acs_system_id = await desk.system()
  const { acs_users: residents } = await desk.server.ok('/acs/users/unmanaged/list', { acs_system_id })
  expect(residents).toMatchObject([{ full_name: 'Robin Resident', is_managed: false }])
  expect(codesOf(residents[0] as Json, 'warnings')).toEqual(['latch_resident_user'])
  expect(await desk.seam.acs.users.list({ acs_system_id: await desk.system() })).toHaveLength(1)
})
