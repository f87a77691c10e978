/** Who did what to which door right: every kind of change leaves its entry, with what stood before and what stands now. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditEntry } from '../../src/domain/audit/chain.ts'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'

type Shown = AuditEntry & { person: Record<string, string | null> | null }

const WINDOW = { starts_at: '2040-06-01T15:00:00.000Z', ends_at: '2040-06-04T11:00:00.000Z' }

let server: TestServer
let apiKeyId: string

beforeAll(async () => {
  server = await startTestServer()
  const [key] = await server.sql<{ api_key_id: string }>('SELECT api_key_id FROM api_key WHERE workspace_id = $1', [
    server.workspaceId,
  ])
  apiKeyId = key?.api_key_id ?? ''
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

async function list(filters: object = {}): Promise<Shown[]> {
  return (await server.ok('/audit/list', filters))['audit_entries'] as Shown[]
}

/** What was added while `act` ran, without what workers did. */
async function entriesOf(act: () => Promise<unknown>, of: Partial<Shown> = {}): Promise<Shown[]> {
  const last = (await list({ limit: 100_000 })).at(-1)?.sequence ?? 0
  await act()
  const fresh = (await list({ limit: 100_000 })).filter((entry) => entry.sequence > last)
  return fresh.filter((entry) => Object.entries(of).every(([key, value]) => entry[key as keyof Shown] === value))
}

async function grant(provider: string, door: string, modes: object[] = [{ mode: 'card' }], guest = 'Jane Doe') {
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: guest },
    acs_entrance_ids: [await server.entrance(provider, door)],
    requested_access_methods: modes,
    ...WINDOW,
  })
  return access_grant as { access_grant_id: string; user_identity_id: string; access_method_ids: string[] }
}

describe('access grants', () => {
  test('made: the grant, its method and the person, by this API key', async () => {
    const door = await server.entrance('salto_space', 'Main Entrance')
    let made = { access_grant_id: '', user_identity_id: '', access_method_ids: [''] }
    const entries = await entriesOf(async () => (made = await grant('salto_space', 'Main Entrance')))
    const byCaller = entries.filter((entry) => entry.actor.kind === 'api_key')
    for (const entry of byCaller) {
      expect(entry).toMatchObject({ actor: { kind: 'api_key', id: apiKeyId }, action: '/access_grants/create' })
      if (entry.subject_type !== 'acs_access_group') expect(entry.person_id).toBe(made.user_identity_id)
    }
    const of = (type: string) => byCaller.find((entry) => entry.subject_type === type)
    expect(of('access_grant')).toMatchObject({
      subject_id: made.access_grant_id,
      door_ids: [door],
      before: null,
      after: { ...WINDOW, door_ids: [door], modes: ['card'], is_ended: false, user_identity_id: made.user_identity_id },
    })
    expect(of('access_method')).toMatchObject({ subject_id: made.access_method_ids[0], door_ids: [door], before: null })
    expect(of('user_identity')?.person).toEqual({ full_name: 'Jane Doe', email_address: null, phone_number: null })
    await server.settle()
  })

  test('changed, and deleted: what stood before and what stands now', async () => {
    const made = await grant('salto_space', 'Gym')
    await server.settle()
    const ends_at = '2040-06-09T11:00:00.000Z'
    const changed = await entriesOf(
      () => server.ok('/access_grants/update', { access_grant_id: made.access_grant_id, ends_at }),
      { subject_type: 'access_grant' },
    )
    expect(changed).toHaveLength(1)
    expect(changed[0]).toMatchObject({
      action: '/access_grants/update',
      before: { ends_at: WINDOW.ends_at },
      after: { ends_at },
    })
    const deleted = await entriesOf(
      () => server.ok('/access_grants/delete', { access_grant_id: made.access_grant_id }),
      { subject_type: 'access_grant', action: '/access_grants/delete' },
    )
    expect(deleted[0]).toMatchObject({ before: { ends_at, is_deleting: false }, person_id: made.user_identity_id })
    await server.settle()
    const gone = await list({ subject_id: made.access_grant_id })
    expect(gone.at(-1)).toMatchObject({ after: null })
  })

  test('ended by the clock: a worker did it', async () => {
    await using own = await startTestServer({ frozenAt: '2030-06-01T09:00:00.000Z' })
    const { access_grant } = await own.ok('/access_grants/create', {
      user_identity: { full_name: 'Jane Doe' },
      acs_entrance_ids: [await own.entrance('salto_ks', 'Gym')],
      requested_access_methods: [{ mode: 'code' }],
      starts_at: '2030-06-01T15:00:00.000Z',
      ends_at: '2030-06-04T11:00:00.000Z',
    })
    await own.settle()
    const pins = await own.sql<{ code: string }>(
      'SELECT code FROM access_method WHERE code IS NOT NULL UNION SELECT code FROM acs_credential WHERE code IS NOT NULL',
    )
    expect(pins.length).toBeGreaterThan(0)
    await own.advance('2030-06-04T11:00:00.000Z')
    const { audit_entries } = await own.ok('/audit/list', { subject_id: access_grant.access_grant_id })
    expect(audit_entries.at(-1)).toMatchObject({
      actor: { kind: 'worker', id: 'grant_clock' },
      action: 'worker/grant_clock',
      occurred_at: '2030-06-04T11:00:00.000Z',
      before: { is_ended: false },
      after: { is_ended: true },
    })
    const { audit_entries: all } = await own.ok('/audit/list', { limit: 100_000 })
    const rights = JSON.stringify(all.map((one: Shown) => [one.before, one.after]))
    for (const { code } of pins) expect(rights.includes(`"${code}"`)).toBe(false)
    expect(rights.includes('"code":')).toBe(false)
    expect(rights.includes('"code_changed":true')).toBe(true)
  }, 60_000)
})

