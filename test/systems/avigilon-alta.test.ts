// Avigilon Alta: cards and cloud keys at online doors; doors that share a zone are only given together.
import { describe, expect, test } from 'vitest'
import { FrontDesk, STARTS, type Json } from './hotel.ts'
import {
  assignCard,
  byCard,
  byCloudKey,
  codesOf,
  doorsOf,
  expectLacking,
  grantOf,
  methodsOf,
  throughTheStay,
} from './online.ts'

const ALL = ['Main Entrance', 'Lobby', 'Loading Dock']
const open = (): Promise<FrontDesk> => FrontDesk.open('avigilon_alta')
const CARD_AND_KEY = { requested_access_methods: [{ mode: 'card' }, { mode: 'cloud_key' }] }

async function setDoors(desk: FrontDesk, grant: Json, doors: string[]): Promise<Json> {
  const acs_entrance_ids = await desk.doors(doors)
  await desk.server.ok('/access_grants/update', { access_grant_id: grant['access_grant_id'], acs_entrance_ids })
  await desk.server.settle()
  return grantOf(desk, grant)
}

const failures = async (desk: FrontDesk, grant: Json): Promise<number> =>
  (await desk.events({ access_grant_id: grant['access_grant_id'] })).filter(
    (type) => type === 'access_grant.could_not_create_requested_access_methods',
  ).length

test('entrances say which zone they are in, and warn where they share it', async () => {
  await using desk = await open()
  const acs_system_id = await desk.system()
  const system: Json = await desk.seam.acs.systems.get({ acs_system_id })
  expect(system).toMatchObject({ external_type: 'avigilon_alta_org' })
  const entrances: Json[] = await desk.seam.acs.entrances.list({ acs_system_id })
  const named = new Map(entrances.map((door) => [door['display_name'] as string, door]))
  expect([...named.keys()]).toEqual(ALL)
  expect(codesOf(named.get('Main Entrance') ?? {}, 'warnings')).toEqual([])
  for (const [name, other] of [
    ['Lobby', 'Loading Dock'],
    ['Loading Dock', 'Lobby'],
  ] as const) {
    const door = named.get(name) ?? {}
    expect(door).toMatchObject({
      can_unlock_with_card: true,
      can_unlock_with_cloud_key: true,
      can_unlock_with_code: false,
      can_unlock_with_mobile_key: false,
      avigilon_alta_metadata: {
        entry_name: name,
        zone_id: 5102,
        zone_name: 'Ground Floor',
        entry_relays_total_count: 1,
      },
    })
    const [warning] = door['warnings'] as Json[]
    expect(warning?.['warning_code']).toBe('entrance_shares_zone')
    expect(warning?.['message']).toMatch(new RegExp(`Ground Floor.*${other}`))
  }
  const [group]: Json[] = await desk.seam.acs.accessGroups.list({ acs_system_id })
  expect(group).toMatchObject({ name: 'Employees', external_type: 'avigilon_alta_group' })
})

test('modes that it lacks are named on the grant', async () => {
  await using desk = await open()
  await expectLacking(desk, 'Main Entrance', ['code', 'mobile_key'])
})

