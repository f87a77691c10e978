import { expect, test } from 'vitest'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'
import { createUser, credentialOf, encode, eventsOf, issuesOf, warnings } from './support.ts'

const UNKNOWN = '11111111-1111-4111-8111-111111111111'
const STAY = { starts_at: '2025-08-01T15:00:00Z', ends_at: '2025-08-04T11:00:00Z' }

async function guestCard(server: TestServer, rooms: string[], metadata: object, more: object = {}) {
  const { acs_user_id } = await createUser(server, 'visionline')
  const allowed_acs_entrance_ids = await Promise.all(rooms.map((room) => server.entrance('visionline', room)))
  return server.post('/acs/credentials/create', {
    acs_user_id,
    access_method: 'card',
    allowed_acs_entrance_ids,
    ...STAY,
    visionline_metadata: metadata,
    ...more,
  })
}

test('a Salto Space user holds one card: a second needs the first one deleted, an update re-encodes the first', async () => {
  await using server = await startTestServer()
  const acs_encoder_id = await server.encoder('salto_space')
  const { acs_user_id } = await createUser(server, 'salto_space')
  const create = (salto_space_metadata?: object) =>
    server.post('/acs/credentials/create', {
      acs_user_id,
      access_method: 'card',
      ...(salto_space_metadata && { salto_space_metadata }),
    })

  const nothingToUpdate = await create({ assign_new_key: false })
  expect(issuesOf(nothingToUpdate, 'salto_space_metadata.assign_new_key')).toHaveLength(1)
  const contradiction = await create({ assign_new_key: true, update_current_key: true })
  expect(issuesOf(contradiction, 'salto_space_metadata.assign_new_key')).toHaveLength(1)

  const first = (await create()).body['acs_credential']
  const { acs_credential_id } = first
  expect(first).toMatchObject({ is_issued: false, issued_at: null, card_number: null })
  // Its user is in no group yet, so that the card would open nothing: that is said, too.
  expect(warnings(first)).toEqual(['waiting_to_be_issued', 'unknown_issue_with_acs_credential'])
  const second = await create({ assign_new_card: true })
  expect(second.status).toBe(400)
  expect(issuesOf(second, 'salto_space_metadata.assign_new_key')[0]).toContain('delete its credential first')

  expect(await encode(server, { acs_credential_id, acs_encoder_id })).toMatchObject({ status: 'success' })
  const { card_number } = await credentialOf(server, acs_credential_id)
  const { acs_access_groups } = await server.ok('/acs/access_groups/list', {
    acs_system_id: await server.systemOf('salto_space'),
  })
  await server.ok('/acs/users/add_to_access_group', {
    acs_user_id,
    acs_access_group_id: acs_access_groups[0].acs_access_group_id,
  })
  expect(warnings(await credentialOf(server, acs_credential_id))).toEqual(['needs_to_be_reissued'])
  const updated = (await create({ assign_new_card: false })).body['acs_credential']
  expect(updated.acs_credential_id).toBe(acs_credential_id)
  expect(await encode(server, { acs_credential_id, acs_encoder_id })).toMatchObject({ status: 'success' })
  const again = await credentialOf(server, acs_credential_id)
  expect(again).toMatchObject({ card_number, is_issued: true })
  expect(warnings(again)).toEqual([])
  expect(await eventsOf(server, { acs_credential_id })).toEqual(['acs_credential.issued', 'acs_credential.reissued'])

  await server.ok('/acs/credentials/delete', { acs_credential_id })
  expect((await create({ assign_new_key: true })).status).toBe(200)
})

test('ten callers creating the card of one user at once make one card', async () => {
  await using server = await startTestServer()
  const { acs_user_id } = await createUser(server, 'salto_space')
  const replies = await Promise.all(
    Array.from({ length: 10 }, () =>
      server.post('/acs/credentials/create', {
        acs_user_id,
        access_method: 'card',
        salto_space_metadata: { assign_new_key: true },
      }),
    ),
  )
  expect(replies.map((reply) => reply.status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 400)])
  expect((await server.ok('/acs/credentials/list', { acs_user_id }))['acs_credentials']).toHaveLength(1)
})

