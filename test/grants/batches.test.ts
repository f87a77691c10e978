// More work for one system than fits one round of the reconciler.
import { expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'

test('people who get new groups while the system is away are in all of them when it is back', async () => {
  await using server = await startTestServer({ frozenAt: '2035-01-01T00:00:00.000Z' })
  const acs_entrance_ids = [await server.entrance('salto_space', 'Gym')]
  const acs_system_id = await server.systemOf('salto_space')
  const hours = (year: number, count: number): string =>
    new Date(Date.UTC(year, 1, 1) + count * 3_600_000).toISOString()
  const guests: string[] = []
  for (let i = 0; i < 70; i++) {
    const { access_grant } = await server.ok('/access_grants/create', {
      user_identity: { full_name: `Guest ${i}` },
      acs_entrance_ids,
      requested_access_methods: [{ mode: 'mobile_key' }],
      starts_at: '2040-01-01T00:00:00Z',
      ends_at: hours(2040, i),
    })
    guests.push(access_grant.user_identity_id as string)
  }
  await server.settle()
  await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'offline' })
  // The other way round, so that the oldest users get the newest groups.
  for (const [i, user_identity_id] of guests.entries()) {
    await server.ok('/access_grants/create', {
      user_identity_id: guests[guests.length - 1 - i] ?? user_identity_id,
      acs_entrance_ids,
      requested_access_methods: [{ mode: 'card' }],
      starts_at: '2041-01-01T00:00:00Z',
      ends_at: hours(2041, i),
    })
  }
  await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'none' })
  await server.advance('2035-01-01T01:00:00.000Z')
  await server.settle()
  const held = await server.sql<{ groups: number; count: number }>(
    `SELECT jsonb_array_length(data->'group_ids') AS groups, count(*)::int AS count FROM virtual_record WHERE kind = 'user' AND data->>'reference' IS NOT NULL GROUP BY 1`,
  )
  expect(held).toEqual([{ groups: 2, count: 70 }])
}, 120_000)
