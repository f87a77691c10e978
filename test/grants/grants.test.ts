// Access grants as callers see them: what follows from one, what cannot be, and what is left when it is gone.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

type Json = Reply['body']

const stay = { starts_at: '2040-08-01T15:00:00.000Z', ends_at: '2040-08-04T11:00:00.000Z' }
let people = 0
const person = (): object => ({ full_name: `John Roe ${++people}`, email_address: `john${people}@example.com` })

async function grantOf(params: object): Promise<Json> {
  const who = 'user_identity_id' in params ? {} : { user_identity: person() }
  const { access_grant } = await server.ok('/access_grants/create', { ...who, ...stay, ...params })
  return access_grant as Json
}

async function method(id: unknown): Promise<Json> {
  return (await server.ok('/access_methods/get', { access_method_id: id })).access_method as Json
}

async function events(filter: object, prefix = ''): Promise<string[]> {
  const { events } = await server.ok('/events/list', { since: '2020-01-01T00:00:00Z', ...filter })
  return (events as { event_type: string }[]).map((event) => event.event_type).filter((type) => type.startsWith(prefix))
}

async function done(attempt: Json): Promise<Json> {
  await server.settle()
  const { action_attempt } = await server.ok('/action_attempts/get', { action_attempt_id: attempt.action_attempt_id })
  return action_attempt as Json
}

async function encode(accessMethodId: unknown, provider = 'salto_space'): Promise<Json> {
  const acs_encoder_id = await server.encoder(provider)
  const { action_attempt } = await server.ok('/access_methods/encode', {
    access_method_id: accessMethodId,
    acs_encoder_id,
  })
  return done(action_attempt as Json)
}