test('where doors come from is said by the system: doors on a group-based one and none on the other are refused', async () => {
  await using server = await startTestServer({ frozenAt: '2025-08-01T14:00:00Z' })
  const { acs_user_id } = await createUser(server, 'salto_space')
  const doors = [await server.entrance('salto_space', 'Room 101')]
  const grouped = await server.post('/acs/credentials/create', {
    acs_user_id,
    access_method: 'card',
    allowed_acs_entrance_ids: doors,
  })
  expect(issuesOf(grouped, 'allowed_acs_entrance_ids')[0]).toContain('access groups')
  expect(issuesOf(await guestCard(server, [], { override: true }), 'allowed_acs_entrance_ids')).toHaveLength(1)
  const foreign = await guestCard(server, [], { override: true }, { allowed_acs_entrance_ids: doors })
  expect(issuesOf(foreign, 'allowed_acs_entrance_ids')).toHaveLength(1)
  const unknown = await guestCard(server, [], { override: true }, { allowed_acs_entrance_ids: [UNKNOWN] })
  expect(unknown.body['error']).toMatchObject({ type: 'acs_entrance_not_found', data: { acs_entrance_id: UNKNOWN } })
  const mode = await guestCard(server, ['Room 101'], { override: true }, { access_method: 'code' })
  expect(issuesOf(mode, 'access_method')[0]).toContain('card, mobile_key')
  const times = await guestCard(
    server,
    ['Room 101'],
    { override: true },
    { starts_at: '2099-01-02T00:00:00Z', ends_at: '2099-01-01T00:00:00Z' },
  )
  expect(issuesOf(times, 'ends_at')).toEqual(['Must be after starts_at'])
  expect(
    (await server.ok('/acs/credentials/list', { acs_system_id: await server.systemOf('visionline') }))[
      'acs_credentials'
    ],
  ).toEqual([])
})

test('Visionline: an override is a new stay, a joiner shares it, auto-join decides by the doors', async () => {
  await using server = await startTestServer({ frozenAt: '2025-08-01T14:00:00Z' })
  const stayOf = async (id: string): Promise<string | null> =>
    (
      await server.sql<{ stay_key: string | null }>(
        'SELECT stay_key FROM acs_credential WHERE acs_credential_id = $1',
        [id],
      )
    )[0]?.stay_key ?? null
  const made = async (rooms: string[], metadata: object): Promise<Reply['body']> => {
    const reply = await guestCard(server, rooms, metadata)
    expect(reply.body).toMatchObject({ ok: true })
    return reply.body['acs_credential'] as Reply['body']
  }
  const first = await made(['Room 101', 'Room 102', 'Main Entrance'], { card_format: 'rfid48', override: true })
  expect(first).toMatchObject({
    display_name: 'Room 101, Room 102, Main Entrance',
    external_type: 'visionline_card',
    starts_at: '2025-08-01T15:00:00.000Z',
    visionline_metadata: {
      card_function_type: 'guest',
      is_valid: true,
      common_acs_entrance_ids: [await server.entrance('visionline', 'Main Entrance')],
    },
  })
  expect(first['visionline_metadata'].guest_acs_entrance_ids).toHaveLength(2)
  const firstStay = await stayOf(first['acs_credential_id'])
  expect(firstStay).not.toBeNull()

  const joiner = await made(['Room 101'], { override: false, joiner_acs_credential_ids: [first['acs_credential_id']] })
  expect(await stayOf(joiner['acs_credential_id'])).toBe(firstStay)
  expect(joiner['visionline_metadata'].joiner_acs_credential_ids).toEqual([first['acs_credential_id']])
  expect(await stayOf((await made(['Room 102'], { auto_join: true }))['acs_credential_id'])).toBe(firstStay)
  expect(await stayOf((await made(['Room 103'], { auto_join: true }))['acs_credential_id'])).not.toBe(firstStay)
  const staff = await made(['Room 101'], { card_function_type: 'staff' })
  expect(await stayOf(staff['acs_credential_id'])).toBeNull()
  const second = await made(['Room 101'], { override: true })
  expect(await stayOf(second['acs_credential_id'])).not.toBe(firstStay)

  const field = 'visionline_metadata.joiner_acs_credential_ids'
  expect(issuesOf(await guestCard(server, ['Room 101'], { override: false }), field)[0]).toContain(
    'Required when override is false',
  )
  expect(issuesOf(await guestCard(server, ['Room 101'], { joiner_acs_credential_ids: [UNKNOWN] }), field)).toHaveLength(
    1,
  )
  expect(
    issuesOf(
      await guestCard(server, ['Room 101'], { joiner_acs_credential_ids: [staff['acs_credential_id']] }),
      field,
    )[0],
  ).toContain('guest')
  const both = { joiner_acs_credential_ids: [first['acs_credential_id'], second['acs_credential_id']] }
  expect(issuesOf(await guestCard(server, ['Room 101'], both), field)[0]).toContain('different stays')
  const wider = await guestCard(server, ['Room 103'], { joiner_acs_credential_ids: [first['acs_credential_id']] })
  expect(issuesOf(wider, 'allowed_acs_entrance_ids')).toHaveLength(1)

  const acs_entrance_id = await server.entrance('visionline', 'Room 101')
  const withAccess = await server.ok('/acs/entrances/list_credentials_with_access', {
    acs_entrance_id,
    include_if: ['visionline_metadata.is_valid'],
  })
  expect(withAccess['acs_credentials']).toHaveLength(4)
})