describe('a grant', () => {
  test('over all doors opens them with card and cloud key, in the stay alone', async () => {
    await using desk = await open()
    const grant = await desk.grant(ALL, 'card', CARD_AND_KEY)
    expect(grant).toMatchObject({ errors: [], warnings: [] })
    const [card, key] = await methodsOf(desk, grant)
    const byTag = byCard(desk, await assignCard(desk, card?.['access_method_id'] as string))
    const byKey = byCloudKey(desk, key?.['access_method_id'] as string)
    await throughTheStay(
      desk,
      ALL.flatMap((door) => [[byTag, door] as const, [byKey, door] as const]),
    )
  })

  test('over a part of a zone leaves it out, and says which zone and what would help', async () => {
    await using desk = await open()
    const grant = await desk.grant(['Main Entrance', 'Lobby'], 'card', CARD_AND_KEY)
    const [error, ...others] = grant['errors'] as Json[]
    expect(others).toEqual([])
    expect(error).toMatchObject({
      error_code: 'cannot_create_requested_access_methods',
      missing_acs_entrance_ids: [await desk.door('Lobby')],
    })
    for (const words of [
      'Lobby cannot be given without Loading Dock',
      '"Ground Floor"',
      'Add Loading Dock',
      'zone of its own',
    ])
      expect(error?.['message']).toContain(words)
    expect(await failures(desk, grant)).toBe(1)
    const methods = await methodsOf(desk, grant)
    expect(await Promise.all(methods.map((method) => doorsOf(desk, method)))).toEqual([
      ['Main Entrance'],
      ['Main Entrance'],
    ])
    const [card] = methods
    const byTag = byCard(desk, await assignCard(desk, card?.['access_method_id'] as string))
    await desk.server.advance(STARTS)
    expect(await Promise.all(ALL.map(byTag))).toEqual(['granted', 'no_access_to_entrance', 'no_access_to_entrance'])
    expect(await desk.events({ access_grant_id: grant['access_grant_id'] })).not.toContain(
      'access_grant.access_granted_to_all_doors',
    )
  })

  test('over a part of a zone alone makes nothing and gives the zone as the reason', async () => {
    await using desk = await open()
    const grant = await desk.grant(['Loading Dock'], 'cloud_key')
    expect(grant['access_method_ids']).toEqual([])
    expect((grant['errors'] as Json[]).map((error) => error['message'])).toEqual([
      expect.stringContaining('Ground Floor') as string,
    ])
    expect(await failures(desk, grant)).toBe(1)
    // Nobody was let in anywhere: no user of theirs stands at the system.
    expect(await desk.seam.acs.users.list({ acs_system_id: await desk.system() })).toEqual([])
  })

  test('opens the zone once all of it is named, and loses all of it with a part', async () => {
    await using desk = await open()
    const grant = await desk.grant(['Main Entrance', 'Lobby'], 'card', CARD_AND_KEY)
    const [card, key] = await methodsOf(desk, grant)
    const byTag = byCard(desk, await assignCard(desk, card?.['access_method_id'] as string))
    const byKey = byCloudKey(desk, key?.['access_method_id'] as string)
    await desk.server.advance(STARTS)
    const whole = await setDoors(desk, grant, ALL)
    expect(whole).toMatchObject({ errors: [], warnings: [], access_method_ids: grant['access_method_ids'] })
    expect(await Promise.all(ALL.map(byTag))).toEqual(['granted', 'granted', 'granted'])
    expect(await byKey('Loading Dock')).toBe('granted')
    expect(await desk.events({ access_grant_id: grant['access_grant_id'] })).toContain(
      'access_grant.access_granted_to_all_doors',
    )
    const part = await setDoors(desk, grant, ['Main Entrance', 'Loading Dock'])
    expect(codesOf(part, 'errors')).toEqual(['cannot_create_requested_access_methods'])
    expect(await Promise.all(ALL.map(byTag))).toEqual(['granted', 'no_access_to_entrance', 'no_access_to_entrance'])
    const lost = (await desk.events({ access_grant_id: grant['access_grant_id'] })).filter(
      (type) => type === 'access_grant.access_to_door_lost',
    )
    expect(lost).toHaveLength(2)
  })

  test('follows a space that gains the rest of the zone', async () => {
    await using desk = await open()
    const space = await desk.seam.spaces.create({ name: 'Ground', acs_entrance_ids: [await desk.door('Lobby')] })
    const { space_id } = space
    const grant = await desk.grant([], 'cloud_key', { acs_entrance_ids: undefined, space_ids: [space_id] })
    expect(codesOf(grant, 'errors')).toEqual(['cannot_create_requested_access_methods'])
    await desk.seam.spaces.addAcsEntrances({ space_id, acs_entrance_ids: [await desk.door('Loading Dock')] })
    await desk.server.settle()
    const whole = await grantOf(desk, grant)
    expect(whole).toMatchObject({ errors: [], warnings: [] })
    const [key] = await methodsOf(desk, whole)
    await desk.server.advance(STARTS)
    const byKey = byCloudKey(desk, key?.['access_method_id'] as string)
    expect([await byKey('Lobby'), await byKey('Loading Dock')]).toEqual(['granted', 'granted'])
  })

  test('of another person is not opened by two halves', async () => {
    await using desk = await open()
    const first = await desk.grant(['Lobby'], 'cloud_key')
    const { user_identity_id } = first as { user_identity_id: string }
    const same = { user_identity: undefined, user_identity_id }
    const second = await desk.grant(['Loading Dock'], 'cloud_key', same)
    expect([first['access_method_ids'], second['access_method_ids']]).toEqual([[], []])
  })
})

test('direct access to a door of a zone is refused with the remedy; to one that stands alone it is given', async () => {
  await using desk = await open()
  const acs_user_id = await desk.user()
  const give = async (door: string) =>
    desk.server.post('/acs/entrances/grant_access', { acs_user_id, acs_entrance_id: await desk.door(door) })
  const refused = await give('Lobby')
  expect(refused.status).toBe(400)
  const [message] = refused.body['error'].validation_errors.acs_entrance_id._errors as string[]
  for (const words of ['Loading Dock', 'Ground Floor', 'access grant that names all']) expect(message).toContain(words)
  expect((await give('Main Entrance')).status).toBe(200)
  await desk.server.settle()
  const groups: Json[] = await desk.seam.acs.accessGroups.list({ acs_user_id })
  expect(groups.map((group) => group['name'])).toEqual(['Access to Main Entrance'])
})

test('a member of the maker’s own group opens what it holds with a registered card', async () => {
  await using desk = await open()
  const acs_system_id = await desk.system()
  const acs_user_id = await desk.user()
  const [group] = await desk.seam.acs.accessGroups.list({ acs_system_id })
  await desk.seam.acs.accessGroups.addUser({ acs_access_group_id: group?.acs_access_group_id ?? '', acs_user_id })
  const credentials: Json[] = await desk.seam.acs.credentials.list({ acs_system_id })
  const free = credentials.filter((one) => one['acs_user_id'] === undefined)
  expect(free).toHaveLength(10)
  const { acs_credential_id, card_number } = free[3] as { acs_credential_id: string; card_number: string }
  await desk.seam.acs.credentials.assign({ acs_credential_id, acs_user_id })
  await desk.server.settle()
  expect(await Promise.all(ALL.map(byCard(desk, card_number)))).toEqual(['granted', 'granted', 'granted'])
  await desk.seam.acs.users.suspend({ acs_user_id })
  await desk.server.settle()
  expect(await byCard(desk, card_number)('Lobby')).toBe('suspended')
})
