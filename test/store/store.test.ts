import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, inject, test } from 'vitest'
import { ChangeSet } from '../../src/domain/changes.ts'
import { silentLog } from '../../src/log.ts'
import { JobAnnouncer, JobListener } from '../../src/store/job-announcements.ts'
import { finishJob, takeJobs } from '../../src/store/jobs.ts'
import { migrate } from '../../src/store/migrate.ts'
import { ConstraintViolation, LeaseLost, Stale } from '../../src/store/store.ts'
import { systemIds } from '../../src/system-clock.ts'
import { NOW, openTestStore } from '../support/store.ts'

const identity = (full_name: string, email_address: string | null = null) => ({
  user_identity_id: systemIds.uuid(),
  full_name,
  email_address,
  created_at: NOW,
})

describe('a command', () => {
  test('is written whole: rows, events and jobs', async () => {
    await using t = await openTestStore()
    const workspace = await t.workspace()
    const jane = identity('Jane')
    await t.store.write(
      workspace,
      NOW,
      new ChangeSet()
        .insert('user_identity', jane)
        .event('space.created', { space_id: jane.user_identity_id })
        .job('grant_clock', 'x', NOW)
        .job('grant_clock', 'x', '2025-01-01T00:00:00.000Z'),
    )
    expect(await t.store.get(workspace, 'user_identity', 'user_identity_id', jane.user_identity_id)).toMatchObject({
      full_name: 'Jane',
      created_at: NOW,
      version: 1,
    })
    const events = await t.store.read<{ payload: object; subject_ids: string[] }>(
      workspace,
      'SELECT * FROM event WHERE workspace_id = $1',
    )
    expect(events).toMatchObject([
      {
        subject_ids: [jane.user_identity_id],
        payload: { event_type: 'space.created', created_at: NOW, workspace_id: workspace },
      },
    ])
    expect(await t.store.read(workspace, 'SELECT run_at FROM job WHERE workspace_id = $1')).toEqual([
      { run_at: '2025-01-01T00:00:00.000Z' },
    ])
  })

  test('that rests on an old version changes nothing', async () => {
    await using t = await openTestStore()
    const workspace = await t.workspace()
    const jane = identity('Jane')
    await t.store.write(workspace, NOW, new ChangeSet().insert('user_identity', jane))
    const rename = (full_name: string) =>
      new ChangeSet()
        .update('user_identity', 'user_identity_id', { user_identity_id: jane.user_identity_id, version: 1, full_name })
        .insert('user_identity', identity(`friend of ${full_name}`))
    await t.store.write(workspace, NOW, rename('Janet'))
    await expect(t.store.write(workspace, NOW, rename('Joan'))).rejects.toBeInstanceOf(Stale)
    expect(
      await t.store.read(workspace, 'SELECT full_name FROM user_identity WHERE workspace_id = $1 ORDER BY full_name'),
    ).toEqual([{ full_name: 'Janet' }, { full_name: 'friend of Janet' }])
  })

  test('names the constraint that refused it, and decides again until the winner is seen', async () => {
    await using t = await openTestStore()
    const workspace = await t.workspace()
    const take = (name: string) =>
      t.store.decide(
        workspace,
        () => NOW,
        async () => {
          const taken = await t.store.read<{ full_name: string }>(
            workspace,
            'SELECT full_name FROM user_identity WHERE workspace_id = $1 AND email_address = $2',
            ['a@b.c'],
          )
          if (taken[0] !== undefined) return { changes: new ChangeSet(), result: `taken by ${taken[0].full_name}` }
          return { changes: new ChangeSet().insert('user_identity', identity(name, 'a@b.c')), result: 'mine' }
        },
      )
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => take(`person ${i}`)))
    expect(results.filter((result) => result === 'mine')).toHaveLength(1)
    expect(new Set(results).size).toBe(2)
    await expect(
      t.store.write(workspace, NOW, new ChangeSet().insert('user_identity', identity('x', 'A@B.C'))),
    ).rejects.toMatchObject({
      name: ConstraintViolation.name,
      constraint: 'user_identity_email_unique',
    })
  })

  test('writes values of every kind as they are', async () => {
    await using t = await openTestStore()
    const workspace = await t.workspace()
    const space_id = systemIds.uuid()
    const ids = [systemIds.uuid(), systemIds.uuid()]
    await t.store.write(
      workspace,
      NOW,
      new ChangeSet().insert('space', {
        space_id,
        name: `O'Neill "\\ ☂`,
        acs_entrance_ids: ids,
        customer_data: { a: [1, null] },
        created_at: NOW,
      }),
    )
    expect(await t.store.get(workspace, 'space', 'space_id', space_id)).toMatchObject({
      name: `O'Neill "\\ ☂`,
      acs_entrance_ids: ids,
      customer_data: { a: [1, null] },
      device_ids: [],
    })
  })
})