test('a later end makes the plastic stale until it is encoded again; a start in the past is moved', async () => {
  await using server = await startTestServer({ frozenAt: '2025-08-01T16:00:00Z' })
  const acs_encoder_id = await server.encoder('visionline')
  const created = (await guestCard(server, ['Room 101'], { override: true })).body['acs_credential']
  const { acs_credential_id } = created
  expect(created.starts_at).toBe('2025-08-01T16:00:00.000Z')
  expect(warnings(created)).toEqual(['schedule_modified', 'waiting_to_be_issued'])
  expect(await encode(server, { acs_credential_id, acs_encoder_id })).toMatchObject({
    status: 'success',
    result: { is_issued: true },
  })

  const { acs_credential } = await server.ok('/acs/credentials/update', {
    acs_credential_id,
    ends_at: '2025-08-05T11:00:00Z',
  })
  expect(acs_credential).toMatchObject({ ends_at: '2025-08-05T11:00:00.000Z', is_issued: true })
  expect(warnings(acs_credential)).toContain('needs_to_be_reissued')
  await server.settle()
  const { action_attempt } = await server.ok('/acs/encoders/scan_credential', { acs_encoder_id })
  await server.settle()
  const scan = (await server.ok('/action_attempts/get', { action_attempt_id: action_attempt.action_attempt_id }))[
    'action_attempt'
  ]
  expect(scan.status).toBe('success')
  expect(scan.result.warnings).toEqual([
    expect.objectContaining({
      warning_code: 'acs_credential_on_encoder_out_of_sync',
      warning_message: expect.stringContaining('ends_at'),
    }),
  ])

  expect(await encode(server, { acs_credential_id, acs_encoder_id })).toMatchObject({ status: 'success' })
  expect(warnings(await credentialOf(server, acs_credential_id))).toEqual(['schedule_modified'])
  expect(await eventsOf(server, { acs_credential_id })).toEqual(['acs_credential.issued', 'acs_credential.reissued'])

  const past = await server.post('/acs/credentials/update', { acs_credential_id, ends_at: '2025-08-01T00:00:00Z' })
  expect(issuesOf(past, 'ends_at')).toEqual(['Must be in the future'])
  expect(
    issuesOf(await server.post('/acs/credentials/update', { acs_credential_id: 'x' }), 'acs_credential_id'),
  ).toEqual(['Invalid uuid'])
  expect(
    issuesOf(await server.post('/acs/credentials/update', { acs_credential_id, code: '1234' }), 'code'),
  ).toHaveLength(1)
})

