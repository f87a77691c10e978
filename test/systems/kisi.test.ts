// Kisi: users and groups; no way to make a credential is documented, and every wish for one says so.
import { expect, test } from 'vitest'
import { FrontDesk, type Json } from './hotel.ts'
import { expectLacking } from './online.ts'

const MODES = ['code', 'card', 'mobile_key', 'cloud_key']
const open = (): Promise<FrontDesk> => FrontDesk.open('kisi')

test('its doors take nothing, and it is no credential manager', async () => {
  await using desk = await open()
  const acs_system_id = await desk.system()
  const system: Json = await desk.seam.acs.systems.get({ acs_system_id })
  expect(system).toMatchObject({ external_type: 'kisi_organization', is_credential_manager: false })
  const entrances: Json[] = await desk.seam.acs.entrances.list({ acs_system_id })
  expect(entrances.map((door) => door['display_name'])).toEqual(['Front Door', 'Office'])
  for (const door of entrances) for (const mode of MODES) expect(door[`can_unlock_with_${mode}`], mode).toBe(false)
})

test('a grant of any mode says that there are no credentials, and what to do instead', async () => {
  await using desk = await open()
  await expectLacking(desk, 'Front Door', MODES)
  const grant = await desk.grant(['Office'], 'card')
  const [error] = grant['errors'] as Json[]
  expect(error?.['message']).toMatch(/Kisi keeps users and groups.*add_user/)
  expect(await desk.seam.acs.users.list({ acs_system_id: await desk.system() })).toEqual([])
})

test('a credential is refused, whatever its mode', async () => {
  await using desk = await open()
  const acs_user_id = await desk.user()
  for (const access_method of MODES) {
    const body = { acs_user_id, access_method, is_multi_phone_sync_credential: access_method === 'mobile_key' }
    const reply = await desk.server.post('/acs/credentials/create', body)
    expect(reply.status, access_method).toBe(400)
    const [message] = reply.body['error'].validation_errors.access_method._errors as string[]
    expect(message).toContain('Kisi')
    expect(message).not.toContain('credential manager')
  }
})

test('people are in groups, come and go, and are suspended', async () => {
  await using desk = await open()
  const acs_system_id = await desk.system()
  const acs_user_id = await desk.user('Ann Lee', { email_address: 'ann@example.com' })
  const groups: Json[] = await desk.seam.acs.accessGroups.list({ acs_system_id })
  expect(groups).toMatchObject([{ name: 'Members', external_type: 'kisi_access_group' }])
  const acs_access_group_id = groups[0]?.['acs_access_group_id'] as string
  await desk.seam.acs.accessGroups.addUser({ acs_access_group_id, acs_user_id })
  await desk.server.settle()
  const members = await desk.seam.acs.accessGroups.listUsers({ acs_access_group_id })
  expect(members.map((user) => user.acs_user_id)).toEqual([acs_user_id])
  const doors = await desk.seam.acs.users.listAccessibleEntrances({ acs_user_id })
  expect(doors).toHaveLength(2)
  await desk.seam.acs.users.suspend({ acs_user_id })
  await desk.seam.acs.accessGroups.removeUser({ acs_access_group_id, acs_user_id })
  await desk.server.settle()
  const user: Json = await desk.seam.acs.users.get({ acs_user_id })
  expect(user).toMatchObject({ is_suspended: true, external_type: 'kisi_user', pending_mutations: [], errors: [] })
  expect(await desk.seam.acs.users.listAccessibleEntrances({ acs_user_id })).toEqual([])
  await desk.seam.acs.users.delete({ acs_user_id })
  expect(await desk.seam.acs.users.list({ acs_system_id })).toEqual([])
})
