// What must hold when several callers act at once.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

type Json = Reply['body']

const stay = { starts_at: '2040-08-01T15:00:00.000Z', ends_at: '2040-08-04T11:00:00.000Z' }
let people = 0
const person = (): object => ({ full_name: `Racer ${++people}`, email_address: `racer${people}@example.com` })

test('somebody joins the group of a stay while its last guest leaves: whoever stays is in a group that stands', async () => {
  const params = {
    acs_entrance_ids: [await server.entrance('salto_space', 'Gym')],
    requested_access_methods: [{ mode: 'card' }],
    ...stay,
  }
  const create = async (): Promise<Json> =>
    (await server.ok('/access_grants/create', { user_identity: person(), ...params })).access_grant as Json
  for (let round = 0; round < 8; round++) {
    const leaving = await create()
    const [, ...joined] = await Promise.all([
      server.ok('/access_grants/delete', { access_grant_id: leaving.access_grant_id }),
      create(),
      create(),
      create(),
    ])
    await server.settle()
    for (const grant of joined) {
      const groups = await server.sql(
        `SELECT g.is_deleting, g.is_dirty, g.external_id FROM acs_user u JOIN acs_access_group g ON g.acs_access_group_id = ANY(u.acs_access_group_ids)
          WHERE u.user_identity_id = $1`,
        [grant.user_identity_id],
      )
      expect(groups).toMatchObject([{ is_deleting: false, is_dirty: false }])
      expect(groups[0]?.['external_id']).not.toBeNull()
    }
    await Promise.all(
      joined.map((grant) => server.ok('/access_grants/delete', { access_grant_id: grant.access_grant_id })),
    )
    await server.settle()
    const left = await server.sql(`SELECT name FROM acs_access_group WHERE is_managed AND starts_at IS NOT NULL`)
    expect(left).toEqual([])
  }
})

test('two grants asking for the one card of a person: one gets it, the other says why not', async () => {
  const { user_identity } = await server.ok('/user_identities/create', person())
  const { user_identity_id } = user_identity
  const grants = await Promise.all(
    ['Room 101', 'Room 102', 'Room 103'].map(async (room) => {
      const acs_entrance_ids = [await server.entrance('salto_space', room)]
      const params = { user_identity_id, acs_entrance_ids, requested_access_methods: [{ mode: 'card' }], ...stay }
      return (await server.ok('/access_grants/create', params)).access_grant as Json
    }),
  )
  expect(grants.map((grant) => grant.access_method_ids.length as number).sort()).toEqual([0, 0, 1])
  const { user_identity: after } = await server.ok('/user_identities/get', { user_identity_id })
  expect(after.acs_user_ids).toHaveLength(1)
})

test('one key, one address: of many at once one is created, the others name it', async () => {
  const email_address = 'same@example.com'
  const acs_entrance_ids = [await server.entrance('salto_ks', 'Office')]
  const replies = await Promise.all(
    Array.from({ length: 6 }, () =>
      server.post('/access_grants/create', {
        user_identity: { email_address },
        access_grant_key: 'same',
        acs_entrance_ids,
        requested_access_methods: [{ mode: 'cloud_key' }],
        ...stay,
      }),
    ),
  )
  const made = replies.filter((reply) => reply.status === 200)
  expect(made).toHaveLength(1)
  for (const reply of replies.filter((one) => one.status !== 200)) {
    expect(reply.body.error).toMatchObject({
      type: 'user_identity_already_exists',
      data: { user_identity_id: made[0]?.body.access_grant.user_identity_id },
    })
  }
})

test('changes of one grant at once all count', async () => {
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: person(),
    acs_entrance_ids: [await server.entrance('salto_ks', 'Office')],
    requested_access_methods: [{ mode: 'cloud_key' }],
    ...stay,
  })
  const { access_grant_id } = access_grant
  const ends_at = '2040-08-06T11:00:00.000Z'
  const gym = await server.entrance('salto_ks', 'Gym')
  await Promise.all([
    server.ok('/access_grants/update', { access_grant_id, name: 'Renamed' }),
    server.ok('/access_grants/update', { access_grant_id, ends_at }),
    server.ok('/access_grants/update', { access_grant_id, acs_entrance_ids: [gym] }),
    server.ok('/access_grants/request_access_methods', {
      access_grant_id,
      requested_access_methods: [{ mode: 'code' }],
    }),
  ])
  await server.settle()
  const after = (await server.ok('/access_grants/get', { access_grant_id })).access_grant
  expect(after).toMatchObject({ name: 'Renamed', ends_at, pending_mutations: [], warnings: [] })
  expect(after.access_method_ids).toHaveLength(2)
  const { batch } = await server.ok('/access_grants/get_related', { access_grant_ids: [access_grant_id] })
  expect(batch.acs_entrances.map((one: Json) => one.acs_entrance_id)).toEqual([gym])
  expect(batch.acs_access_groups).toMatchObject([{ name: expect.stringContaining('Gym') as unknown }])
  expect(batch.access_methods).toMatchObject([{ is_issued: true }, { is_issued: true }])
})

test('of two people at one encoder, one is told that it is busy, or comes after', async () => {
  const acs_encoder_id = await server.encoder('visionline')
  const grants = await Promise.all(
    ['a', 'b'].map(async (reservation_key) => {
      const acs_entrance_ids = [await server.entrance('visionline', 'Guest Lock 1')]
      const params = {
        user_identity: person(),
        acs_entrance_ids,
        reservation_key,
        requested_access_methods: [{ mode: 'card' }],
        ...stay,
      }
      return (await server.ok('/access_grants/create', params)).access_grant as Json
    }),
  )
  await server.settle()
  const attempts = await Promise.all(
    grants.map(async (grant) => {
      const access_method_id: unknown = grant.access_method_ids[0]
      return (await server.ok('/access_methods/encode', { access_method_id, acs_encoder_id })).action_attempt as Json
    }),
  )
  await server.settle()
  for (const { action_attempt_id } of attempts) {
    const { action_attempt } = await server.ok('/action_attempts/get', { action_attempt_id })
    if (action_attempt.status === 'success') continue
    expect(action_attempt.error).toMatchObject({
      type: 'uncategorized_error',
      message: expect.stringContaining('busy') as unknown,
    })
  }
  expect(await server.sql('SELECT 1 FROM action_attempt WHERE busy_encoder_id IS NOT NULL')).toEqual([])
})
