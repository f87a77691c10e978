// Avigilon Alta gives zones: which doors stand together there is found by looking, and the grants over them follow.
import { expect, test } from 'vitest'
import { STARTS, World } from './support.ts'

test('a door that stands alone in its zone now is given; one that is joined again is taken away', async () => {
  await using world = await World.of('avigilon_alta')
  const [lobby, dock] = [await world.door('Lobby'), await world.door('Loading Dock')]
  const grant = await world.grant(['cloud_key'], ['Lobby'])
  const inPart = { error_code: 'cannot_create_requested_access_methods', missing_acs_entrance_ids: [lobby] }
  expect(grant).toMatchObject({ access_method_ids: [], errors: [inPart] })
  const both = await world.grant(['cloud_key'], ['Lobby', 'Loading Dock'])
  expect(both['errors']).toEqual([])

  await world.edit('remove_entrance', { acs_entrance_id: dock })
  await world.sync()
  expect((await world.grantNow(grant))['errors']).toEqual([])
  const [method, ...others] = await world.methods(grant)
  expect(others).toEqual([])
  expect(method).toMatchObject({ is_issued: true, mode: 'cloud_key' })
  await world.server.advance(STARTS)
  const access_method_id = method?.['access_method_id'] as string
  const unlock = async () => {
    const params = { access_method_id, acs_entrance_id: lobby }
    const { status, body } = await world.server.post('/access_methods/unlock_door', params)
    await world.server.settle()
    if (status !== 200) return status
    const { action_attempt_id } = body['action_attempt']
    return (await world.server.ok('/action_attempts/get', { action_attempt_id }))['action_attempt'].status as string
  }
  expect(await unlock()).toBe('success')

  await world.edit('restore_entrance', { acs_entrance_id: dock })
  await world.sync()
  expect(await world.grantNow(grant)).toMatchObject({ access_method_ids: [], errors: [inPart] })
  expect(await unlock()).toBe(404)
  const { events } = await world.server.ok('/events/list', {
    access_grant_id: grant['access_grant_id'] as string,
    since: '2000-01-01T00:00:00Z',
  })
  const types = (events as { event_type: string }[]).map((event) => event.event_type)
  expect(types.filter((type) => /door|could_not|^access_method\.(created|issued|deleted)/.test(type))).toEqual([
    'access_grant.could_not_create_requested_access_methods',
    'access_method.created',
    'access_grant.access_granted_to_door',
    'access_grant.access_granted_to_all_doors',
    'access_method.issued',
    'access_grant.access_to_door_lost',
    'access_method.deleted',
    'access_grant.could_not_create_requested_access_methods',
  ])
  // What holds all of the zone has all of it again.
  expect(await world.grantNow(both)).toMatchObject({ errors: [], warnings: [] })
})