test('PINs: made by the system where it makes its own, else the wished one once per door', async () => {
  await using server = await startTestServer()
  const ks = await createUser(server, 'salto_ks')
  const wished = await server.post('/acs/credentials/create', {
    acs_user_id: ks.acs_user_id,
    access_method: 'code',
    code: '123456',
  })
  expect(issuesOf(wished, 'code')[0]).toContain('makes its own PINs')
  const { acs_credential } = await server.ok('/acs/credentials/create', {
    acs_user_id: ks.acs_user_id,
    access_method: 'code',
  })
  await server.settle()
  const made = await credentialOf(server, acs_credential.acs_credential_id)
  expect(made).toMatchObject({ is_issued: true, code: expect.stringMatching(/^\d{6,10}$/) })

  const { acs_access_groups } = await server.ok('/acs/access_groups/list', {
    acs_system_id: await server.systemOf('salto_space'),
  })
  let keypadGroup: string | undefined
  for (const { acs_access_group_id } of acs_access_groups as { acs_access_group_id: string }[]) {
    const doors = (await server.ok('/acs/access_groups/list_accessible_entrances', { acs_access_group_id }))[
      'acs_entrances'
    ]
    if ((doors as { can_unlock_with_code: boolean }[]).some((door) => door.can_unlock_with_code))
      keypadGroup = acs_access_group_id
  }
  const [jane, john, late] = await Promise.all([1, 2, 3].map(() => createUser(server, 'salto_space')))
  for (const user of [jane, john]) {
    await server.ok('/acs/users/add_to_access_group', {
      acs_user_id: user?.['acs_user_id'],
      acs_access_group_id: keypadGroup,
    })
  }
  const code = (user: typeof jane, more: object) =>
    server.post('/acs/credentials/create', { acs_user_id: user?.['acs_user_id'], access_method: 'code', ...more })
  expect((await code(jane, { code: '4821' })).body['acs_credential'].code).toBe('4821')
  expect(issuesOf(await code(john, { code: '4821' }), 'code')[0]).toContain('already in use at')
  expect(issuesOf(await code(john, { code: '12' }), 'code')[0]).toContain('4 to 8 digits')
  expect((await code(john, {})).body['acs_credential'].code).toMatch(/^\d{4}$/)
  // The same PIN may stand on other doors; then its holder cannot come to this one.
  expect((await code(late, { code: '4821' })).status).toBe(200)
  const joining = await server.post('/acs/users/add_to_access_group', {
    acs_user_id: late?.['acs_user_id'],
    acs_access_group_id: keypadGroup,
  })
  expect(issuesOf(joining, 'code')[0]).toContain('already in use at')
  const [first] = (await server.ok('/acs/credentials/list', { acs_user_id: jane?.['acs_user_id'] }))['acs_credentials']
  await server.ok('/acs/credentials/delete', { acs_credential_id: first.acs_credential_id })
  await server.ok('/acs/users/add_to_access_group', {
    acs_user_id: late?.['acs_user_id'],
    acs_access_group_id: keypadGroup,
  })
})

test('a mobile key is copied to every phone of its user', async () => {
  await using server = await startTestServer()
  const { user_identity } = await server.ok('/user_identities/create', {
    full_name: 'Jane',
    email_address: 'jane@example.com',
  })
  const { user_identity_id } = user_identity
  await server.ok('/phones/simulate/create_sandbox_phone', { user_identity_id })
  const create = {
    user_identity_id,
    acs_system_id: await server.systemOf('visionline'),
    access_method: 'mobile_key',
    allowed_acs_entrance_ids: [await server.entrance('visionline', 'Room 101')],
    visionline_metadata: { override: true },
  }
  expect(issuesOf(await server.post('/acs/credentials/create', create), 'is_multi_phone_sync_credential')).toHaveLength(
    1,
  )
  const { acs_credential } = await server.ok('/acs/credentials/create', {
    ...create,
    is_multi_phone_sync_credential: true,
  })
  expect(acs_credential).toMatchObject({
    user_identity_id,
    is_multi_phone_sync_credential: true,
    display_name: 'Multi Phone Sync Credential',
  })
  await server.settle()
  const all = (await server.ok('/acs/credentials/list', { user_identity_id }))['acs_credentials'] as Record<
    string,
    unknown
  >[]
  expect(all).toHaveLength(2)
  expect(all.map((one) => one['is_issued'])).toEqual([true, true])
  expect(all.find((one) => one['parent_acs_credential_id'] === acs_credential.acs_credential_id)).toBeDefined()
  expect(
    (await server.ok('/acs/credentials/list', { user_identity_id, is_multi_phone_sync_credential: true }))[
      'acs_credentials'
    ],
  ).toHaveLength(1)
  await server.ok('/acs/credentials/delete', { acs_credential_id: acs_credential.acs_credential_id })
  expect((await server.ok('/acs/credentials/list', { user_identity_id }))['acs_credentials']).toEqual([])
})

