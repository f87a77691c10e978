import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sdkGenerations } from '../clients/sdks.ts'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'

const LONG_AGO = '2000-01-01T00:00:00Z'
const unknownId = '6f1d8a52-0c3b-4a1e-9f77-2b1c0d9e8f70'

describe('events', () => {
  let server: TestServer
  let spaces: string[]
  let entrance: string
  let system: string
  let account: string

  beforeAll(async () => {
    server = await startTestServer()
    entrance = await server.entrance('salto_space', 'Room 101').catch(async () => {
      const rows = await server.sql<{ id: string }>(
        'SELECT acs_entrance_id AS id FROM acs_entrance ORDER BY created_at LIMIT 1',
      )
      return rows[0]?.id ?? ''
    })
    const rows = await server.sql<{ acs_system_id: string; connected_account_id: string }>(
      'SELECT acs_system_id, connected_account_id FROM acs_entrance WHERE acs_entrance_id = $1',
      [entrance],
    )
    system = rows[0]?.acs_system_id ?? ''
    account = rows[0]?.connected_account_id ?? ''
    spaces = []
    for (const name of ['Gym', 'Lobby', 'Parking']) {
      const { space } = await server.ok('/spaces/create', { name, acs_entrance_ids: name === 'Gym' ? [entrance] : [] })
      spaces.push(space.space_id as string)
    }
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const list = async (params: object): Promise<Reply['body'][]> =>
    (await server.ok('/events/list', { since: LONG_AGO, ...params })).events as Reply['body'][]
  const typesOf = (events: Reply['body'][]) => [...new Set(events.map((event) => event.event_type as string))]

  test.each(sdkGenerations)('are listed and read by $name', async (generation) => {
    const seam = server.seam(generation)
    const events = await seam.events.list({ since: LONG_AGO, event_type: 'space.created' })
    expect(events.map((event) => 'space_id' in event && event.space_id)).toEqual(spaces)
    const [first] = events
    if (first === undefined) throw new Error('no event')
    expect(first).toMatchObject({ workspace_id: server.workspaceId, event_description: 'A space was created.' })
    expect(await seam.events.get({ event_id: first.event_id })).toEqual(first)
  })

  test('describe themselves in plain text', async () => {
    const descriptions = (await list({})).map((event) => event.event_description as string)
    expect(descriptions.length).toBeGreaterThan(10)
    for (const description of descriptions) expect(description).toMatch(/^[^[\]]+$/)
  })

  test('come in the order they were stored', async () => {
    const events = await list({ limit: 1000 })
    const times = events.map((event) => event.created_at as string)
    expect(times).toEqual([...times].sort())
    expect(events.findIndex((event) => event.event_type === 'connected_account.created')).toBeLessThan(
      events.findIndex((event) => event.event_type === 'acs_entrance.added'),
    )
  })

  test('need exactly one of since and between', async () => {
    const message = async (params: object) => (await server.post('/events/list', params)).body.error as Reply['body']
    expect(await message({})).toMatchObject({ type: 'invalid_input', message: 'Must specify either since or between' })
    const both = await message({ since: LONG_AGO, between: [LONG_AGO, LONG_AGO] })
    expect(both).toMatchObject({ type: 'invalid_input', message: 'Cannot specify both since and between' })
    expect(await message({ since: 'yesterday-ish' })).toMatchObject({
      type: 'invalid_input',
      validation_errors: { since: {} },
    })
    expect((await message({ between: [LONG_AGO] })).type).toBe('invalid_input')
    expect((await message({ since: LONG_AGO, limit: 0 })).type).toBe('invalid_input')
    expect((await message({ since: LONG_AGO, event_type: 'door.opened' })).type).toBe('invalid_input')
    expect((await message({ since: LONG_AGO, acs_system_id: 'x' })).type).toBe('invalid_input')
  })

  test('are cut by time, both ends exclusive, in any form of date', async () => {
    const [gym, lobby, parking] = await list({ event_type: 'space.created' })
    const ids = async (params: object) => {
      const { events } = await server.ok('/events/list', { event_type: 'space.created', ...params })
      return (events as Reply['body'][]).map((event) => event.event_id as string)
    }
    expect(await ids({ since: gym?.created_at })).toEqual([lobby?.event_id, parking?.event_id])
    expect(await ids({ between: [gym?.created_at, parking?.created_at] })).toEqual([lobby?.event_id])
    expect(await ids({ since: 'Sat, 01 Jan 2000 00:00:00 GMT' })).toHaveLength(3)
    expect(await ids({ since: '2000-01-01' })).toHaveLength(3)
    const dayAfter = new Date(Date.parse(String(parking?.created_at)) + 86_400_000).toISOString()
    expect(await ids({ since: dayAfter })).toEqual([])
  })

  test('are filtered by what they carry, and every filter must be met', async () => {
    expect(typesOf(await list({ space_id: spaces[0] }))).toEqual(['space.created'])
    expect(await list({ space_ids: [spaces[0], spaces[1]] })).toHaveLength(2)
    expect(await list({ space_id: spaces[0]?.toUpperCase() })).toHaveLength(1)
    expect(await list({ space_ids: [] })).toEqual([])
    expect(await list({ space_id: unknownId })).toEqual([])
    expect(await list({ space_id: spaces[0], acs_entrance_id: entrance })).toHaveLength(1)
    expect(await list({ space_id: spaces[1], acs_entrance_id: entrance })).toEqual([])
    expect(typesOf(await list({ acs_entrance_id: entrance })).sort()).toEqual(['acs_entrance.added', 'space.created'])
    expect(
      typesOf(await list({ acs_system_ids: [system], event_types: ['acs_system.added', 'space.created'] })),
    ).toEqual(['acs_system.added'])
    expect(
      typesOf(await list({ connected_account_id: account, event_type: 'connected_account.connected' })),
    ).toHaveLength(1)
    // An id is looked for in its own field alone.
    expect(await list({ device_id: entrance })).toEqual([])
    expect(await list({ event_type: 'space.created', event_types: ['acs_system.added'] })).toEqual([])
    const [event] = await list({ space_id: spaces[2] })
    expect(await list({ event_ids: [event?.event_id, unknownId] })).toEqual([event])
    expect(await list({ customer_key: 'nobody' })).toEqual([])
  })

  test('are cut by limit and offset', async () => {
    expect((await list({ event_type: 'space.created', limit: 2 })).map((event) => event.space_id as string)).toEqual(
      spaces.slice(0, 2),
    )
    expect(
      (await list({ event_type: 'space.created', limit: 2, unstable_offset: 2 })).map(
        (event) => event.space_id as string,
      ),
    ).toEqual(spaces.slice(2))
  })

  test('are got by id or as the latest of a type', async () => {
    const { event } = await server.ok('/events/get', { event_type: 'space.created' })
    expect(event.space_id).toBe(spaces[2])
    expect(await server.post('/events/get')).toMatchObject({ status: 400, body: { error: { type: 'invalid_input' } } })
    const missing = await server.post('/events/get', { event_id: unknownId })
    expect(missing).toMatchObject({
      status: 404,
      body: { error: { type: 'event_not_found', data: { event_id: unknownId } } },
    })
    expect((await server.post('/events/get', { device_id: unknownId })).status).toBe(404)
    expect((await server.post('/events/get', { event_type: 'door.opened' })).status).toBe(400)
  })

  describe('seen by a client session', () => {
    const session = async (body: object) => {
      const { client_session } = await server.ok('/client_sessions/create', body)
      const token = client_session.token as string
      return async (path: string, params: object) => server.post(path, params, token)
    }

    test('are those of its connected accounts', async () => {
      const ask = await session({ connected_account_ids: [account] })
      const { body } = await ask('/events/list', { since: LONG_AGO, limit: 1000 })
      const events = body.events as Reply['body'][]
      expect(events.length).toBeGreaterThan(5)
      for (const event of events) expect(event.connected_account_id).toBe(account)
      const [foreign] = await list({ space_id: spaces[1] })
      expect(await ask('/events/get', { event_id: foreign?.event_id })).toMatchObject({ status: 404 })
      expect((await ask('/events/get', { event_id: events[0]?.event_id })).body.event).toEqual(events[0])
    })

    test('are those of its identity, so none when it has none', async () => {
      const nobody = await session({ user_identifier_key: 'nobody' })
      expect((await nobody('/events/list', { since: LONG_AGO })).body.events).toEqual([])
      const { user_identity } = await server.ok('/user_identities/create', { full_name: 'Jane Doe' })
      const { acs_user } = await server.ok('/acs/users/create', {
        acs_system_id: system,
        full_name: 'Jane Doe',
        user_identity_id: user_identity.user_identity_id,
      })
      const jane = await session({ user_identity_id: user_identity.user_identity_id })
      const { body } = await jane('/events/list', { since: LONG_AGO })
      expect(typesOf(body.events as Reply['body'][])).toEqual(['acs_user.created'])
      expect(body.events[0].acs_user_id).toBe(acs_user.acs_user_id)
    })

    test('are those of its customer', async () => {
      const { space } = await server.ok('/spaces/create', { name: 'Suite', customer_key: 'hotel-1' })
      const ask = await session({ customer_key: 'hotel-1' })
      const { body } = await ask('/events/list', { since: LONG_AGO })
      expect((body.events as Reply['body'][]).map((event) => event.space_id as string)).toEqual([space.space_id])
    })
  })
})