describe('at a system', () => {
  test('users: groups, suspension and schedule', async () => {
    const acs_system_id = await server.systemOf('salto_ks')
    const { acs_user } = await server.ok('/acs/users/create', { acs_system_id, full_name: 'Max Muster' })
    const { acs_user_id } = acs_user
    await server.settle()
    const suspended = await entriesOf(() => server.ok('/acs/users/suspend', { acs_user_id }), {
      subject_id: acs_user_id,
    })
    expect(suspended[0]).toMatchObject({
      subject_type: 'acs_user',
      action: '/acs/users/suspend',
      before: { is_suspended: false },
      after: { is_suspended: true },
    })
    const lifted = await entriesOf(() => server.ok('/acs/users/unsuspend', { acs_user_id }), {
      subject_id: acs_user_id,
    })
    expect(lifted[0]).toMatchObject({ before: { is_suspended: true }, after: { is_suspended: false } })
  })

  test('access groups: who is put into one gets its doors', async () => {
    const acs_system_id = await server.systemOf('dormakaba_ambiance')
    const { acs_access_groups } = await server.ok('/acs/access_groups/list', { acs_system_id })
    const [group] = acs_access_groups
    const { acs_user } = await server.ok('/acs/users/create', { acs_system_id, full_name: 'Max Muster' })
    const added = await entriesOf(
      () =>
        server.ok('/acs/access_groups/add_user', {
          acs_access_group_id: group.acs_access_group_id,
          acs_user_id: acs_user.acs_user_id,
        }),
      { subject_id: acs_user.acs_user_id },
    )
    expect(added[0]).toMatchObject({
      before: { acs_access_group_ids: [] },
      after: { acs_access_group_ids: [group.acs_access_group_id] },
    })
    const [doors] = await server.sql<{ acs_entrance_ids: string[] }>(
      'SELECT acs_entrance_ids FROM acs_access_group WHERE acs_access_group_id = $1',
      [group.acs_access_group_id],
    )
    expect(added[0]?.door_ids.toSorted()).toEqual(doors?.acs_entrance_ids.toSorted())
  })

  test('credentials: made, issued by a worker, deleted; no PIN and no card number in any entry', async () => {
    const made = await grant('salto_space', 'Room 101')
    await server.settle()
    const acs_encoder_id = await server.encoder('salto_space', 'Front Desk')
    const encoded = await entriesOf(async () => {
      await server.ok('/access_methods/encode', { access_method_id: made.access_method_ids[0], acs_encoder_id })
      await server.settle()
    })
    const issued = encoded.find(
      (entry) => entry.subject_type === 'acs_credential' && entry.after?.['is_issued'] === true,
    )
    expect(issued).toMatchObject({
      actor: { kind: 'worker', id: 'run_action_attempt' },
      before: { is_issued: false },
      person_id: made.user_identity_id,
    })
    const numbers = await server.sql<{ card_number: string }>(
      'SELECT DISTINCT card_number FROM acs_credential WHERE card_number IS NOT NULL',
    )
    expect(numbers.length).toBeGreaterThan(0)
    const text = JSON.stringify((await list({ limit: 100_000 })).map(({ before, after }) => [before, after]))
    for (const { card_number } of numbers) expect(text.includes(`"${card_number}"`)).toBe(false)
  })
})

test('spaces: doors that join and leave, and the grants that follow', async () => {
  const [first, second] = [await server.entrance('salto_ks', 'Gym'), await server.entrance('salto_ks', 'Office')]
  const { space } = await server.ok('/spaces/create', { name: 'Club', acs_entrance_ids: [first] })
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name: 'Jane Doe' },
    space_ids: [space.space_id],
    requested_access_methods: [{ mode: 'code' }],
    ...WINDOW,
  })
  const entries = await entriesOf(async () => {
    await server.ok('/spaces/add_acs_entrances', { space_id: space.space_id, acs_entrance_ids: [second] })
    await server.settle()
  })
  expect(entries.find((entry) => entry.subject_type === 'space')).toMatchObject({
    subject_id: space.space_id,
    before: { acs_entrance_ids: [first] },
    after: { acs_entrance_ids: [first, second] },
  })
  const follow = entries.find((entry) => entry.subject_id === access_grant.access_grant_id)
  expect(follow?.after?.['door_ids']).toContain(second)
  expect(follow?.before?.['door_ids']).not.toContain(second)
})