test('a registered card is assigned to a user, taken back, and free for another', async () => {
  await using server = await startTestServer()
  const acs_system_id = await server.systemOf('salto_ks')
  await server.settle()
  const cards = (await server.ok('/acs/credentials/list', { acs_system_id }))['acs_credentials'] as Record<
    string,
    string
  >[]
  const free = cards.filter((card) => card['acs_user_id'] === undefined)
  expect(free.length).toBeGreaterThan(0)
  const acs_credential_id = free[0]?.['acs_credential_id']
  const [jane, john] = [await createUser(server, 'salto_ks'), await createUser(server, 'salto_ks')]
  await server.ok('/acs/credentials/assign', { acs_credential_id, acs_user_id: jane.acs_user_id })
  await server.settle()
  expect(await credentialOf(server, acs_credential_id ?? '')).toMatchObject({
    acs_user_id: jane.acs_user_id,
    is_issued: true,
  })
  const taken = await server.post('/acs/credentials/assign', { acs_credential_id, acs_user_id: john.acs_user_id })
  expect(issuesOf(taken, 'acs_credential_id')[0]).toContain('unassign')
  const wrong = await server.post('/acs/credentials/unassign', { acs_credential_id, acs_user_id: john.acs_user_id })
  expect(issuesOf(wrong, 'acs_credential_id')).toHaveLength(1)
  const { acs_credential } = await server.ok('/acs/credentials/unassign', {
    acs_credential_id,
    acs_user_id: jane.acs_user_id,
  })
  expect(acs_credential.acs_user_id).toBeUndefined()
  await server.settle()
  await server.ok('/acs/credentials/assign', { acs_credential_id, acs_user_id: john.acs_user_id })
  await server.settle()
  expect(await credentialOf(server, acs_credential_id ?? '')).toMatchObject({
    acs_user_id: john.acs_user_id,
    is_issued: true,
  })
})

test('an assignment that its system has not confirmed stands on the user', async () => {
  await using server = await startTestServer()
  const acs_system_id = await server.systemOf('salto_ks')
  const [card] = (await server.ok('/acs/credentials/list', { acs_system_id }))['acs_credentials']
  const { acs_credential_id } = card
  const { acs_user_id } = await createUser(server, 'salto_ks')
  await server.settle()
  const pending = async (): Promise<unknown> =>
    (await server.ok('/acs/users/get', { acs_user_id }))['acs_user'].pending_mutations
  await server.freeze()
  await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'offline' })
  await server.ok('/acs/credentials/assign', { acs_credential_id, acs_user_id })
  expect(await pending()).toEqual([
    expect.objectContaining({
      mutation_code: 'updating_credential_assignment',
      from: { acs_credential_id: null },
      to: { acs_credential_id },
    }),
  ])
  expect(await credentialOf(server, acs_credential_id)).toMatchObject({
    is_latest_desired_state_synced_with_provider: false,
  })
  await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'none' })
  await server.ok('/sandbox/clock/advance', { seconds: 600 })
  expect(await pending()).toEqual([])
})

test('one PIN asked for by ten callers at one door is given to one of them', async () => {
  await using server = await startTestServer()
  const parking = await server.entrance('salto_space', 'Parking')
  const users = await Promise.all(Array.from({ length: 10 }, () => createUser(server, 'salto_space')))
  for (const { acs_user_id } of users)
    await server.ok('/acs/entrances/grant_access', { acs_entrance_id: parking, acs_user_id })
  const replies = await Promise.all(
    users.map(({ acs_user_id }) =>
      server.post('/acs/credentials/create', { acs_user_id, access_method: 'code', code: '4821' }),
    ),
  )
  expect(replies.map((reply) => reply.status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 400)])
})
