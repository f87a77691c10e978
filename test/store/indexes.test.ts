import { expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'

// The application's role is under row-level security, which keeps indexes from being used whose functions may leak.
test('in a large workspace rows are found by array and by lower-case text with their indexes', async () => {
  await using server = await startTestServer()
  const { workspaceId } = server
  const acs_system_id = await server.systemOf('salto_space')
  await server.sql(
    `INSERT INTO acs_user (workspace_id, acs_user_id, acs_system_id, connected_account_id, email_address, acs_access_group_ids, created_at)
     SELECT $1, gen_random_uuid(), $2, gen_random_uuid(), i || '@example.com', ARRAY[gen_random_uuid()], now() FROM generate_series(1, 20000) i`,
    [workspaceId, acs_system_id],
  )
  await server.sql('ANALYZE acs_user')
  await server.sql('SET ROLE lockstitch_app')
  await server.sql(`SELECT set_config('lockstitch.workspace_id', $1, false)`, [workspaceId])
  const planOf = async (condition: string): Promise<string> => {
    const text = `EXPLAIN SELECT * FROM acs_user WHERE workspace_id = '${workspaceId}' AND ${condition}`
    return (await server.sql<{ 'QUERY PLAN': string }>(text)).map((row) => row['QUERY PLAN']).join('\n')
  }
  expect(await planOf(`acs_access_group_ids @> ARRAY['${acs_system_id}'::uuid]`)).toContain('acs_user_groups')
  expect(await planOf(`acs_access_group_ids && ARRAY['${acs_system_id}'::uuid]`)).toContain('acs_user_groups')
  const email = `acs_system_id = '${acs_system_id}' AND lower(email_address) = lower('7@example.com')`
  expect(await planOf(email)).toContain('acs_user_email')
})

test('every function that an index rests on may be used under row-level security', async () => {
  await using server = await startTestServer()
  // Operators of the indexed columns' families, by which the planner looks rows up.
  const leaky = await server.sql<{ name: string }>(
    `SELECT DISTINCT p.oid::regprocedure::text AS name
       FROM pg_proc p WHERE NOT p.proleakproof AND p.proname IN ('arraycontains', 'arrayoverlap', 'arraycontained', 'range_overlaps')
        OR NOT p.proleakproof AND p.oid = 'lower(text)'::regprocedure`,
  )
  expect(leaky).toEqual([])
})