describe('row-level security', () => {
  test('hides and protects the rows of another workspace, whatever a statement forgets', async () => {
    await using t = await openTestStore()
    const [mine, other] = [await t.workspace(), await t.workspace()]
    const jane = identity('Jane')
    await t.store.write(mine, NOW, new ChangeSet().insert('user_identity', jane))
    const all = 'SELECT full_name FROM user_identity WHERE $1::uuid IS NOT NULL'
    // Interleaved on the same two connections: each statement sees its own workspace alone.
    const [ours, theirs] = await Promise.all([
      Promise.all(Array.from({ length: 20 }, () => t.store.read(mine, all))),
      Promise.all(Array.from({ length: 20 }, () => t.store.read(other, all))),
    ])
    expect(ours.every((rows) => rows.length === 1)).toBe(true)
    expect(theirs.every((rows) => rows.length === 0)).toBe(true)
    await expect(
      t.store.execute(other, 'UPDATE user_identity SET full_name = $2 WHERE $1::uuid IS NOT NULL RETURNING 1 AS n', [
        'x',
      ]),
    ).resolves.toEqual([])
    await expect(
      t.store.execute(
        other,
        'INSERT INTO user_identity (workspace_id, user_identity_id, created_at) VALUES ($2, $3, now()) RETURNING $1',
        [mine, systemIds.uuid()],
      ),
    ).rejects.toThrow(/row-level security/)
  })

  test('covers every table with a workspace', async () => {
    await using t = await openTestStore()
    const client = new pg.Client(t.connection)
    await client.connect()
    const { rows } = await client.query<{
      table_name: string
      relrowsecurity: boolean
      relforcerowsecurity: boolean
      policies: number
    }>(
      `SELECT c.relname AS table_name, c.relrowsecurity, c.relforcerowsecurity,
              (SELECT count(*)::int FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'of_workspace') AS policies
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace`,
    )
    const roles = await client.query(
      `SELECT rolname FROM pg_roles WHERE rolname LIKE 'lockstitch%' AND (rolbypassrls OR rolsuper)`,
    )
    await client.end()
    expect(rows.length).toBeGreaterThan(20)
    expect(rows.filter((row) => !row.relrowsecurity || !row.relforcerowsecurity || row.policies !== 1)).toEqual([])
    expect(roles.rows).toEqual([])
  })
})