describe('who', () => {
  test('a personal access token, with its owner', async () => {
    const token = server.personalAccessToken
    const entries = await entriesOf(() =>
      server.post('/user_identities/create', { full_name: 'Tom Token' }, token, {
        'seam-workspace': server.workspaceId,
      }),
    )
    const [owner] = await server.sql<{ personal_access_token_id: string; user_id: string }>(
      'SELECT personal_access_token_id, user_id FROM personal_access_token',
    )
    expect(entries.map(({ actor }) => actor)).toEqual([
      { kind: 'personal_access_token', id: owner?.personal_access_token_id, user_id: owner?.user_id },
    ])
  })

  test('deleting a person names the caller for everything that goes at once', async () => {
    const made = await grant('salto_ks', 'Office', [{ mode: 'code' }])
    await server.settle()
    const entries = await entriesOf(() =>
      server.ok('/user_identities/delete', { user_identity_id: made.user_identity_id }),
    )
    for (const type of ['access_grant', 'user_identity'])
      expect(entries.find((entry) => entry.subject_type === type)).toMatchObject({
        actor: { kind: 'api_key', id: apiKeyId },
        action: '/user_identities/delete',
        person_id: made.user_identity_id,
      })
    await server.settle()
    const theirs = await list({ user_identity_id: made.user_identity_id, limit: 100_000 })
    expect(new Set(theirs.map((entry) => entry.subject_type))).toEqual(
      new Set(['user_identity', 'access_grant', 'access_method', 'acs_user', 'acs_credential']),
    )
  })

  test('a hand in the database', async () => {
    const made = await grant('salto_ks', 'Office', [{ mode: 'code' }])
    const entries = await entriesOf(() =>
      server.sql("UPDATE access_grant SET ends_at = ends_at + interval '1 year' WHERE access_grant_id = $1", [
        made.access_grant_id,
      ]),
    )
    expect(entries.find((entry) => entry.subject_id === made.access_grant_id)).toMatchObject({
      actor: { kind: 'database' },
      before: { ends_at: WINDOW.ends_at },
      after: { ends_at: '2041-06-04T11:00:00.000Z' },
    })
  })

  test('nobody, when a call is refused', async () => {
    const made = await grant('salto_ks', 'Office', [{ mode: 'code' }])
    await server.settle()
    const entries = await entriesOf(async () => {
      const bad = await server.post('/access_grants/update', {
        access_grant_id: made.access_grant_id,
        ends_at: '2039-01-01T00:00:00.000Z',
      })
      expect(bad.status).toBe(400)
      const unknown = await server.post('/access_grants/create', {
        user_identity: { full_name: 'Nobody' },
        acs_entrance_ids: ['00000000-0000-4000-8000-000000000000'],
        requested_access_methods: [{ mode: 'card' }],
      })
      expect(unknown.status).toBeGreaterThanOrEqual(400)
    })
    expect(entries).toEqual([])
  })
})

describe('/audit/list', () => {
  test('pages through the whole log, each entry once, in the order of the chain', async () => {
    const whole = await list({ limit: 100_000 })
    const seen: number[] = []
    let page_cursor: string | null = null
    do {
      const body: Reply['body'] = await server.ok('/audit/list', {
        limit: 7,
        ...(page_cursor === null ? {} : { page_cursor }),
      })
      seen.push(...(body['audit_entries'] as Shown[]).map(({ sequence }) => sequence))
      page_cursor = (body['pagination'] as { next_page_cursor: string | null }).next_page_cursor
    } while (page_cursor !== null)
    expect(seen).toEqual(whole.map(({ sequence }) => sequence))
    expect(seen).toEqual(seen.map((_, i) => i + 1))
  })

  test('filters by door, actor and time', async () => {
    const door = await server.entrance('salto_space', 'Gym')
    const whole = await list({ limit: 100_000 })
    const ofDoor = await list({ acs_entrance_id: door, limit: 100_000 })
    expect(ofDoor).toEqual(whole.filter((entry) => entry.door_ids.includes(door)))
    expect(ofDoor.length).toBeGreaterThan(0)
    const byKey = await list({ actor_kind: 'api_key', actor_id: apiKeyId, limit: 100_000 })
    expect(byKey).toEqual(whole.filter((entry) => entry.actor.id === apiKeyId))
    const since = whole[20]?.occurred_at ?? ''
    expect(await list({ since, limit: 100_000 })).toEqual(whole.filter((entry) => entry.occurred_at >= since))
    expect(await list({ until: since, limit: 100_000 })).toEqual(whole.filter((entry) => entry.occurred_at < since))
    expect((await server.post('/audit/list', { since: 'yesterday' })).status).toBe(400)
  })

  test('takes no client session', async () => {
    const { client_session } = await server.ok('/client_sessions/create', {})
    expect((await server.post('/audit/list', {}, client_session.token)).status).toBe(401)
  })
})
