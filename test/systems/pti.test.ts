// PTI: PINs that are numbers of one person, registered cards, access levels and units.
import { describe, expect, test } from 'vitest'
import { ENDS, FrontDesk, STARTS, type Json } from './hotel.ts'
import { assignCard, byCard, byCode, codesOf, expectLacking, methodsOf, throughTheStay } from './online.ts'

const open = (): Promise<FrontDesk> => FrontDesk.open('pti')
const times = { starts_at: STARTS, ends_at: ENDS }
const code = (method: Json | undefined): string => method?.['code'] as string

async function group(desk: FrontDesk, name: string): Promise<string> {
  const groups: Json[] = await desk.seam.acs.accessGroups.list({ acs_system_id: await desk.system() })
  return groups.find((one) => one['name'] === name)?.['acs_access_group_id'] as string
}

const pin = (acs_user_id: string, more: object) => ({ acs_user_id, access_method: 'code', ...times, ...more })

async function userOf(desk: FrontDesk, acs_user_id: string): Promise<Json> {
  await desk.server.settle()
  return desk.seam.acs.users.get({ acs_user_id })
}

test('groups are access levels and units', async () => {
  await using desk = await open()
  const acs_system_id = await desk.system()
  const groups: Json[] = await desk.seam.acs.accessGroups.list({ acs_system_id })
  expect(groups.map((one) => [one['name'], one['external_type'], one['access_group_type']])).toEqual([
    ['Building A - 3/F', 'pti_access_level', 'pti_access_level'],
    ['A301', 'pti_unit', 'pti_unit'],
    ['A302', 'pti_unit', 'pti_unit'],
  ])
  expect(groups[1]?.['external_type_display_name']).toBe('PTI unit')
  const unit = await group(desk, 'A301')
  expect(await desk.seam.acs.accessGroups.listAccessibleEntrances({ acs_access_group_id: unit })).toEqual([])
  const grant = await desk.grant(['Gate'], 'code')
  const { batch } = await desk.server.ok('/access_grants/get_related', {
    access_grant_ids: [grant['access_grant_id']],
    include: ['acs_access_groups'],
  })
  expect((batch.acs_access_groups as Json[]).map((one) => one['external_type'])).toEqual(['pti_access_level'])
})

test('modes that PTI lacks are named on the grant', async () => {
  await using desk = await open()
  await expectLacking(desk, 'Gate', ['mobile_key', 'cloud_key'])
})

test('a grant opens gate and building with PIN and card, in the stay alone', async () => {
  await using desk = await open()
  const both = { requested_access_methods: [{ mode: 'code', code: '73915' }, { mode: 'card' }] }
  const grant = await desk.grant(['Gate', 'Building A'], 'code', both)
  expect(grant).toMatchObject({ errors: [], warnings: [] })
  const [byPin, card] = await methodsOf(desk, grant)
  expect(code(byPin)).toBe('73915')
  const tag = byCard(desk, await assignCard(desk, card?.['access_method_id'] as string))
  const credentials: Json[] = await desk.seam.acs.credentials.list({ acs_system_id: await desk.system() })
  expect(credentials.filter((one) => one['external_type'] === 'pti_card').length).toBeGreaterThan(9)
  await throughTheStay(desk, [
    [byCode(desk, '73915'), 'Gate'],
    [byCode(desk, '73915'), 'Building A'],
    [tag, 'Gate'],
    [tag, 'Building A'],
  ])
})

describe('a user', () => {
  test('in no access level opens nothing and is said to be inactive, until it is in one', async () => {
    await using desk = await open()
    const acs_user_id = await desk.user('Ten Ant', { acs_access_group_ids: [await group(desk, 'A301')] })
    const { acs_credential } = await desk.server.ok('/acs/credentials/create', {
      ...pin(acs_user_id, { code: '421' }),
      starts_at: undefined,
    })
    expect(acs_credential.code).toBe('421')
    const inactive = await userOf(desk, acs_user_id)
    expect(inactive).toMatchObject({ external_type: 'pti_user', errors: [] })
    expect(codesOf(inactive, 'warnings')).toEqual(['acs_user_inactive'])
    expect((inactive['warnings'] as Json[])[0]?.['message']).toMatch(/pti_access_level_not_assigned.*access level/)
    expect(await byCode(desk, '421')('Gate')).toBe('no_access_to_entrance')
    const acs_access_group_id = await group(desk, 'Building A - 3/F')
    await desk.seam.acs.accessGroups.addUser({ acs_access_group_id, acs_user_id })
    expect(codesOf(await userOf(desk, acs_user_id), 'warnings')).toEqual([])
    expect(await byCode(desk, '421')('Gate')).toBe('granted')
    await desk.seam.acs.accessGroups.removeUser({ acs_access_group_id, acs_user_id })
    expect(codesOf(await userOf(desk, acs_user_id), 'warnings')).toEqual(['acs_user_inactive'])
    expect(await byCode(desk, '421')('Gate')).toBe('no_access_to_entrance')
  })

  test('of a grant is in the level that was made for it, and inactive again when the grant is over', async () => {
    await using desk = await open()
    const grant = await desk.grant(['Gate'], 'code')
    const acs_system_id = await desk.system()
    const userNow = async (): Promise<Json> => {
      await desk.server.settle()
      const [user] = await desk.seam.acs.users.list({ acs_system_id })
      return user as unknown as Json
    }
    expect(codesOf(await userNow(), 'warnings')).toEqual([])
    await desk.seam.accessGrants.delete({ access_grant_id: grant['access_grant_id'] as string })
    expect(codesOf(await userNow(), 'warnings')).toEqual(['acs_user_inactive'])
  })
})