describe('creating', () => {
  test('names are computed when none is given', async () => {
    const grant = await grantOf({
      user_identity: { full_name: 'Ada Lane' },
      acs_entrance_ids: [await server.entrance('salto_ks', 'Office')],
      requested_access_methods: [{ mode: 'cloud_key' }],
    })
    expect(grant).toMatchObject({ name: null, display_name: 'Ada Lane – Office', display_status: 'Upcoming' })
  })

  test('one access method per system, and no link on the grant when there are two mobile keys', async () => {
    const grant = await grantOf({
      acs_entrance_ids: [await server.entrance('salto_ks', 'Office'), await server.entrance('salto_space', 'Gym')],
      requested_access_methods: [{ mode: 'mobile_key' }],
    })
    expect(grant.access_method_ids).toHaveLength(2)
    expect(grant).not.toHaveProperty('instant_key_url')
    const keys = await Promise.all((grant.access_method_ids as string[]).map(method))
    for (const key of keys) expect(key.instant_key_url).toMatch(/\/ik\//)
  })

  test('a mode that no door takes is an error on the grant, an event, and no method', async () => {
    const grant = await grantOf({
      acs_entrance_ids: [await server.entrance('salto_space', 'Gym')],
      requested_access_methods: [{ mode: 'cloud_key' }, { mode: 'card' }],
    })
    expect(grant.access_method_ids).toHaveLength(1)
    expect(grant.requested_access_methods[0].created_access_method_ids).toEqual([])
    expect(grant.errors).toMatchObject([{ error_code: 'cannot_create_requested_access_methods' }])
    await server.settle()
    const types = await events({ access_grant_id: grant.access_grant_id })
    expect(types).toContain('access_grant.could_not_create_requested_access_methods')
    expect(types).not.toContain('access_grant.access_granted_to_all_doors')
  })

  test('a taken e-mail address, key or phone number is named, and nothing is created', async () => {
    const acs_entrance_ids = [await server.entrance('salto_ks', 'Office')]
    const requested_access_methods = [{ mode: 'cloud_key' }]
    const first = await grantOf({
      user_identity: { email_address: 'Taken@example.com' },
      access_grant_key: 'k1',
      acs_entrance_ids,
      requested_access_methods,
    })
    const twin = await server.post('/access_grants/create', {
      user_identity: { email_address: 'taken@example.com' },
      ...stay,
      acs_entrance_ids,
      requested_access_methods,
    })
    expect(twin.status).toBe(409)
    expect(twin.body.error).toMatchObject({
      type: 'user_identity_already_exists',
      data: { field: 'email_address', user_identity_id: first.user_identity_id },
    })
    const before = (await server.ok('/user_identities/list')).user_identities.length
    const again = await server.post('/access_grants/create', {
      user_identity: person(),
      access_grant_key: 'k1',
      ...stay,
      acs_entrance_ids,
      requested_access_methods,
    })
    expect(again.status).toBe(409)
    expect(again.body.error.type).toBe('access_grant_already_exists')
    expect((await server.ok('/user_identities/list')).user_identities).toHaveLength(before)
    await server.ok('/access_grants/delete', { access_grant_id: first.access_grant_id })
    await grantOf({ access_grant_key: 'k1', acs_entrance_ids, requested_access_methods })
  })

  test.each([
    ['neither who', { user_identity: undefined }, 'invalid_input'],
    ['who twice', { user_identity_id: '11111111-1111-4111-8111-111111111111' }, 'invalid_input'],
    ['nowhere', { acs_entrance_ids: [] }, 'invalid_input'],
    ['an end before the start', { ends_at: '2040-07-01T00:00:00Z' }, 'invalid_input'],
    ['a past end', { starts_at: '2001-01-01T00:00:00Z', ends_at: '2001-01-02T00:00:00Z' }, 'invalid_input'],
    ['a bad instant', { starts_at: 'tomorrow' }, 'invalid_input'],
    ['a code on a card', { requested_access_methods: [{ mode: 'card', code: '1234' }] }, 'invalid_input'],
    ['a device', { device_ids: ['11111111-1111-4111-8111-111111111111'] }, 'device_not_found'],
    ['an unknown door', { acs_entrance_ids: ['11111111-1111-4111-8111-111111111111'] }, 'acs_entrance_not_found'],
    ['an unknown space', { space_keys: ['nowhere'] }, 'space_not_found'],
    [
      'an unknown profile',
      { customization_profile_id: '11111111-1111-4111-8111-111111111111' },
      'customization_profile_not_found',
    ],
    ['a blank key', { access_grant_key: '  ' }, 'invalid_input'],
  ])('%s is refused', async (_, params, type) => {
    const reply = await server.post('/access_grants/create', {
      user_identity: { full_name: 'Nobody' },
      acs_entrance_ids: [await server.entrance('salto_ks', 'Office')],
      requested_access_methods: [{ mode: 'cloud_key' }],
      ...stay,
      ...params,
    })
    expect(reply.body.error?.type).toBe(type)
  })

  test('a person has one card at a system that allows one; deleting it makes room', async () => {
    const acs_entrance_ids = [await server.entrance('salto_space', 'Room 102')]
    const first = await grantOf({ acs_entrance_ids, requested_access_methods: [{ mode: 'card' }] })
    const { user_identity_id } = first
    const second = await grantOf({
      user_identity_id,
      acs_entrance_ids,
      requested_access_methods: [{ mode: 'card' }, { mode: 'mobile_key' }],
    })
    expect(second.access_method_ids).toHaveLength(1)
    expect(second.errors[0].message).toMatch(/one card per person.*delete/)
    await server.ok('/access_methods/delete', { access_method_id: first.access_method_ids[0] })
    const { access_grant } = await server.ok('/access_grants/request_access_methods', {
      access_grant_id: second.access_grant_id,
      requested_access_methods: [{ mode: 'card' }],
    })
    expect(access_grant.requested_access_methods[2].created_access_method_ids).toHaveLength(1)
  })

  test('a user whom the system already knows by e-mail address is linked, not made twice', async () => {
    const acs_system_id = await server.systemOf('salto_ks')
    const { acs_user } = await server.ok('/acs/users/create', {
      acs_system_id,
      full_name: 'Lin',
      email_address: 'lin@example.com',
    })
    await server.settle()
    const grant = await grantOf({
      user_identity: { full_name: 'Lin', email_address: 'LIN@example.com' },
      acs_entrance_ids: [await server.entrance('salto_ks', 'Gym')],
      requested_access_methods: [{ mode: 'cloud_key' }],
    })
    const { user_identity } = await server.ok('/user_identities/get', { user_identity_id: grant.user_identity_id })
    expect(user_identity.acs_user_ids).toEqual([acs_user.acs_user_id])
  })

  test('grants of one identity with the same doors and times share a mobile key, and it lives as long as one of them', async () => {
    const params = {
      acs_entrance_ids: [await server.entrance('salto_ks', 'Gym')],
      requested_access_methods: [{ mode: 'mobile_key' }],
    }
    const first = await grantOf(params)
    await server.settle()
    const second = await grantOf({ ...params, user_identity_id: first.user_identity_id })
    expect(second.access_method_ids).toEqual(first.access_method_ids)
    expect(second.instant_key_url).toBe(first.instant_key_url)
    await server.settle()
    expect(await events({ access_grant_id: second.access_grant_id })).toContain(
      'access_grant.access_granted_to_all_doors',
    )
    await server.ok('/access_grants/delete', { access_grant_id: first.access_grant_id })
    expect(await method(first.access_method_ids[0])).toMatchObject({ is_issued: true })
    await server.ok('/access_grants/delete', { access_grant_id: second.access_grant_id })
    const gone = await server.post('/access_methods/get', { access_method_id: first.access_method_ids[0] })
    expect(gone.body.error.type).toBe('access_method_not_found')
  })

  test('an inline location becomes a space with its doors', async () => {
    const door = await server.entrance('salto_ks', 'Office')
    const grant = await grantOf({
      location: { name: 'Suite 7', acs_entrance_ids: [door] },
      requested_access_methods: [{ mode: 'cloud_key' }],
    })
    expect(grant.space_ids).toHaveLength(1)
    expect(grant.location_ids).toEqual(grant.space_ids)
    const { space } = await server.ok('/spaces/get', { space_id: grant.space_ids[0] })
    expect(space).toMatchObject({ name: 'Suite 7' })
    const { batch } = await server.ok('/access_grants/get_related', { access_grant_ids: [grant.access_grant_id] })
    expect(batch.acs_entrances.map((one: Json) => one.acs_entrance_id)).toEqual([door])
  })
})

describe('PIN codes', () => {
  test('a wished PIN is used when free, and replaced with a warning when not', async () => {
    const acs_entrance_ids = [await server.entrance('salto_space', 'Parking')]
    const first = await grantOf({ acs_entrance_ids, requested_access_methods: [{ mode: 'code', code: '2580' }] })
    await server.settle()
    expect(await method(first.access_method_ids[0])).toMatchObject({ code: '2580', is_issued: true })
    const second = await grantOf({ acs_entrance_ids, requested_access_methods: [{ mode: 'code', code: '2580' }] })
    const other = await method(second.access_method_ids[0])
    expect(other.code).toMatch(/^\d{4,8}$/)
    expect(other.code).not.toBe('2580')
    expect(second.warnings).toMatchObject([
      {
        warning_code: 'requested_code_unavailable',
        device_id: acs_entrance_ids[0],
        original_code: '2580',
        new_code: other.code,
      },
    ])
    // The same PIN at another time is no clash.
    const later = await grantOf({
      acs_entrance_ids,
      starts_at: stay.ends_at,
      ends_at: null,
      requested_access_methods: [{ mode: 'code', code: '2580' }],
    })
    expect(later.warnings).toEqual([])
  })

  test('ten grants racing for one PIN: one gets it, the others get others', async () => {
    const acs_entrance_ids = [await server.entrance('salto_space', 'Parking')]
    const made = await Promise.all(
      Array.from({ length: 10 }, () =>
        grantOf({ acs_entrance_ids, requested_access_methods: [{ mode: 'code', code: '7391' }] }),
      ),
    )
    const codes = await Promise.all(
      made.map(async (grant) => (await method(grant.access_method_ids[0])).code as string),
    )
    expect(new Set(codes).size).toBe(10)
    expect(codes.filter((code) => code === '7391')).toHaveLength(1)
    expect(made.filter((grant) => grant.warnings.length === 1)).toHaveLength(9)
  })

  test('a system that makes its own PINs ignores the wish and says so', async () => {
    const grant = await grantOf({
      acs_entrance_ids: [await server.entrance('salto_ks', 'Office'), await server.entrance('salto_ks', 'Gym')],
      requested_access_methods: [{ mode: 'code', code: '4321' }],
    })
    await server.settle()
    const { access_grant } = await server.ok('/access_grants/get', { access_grant_id: grant.access_grant_id })
    const pin = await method(grant.access_method_ids[0])
    expect(pin).toMatchObject({ is_issued: true, mode: 'code' })
    expect(pin.code).toMatch(/^\d{6,10}$/)
    expect(access_grant.warnings).toHaveLength(2)
  })

  test('a changed time keeps the PIN, revokes it and issues it again', async () => {
    const grant = await grantOf({
      acs_entrance_ids: [await server.entrance('salto_space', 'Parking')],
      requested_access_methods: [{ mode: 'code', code: '8642' }],
    })
    await server.settle()
    const ends_at = '2040-08-05T11:00:00.000Z'
    const { access_grant } = await server.ok('/access_grants/update', {
      access_grant_id: grant.access_grant_id,
      ends_at,
    })
    expect(access_grant).toMatchObject({
      ends_at,
      warnings: [{ warning_code: 'updating_access_times', access_method_ids: grant.access_method_ids }],
      pending_mutations: [{ mutation_code: 'updating_access_times', from: stay, to: { ...stay, ends_at } }],
    })
    await server.settle()
    expect(await method(grant.access_method_ids[0])).toMatchObject({
      code: '8642',
      is_issued: true,
      pending_mutations: [],
      warnings: [],
    })
    const types = await events({ access_grant_id: grant.access_grant_id })
    expect(types.slice(types.indexOf('access_grant.access_times_changed'))).toEqual([
      'access_grant.access_times_changed',
      'access_method.revoked',
      'access_method.reissued',
    ])
    const after = (await server.ok('/access_grants/get', { access_grant_id: grant.access_grant_id })).access_grant
    expect(after).toMatchObject({ warnings: [], pending_mutations: [] })
  })
})

describe('cards', () => {
  test('an encoded card has to be encoded again after its time has changed', async () => {
    const grant = await grantOf({
      acs_entrance_ids: [await server.entrance('salto_space', 'Room 103')],
      requested_access_methods: [{ mode: 'card' }],
    })
    await server.settle()
    const [id] = grant.access_method_ids
    const first = await encode(id)
    expect(first).toMatchObject({
      status: 'success',
      action_type: 'ENCODE_ACCESS_METHOD',
      result: { access_method_id: id, is_issued: true },
    })
    expect(await method(id)).toMatchObject({ is_issued: true, is_encoding_required: false })
    const again = await server.post('/access_methods/encode', {
      access_method_id: id,
      acs_encoder_id: await server.encoder('salto_space'),
    })
    expect(again.body.error.type).toBe('invalid_input')

    await server.ok('/access_grants/update', { access_grant_id: grant.access_grant_id, ends_at: null })
    expect(await method(id)).toMatchObject({ is_issued: false, issued_at: null, is_encoding_required: true })
    await server.settle()
    expect(await method(id)).toMatchObject({ is_ready_for_encoding: true, is_encoding_required: true })
    expect((await encode(id)).status).toBe('success')
    expect(await method(id)).toMatchObject({ is_issued: true, is_encoding_required: false, pending_mutations: [] })
    const types = await events({ access_method_id: id })
    expect(types).toEqual([
      'access_method.created',
      'access_method.card_encoding_required',
      'access_method.issued',
      'access_method.revoked',
      'access_method.card_encoding_required',
      'access_method.reissued',
    ])
  })

  test('values that are already so change nothing and say nothing', async () => {
    const grant = await grantOf({
      acs_entrance_ids: [await server.entrance('salto_ks', 'Office')],
      requested_access_methods: [{ mode: 'cloud_key' }],
    })
    await server.settle()
    const before = await events({ access_grant_id: grant.access_grant_id })
    await server.ok('/access_grants/update', { access_grant_id: grant.access_grant_id, ...stay, name: null })
    expect(await events({ access_grant_id: grant.access_grant_id })).toEqual(before)
  })

  test('an encoder does one thing at a time; what cannot be encoded is refused by name', async () => {
    const acs_encoder_id = await server.encoder('salto_space')
    const grants = await Promise.all(
      ['Room 101', 'Room 102'].map(async (room) =>
        grantOf({
          acs_entrance_ids: [await server.entrance('salto_space', room)],
          requested_access_methods: [{ mode: 'card' }],
        }),
      ),
    )
    await server.settle()
    const foreign = await server.post('/access_methods/encode', {
      access_method_id: grants[0]?.access_method_ids[0],
      acs_encoder_id: await server.encoder('visionline'),
    })
    expect(foreign.body.error.message).toMatch(/another access system/)
    const attempts = await Promise.all(
      grants.map(
        async (grant) =>
          (await server.ok('/access_methods/encode', { access_method_id: grant.access_method_ids[0], acs_encoder_id }))
            .action_attempt as Json,
      ),
    )
    const ended = await Promise.all(attempts.map(done))
    expect(ended.map((one) => one.status)).toContain('success')
  })

  test('a registered card is assigned by its number', async () => {
    const grant = await grantOf({
      acs_entrance_ids: [await server.entrance('salto_ks', 'Office')],
      requested_access_methods: [{ mode: 'card' }],
    })
    await server.settle()
    const [id] = grant.access_method_ids
    expect(await method(id)).toMatchObject({
      is_assignment_required: true,
      is_assigning_required: true,
      is_ready_for_assignment: true,
      is_encoding_required: false,
    })
    const unknown = (await server.ok('/access_methods/assign_card', { access_method_id: id, card_number: 'nope' }))
      .action_attempt as Json
    expect(await done(unknown)).toMatchObject({
      status: 'error',
      action_type: 'ASSIGN_CREDENTIAL',
      error: { type: 'credential_not_found' },
    })
    const { acs_credentials } = await server.ok('/acs/credentials/list', {
      acs_system_id: await server.systemOf('salto_ks'),
    })
    const free = (acs_credentials as Json[]).find((one) => one.acs_user_id === undefined && one.card_number !== null)
    const attempt = (
      await server.ok('/access_methods/assign_card', {
        access_method_id: id,
        card_number: ` ${String(free?.card_number)} `,
      })
    ).action_attempt as Json
    expect(await done(attempt)).toMatchObject({ status: 'success', result: { access_method_id: id, is_issued: true } })
  })

  test('a cloud key opens its doors from afar, and no others', async () => {
    const office = await server.entrance('salto_ks', 'Office')
    const grant = await grantOf({
      starts_at: undefined,
      acs_entrance_ids: [office],
      requested_access_methods: [{ mode: 'cloud_key' }],
    })
    await server.settle()
    const [access_method_id] = grant.access_method_ids
    const attempt = (await server.ok('/access_methods/unlock_door', { access_method_id, acs_entrance_id: office }))
      .action_attempt as Json
    expect(await done(attempt)).toMatchObject({
      status: 'success',
      action_type: 'UNLOCK_DOOR',
      result: { was_confirmed_by_device: false },
    })
    const other = await server.post('/access_methods/unlock_door', {
      access_method_id,
      acs_entrance_id: await server.entrance('salto_ks', 'Gym'),
    })
    expect(other.body.error.type).toBe('invalid_input')
  })
})

describe('doors that change', () => {
  test('a door is added and another lost: methods follow, events say so', async () => {
    const [office, gym] = [await server.entrance('salto_ks', 'Office'), await server.entrance('salto_ks', 'Gym')]
    const grant = await grantOf({ acs_entrance_ids: [office], requested_access_methods: [{ mode: 'cloud_key' }] })
    await server.settle()
    await server.ok('/access_grants/update', { access_grant_id: grant.access_grant_id, acs_entrance_ids: [gym] })
    await server.settle()
    const { batch } = await server.ok('/access_methods/get_related', { access_method_ids: grant.access_method_ids })
    expect(batch.acs_entrances.map((one: Json) => one.acs_entrance_id)).toEqual([gym])
    const types = await events({ access_grant_id: grant.access_grant_id })
    expect(types.slice(types.indexOf('access_grant.access_to_door_lost'))).toEqual([
      'access_grant.access_to_door_lost',
      'access_method.revoked',
      'access_grant.access_granted_to_door',
      'access_grant.access_granted_to_all_doors',
      'access_method.reissued',
    ])
    const { access_grant } = await server.ok('/access_grants/get', { access_grant_id: grant.access_grant_id })
    expect(access_grant).toMatchObject({ warnings: [], pending_mutations: [], errors: [] })
  })

  test('a space that gains a door in another system gives its grants a method there', async () => {
    const [gym, room] = [await server.entrance('salto_ks', 'Gym'), await server.entrance('salto_space', 'Room 103')]
    const { space } = await server.ok('/spaces/create', { name: 'Floor', acs_entrance_ids: [gym] })
    const grant = await grantOf({ space_ids: [space.space_id], requested_access_methods: [{ mode: 'card' }] })
    expect(grant.access_method_ids).toHaveLength(1)
    await server.settle()
    await server.ok('/spaces/add_acs_entrances', { space_id: space.space_id, acs_entrance_ids: [room] })
    await server.settle()
    const { access_grant } = await server.ok('/access_grants/get', { access_grant_id: grant.access_grant_id })
    expect(access_grant.access_method_ids).toHaveLength(2)
    await server.ok('/spaces/remove_acs_entrances', { space_id: space.space_id, acs_entrance_ids: [gym] })
    await server.settle()
    const after = (await server.ok('/access_grants/get', { access_grant_id: grant.access_grant_id })).access_grant
    expect(after.access_method_ids).toHaveLength(1)
    expect(
      (await server.ok('/access_grants/list', { acs_entrance_id: room })).access_grants.map(
        (one: Json) => one.access_grant_id,
      ),
    ).toContain(grant.access_grant_id)
  })
})

describe('the end', () => {
  test('a deleted grant leaves no group, no credential, no link, and cannot be deleted twice', async () => {
    const grant = await grantOf({
      acs_entrance_ids: [await server.entrance('salto_space', 'Room 101'), await server.entrance('salto_space', 'Gym')],
      requested_access_methods: [{ mode: 'card' }, { mode: 'mobile_key' }],
      starts_at: '2041-01-01T00:00:00Z',
      ends_at: '2041-01-02T00:00:00Z',
    })
    await server.settle()
    const { batch } = await server.ok('/access_grants/get_related', {
      access_grant_ids: [grant.access_grant_id],
      include: ['acs_access_groups'],
    })
    expect(Object.keys(batch)).toEqual(['acs_access_groups'])
    expect(batch.acs_access_groups).toHaveLength(1)
    const [group] = batch.acs_access_groups
    await server.ok('/access_grants/delete', { access_grant_id: grant.access_grant_id })
    const found = await server.post('/acs/access_groups/get', { acs_access_group_id: group.acs_access_group_id })
    expect(found.body.error.type).toBe('acs_access_group_not_found')
    const { acs_credentials } = await server.ok('/acs/credentials/list', { user_identity_id: grant.user_identity_id })
    expect(acs_credentials).toEqual([])
    const { instant_keys } = await server.ok('/instant_keys/list', { user_identity_id: grant.user_identity_id })
    expect(instant_keys).toEqual([])
    const again = await server.post('/access_grants/delete', { access_grant_id: grant.access_grant_id })
    expect(again.body.error).toMatchObject({
      type: 'access_grant_not_found',
      data: { access_grant_id: grant.access_grant_id },
    })
    const types = await events({ access_grant_id: grant.access_grant_id })
    expect(types.slice(-3)).toEqual(['access_method.deleted', 'access_method.deleted', 'access_grant.deleted'])
  })

  test('two guests of the same doors and time share a group, which stands until the last has left', async () => {
    const params = {
      acs_entrance_ids: [await server.entrance('salto_space', 'Room 102')],
      requested_access_methods: [{ mode: 'card' }],
      starts_at: '2042-01-01T00:00:00Z',
      ends_at: '2042-01-02T00:00:00Z',
    }
    const [one, two] = [await grantOf(params), await grantOf(params)]
    await server.settle()
    const groupOf = async (grant: Json): Promise<string[]> => {
      const { batch } = await server.ok('/access_grants/get_related', { access_grant_ids: [grant.access_grant_id] })
      return batch.acs_access_groups.map((group: Json) => group.acs_access_group_id)
    }
    const groups = await groupOf(one)
    expect(groups).toHaveLength(1)
    expect(await groupOf(two)).toEqual(groups)
    await server.ok('/access_grants/delete', { access_grant_id: one.access_grant_id })
    expect(await groupOf(two)).toEqual(groups)
    await server.ok('/access_grants/delete', { access_grant_id: two.access_grant_id })
    expect((await server.post('/acs/access_groups/get', { acs_access_group_id: groups[0] })).status).toBe(404)
  })

  test('deleting needs exactly one way to say what', async () => {
    const both = await server.post('/access_methods/delete', {
      access_grant_id: '11111111-1111-4111-8111-111111111111',
      reservation_key: 'x',
    })
    expect(both.body.error.type).toBe('invalid_input')
  })
})

describe('reservations', () => {
  test('rules in the documented words, and a race that ends with one of two', async () => {
    const [g1, g2, common] = [
      await server.entrance('visionline', 'Guest Lock 1'),
      await server.entrance('visionline', 'Guest Lock 2'),
      await server.entrance('visionline', 'Main Entrance'),
    ]
    const ask = (params: object): Promise<Reply> =>
      server.post('/access_grants/create', {
        user_identity: person(),
        requested_access_methods: [{ mode: 'card' }],
        ...stay,
        ...params,
      })
    const noKey = await ask({ acs_entrance_ids: [g1] })
    expect(noKey).toMatchObject({
      status: 400,
      body: { error: { type: 'validation_error', title: 'reservation_key required for guest cards.' } },
    })
    const notCapable = await ask({ acs_entrance_ids: [common], reservation_key: 'r1' })
    expect(notCapable.body.error).toMatchObject({
      type: 'validation_error',
      title: 'reservation_key not supported.',
      data: { rule: '1' },
    })
    expect((await ask({ acs_entrance_ids: [common] })).status).toBe(200)

    const first = await ask({ acs_entrance_ids: [g1, common], reservation_key: 'r1' })
    expect(first.status).toBe(200)
    const moved = await ask({ acs_entrance_ids: [g2], reservation_key: 'r1' })
    expect(moved).toMatchObject({
      status: 409,
      body: { error: { type: 'conflict', title: 'Reservation entrance change requires cleanup.' } },
    })
    expect(moved.body.error.data.conflicting_access_grant_ids).toEqual([first.body.access_grant.access_grant_id])
    const more = await ask({ acs_entrance_ids: [g1, g2], reservation_key: 'r1' })
    expect(more.body.error).toMatchObject({ title: 'Reservation joiner entrance set conflict.' })
    const apart = await ask({
      acs_entrance_ids: [g1],
      reservation_key: 'r1',
      starts_at: stay.ends_at,
      ends_at: '2040-08-09T00:00:00Z',
    })
    expect(apart.body.error).toMatchObject({ title: 'Reservation time frames must overlap.' })
    expect((await ask({ acs_entrance_ids: [g1], reservation_key: 'r1' })).status).toBe(200)

    const race = await Promise.all([
      ask({ acs_entrance_ids: [g1], reservation_key: 'race' }),
      ask({ acs_entrance_ids: [g2], reservation_key: 'race' }),
    ])
    expect(race.map((reply) => reply.status).sort()).toEqual([200, 409])

    await server.ok('/access_methods/delete', { reservation_key: 'r1' })
    const { access_grants } = await server.ok('/access_grants/list', { reservation_key: 'r1' })
    expect(access_grants.map((grant: Json) => grant.access_method_ids)).toEqual([[], []])
  })
})

test('a grant that ends by itself takes its access with it; a later end brings it back', async () => {
  await using own = await startTestServer({ frozenAt: '2035-01-01T00:00:00.000Z' })
  const { access_grant } = await own.ok('/access_grants/create', {
    user_identity: { full_name: 'Eve' },
    acs_entrance_ids: [await own.entrance('salto_space', 'Parking')],
    requested_access_methods: [{ mode: 'code', code: '9517' }],
    starts_at: '2035-01-01T00:00:00.000Z',
    ends_at: '2035-01-02T00:00:00.000Z',
  })
  await own.settle()
  const enter = async (): Promise<string> =>
    (
      await own.ok('/sandbox/doors/enter_code', {
        acs_entrance_id: await own.entrance('salto_space', 'Parking'),
        code: '9517',
      })
    ).door_attempt.reason as string
  expect(await enter()).toBe('granted')
  await own.advance('2035-01-02T00:00:01.000Z')
  expect(await enter()).not.toBe('granted')
  const { acs_credentials } = await own.ok('/acs/credentials/list', { user_identity_id: access_grant.user_identity_id })
  expect(acs_credentials).toEqual([])
  const ended = (await own.ok('/access_grants/get', { access_grant_id: access_grant.access_grant_id })).access_grant
  expect(ended).toMatchObject({ display_status: 'Ended', access_method_ids: access_grant.access_method_ids })
  const refused = await own.post('/access_grants/request_access_methods', {
    access_grant_id: access_grant.access_grant_id,
    requested_access_methods: [{ mode: 'card' }],
  })
  expect(refused.body.error.type).toBe('invalid_input')
  await own.ok('/access_grants/update', {
    access_grant_id: access_grant.access_grant_id,
    ends_at: '2035-01-03T00:00:00.000Z',
  })
  await own.settle()
  expect(await enter()).toBe('granted')
})

describe('looking for grants (ours: search and order)', () => {
  const names = async (params: object): Promise<string[]> =>
    ((await server.ok('/access_grants/list', params)).access_grants as Json[]).map((grant) => String(grant.name))

  test('a part of a name, of a key, or of the person finds it; the newest come first when asked', async () => {
    const entrance = { acs_entrance_ids: [await server.entrance('salto_ks', 'Office')] }
    const pin = { requested_access_methods: [{ mode: 'code' }] }
    await grantOf({ ...entrance, ...pin, name: 'Sought 1', user_identity: { full_name: 'Zoë Quintessa' } })
    await grantOf({ ...entrance, ...pin, name: 'Sought 2', access_grant_key: 'booking_7%7' })
    await grantOf({ ...entrance, ...pin, name: 'Sought 3', user_identity: { email_address: 'quint@example.com' } })
    expect(await names({ search: 'sought' })).toEqual(['Sought 1', 'Sought 2', 'Sought 3'])
    expect(await names({ search: 'sought', order: 'newest_first' })).toEqual(['Sought 3', 'Sought 2', 'Sought 1'])
    expect(await names({ search: 'QUINT' })).toEqual(['Sought 1', 'Sought 3'])
    expect(await names({ search: '7%7' })).toEqual(['Sought 2'])
    expect(await names({ search: 'nobody%' })).toEqual([])
    const refused = await server.post('/access_grants/list', { search: 7 })
    expect(refused.status).toBe(400)
    expect(refused.body['error'].validation_errors.search._errors).toEqual(['Expected string'])
  })
})