describe('jobs', () => {
  test('are taken once, taken over when a lease ends, and a late write of the first worker is refused', async () => {
    await using t = await openTestStore()
    const workspace = await t.workspace()
    const second = await t.another()
    await t.store.write(workspace, NOW, new ChangeSet().job('grant_clock', 'a', NOW))
    const now = t.store.clock.now()
    const [first = undefined] = await takeJobs(t.store, now, 10, 1, ['grant_clock'])
    if (first === undefined) throw new Error('nothing was taken')
    // The lease of one millisecond ends by itself: poll until another worker gets the job.
    let taken = await takeJobs(second, now, 10, 60_000, ['grant_clock'])
    while (taken.length === 0) taken = await takeJobs(second, now, 10, 60_000, ['grant_clock'])
    expect(taken).toMatchObject([{ key: 'a' }])
    const late = new ChangeSet().insert('user_identity', identity('late'))
    await expect(
      t.store.write(workspace, NOW, late, { kind: 'grant_clock', key: 'a', lease_id: first.lease_id }),
    ).rejects.toBeInstanceOf(LeaseLost)
    await finishJob(t.store, first)
    expect(await t.store.read(workspace, 'SELECT key FROM job WHERE workspace_id = $1')).toHaveLength(1)
    for (const job of taken) await finishJob(second, job)
    expect(await t.store.read(workspace, 'SELECT key FROM job WHERE workspace_id = $1')).toHaveLength(0)
  })

  test('asked for again while they run, run again', async () => {
    await using t = await openTestStore()
    const workspace = await t.workspace()
    await t.store.write(workspace, NOW, new ChangeSet().job('grant_clock', 'a', NOW))
    const [job] = await takeJobs(t.store, t.store.clock.now(), 10, 60_000, ['grant_clock'])
    if (job === undefined) throw new Error('nothing was taken')
    await t.store.write(workspace, NOW, new ChangeSet().job('grant_clock', 'a', NOW))
    await finishJob(t.store, job)
    expect(await takeJobs(t.store, t.store.clock.now(), 10, 60_000, ['grant_clock'])).toMatchObject([
      { key: 'a', attempts: 0 },
    ])
  })

  test('wait for the time of their workspace, not of the machine', async () => {
    await using t = await openTestStore()
    const workspace = await t.workspace()
    await t.store.system('UPDATE workspace SET clock_frozen_at = $2 WHERE workspace_id = $1', [
      workspace,
      '2020-01-01T00:00:00Z',
    ])
    await t.store.write(workspace, NOW, new ChangeSet().job('grant_clock', 'a', '2020-01-01T00:00:01Z'))
    expect(await takeJobs(t.store, t.store.clock.now(), 10, 1, ['grant_clock'])).toEqual([])
    await t.store.system('UPDATE workspace SET clock_frozen_at = $2 WHERE workspace_id = $1', [
      workspace,
      '2020-01-01T00:00:01Z',
    ])
    expect(await takeJobs(t.store, t.store.clock.now(), 10, 1, ['grant_clock'])).toHaveLength(1)
  })
})

test('commands on one system do not wait for each other over its job: each asks under a key of its own', async () => {
  await using t = await openTestStore()
  const workspace = await t.workspace()
  for (let n = 0; n < 2; n++) await t.store.write(workspace, NOW, new ChangeSet().job('provision', 'system', NOW))
  const jobs = await t.store.read<{ key: string }>(workspace, 'SELECT key FROM job WHERE workspace_id = $1')
  expect(new Set(jobs.map((job) => job.key)).size).toBe(2)
  expect(jobs.every((job) => job.key.startsWith('system/'))).toBe(true)
})

test('jobs of a process without workers are announced to others, those of a moment together', async () => {
  await using t = await openTestStore()
  let heard = 0
  let tell: () => void = () => undefined
  const next = () => new Promise<void>((resolve) => (tell = resolve))
  await using listener = new JobListener(t.connection, {
    jobsWritten() {
      heard++
      tell()
    },
  })
  await listener.listen()
  const announcer = new JobAnnouncer(t.store, silentLog)
  const first = next()
  for (let n = 0; n < 3; n++) announcer.jobsWritten()
  await first
  const second = next()
  announcer.jobsWritten()
  await second
  expect(heard).toBe(2)
})

test('migrations run once when two processes start at once, and again change nothing', async () => {
  const admin = inject('postgres')
  const database = `migrate_${systemIds.text(8, 'abcdefgh')}`
  const client = new pg.Client({ ...admin, database: 'postgres' })
  await client.connect()
  await client.query(`CREATE DATABASE ${database}`)
  const folder = join(import.meta.dirname, '../../src/store/migrations')
  const run = () => migrate({ ...admin, database }, folder, silentLog)
  await Promise.all([run(), run(), run()])
  await run()
  const own = new pg.Client({ ...admin, database })
  await own.connect()
  const { rows } = await own.query('SELECT number FROM schema_migration ORDER BY number')
  await own.end()
  await client.query(`DROP DATABASE ${database} WITH (FORCE)`)
  await client.end()
  expect(rows.length).toBeGreaterThan(0)
  expect(new Set(rows.map((row: { number: number }) => row.number)).size).toBe(rows.length)
})