describe('PINs', () => {
  test('are numbers from 1 to 4294967296, through credentials', async () => {
    await using desk = await open()
    const acs_access_group_ids = [await group(desk, 'Building A - 3/F')]
    const acs_user_id = await desk.user('Ann Lee', { acs_access_group_ids })
    await desk.server.advance(STARTS)
    for (const wished of ['1', '0421', '4294967296', '4294967297', '0', '00', '99999999999']) {
      const reply = await desk.server.post('/acs/credentials/create', pin(acs_user_id, { code: wished }))
      const isRight = wished === '1' || wished === '4294967296'
      expect(reply.status, wished).toBe(isRight ? 200 : 400)
      if (!isRight)
        expect(reply.body['error'].validation_errors.code._errors[0]).toBe(
          'Must be a number from 1 to 4294967296, without leading zeros',
        )
      await desk.server.settle()
      expect(await byCode(desk, wished)('Gate')).toBe(isRight ? 'granted' : 'unknown_credential')
    }
  })

  test('belong to one person on the whole site, whatever the doors and times', async () => {
    await using desk = await open()
    const first = await desk.grant(['Gate'], 'code', { requested_access_methods: [{ mode: 'code', code: '73915' }] })
    expect(first['warnings']).toEqual([])
    // Another door, another time: the wish is not granted.
    const later = { starts_at: '2030-07-01T00:00:00.000Z', ends_at: '2030-07-02T00:00:00.000Z' }
    const bob = { user_identity: { full_name: 'Bob Ray' }, ...later }
    const wish = { requested_access_methods: [{ mode: 'code', code: '73915' }] }
    const second = await desk.grant(['Building A'], 'code', { ...bob, ...wish })
    const [method] = await methodsOf(desk, second)
    expect(code(method)).not.toBe('73915')
    expect(code(method)).toMatch(/^[1-9]\d{3,9}$/)
    expect(second['errors']).toEqual([])
    expect(codesOf(second, 'warnings')).toEqual(['requested_code_unavailable'])
    const acs_user_id = await desk.user('Cat Ito')
    const direct = await desk.server.post('/acs/credentials/create', {
      ...pin(acs_user_id, { code: '73915' }),
      ...later,
    })
    expect(direct.status).toBe(400)
    expect(direct.body['error'].validation_errors.code._errors[0]).toContain('belongs to one person')
    // It is free again when its credential is gone.
    await desk.seam.accessGrants.delete({ access_grant_id: first['access_grant_id'] as string })
    await desk.server.settle()
    await desk.server.ok('/acs/credentials/create', { ...pin(acs_user_id, { code: '73915' }), ...later })
  })

  test('are used again for the same person elsewhere', async () => {
    await using desk = await open()
    const first = await desk.grant(['Gate'], 'code')
    const { user_identity_id } = first as { user_identity_id: string }
    const second = await desk.grant(['Building A'], 'code', { user_identity: undefined, user_identity_id })
    const [[one], [other]] = [await methodsOf(desk, first), await methodsOf(desk, second)]
    expect(code(other)).toBe(code(one))
    expect(other?.['access_method_id']).not.toBe(one?.['access_method_id'])
    await desk.server.advance(STARTS)
    const enter = byCode(desk, code(one))
    expect([await enter('Gate'), await enter('Building A')]).toEqual(['granted', 'granted'])
    await desk.seam.accessGrants.delete({ access_grant_id: first['access_grant_id'] as string })
    expect([await enter('Gate'), await enter('Building A')]).toEqual(['revoked', 'granted'])
  })

  test('wished for with a leading zero, or asked for by ten people at once, end with one person each', async () => {
    await using desk = await open()
    const zero = await desk.grant(['Gate'], 'code', { requested_access_methods: [{ mode: 'code', code: '0421' }] })
    expect(code((await methodsOf(desk, zero))[0])).toMatch(/^[1-9]/)
    expect(codesOf(zero, 'warnings')).toEqual(['requested_code_unavailable'])
    const people = Array.from({ length: 10 }, (_, i) => ({ user_identity: { full_name: `Person ${i}` } }))
    const wish = { requested_access_methods: [{ mode: 'code', code: '86420' }] }
    const grants = await Promise.all(
      people.map((who, i) => desk.grant([i % 2 === 0 ? 'Gate' : 'Building A'], 'code', { ...who, ...wish })),
    )
    const codes = await Promise.all(grants.map(async (grant) => code((await methodsOf(desk, grant))[0])))
    expect(new Set(codes).size).toBe(10)
    expect(codes.filter((one) => one === '86420')).toHaveLength(1)
  })

  test('move to another person only where nobody has them', async () => {
    await using desk = await open()
    const [ann, bob] = [await desk.user('Ann Lee'), await desk.user('Bob Ray')]
    const make = async (acs_user_id: string): Promise<string> => {
      const { acs_credential } = await desk.server.ok('/acs/credentials/create', pin(acs_user_id, { code: '5150' }))
      await desk.server.settle()
      return acs_credential.acs_credential_id as string
    }
    const first = await make(ann)
    await make(ann)
    await desk.server.ok('/acs/credentials/unassign', { acs_credential_id: first, acs_user_id: ann })
    await desk.server.settle()
    const moved = { acs_credential_id: first, acs_user_id: bob }
    const reply = await desk.server.post('/acs/credentials/assign', moved)
    expect(reply.status).toBe(400)
    expect(reply.body['error'].validation_errors.acs_credential_id._errors[0]).toContain('belongs to one person')
    const { acs_credential } = await desk.server.ok('/acs/credentials/create', pin(bob, {}))
    const { acs_credential_id } = acs_credential as { acs_credential_id: string }
    const changed = await desk.server.post('/acs/credentials/update', { acs_credential_id, code: '5150' })
    expect(changed.status).toBe(400)
  })
})
