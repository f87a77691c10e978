// Akiles: PINs of one member, groups with dates of their own.
import { expect, test } from 'vitest'
import { ENDS, FrontDesk, STARTS, type Json } from './hotel.ts'
import { byCode, codesOf, expectLacking, methodsOf, throughTheStay } from './online.ts'

const DOORS = ['Front Door', 'Roomlock 1']
const open = (): Promise<FrontDesk> => FrontDesk.open('akiles')
const code = (method: Json | undefined): string => method?.['code'] as string

test('says what it is with the names that the newest SDKs know', async () => {
  await using desk = await open()
  const acs_system_id = await desk.system()
  const system: Json = await desk.seam.acs.systems.get({ acs_system_id })
  expect(system).toMatchObject({
    external_type: 'akiles_organization',
    external_type_display_name: 'Akiles organization',
  })
  const entrances: Json[] = await desk.seam.acs.entrances.list({ acs_system_id })
  expect(entrances.map((door) => door['display_name'])).toEqual(DOORS)
  expect(entrances[1]).toMatchObject({
    can_unlock_with_code: true,
    can_unlock_with_card: false,
    akiles_metadata: { gadget_id: 'gad_roomlock-1', site_name: 'Main Site', actions: [{ id: 'open', name: 'Open' }] },
  })
  const [members]: Json[] = await desk.seam.acs.accessGroups.list({ acs_system_id })
  expect(members).toMatchObject({ name: 'Members', external_type: 'akiles_member_group' })
})

test('modes that Akiles lacks are named on the grant', async () => {
  await using desk = await open()
  await expectLacking(desk, 'Front Door', ['card', 'mobile_key', 'cloud_key'])
})

test('a PIN opens its doors in the stay alone', async () => {
  await using desk = await open()
  const grant = await desk.grant(DOORS, 'code', { requested_access_methods: [{ mode: 'code', code: '0291' }] })
  expect(grant).toMatchObject({ errors: [], warnings: [] })
  const [method] = await methodsOf(desk, grant)
  expect(code(method)).toBe('0291')
  const [credential]: Json[] = await desk.seam.acs.credentials.list({ acs_system_id: await desk.system() })
  expect(credential).toMatchObject({
    external_type: 'akiles_credential',
    code: '0291',
    akiles_metadata: { member_pin_id: expect.stringMatching(/^mpin_/) as string },
  })
  await throughTheStay(desk, [
    [byCode(desk, '0291'), 'Front Door'],
    [byCode(desk, '0291'), 'Roomlock 1'],
  ])
})

test('two stays of one person open each door in its own time with one PIN', async () => {
  await using desk = await open()
  const first = await desk.grant(['Front Door'], 'code')
  const { user_identity_id } = first as { user_identity_id: string }
  const later = { starts_at: ENDS, ends_at: '2030-06-08T11:00:00.000Z' }
  const second = await desk.grant(['Roomlock 1'], 'code', { user_identity: undefined, user_identity_id, ...later })
  const [[one], [other]] = [await methodsOf(desk, first), await methodsOf(desk, second)]
  expect(code(other)).toBe(code(one))
  const enter = byCode(desk, code(one))
  const both = async () => [await enter('Front Door'), await enter('Roomlock 1')]
  await desk.server.advance(STARTS)
  expect(await both()).toEqual(['granted', 'not_yet_valid'])
  await desk.server.advance(ENDS)
  const after = await both()
  expect(after[0]).not.toBe('granted')
  expect(after[1]).toBe('granted')
  await desk.server.advance(later.ends_at)
  expect(await both()).not.toContain('granted')
})

test('a PIN has 4 to 20 digits and is one member’s on the whole organization', async () => {
  await using desk = await open()
  const acs_system_id = await desk.system()
  const [group] = await desk.seam.acs.accessGroups.list({ acs_system_id })
  const acs_access_group_ids = [group?.acs_access_group_id ?? '']
  const [ann, bob] = [await desk.user('Ann Lee', { acs_access_group_ids }), await desk.user('Bob Ray')]
  const create = (acs_user_id: string, wished: string, more: object = {}) =>
    desk.server.post('/acs/credentials/create', { acs_user_id, access_method: 'code', code: wished, ...more })
  for (const wished of ['123', '123456789012345678901']) {
    const reply = await create(ann, wished)
    expect(reply.status, wished).toBe(400)
    expect(reply.body['error'].validation_errors.code._errors[0]).toBe('Must have 4 to 20 digits')
  }
  const long = '98765432109876543210'
  expect((await create(ann, long, { ends_at: ENDS })).status).toBe(200)
  await desk.server.settle()
  expect(await byCode(desk, long)('Roomlock 1')).toBe('granted')
  // After Ann's has ended, and for somebody who may open nothing yet: still hers.
  const reply = await create(bob, long, { starts_at: '2030-07-01T00:00:00.000Z' })
  expect(reply.status).toBe(400)
  expect(reply.body['error'].validation_errors.code._errors[0]).toContain('belongs to one person')
  await desk.seam.acs.users.suspend({ acs_user_id: ann })
  await desk.server.settle()
  expect(await byCode(desk, long)('Roomlock 1')).toBe('suspended')
})

test('a wished PIN that somebody has is replaced, and the grant says so', async () => {
  await using desk = await open()
  const wish = { requested_access_methods: [{ mode: 'code', code: '482913' }] }
  await desk.grant(['Front Door'], 'code', wish)
  const second = await desk.grant(['Roomlock 1'], 'code', { user_identity: { full_name: 'Bob Ray' }, ...wish })
  expect(code((await methodsOf(desk, second))[0])).not.toBe('482913')
  expect(codesOf(second, 'warnings')).toEqual(['requested_code_unavailable'])
})
