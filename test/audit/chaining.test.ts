/** Chaining: several processes and kill -9 leave every entry in the log, once, in one chain without gaps. */
import { expect, test } from 'vitest'
import { chainAudit } from '../../src/store/audit.ts'
import { openTestStore } from '../support/store.ts'
import { ChangeSet } from '../../src/domain/changes.ts'
import { makeInstallation, until } from '../support/process.ts'
import { cli } from './support.ts'

test('many chainers and many commands at once: one chain, no gap, nothing twice', async () => {
  await using opened = await openTestStore()
  const workspaceId = await opened.workspace()
  const stores = [opened.store, await opened.another(), await opened.another()]
  let isDone = false
  const chaining = stores.map(async (store) => {
    let count = 0
    while (!isDone) count += await chainAudit(store, workspaceId)
    return count
  })
  const now = '2040-06-01T15:00:00.000Z'
  const made = Array.from({ length: 900 }, (_, n) => {
    const store = stores[n % stores.length] ?? opened.store
    const changes = new ChangeSet().insert('user_identity', {
      user_identity_id: store.ids.uuid(),
      full_name: `Guest ${String(n)}`,
      created_at: now,
    })
    return store.write(workspaceId, now, changes)
  })
  await Promise.all(made)
  await chainAudit(opened.store, workspaceId)
  isDone = true
  await Promise.all(chaining)
  const rows = await opened.store.system<{
    n: number
    sequences: number
    last: number
    subjects: number
    left: number
  }>(
    `SELECT count(*)::int AS n, count(DISTINCT sequence)::int AS sequences, max(sequence)::int AS last, count(DISTINCT subject_id)::int AS subjects,
            (SELECT count(*)::int FROM audit_pending WHERE workspace_id = $1) AS left
       FROM audit_entry WHERE workspace_id = $1`,
    [workspaceId],
  )
  expect(rows).toEqual([{ n: 900, sequences: 900, last: 900, subjects: 900, left: 0 }])
  const { host, port, user, password, database } = opened.connection
  const env = {
    DATABASE_URL: `postgresql://${user ?? ''}:${encodeURIComponent(String(password))}@/${database ?? ''}?host=${encodeURIComponent(host ?? '')}&port=${String(port)}`,
    LOCKSTITCH_SECRET_KEY: '00'.repeat(32),
  }
  expect(await cli(env, 'audit', 'verify')).toMatchObject({
    code: 0,
    text: expect.stringContaining('900 entries, whole'),
  })
}, 60_000)

test('killed between command and chaining: nothing is lost', async () => {
  await using installation = makeInstallation()
  let server = await installation.start()
  const made: string[] = []
  const create = async (n: number): Promise<void> => {
    const reply = await server.post('/user_identities/create', { full_name: `Guest ${String(n)}` })
    if (reply.status === 200) made.push(reply.body['user_identity'].user_identity_id as string)
  }
  for (let round = 0; round < 3; round++) {
    const under = Promise.allSettled(Array.from({ length: 40 }, (_, n) => create(round * 40 + n)))
    await until(() => Promise.resolve(made.length >= (round + 1) * 15))
    await server.kill()
    await under
    server = await installation.start()
  }
  // A second server on the same data folder: both chain.
  const second = await installation.start()
  await Promise.all(Array.from({ length: 20 }, (_, n) => create(1000 + n)))
  await second.ok('/user_identities/create', { full_name: 'Guest of the second server' })
  await until(async () => {
    const [row] = await installation.sql<{ n: number }>('SELECT count(*)::int AS n FROM audit_pending')
    return row?.n === 0
  })
  const lost = await installation.sql(
    `SELECT user_identity_id FROM user_identity u WHERE NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.subject_id = u.user_identity_id)`,
  )
  expect(lost).toEqual([])
  const doubled = await installation.sql(
    `SELECT subject_id FROM audit_entry WHERE subject_type = 'user_identity' AND before IS NULL GROUP BY 1 HAVING count(*) > 1`,
  )
  expect(doubled).toEqual([])
  for (const id of made)
    expect(await installation.sql('SELECT 1 FROM audit_entry WHERE subject_id = $1', [id])).toHaveLength(1)
  const checked = await cli({ LOCKSTITCH_DATA_DIR: installation.folder }, 'audit', 'verify')
  expect(checked.text).toContain('whole')
  expect(checked.code).toBe(0)
}, 120_000)
