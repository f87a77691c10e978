import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'

const unknownId = '6f1d8a52-0c3b-4a1e-9f77-2b1c0d9e8f70'

describe('action attempts', () => {
  let server: TestServer
  const ids: string[] = []
  const idsOf = (body: Reply['body']) =>
    (body.action_attempts as { action_attempt_id: string }[]).map((attempt) => attempt.action_attempt_id)
  let encoder: string
  let account: string

  beforeAll(async () => {
    server = await startTestServer()
    const [row] = await server.sql<{ acs_encoder_id: string; connected_account_id: string }>(
      'SELECT acs_encoder_id, connected_account_id FROM acs_encoder ORDER BY created_at, acs_encoder_id LIMIT 1',
    )
    encoder = row?.acs_encoder_id ?? ''
    account = row?.connected_account_id ?? ''
    for (let i = 0; i < 3; i++) {
      const [made] = await server.sql<{ id: string }>(
        `INSERT INTO action_attempt (workspace_id, action_attempt_id, action_type, status, result, error, input, created_at)
         VALUES ($1, gen_random_uuid(), 'SCAN_CREDENTIAL', $2, $3, $4, $5, date_trunc('milliseconds', now()) + $6::int * interval '1 ms') RETURNING action_attempt_id AS id`,
        [
          server.workspaceId,
          ['pending', 'success', 'error'][i],
          i === 1
            ? JSON.stringify({ acs_credential_on_encoder: null, acs_credential_on_seam: null, warnings: [] })
            : null,
          i === 2
            ? JSON.stringify({ type: 'no_credential_on_encoder', message: 'No card lies on the encoder.' })
            : null,
          JSON.stringify({ acs_encoder_id: encoder }),
          i,
        ],
      )
      if (made !== undefined) ids.push(made.id)
    }
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('are pending, or ended by a result or an error', async () => {
    const get = async (i: number) =>
      (await server.ok('/action_attempts/get', { action_attempt_id: ids[i] })).action_attempt as object
    expect(await get(0)).toMatchObject({ status: 'pending', result: null, error: null })
    expect(await get(1)).toMatchObject({ status: 'success', result: { warnings: [] }, error: null })
    expect(await get(2)).toMatchObject({ status: 'error', result: null, error: { type: 'no_credential_on_encoder' } })
  })

  test('that are not there are not found', async () => {
    const missing = await server.post('/action_attempts/get', { action_attempt_id: unknownId })
    expect(missing).toMatchObject({ status: 404, body: { error: { type: 'action_attempt_not_found' } } })
    const none = await server.post('/action_attempts/list', { action_attempt_ids: [unknownId] })
    expect(none).toMatchObject({ status: 404, body: { error: { type: 'action_attempts_not_found' } } })
  })

  test('are listed in pages', async () => {
    const first = await server.ok('/action_attempts/list', { action_attempt_ids: ids, limit: 2 })
    expect(idsOf(first)).toEqual(ids.slice(0, 2))
    expect(first.pagination.has_next_page).toBe(true)
    const page_cursor = first.pagination.next_page_cursor as string
    const second = await server.ok('/action_attempts/list', { action_attempt_ids: ids, limit: 2, page_cursor })
    expect(idsOf(second)).toEqual(ids.slice(2))
    expect(
      (await server.ok('/action_attempts/list', { action_attempt_ids: [ids[0], unknownId] })).action_attempts,
    ).toHaveLength(1)
    expect((await server.ok('/action_attempts/list', { device_id: unknownId })).action_attempts).toEqual([])
    expect((await server.ok('/action_attempts/list', { action_attempt_ids: [] })).action_attempts).toEqual([])
    expect((await server.ok('/action_attempts/list')).action_attempts).toHaveLength(3)
  })

  test('are seen by client sessions whose account they belong to, and by no other', async () => {
    const asked = async (session: object) => {
      const { client_session } = await server.ok('/client_sessions/create', session)
      const reply = await server.post(
        '/action_attempts/get',
        { action_attempt_id: ids[0] },
        client_session.token as string,
      )
      return reply.status
    }
    expect(await asked({ connected_account_ids: [account] })).toBe(200)
    expect(await asked({ user_identifier_key: 'nobody' })).toBe(404)
  })
})
